package io.kp.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;

import io.kp.memory.Parker;

/**
 * Decides what happens next: which caller runs, which event occurs, how time passes. Callers are threads, and exactly one thread runs at any time: the one
 * that holds the baton. The others wait for their turn, so that the order is the seed's and not the system's.
 *
 * <p>The thread that makes the scheduler is the I/O thread of the producer under test and runs the schedule: callers get the baton by {@link #step} and give it back when they wait
 * or end.
 */
final class SimScheduler implements Parker {
    private static final long NEVER = Long.MAX_VALUE;
    private static final int JITTER_ONE_IN = 8;
    private static final long JITTER_NS = 20_000;
    private static final int SPURIOUS_ONE_IN = 50;

    /** Nothing is left that could ever happen. */
    static final class Quiet extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Quiet() {
            super("nothing is left that could happen", null, false, false);
        }
    }

    /** Ends the threads of a simulation that is given up. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("simulation is over", null, false, false);
        }
    }

    private record Event(long timeNs, long order, Runnable action) {
    }

    private static final class Caller {
        private final int number;
        private final Semaphore baton = new Semaphore(0);
        private Thread thread;
        private boolean permit;
        private boolean parked;
        private long wakeNs;
        private boolean done;

        private Caller(final int number) {
            this.number = number;
        }

        private boolean isRunnable(final long nowNs) {
            return !done && (parked && permit || wakeNs <= nowNs);
        }
    }

    private final SimClock clock;
    private final SimTrace trace;
    private final RandomGenerator random;
    private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> a.timeNs != b.timeNs
            ? Long.compare(a.timeNs, b.timeNs)
            : Long.compare(a.order, b.order));
    private final List<Caller> callers = new ArrayList<>();
    private final Semaphore ioBaton = new Semaphore(0);
    private final Thread ioThread = Thread.currentThread();
    private final List<Caller> runnable = new ArrayList<>();
    private Caller current;
    private Throwable callerFailure;
    private boolean killed;
    private boolean ioThreadWaited;
    private long order;

    SimScheduler(final SimClock clock, final SimTrace trace, final RandomGenerator random) {
        this.clock = clock;
        this.trace = trace;
        this.random = random;
    }

    /** Has something happen later. */
    void in(final long delayNs, final Runnable action) {
        events.add(new Event(clock.elapsedNs() + Math.max(0, delayNs), order++, action));
    }

    /** Adds a caller that runs the program. */
    void start(final Runnable program) {
        final Caller caller = new Caller(callers.size());
        callers.add(caller);
        caller.thread = SimThreads.unstarted("simulated caller " + caller.number, () -> {
            caller.baton.acquireUninterruptibly();
            try {
                if (!killed) {
                    program.run();
                }
            } catch (final Killed e) {
                // Nobody waits for it any more.
            } catch (final Throwable e) {
                callerFailure = e;
            } finally {
                caller.done = true;
                ioBaton.release();
            }
        });
        caller.thread.start();
    }

    boolean allDone() {
        for (final Caller caller : callers) {
            if (!caller.done) {
                return false;
            }
        }
        return true;
    }

    /** What a caller's program has thrown, or {@code null}. */
    Throwable callerFailure() {
        return callerFailure;
    }

    /** Whether the I/O thread has tried to wait like a caller. */
    boolean ioThreadWaited() {
        return ioThreadWaited;
    }

    /**
     * Lets one thing happen, or time pass until one can.
     *
     * @param limitNs how far time may pass at most
     * @return false if the limit is reached
     * @throws Quiet if nothing is left to happen and there is no limit
     */
    boolean step(final long limitNs) {
        final long nowNs = clock.elapsedNs();
        runnable.clear();
        long next = NEVER;
        for (int i = 0; i < callers.size(); i++) {
            final Caller caller = callers.get(i);
            if (caller.isRunnable(nowNs)) {
                runnable.add(caller);
            } else if (!caller.done) {
                next = Math.min(next, caller.wakeNs);
            }
        }
        final Event first = events.peek();
        final boolean due = first != null && first.timeNs <= nowNs;
        final int choices = runnable.size() + (due ? 1 : 0);
        if (choices == 0) {
            next = Math.min(next, first == null ? NEVER : first.timeNs);
            if (next >= limitNs) {
                if (limitNs == NEVER) {
                    throw new Quiet();
                }
                clock.advanceTo(limitNs);
                return false;
            }
            clock.advanceTo(next);
            return true;
        }
        if (random.nextInt(JITTER_ONE_IN) == 0) {
            clock.advance(random.nextLong(JITTER_NS));
        }
        final int choice = choices == 1 ? 0 : random.nextInt(choices);
        if (choice < runnable.size()) {
            run(runnable.get(choice));
        } else {
            events.remove().action.run();
        }
        return true;
    }

    private void run(final Caller caller) {
        trace.event("caller runs", caller.number, 0);
        current = caller;
        caller.baton.release();
        ioBaton.acquireUninterruptibly();
        current = null;
    }

    /** Gives the baton back until the caller is to run again. */
    private void giveWay(final Caller caller) {
        ioBaton.release();
        caller.baton.acquireUninterruptibly();
        if (killed) {
            throw new Killed();
        }
    }

    /** The number of the caller that runs, -1 if it is the I/O thread. */
    int currentCaller() {
        return current == null ? -1 : current.number;
    }

    /** For callers: lets time pass. */
    void sleep(final long ns) {
        final Caller caller = current;
        caller.wakeNs = clock.elapsedNs() + ns;
        giveWay(caller);
    }

    /** For user code: something else may happen here. On the I/O thread nothing does. */
    void preempt() {
        if (current != null) {
            sleep(0);
        }
    }

    @Override
    public void park(final Object blocker, final long nanos) {
        final Caller caller = current;
        if (caller == null) {
            ioThreadWaited = true;
            clock.advance(Math.min(nanos, Integer.MAX_VALUE));
            return;
        }
        if (caller.permit || Thread.currentThread().isInterrupted()) {
            caller.permit = false;
            return;
        }
        if (random.nextInt(SPURIOUS_ONE_IN) == 0) {
            sleep(0);
            return;
        }
        final long nowNs = clock.elapsedNs();
        caller.parked = true;
        caller.wakeNs = nanos >= NEVER - nowNs ? NEVER : nowNs + nanos;
        giveWay(caller);
        caller.parked = false;
        caller.permit = false;
    }

    @Override
    public void unpark(final Thread thread) {
        for (int i = 0; i < callers.size(); i++) {
            if (callers.get(i).thread == thread) {
                callers.get(i).permit = true;
                return;
            }
        }
    }

    /** Interrupts a caller that waits. */
    void interrupt(final int number) {
        final Caller caller = callers.get(number);
        if (!caller.done && caller.parked) {
            caller.thread.interrupt();
            caller.permit = true;
        }
    }

    /** Ends all threads. To be called by the I/O thread, whatever has happened. */
    void kill() {
        killed = true;
        for (final Caller caller : callers) {
            while (!caller.done) {
                caller.baton.release();
                ioBaton.acquireUninterruptibly();
            }
        }
        if (Thread.currentThread() != ioThread) {
            throw new IllegalStateException("only the I/O thread ends a simulation");
        }
    }
}
