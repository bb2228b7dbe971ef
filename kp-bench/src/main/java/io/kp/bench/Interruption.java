package io.kp.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C (and SIGTERM) into an interrupt of the working thread, and lets it end what it does before the JVM goes.
 */
final class Interruption {
    private static final long PATIENCE_SECONDS = 40;

    private final Thread worker;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean requested;

    /**
     * Creates an interruption; {@link #install()} makes it effective.
     *
     * @param worker the thread to interrupt
     */
    Interruption(final Thread worker) {
        this.worker = worker;
    }

    Interruption install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::interrupt, "kp-interrupt"));
        return this;
    }

    private void interrupt() {
        if (done.getCount() == 0) {
            return;
        }
        requested = true;
        worker.interrupt();
        try {
            done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether somebody wants the work to end. */
    boolean requested() {
        return requested;
    }

    /** Says that the JVM may go. */
    void done() {
        done.countDown();
    }
}
