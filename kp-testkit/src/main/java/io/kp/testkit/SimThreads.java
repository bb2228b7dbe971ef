package io.kp.testkit;

import java.lang.reflect.Method;
import java.util.function.Supplier;

/**
 * The threads of a simulation. Only one of them runs at any time, and what they do most is to wait for each other: so they are virtual where the JVM has virtual threads that
 * do not hold on to their carrier in a monitor (24 and newer), and a change from one to another takes no call of the system. That is fully so if all share one carrier, with
 * {@code -Djdk.virtualThreadScheduler.parallelism=1}. What happens in a simulation is the same on all kinds of threads.
 */
final class SimThreads {
    private static final int FIRST_VERSION_WITHOUT_PINNING = 24;
    // Not known to the release that this is compiled for.
    private static final Object BUILDER;
    private static final Method UNSTARTED;
    private static final Method IS_VIRTUAL;

    static {
        if (Runtime.version().feature() >= FIRST_VERSION_WITHOUT_PINNING) {
            try {
                BUILDER = Thread.class.getMethod("ofVirtual").invoke(null);
                UNSTARTED = Class.forName("java.lang.Thread$Builder").getMethod("unstarted", Runnable.class);
                IS_VIRTUAL = Thread.class.getMethod("isVirtual");
            } catch (final ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        } else {
            BUILDER = null;
            UNSTARTED = null;
            IS_VIRTUAL = null;
        }
    }

    private SimThreads() {
    }

    private static Thread virtual(final Runnable program) {
        try {
            return (Thread) UNSTARTED.invoke(BUILDER, program);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("no virtual thread", e);
        }
    }

    private static boolean isVirtual(final Thread thread) {
        try {
            return (boolean) IS_VIRTUAL.invoke(thread);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException("kind of thread is not known: thread=" + thread, e);
        }
    }

    /** A thread that is not started yet and does not keep the JVM alive. */
    static Thread unstarted(final String name, final Runnable program) {
        final Thread thread;
        if (BUILDER == null) {
            thread = new Thread(program);
            thread.setDaemon(true);
        } else {
            thread = virtual(program);
        }
        thread.setName(name);
        return thread;
    }

    /** Runs something on a thread that can wait for others of these threads at little cost, and waits for it, also if interrupted. */
    static <T> T call(final Supplier<T> program) {
        if (BUILDER == null || isVirtual(Thread.currentThread())) {
            return program.get();
        }
        final class Call implements Runnable {
            private T result;
            private Throwable failure;

            @Override
            public void run() {
                try {
                    result = program.get();
                } catch (final Throwable e) {
                    failure = e;
                }
            }
        }
        final Call call = new Call();
        final Thread thread = virtual(call);
        thread.start();
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (call.failure instanceof RuntimeException failure) {
            throw failure;
        }
        if (call.failure instanceof Error failure) {
            throw failure;
        }
        return call.result;
    }
}
