package io.kp.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The free segments of one size class, last in, first out: the memory that was used last is the most likely to be in a cache of the
 * processor, and a pool of which little is in use at a time works in that little instead of walking through all of its memory.
 * <p>
 * A stack after R. K. Treiber, lock-free for any number of threads. A segment is named by its number in the pool's
 * {@link SegmentTable}, so that the head fits one word together with a tag:
 *
 * <pre>
 *   63                  31 30                    0
 *  +----------------------+-----------------------+
 *  | tag: counts changes  | number; 0 for none    |
 *  +----------------------+-----------------------+
 * </pre>
 *
 * The tag is what a reader needs who was held up between its look at the head and its compare-and-set: the head may name the same
 * segment again, with another one below it. It would have to be held up for a multiple of 2^33 changes, exactly, to be deceived.
 */
final class FreeList {
    private static final long NUMBER_MASK = (1L << 31) - 1;
    private static final long ONE_CHANGE = 1L << 31;
    private static final VarHandle HEAD;

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(FreeList.class, "head", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SegmentTable table;
    private long head;

    FreeList(final SegmentTable table) {
        this.table = table;
    }

    void push(final Segment segment) {
        while (true) {
            final long seen = (long) HEAD.getAcquire(this);
            final int below = number(seen);
            final Segment top = below == 0 ? null : table.get(below);
            // Both are read by others as hints only, unless their compare-and-set confirms that this segment is the head.
            segment.below(below, top == null ? 1 : top.depth() + 1);
            if (HEAD.compareAndSet(this, seen, changed(seen, segment.number))) {
                return;
            }
        }
    }

    /** Takes the segment out that was pushed last; null if there is none. */
    Segment pop() {
        while (true) {
            final long seen = (long) HEAD.getAcquire(this);
            if (number(seen) == 0) {
                return null;
            }
            final Segment top = table.get(number(seen));
            // If others were quicker the segment may be gone, even from the table; then the head has changed too.
            if (top != null && HEAD.compareAndSet(this, seen, changed(seen, top.below()))) {
                return top;
            }
        }
    }

    /** How many there are. Exact if nobody changes the list at the same time. */
    int size() {
        final int number = number((long) HEAD.getAcquire(this));
        final Segment top = number == 0 ? null : table.get(number);
        return top == null ? 0 : top.depth();
    }

    private static int number(final long head) {
        return (int) (head & NUMBER_MASK);
    }

    private static long changed(final long seen, final int number) {
        return (seen & ~NUMBER_MASK) + ONE_CHANGE | number;
    }
}
