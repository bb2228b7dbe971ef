package io.kp.memory;

/**
 * Free memory taken off the free lists, sorted by what it can be turned into: oversize segments by class, standard segments by
 * the slab that they were cut from. Memory lies here while somebody needs a kind of memory that is not free, and goes back to
 * the free lists afterwards.
 * <p>
 * Gathering the free lists costs time in proportion to what is free. A large request that waits keeps what was gathered here,
 * so that each release adds one segment and the sum of the work stays in proportion to the releases.
 * <p>
 * Guarded by the lock of the pool.
 */
final class Reserve {
    private final SizeClasses sizes;
    private final SegmentTable table;
    /** Cached oversize segments, one stack for each class, linked by {@link Segment#nextFree}. */
    private final Segment[] oversize;
    private Slab slabs;
    private long units;
    private long evictableUnits;

    Reserve(final SizeClasses sizes, final SegmentTable table) {
        this.sizes = sizes;
        this.table = table;
        oversize = new Segment[sizes.count()];
    }

    /** All memory that lies here. */
    long units() {
        return units;
    }

    /** What dropping everything that can be dropped would give back to the budget. */
    long evictableUnits() {
        return evictableUnits;
    }

    void add(final Segment segment) {
        final int sizeClass = segment.sizeClass;
        if (sizeClass == 0) {
            final Slab slab = segment.slab;
            if (slab.stashedCount == 0) {
                link(slab);
            }
            slab.stashed[slab.stashedCount++] = segment;
            units++;
            if (slab.isWhole()) {
                evictableUnits += slab.units();
            }
        } else {
            segment.nextFree = oversize[sizeClass];
            oversize[sizeClass] = segment;
            units += sizes.units(sizeClass);
            evictableUnits += sizes.units(sizeClass);
        }
    }

    /** Takes a segment of the class out, or returns null if there is none. */
    Segment poll(final int sizeClass) {
        return sizeClass == 0 ? pollStandard() : pollOversize(sizeClass);
    }

    private Segment pollStandard() {
        final Slab slab = slabs;
        if (slab == null) {
            return null;
        }
        if (slab.isWhole()) {
            evictableUnits -= slab.units();
        }
        final int last = --slab.stashedCount;
        final Segment segment = slab.stashed[last];
        slab.stashed[last] = null;
        if (last == 0) {
            unlink(slab);
        }
        units--;
        return segment;
    }

    private Segment pollOversize(final int sizeClass) {
        final Segment segment = oversize[sizeClass];
        if (segment != null) {
            oversize[sizeClass] = segment.nextFree;
            segment.nextFree = null;
            units -= sizes.units(sizeClass);
            evictableUnits -= sizes.units(sizeClass);
        }
        return segment;
    }

    /** Takes any segment out, or returns null if there is none. */
    Segment pollAny() {
        if (units == 0) {
            return null;
        }
        Segment segment = pollStandard();
        for (int sizeClass = 1; segment == null; sizeClass++) {
            segment = pollOversize(sizeClass);
        }
        return segment;
    }

    /**
     * Drops free memory for good: oversize segments first, as they are asked for less often, then slabs nobody has a segment of.
     *
     * @return the units dropped: at least as many as needed if that many can be dropped.
     */
    int evict(final int neededUnits) {
        int dropped = 0;
        while (dropped < neededUnits) {
            final int sizeClass = bestFit(neededUnits - dropped);
            if (sizeClass == 0) {
                break;
            }
            table.giveBack(pollOversize(sizeClass).number);
            dropped += sizes.units(sizeClass);
        }
        Slab slab = slabs;
        while (dropped < neededUnits && slab != null) {
            final Slab next = slab.next;
            if (slab.isWhole()) {
                unlink(slab);
                for (final Segment segment : slab.stashed) {
                    table.giveBack(segment.number);
                }
                units -= slab.units();
                evictableUnits -= slab.units();
                dropped += slab.units();
            }
            slab = next;
        }
        return dropped;
    }

    /** The smallest cached class that is large enough alone, else the largest there is, else 0. */
    private int bestFit(final int neededUnits) {
        int largest = 0;
        for (int sizeClass = 1; sizeClass < oversize.length; sizeClass++) {
            if (oversize[sizeClass] != null) {
                largest = sizeClass;
                if (sizes.units(sizeClass) >= neededUnits) {
                    break;
                }
            }
        }
        return largest;
    }

    private void link(final Slab slab) {
        slab.next = slabs;
        if (slabs != null) {
            slabs.previous = slab;
        }
        slabs = slab;
    }

    private void unlink(final Slab slab) {
        if (slab.previous == null) {
            slabs = slab.next;
        } else {
            slab.previous.next = slab.next;
        }
        if (slab.next != null) {
            slab.next.previous = slab.previous;
        }
        slab.previous = null;
        slab.next = null;
    }
}
