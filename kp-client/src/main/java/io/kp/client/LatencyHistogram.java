package io.kp.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How often which time was taken: 32 buckets for each power of two, so that a percentile is off by at most 1/64 (1.6 %) of its value, and not at all below 64 ns. One
 * thread records; any thread reads. Times beyond 2^42 ns (73 minutes) count as that.
 *
 * <p>Recording is wait-free; it allocates only when a power of two is met for the first time (272 bytes), so that a histogram takes 1 to 3 KiB usually and 10.5 KiB
 * at most. A snapshot is no single moment: it has everything that was recorded before it began, and maybe some of what came meanwhile; each count is whole.
 */
final class LatencyHistogram {
    static final int SUB_BITS = 5;
    static final long MAX_VALUE = (1L << 42) - 1;
    private static final int SUB = 1 << SUB_BITS;
    private static final int ROWS = 42 - SUB_BITS;

    private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle ROW = MethodHandles.arrayElementVarHandle(long[][].class);
    private static final VarHandle MAX;

    static {
        try {
            MAX = MethodHandles.lookup().findVarHandle(LatencyHistogram.class, "max", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Row 0 has the values below 64 one by one; row r those from 2^(r+5) on in steps of 2^r. */
    private final long[][] rows = new long[ROWS][];
    private long max;

    /** Writer only. */
    void record(final long value) {
        final long bounded = Math.max(0, Math.min(value, MAX_VALUE));
        final int row = row(bounded);
        long[] counts = rows[row];
        if (counts == null) {
            counts = new long[row == 0 ? 2 * SUB : SUB];
            // Release: a reader that sees the row sees zeros in it and not what was there before.
            ROW.setRelease(rows, row, counts);
        }
        final int column = column(bounded, row);
        COUNTS.setOpaque(counts, column, counts[column] + 1);
        if (bounded > max) {
            MAX.setOpaque(this, bounded);
        }
    }

    private static int row(final long value) {
        return Math.max(0, Long.SIZE - SUB_BITS - 1 - Long.numberOfLeadingZeros(value | 1));
    }

    private static int column(final long value, final int row) {
        return row == 0 ? (int) value : (int) (value >>> row) - SUB;
    }

    private static long middle(final int row, final int column) {
        return row == 0 ? column : ((long) (column + SUB) << row) + (1L << row - 1);
    }

    /** Any thread. */
    Snapshot snapshot() {
        final long[][] copy = new long[ROWS][];
        long count = 0;
        for (int row = 0; row < ROWS; row++) {
            final long[] counts = (long[]) ROW.getAcquire(rows, row);
            if (counts != null) {
                copy[row] = new long[counts.length];
                for (int i = 0; i < counts.length; i++) {
                    copy[row][i] = (long) COUNTS.getOpaque(counts, i);
                    count += copy[row][i];
                }
            }
        }
        return new Snapshot(copy, count, (long) MAX.getOpaque(this));
    }

    /** The counts as they were read. Immutable. */
    static final class Snapshot {
        private final long[][] rows;
        private final long count;
        private final long max;

        private Snapshot(final long[][] rows, final long count, final long max) {
            this.rows = rows;
            this.count = count;
            this.max = max;
        }

        long count() {
            return count;
        }

        /** The largest value, exact. */
        long max() {
            return max;
        }

        /**
         * The value that this part of all values does not exceed.
         *
         * @param part 0.5 for the median
         * @return 0 if there is none
         */
        long percentile(final double part) {
            final long rank = Math.max(1, (long) Math.ceil(part * count));
            long seen = 0;
            for (int row = 0; row < rows.length; row++) {
                for (int i = 0; rows[row] != null && i < rows[row].length; i++) {
                    seen += rows[row][i];
                    if (seen >= rank) {
                        return Math.min(middle(row, i), Math.max(max, 0));
                    }
                }
            }
            return 0;
        }
    }
}
