package io.kp.client;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The writer records two values, and a reader looks twice. The numbers are how often it has seen the first look's count, the second's, and 1 if in either of them the sum
 * did not belong to the count, or totals and windows did not agree. Run by {@link JcstressTest}.
 */
@JCStressTest
@Outcome(id = {"0, 0, 0", "0, 1, 0", "0, 2, 0", "1, 1, 0", "1, 2, 0",
        "2, 2, 0"}, expect = Expect.ACCEPTABLE, desc = "Each look is of one moment, and the second is no earlier one.")
@Outcome(id = "., ., 1", expect = Expect.FORBIDDEN, desc = "Quantities of different moments: means and rates would be wrong.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Time went backwards, or a count is none that there was.")
class SampledStatsStress {
    private static final long VALUE = 10;
    private static final long WINDOW_NS = 1_000;

    /** Two quantities; the second value begins a window. */
    @State
    public static class Recorded {
        final SampledStats stats = new SampledStats(1, 2, WINDOW_NS, 0);
    }

    @Actor
    public void writer(final Recorded state) {
        state.stats.record(0, VALUE, 0);
        state.stats.record(0, VALUE, WINDOW_NS);
    }

    @Actor
    public void reader(final Recorded state, final III_Result result) {
        final SampledStats.View first = state.stats.read(WINDOW_NS);
        final SampledStats.View second = state.stats.read(WINDOW_NS);
        result.r1 = (int) first.totalCount(0);
        result.r2 = (int) second.totalCount(0);
        result.r3 = isWhole(first) && isWhole(second) ? 0 : 1;
    }

    private static boolean isWhole(final SampledStats.View view) {
        final long count = view.totalCount(0);
        return view.total(0) == count * VALUE && view.count(0) == count && view.sum(0) == count * VALUE
                && (count == 0 || view.max(0) == VALUE);
    }
}
