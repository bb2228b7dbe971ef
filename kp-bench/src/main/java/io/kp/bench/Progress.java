package io.kp.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A line on the terminal that shows how far the work is; nothing at all in a pipe. */
final class Progress implements AutoCloseable {
    /** Set by {@code bin/kp} where standard error is a terminal: its width. */
    static final String COLUMNS_PROPERTY = "kp.terminal.columns";

    private static final int INTERVAL_MS = 200;

    private final ProgressBar bar;
    private final LongSupplier current;
    private final Supplier<String> extra;
    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread;

    private Progress(final ProgressBar bar, final LongSupplier current, final Supplier<String> extra) {
        this.bar = bar;
        this.current = current;
        this.extra = extra;
        thread = new Thread(this::run, "kp-progress");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Starts to show progress, if there is a terminal to show it on.
     *
     * @param task     what is being done
     * @param total    how much there is, -1 if unknown
     * @param unit     the unit's name
     * @param unitSize how much of {@code current} is one unit
     * @param current  how much is done; read by another thread
     * @param extra    what else to show; read by another thread
     * @return the display, which does nothing without a terminal
     */
    static Progress show(final String task, final long total, final String unit, final long unitSize,
            final LongSupplier current,
            final Supplier<String> extra) {
        final Integer columns = Integer.getInteger(COLUMNS_PROPERTY);
        if (columns == null) {
            return new Progress(null, current, extra);
        }
        // A consumer with a given width: otherwise the library asks JLine, which loads native code and makes new JDKs warn.
        final ProgressBar bar = new ProgressBarBuilder().setTaskName(task).setInitialMax(total).setUnit(unit, unitSize)
                .showSpeed().hideEta()
                .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(INTERVAL_MS).continuousUpdate()
                .setConsumer(new ConsoleProgressBarConsumer(System.err, columns)).build();
        return new Progress(bar, current, extra);
    }

    private void run() {
        if (bar == null) {
            return;
        }
        try {
            while (!end.await(INTERVAL_MS, TimeUnit.MILLISECONDS)) {
                update();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void update() {
        bar.setExtraMessage(" " + extra.get());
        bar.stepTo(current.getAsLong());
    }

    /** Shows the last state and leaves it on the terminal. */
    @Override
    public void close() {
        end.countDown();
        if (bar != null) {
            update();
            bar.close();
        }
    }
}
