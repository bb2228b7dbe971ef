package io.kp.partition;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

/** Compares counts with what they should be. */
final class ChiSquare {

    private ChiSquare() {
    }

    /**
     * Fails if counts deviate from weights by more than chance explains once in about a million. With k cells of weight above 0 the statistic has mean k-1 and
     * variance 2(k-1); the bound is the Wilson-Hilferty approximation at 4.75 standard deviations.
     */
    static void assertFits(final String what, final long[] counts, final double[] weights) {
        final double total = Arrays.stream(counts).sum();
        final double weight = Arrays.stream(weights).sum();
        double statistic = 0;
        int cells = 0;
        for (int i = 0; i < counts.length; i++) {
            if (weights[i] == 0) {
                assertTrue(counts[i] == 0,
                        what + ": must never be chosen: " + i + ", counts=" + Arrays.toString(counts));
                continue;
            }
            final double expected = total * weights[i] / weight;
            assertTrue(expected >= 10, "too few draws to say anything");
            statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
            cells++;
        }
        assertTrue(cells > 1, "nothing to compare");
        final double k = cells - 1;
        final double root = 1 - 2 / (9 * k) + 4.75 * Math.sqrt(2 / (9 * k));
        final double bound = k * root * root * root;
        assertTrue(statistic <= bound, what + ": chiSquare=" + statistic + ", bound=" + bound + ", counts="
                + Arrays.toString(counts) + ", weights=" + Arrays.toString(weights));
    }
}
