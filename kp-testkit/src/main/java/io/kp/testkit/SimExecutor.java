package io.kp.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/** A completion executor whose threads run when the schedule says so, and that refuses now and then. */
final class SimExecutor implements Executor {
    private static final long IDLE_NS = 20_000_000;
    private static final long MAX_DELAY_NS = 200_000;

    private final SimScheduler scheduler;
    private final SimTrace trace;
    private final RandomGenerator random;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();

    SimExecutor(final SimScheduler scheduler, final SimTrace trace, final RandomGenerator random) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.random = random;
    }

    /**
     * Starts the threads, as callers of the schedule.
     *
     * @param over whether nobody will give a task any more
     */
    void start(final int count, final BooleanSupplier over) {
        for (int i = 0; i < count; i++) {
            scheduler.start(() -> work(over));
        }
    }

    private void work(final BooleanSupplier over) {
        threads.add(Thread.currentThread());
        while (true) {
            final Runnable task = tasks.poll();
            if (task != null) {
                if (random.nextInt(4) == 0) {
                    scheduler.sleep(random.nextLong(MAX_DELAY_NS));
                }
                task.run();
            } else if (over.getAsBoolean()) {
                return;
            } else {
                scheduler.park(this, IDLE_NS);
            }
        }
    }

    @Override
    public void execute(final Runnable task) {
        if (random.nextInt(20) == 0) {
            trace.fault("executor refuses", 0, 0);
            throw new RejectedExecutionException("refused by the simulation");
        }
        tasks.add(task);
        for (int i = 0; i < threads.size(); i++) {
            scheduler.unpark(threads.get(i));
        }
    }
}
