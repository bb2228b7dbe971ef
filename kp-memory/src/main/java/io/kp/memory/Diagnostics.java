package io.kp.memory;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The checks that cost too much for production: who holds which segment, and whether free memory was written to. A pool without
 * them has none of these objects.
 */
final class Diagnostics {
    private static final byte POISON = (byte) 0xDB;
    private static final long POISON_WORD = 0xDBDBDBDBDBDBDBDBL;

    private final boolean track;
    private final boolean poison;
    private final Set<Segment> onLoan = ConcurrentHashMap.newKeySet();

    Diagnostics(final boolean track, final boolean poison) {
        this.track = track;
        this.poison = poison;
    }

    boolean tracks() {
        return track;
    }

    void created(final Segment segment) {
        if (poison) {
            fill(segment);
        }
    }

    /**
     * Called by the new owner before it gets the segment.
     *
     * @return null, or what is wrong with the segment; it is as good as new then.
     */
    IllegalStateException acquired(final Segment segment) {
        if (poison) {
            final int index = firstDamage(segment);
            if (index >= 0) {
                final String hint = segment.releaseSite == null
                        ? "; " + BufferPool.TRACK_PROPERTY
                                + "=true tells where it was released"
                        : "; see the cause for where it was released";
                final IllegalStateException damage = new IllegalStateException(
                        "segment was written to after its release: "
                                + "index=" + index + ", value=" + segment.view.get(index) + ", expected=" + POISON
                                + ", capacity="
                                + segment.capacity() + hint,
                        segment.releaseSite);
                fill(segment);
                return damage;
            }
        }
        if (track) {
            segment.releaseSite = null;
            segment.acquireSite = new Throwable("acquired by thread " + Thread.currentThread().getName());
            onLoan.add(segment);
        }
        return null;
    }

    /** Called by the last owner after it gave the segment up and before the pool takes it back. */
    void released(final Segment segment) {
        if (track) {
            onLoan.remove(segment);
            segment.acquireSite = null;
            segment.releaseSite = new Throwable("released by thread " + Thread.currentThread().getName());
        }
        if (poison) {
            fill(segment);
        }
    }

    /** One paragraph for each place where segments were acquired that are still on loan. */
    String leakReport() {
        final Map<String, long[]> sites = new TreeMap<>();
        for (final Segment segment : onLoan) {
            final Throwable site = segment.acquireSite;
            if (site != null) {
                final long[] sums = sites.computeIfAbsent(describe(site), key -> new long[2]);
                sums[0]++;
                sums[1] += segment.capacity();
            }
        }
        final StringBuilder report = new StringBuilder();
        sites.forEach((site, sums) -> report.append("segments=").append(sums[0]).append(", bytes=").append(sums[1])
                .append(", ").append(site));
        return report.toString();
    }

    private static String describe(final Throwable site) {
        final StringBuilder text = new StringBuilder(site.getMessage()).append('\n');
        for (final StackTraceElement frame : site.getStackTrace()) {
            if (!frame.getClassName().equals(BufferPool.class.getName())
                    && !frame.getClassName().equals(Diagnostics.class.getName())) {
                text.append("    at ").append(frame).append('\n');
            }
        }
        return text.toString();
    }

    private static void fill(final Segment segment) {
        for (int index = 0; index < segment.capacity(); index += Long.BYTES) {
            segment.view.putLong(index, POISON_WORD);
        }
    }

    private static int firstDamage(final Segment segment) {
        for (int index = 0; index < segment.capacity(); index += Long.BYTES) {
            if (segment.view.getLong(index) != POISON_WORD) {
                while (segment.view.get(index) == POISON) {
                    index++;
                }
                return index;
            }
        }
        return -1;
    }
}
