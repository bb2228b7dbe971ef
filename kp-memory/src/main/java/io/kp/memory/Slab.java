package io.kp.memory;

/**
 * A piece of direct memory from which standard segments are cut, as the reserve sees it: which of its segments lie in the
 * reserve now. Guarded by the lock of the pool.
 */
final class Slab {
    final Segment[] stashed;
    int stashedCount;
    Slab previous;
    Slab next;

    /**
     * @param units the number of segments cut from this slab.
     */
    Slab(final int units) {
        stashed = new Segment[units];
    }

    int units() {
        return stashed.length;
    }

    /** Whether nobody holds any of the segments and the slab may be dropped. */
    boolean isWhole() {
        return stashedCount == stashed.length;
    }
}
