package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Commits and the close are single atomic operations, so every concurrent run of them is one of their orders; here are all.
 */
class BatchCompletionTest {
    static Stream<int[]> claimedAndCloseAt() {
        return IntStream.rangeClosed(0, 6)
                .mapToObj(claimed -> IntStream.rangeClosed(0, claimed).mapToObj(closeAt -> new int[]{claimed, closeAt}))
                .flatMap(stream -> stream);
    }

    @ParameterizedTest
    @MethodSource("claimedAndCloseAt")
    void shouldBeHandedOnOnceByTheLastOperation(final int[] order) {
        final int claimed = order[0];
        final int closeAt = order[1];
        final Batch batch = new Batch();
        batch.open(null, null, 0, 0);
        int handedOnAt = -1;
        int times = 0;
        for (int operation = 0; operation <= claimed; operation++) {
            if (operation == closeAt ? batch.close(claimed) : batch.commit()) {
                handedOnAt = operation;
                times++;
            }
        }
        assertEquals(1, times);
        assertEquals(claimed, handedOnAt);
    }
}
