package io.kp.client;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;

import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;

/**
 * Daemon threads that run the compressors, as many as there are compressors. Handing over a task neither waits nor allocates, and costs a system call only if a
 * thread has to be woken.
 */
final class CompressorThreads implements Executor, AutoCloseable {
    /** A compressor is queued once at a time, so far more than there can be. */
    private static final int MAX_TASKS = 256;

    /*
     * No task is left behind: who brings one first puts it into the queue, then looks for a thread that sleeps; a thread first says that it sleeps, then looks into the
     * queue once more. Volatile on both sides, so that at least one of the two sees the other.
     */
    private final MpmcVarHandleArrayQueue<Runnable> tasks = new MpmcVarHandleArrayQueue<>(MAX_TASKS);
    private final Sleeper[] sleepers;
    private volatile boolean closed;

    /** One of the threads. */
    private final class Sleeper implements Runnable {
        private final Thread thread;
        private volatile boolean asleep;

        private Sleeper(final String name) {
            thread = new Thread(this, name);
            thread.setDaemon(true);
        }

        @Override
        public void run() {
            while (true) {
                final Runnable task = tasks.poll();
                if (task != null) {
                    task.run();
                } else if (closed) {
                    return;
                } else {
                    asleep = true;
                    if (tasks.isEmpty() && !closed) {
                        LockSupport.park(CompressorThreads.this);
                    }
                    asleep = false;
                    // Nobody has a reason to interrupt it, and it would turn without rest if somebody did.
                    Thread.interrupted();
                }
            }
        }
    }

    /**
     * @param clientId part of the threads' names
     */
    CompressorThreads(final int threads, final String clientId) {
        sleepers = new Sleeper[threads];
        for (int i = 0; i < threads; i++) {
            sleepers[i] = new Sleeper("kp-compressor-" + i + " | " + clientId);
        }
    }

    CompressorThreads start() {
        for (final Sleeper sleeper : sleepers) {
            sleeper.thread.start();
        }
        return this;
    }

    @Override
    public void execute(final Runnable task) {
        if (closed || !tasks.offer(task)) {
            throw new RejectedExecutionException("compressor threads take no task: closed=" + closed);
        }
        for (final Sleeper sleeper : sleepers) {
            if (sleeper.asleep) {
                LockSupport.unpark(sleeper.thread);
                return;
            }
        }
    }

    /** Ends the threads once the tasks that they have are done. Does not wait. */
    @Override
    public void close() {
        closed = true;
        for (final Sleeper sleeper : sleepers) {
            LockSupport.unpark(sleeper.thread);
        }
    }
}
