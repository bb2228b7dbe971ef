package io.kp.accumulator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/**
 * Two committers and the closer of a batch. The first three numbers say what became of each, in this order: 0 for "not the last one", 1 for
 * "hands the batch on, and has seen what all wrote before", 2 for "hands it on, and has missed something". The fourth is 0 if nobody touched
 * the counter after the batch had been handed on and opened anew. Run by {@link JcstressTest}.
 */
@JCStressTest
@Outcome(id = "1, 0, 0, 0", expect = Expect.ACCEPTABLE, desc = "The first committer was last and hands the batch on.")
@Outcome(id = "0, 1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The second committer was last and hands the batch on.")
@Outcome(id = "0, 0, 1, 0", expect = Expect.ACCEPTABLE, desc = "The closer was last and hands the batch on.")
@Outcome(id = "0, 0, 0, .", expect = Expect.FORBIDDEN, desc = "Nobody hands the batch on: it is lost.")
@Outcome(id = {"2, 0, 0, .", "0, 2, 0, .", "0, 0, 2, ."}, expect = Expect.FORBIDDEN, desc = "Who hands the batch on "
        + "has not seen all that was written before the other adds: it would be sent incomplete.")
@Outcome(id = {"1, 0, 0, 1", "0, 1, 0, 1", "0, 0, 1, 1"}, expect = Expect.FORBIDDEN, desc = "The counter was touched "
        + "after the batch had been handed on: its next life would be miscounted.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Several hand the batch on: it would be sent and recycled twice.")
class BatchCompletionStress {
    private static final int CLAIMED = 2;
    private static final long TIMESTAMP_MS = 7;

    /** A batch with two claimed records. */
    @State
    public static class Claimed {
        final Batch batch = new Batch();

        /** For the runner that jcstress generates. */
        public Claimed() {
            batch.open(null, null, 0, 0);
        }

        /** Looks at what the others wrote, each without a fence of its own, and reuses the object. */
        int handOn() {
            final boolean sawAll = batch.anyAborted() && batch.maxTimestamp() == TIMESTAMP_MS
                    && batch.recordCount == CLAIMED;
            Weakened.pause();
            batch.open(null, null, 0, 0);
            return sawAll ? 1 : 2;
        }
    }

    @Actor
    public void firstCommitter(final Claimed state, final IIII_Result result) {
        state.batch.markAborted();
        result.r1 = state.batch.commit() ? state.handOn() : 0;
    }

    @Actor
    public void secondCommitter(final Claimed state, final IIII_Result result) {
        state.batch.raiseMaxTimestamp(TIMESTAMP_MS);
        result.r2 = state.batch.commit() ? state.handOn() : 0;
    }

    @Actor
    public void closer(final Claimed state, final IIII_Result result) {
        state.batch.recordCount = CLAIMED;
        result.r3 = state.batch.close(CLAIMED) ? state.handOn() : 0;
    }

    @Arbiter
    public void nextLife(final Claimed state, final IIII_Result result) {
        result.r4 = !state.batch.commit() && state.batch.close(1) ? 0 : 1;
    }

    /**
     * The same with a first committer that writes after its commit. This is what a commit without release semantics allows; on x86 dropping
     * them does not show by itself, since an atomic add is a full fence there whatever its mode.
     */
    @JCStressTest
    @JCStressMeta(BatchCompletionStress.class)
    static class WritesLate {
        private final BatchCompletionStress original = new BatchCompletionStress();

        @Actor
        public void firstCommitter(final Claimed state, final IIII_Result result) {
            final boolean last = state.batch.commit();
            Weakened.pause();
            state.batch.markAborted();
            result.r1 = last ? state.handOn() : 0;
        }

        @Actor
        public void secondCommitter(final Claimed state, final IIII_Result result) {
            original.secondCommitter(state, result);
        }

        @Actor
        public void closer(final Claimed state, final IIII_Result result) {
            original.closer(state, result);
        }

        @Arbiter
        public void nextLife(final Claimed state, final IIII_Result result) {
            original.nextLife(state, result);
        }
    }
}
