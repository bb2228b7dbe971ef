package io.kp.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** Time and parking in the hands of a test of one thread: each park runs the next step of a script, and takes the time it is given. */
final class ScriptedParker implements Parker {
    final List<Thread> unparked = new ArrayList<>();
    long nowNs = -5; // clocks may be negative
    int parks;
    private final Queue<Runnable> script = new ArrayDeque<>();

    /** The next park runs this and returns, as if woken after one nanosecond. */
    ScriptedParker then(final Runnable step) {
        script.add(step);
        return this;
    }

    @Override
    public void park(final Object blocker, final long nanos) {
        if (nanos <= 0) {
            throw new AssertionError("parked for nothing: nanos=" + nanos);
        }
        parks++;
        final Runnable step = script.poll();
        if (step == null) {
            nowNs += nanos; // nothing happens until the time is over
        } else {
            nowNs++;
            step.run();
        }
    }

    @Override
    public void unpark(final Thread thread) {
        unparked.add(thread);
    }
}
