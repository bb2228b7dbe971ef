package io.kp.client;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Sum, count and maximum of some quantities, since the start and over the last time windows, as Kafka samples them ({@code metrics.num.samples} windows of
 * {@code metrics.sample.window.ms}). One thread records; any thread reads, and gets all quantities as they were at one moment.
 *
 * <p>Recording is wait-free and allocates nothing: some opaque stores. A reader copies, and copies again if the writer was at work meanwhile; the writer records once per
 * batch or request, so that is rare.
 */
class SampledStats {
    private static final int SUM = 0;
    private static final int COUNT = 1;
    private static final int MAX = 2;
    private static final int CELL = 3;

    private static final VarHandle VERSION;
    private static final VarHandle CELLS = MethodHandles.arrayElementVarHandle(long[].class);

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(SampledStats.class, "version", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int quantities;
    private final int windows;
    private final long windowNs;
    private final int rowLength;
    /** Row 0 is since the start; then one row for each window and one more for the one that begins; each row ends with the time of its start. */
    private final long[] cells;
    /** Odd while the writer is at work. */
    private long version;
    private int current = 1;

    /**
     * @param windows how many windows count, the current one included
     */
    SampledStats(final int quantities, final int windows, final long windowNs, final long nowNs) {
        this.quantities = quantities;
        this.windows = windows;
        this.windowNs = windowNs;
        this.rowLength = quantities * CELL + 1;
        this.cells = new long[rowLength * (windows + 2)];
        for (int row = 0; row < windows + 2; row++) {
            // All but the first are of long ago.
            cells[row * rowLength + rowLength - 1] = row <= 1 ? nowNs : nowNs - windows * windowNs;
        }
    }

    final void record(final int quantity, final long value, final long nowNs) {
        record(quantity, value, 1, value, nowNs);
    }

    /** Writer only. */
    final void record(final int quantity, final long sum, final long count, final long max, final long nowNs) {
        begin();
        if (nowNs - cells[current * rowLength + rowLength - 1] >= windowNs) {
            current = current % (windows + 1) + 1;
            final int row = current * rowLength;
            for (int i = 0; i < rowLength - 1; i++) {
                CELLS.setOpaque(cells, row + i, 0L);
            }
            CELLS.setOpaque(cells, row + rowLength - 1, nowNs);
        }
        add(quantity * CELL, sum, count, max);
        add(current * rowLength + quantity * CELL, sum, count, max);
        end();
    }

    private void add(final int at, final long sum, final long count, final long max) {
        CELLS.setOpaque(cells, at + SUM, cells[at + SUM] + sum);
        CELLS.setOpaque(cells, at + COUNT, cells[at + COUNT] + count);
        if (max > cells[at + MAX]) {
            CELLS.setOpaque(cells, at + MAX, max);
        }
    }

    /** For the test that shows what the version is for. */
    void begin() {
        VERSION.setOpaque(this, version + 1);
        // Or a cell could be seen changed under an even version.
        VarHandle.releaseFence();
    }

    void end() {
        // Release: whoever sees the even version sees the cells.
        VERSION.setRelease(this, version + 1);
    }

    /** Any thread. */
    final View read(final long nowNs) {
        final long[] copy = new long[cells.length];
        while (true) {
            final long before = (long) VERSION.getAcquire(this);
            if ((before & 1) == 0) {
                for (int i = 0; i < copy.length; i++) {
                    copy[i] = (long) CELLS.getOpaque(cells, i);
                }
                // Or the version could be read before the cells, and a change of these be missed.
                VarHandle.acquireFence();
                if (before == (long) VERSION.getOpaque(this)) {
                    return new View(this, copy, nowNs);
                }
            }
            Thread.onSpinWait();
        }
    }

    /** What was recorded, at one moment. Immutable. */
    static final class View {
        private final long[] totals;
        private final long[] recent;
        private final double seconds;

        private View(final SampledStats stats, final long[] cells, final long nowNs) {
            totals = Arrays.copyOf(cells, stats.rowLength - 1);
            recent = new long[stats.rowLength - 1];
            long oldestNs = nowNs;
            for (int row = 1; row < stats.windows + 2; row++) {
                final int at = row * stats.rowLength;
                final long startNs = cells[at + stats.rowLength - 1];
                if (nowNs - startNs < stats.windows * stats.windowNs) {
                    oldestNs = startNs - oldestNs < 0 ? startNs : oldestNs;
                    for (int i = 0; i < recent.length; i++) {
                        recent[i] = i % CELL == MAX ? Math.max(recent[i], cells[at + i]) : recent[i] + cells[at + i];
                    }
                }
            }
            // As Kafka: all windows but the last count in full, so that the first records make no huge rate.
            final long elapsedNs = nowNs - oldestNs;
            final long missing = stats.windows - 1 - elapsedNs / stats.windowNs;
            seconds = (elapsedNs + Math.max(0, missing) * stats.windowNs) / 1e9;
        }

        /** Since the start. */
        long total(final int quantity) {
            return totals[quantity * CELL + SUM];
        }

        /** Since the start. */
        long totalCount(final int quantity) {
            return totals[quantity * CELL + COUNT];
        }

        /** Of the last windows. */
        long sum(final int quantity) {
            return recent[quantity * CELL + SUM];
        }

        /** Of the last windows. */
        long count(final int quantity) {
            return recent[quantity * CELL + COUNT];
        }

        /** Of the last windows; NaN if there was nothing. */
        double mean(final int quantity) {
            return count(quantity) == 0 ? Double.NaN : (double) sum(quantity) / count(quantity);
        }

        /** Of the last windows; NaN if there was nothing. */
        double max(final int quantity) {
            return count(quantity) == 0 ? Double.NaN : recent[quantity * CELL + MAX];
        }

        /** Sum per second over the last windows. */
        double rate(final int quantity) {
            return seconds == 0 ? 0 : sum(quantity) / seconds;
        }

        /** Count per second over the last windows. */
        double countRate(final int quantity) {
            return seconds == 0 ? 0 : count(quantity) / seconds;
        }

        double seconds() {
            return seconds;
        }
    }
}
