package io.kp.partition;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ChiSquareTest {

    @Test
    void shouldTellAFairChoiceFromAnUnfairOne() {
        ChiSquare.assertFits("fair", new long[]{10_050, 9_980, 9_970}, new double[]{1, 1, 1});
        ChiSquare.assertFits("weighted", new long[]{20_050, 9_980, 0}, new double[]{2, 1, 0});
        assertThrows(AssertionError.class,
                () -> ChiSquare.assertFits("unfair", new long[]{10_600, 9_700, 9_700}, new double[]{1, 1, 1}));
        assertThrows(AssertionError.class,
                () -> ChiSquare.assertFits("forbidden", new long[]{10_000, 10_000, 1}, new double[]{1, 1, 0}));
        assertThrows(AssertionError.class,
                () -> ChiSquare.assertFits("too few", new long[]{5, 5}, new double[]{1, 1}));
    }
}
