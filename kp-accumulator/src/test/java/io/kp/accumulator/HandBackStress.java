package io.kp.accumulator;

import java.util.concurrent.atomic.AtomicInteger;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two compressors, each with a batch in its hands, of which the second then takes one more that waits. Each number says whether one of them wakes the I/O thread. Run
 * by {@link JcstressTest}.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "Nobody wakes the I/O thread: it sleeps beside compressed batches.")
@Outcome(expect = Expect.ACCEPTABLE, desc = "The last one wakes it, and maybe one before that saw nobody else.")
class HandBackStress {
    /** Two compressors at work, and one batch that waits. */
    @State
    public static class AtWork {
        final AtomicInteger waiting = new AtomicInteger(1);
        final HandBack handBack = new HandBack(4, () -> waiting.get() > 0);

        /** For the runner that jcstress generates. */
        public AtWork() {
            handBack.taken();
            handBack.taken();
        }
    }

    @Actor
    public void first(final AtWork state, final II_Result result) {
        result.r1 = state.handBack.finished(new Batch(), 0) ? 1 : 0;
    }

    @Actor
    public void second(final AtWork state, final II_Result result) {
        final boolean before = state.handBack.finished(new Batch(), 0);
        Weakened.pause();
        state.waiting.set(0);
        Weakened.pause();
        state.handBack.taken();
        result.r2 = state.handBack.finished(new Batch(), 0) || before ? 1 : 0;
    }
}
