package io.kp.client;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/**
 * The writer records a value of a power of two that was there and one of a new one, which makes a row, while a reader looks twice. The numbers are the counts of the two looks,
 * 1 if a percentile was none of the values, and the count in the end. Run by {@link JcstressTest}.
 */
@JCStressTest
@Outcome(id = {"1, 1, 0, 3", "1, 2, 0, 3", "1, 3, 0, 3", "2, 2, 0, 3", "2, 3, 0, 3",
        "3, 3, 0, 3"}, expect = Expect.ACCEPTABLE, desc = "Counts only grow, and each is of a value that was recorded.")
@Outcome(id = "., ., 1, .", expect = Expect.FORBIDDEN, desc = "A value that nobody recorded.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A count got lost, or one that nobody has recorded was seen.")
class LatencyHistogramStress {
    private static final long SMALL = 3;
    private static final long LARGE = 1_000_000;

    /** One value is there. */
    @State
    public static class Recorded {
        final LatencyHistogram histogram = new LatencyHistogram();

        /** For the runner that jcstress generates. */
        public Recorded() {
            histogram.record(SMALL);
        }
    }

    @Actor
    public void writer(final Recorded state) {
        state.histogram.record(SMALL);
        state.histogram.record(LARGE);
    }

    @Actor
    public void reader(final Recorded state, final IIII_Result result) {
        final LatencyHistogram.Snapshot first = state.histogram.snapshot();
        final LatencyHistogram.Snapshot second = state.histogram.snapshot();
        result.r1 = (int) first.count();
        result.r2 = (int) second.count();
        result.r3 = isRight(first) && isRight(second) ? 0 : 1;
    }

    @Arbiter
    public void end(final Recorded state, final IIII_Result result) {
        result.r4 = (int) state.histogram.snapshot().count();
    }

    private static boolean isRight(final LatencyHistogram.Snapshot snapshot) {
        // The maximum may be older than the counts.
        return snapshot.percentile(0) == SMALL && (snapshot.max() == SMALL || snapshot.max() == LARGE)
                && (snapshot.count() != 2 || snapshot.percentile(0.5) == SMALL);
    }
}
