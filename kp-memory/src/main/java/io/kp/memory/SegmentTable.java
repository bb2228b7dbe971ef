package io.kp.memory;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The segments that exist, by number. Numbers are from 1 to the budget's units, since no segment is smaller than one; that of a dropped
 * segment is given to another one.
 */
final class SegmentTable {
    private final AtomicReferenceArray<Segment> segments;
    /** A stack of numbers, guarded by the lock of the pool; those above {@link #highest} have not been given out yet. */
    private int[] free = new int[16];
    private int freeCount;
    private int highest;

    SegmentTable(final int units) {
        segments = new AtomicReferenceArray<>(units + 1);
    }

    /** A number that no segment has. With the lock of the pool. */
    int take() {
        return freeCount > 0 ? free[--freeCount] : ++highest;
    }

    /** Gives a number back. With the lock of the pool. */
    void giveBack(final int number) {
        segments.setRelease(number, null);
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = number;
    }

    /** Enters a new segment under its number, before it is on any list. */
    void set(final Segment segment) {
        segments.setRelease(segment.number, segment);
    }

    /** The segment of the number; null if it was dropped. */
    Segment get(final int number) {
        return segments.getAcquire(number);
    }
}
