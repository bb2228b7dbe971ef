package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every input that the fuzzer ever found worth keeping, once more; and proof that the rules they are held to can be broken. */
class FuzzCorpusTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @ParameterizedTest
    @EnumSource(FuzzTarget.class)
    void shouldStandWhatWasFoundBefore(FuzzTarget target) {
        List<byte[]> inputs = new ArrayList<>(target.seeds());
        int valid = inputs.size();
        inputs.addAll(FuzzCorpus.of(target));
        // A corpus that is not there proves nothing.
        assertTrue(inputs.size() - valid >= 20, () -> target + " has a corpus of " + (inputs.size() - valid));
        assertTimeoutPreemptively(LIMIT, () -> {
            FuzzTarget.FuzzInput input = target.input();
            int understood = 0;
            for (byte[] data : inputs) {
                try {
                    understood += input.accept(data) ? 1 : 0;
                } catch (RuntimeException | Error e) {
                    throw new AssertionError(target + " " + HexFormat.of().formatHex(data), e);
                }
            }
            assertTrue(understood >= valid / 2, target + " understood " + understood + " of " + inputs.size());
        });
    }

    @ParameterizedTest
    @EnumSource(value = FuzzTarget.class, mode = EnumSource.Mode.EXCLUDE, names = {"READER", "FRAMES"})
    void shouldUnderstandEachSeed(FuzzTarget target) {
        FuzzTarget.FuzzInput input = target.input();
        for (byte[] seed : target.seeds()) {
            assertTrue(input.accept(seed), () -> HexFormat.of().formatHex(seed));
        }
    }

    @Test
    void shouldNoticeAllocationThatNoFrameJustifies() {
        FuzzTarget.FuzzInput mistake = FuzzMistake.TRUSTS_A_COUNT.input();
        assertThrows(FuzzTarget.TooMuchAllocated.class, () -> mistake.accept(withTag("ffff7f")));
    }

    @Test
    void shouldNoticeAnUndocumentedException() {
        FuzzTarget.FuzzInput nullName = FuzzMistake.FORGETS_NULL.input();
        assertThrows(NullPointerException.class, () -> nullName.accept(withTag("00")));
        FuzzTarget.FuzzInput negative = FuzzMistake.SKIPS_A_CHECK.input();
        assertThrows(IndexOutOfBoundsException.class, () -> negative.accept(withTag("ffffff00")));
    }

    @Test
    void shouldNoticeAReadBeforeTheFrame() {
        FuzzTarget.FuzzInput mistake = FuzzMistake.READS_NEIGHBOURS.input();
        AssertionError e = assertThrows(AssertionError.class, () -> mistake.accept(withTag("ff")));
        assertTrue(e.getMessage().contains("surrounds"), e::getMessage);
        assertTrue(mistake.accept(withTag("05")));
    }

    /** An InitProducerId response of version 5 whose tagged field 9 has a value. */
    private static byte[] withTag(String value) {
        byte[] tag = KafkaOracle.bytes(value);
        ByteBuffer frame = ByteBuffer.allocate(1 + 4 + 1 + 16 + 3 + tag.length).put((byte) 5).putInt(7).put((byte) 0)
                .put(new byte[16]).put((byte) 1).put((byte) 9).put((byte) tag.length).put(tag);
        return frame.array();
    }
}
