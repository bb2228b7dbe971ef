package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A frame of any bytes, read by any calls of {@link FrameReader}: the first byte tells the form of lengths, the second how many calls there
 * are, then comes a byte for each call, then the frame.
 */
final class FuzzReader implements FuzzTarget.FuzzInput {
    private static final String FIELD = "field";
    private static final int MAX_CALLS = 48;
    private static final int KINDS = 19;

    private final FrameReader reader = new FrameReader();
    private final NameCache names = new NameCache();

    @Override
    public boolean accept(byte[] data) {
        if (data.length < 2) {
            return false;
        }
        int calls = Math.min(data[1] & 0xFF, Math.min(MAX_CALLS, data.length - 2));
        String first = read(data, calls, FuzzTarget.surrounded(data, 2 + calls, (byte) 0, true));
        String second = read(data, calls, FuzzTarget.surrounded(data, 2 + calls, (byte) 0xFF, false));
        FuzzTarget.requireSame("what surrounds the frame makes a difference", first, second);
        return !first.contains("malformed");
    }

    private String read(byte[] data, int calls, ByteBuffer frame) {
        short version = ApiKey.METADATA.maxVersion();
        int frameBytes = frame.remaining();
        reader.wrap(frame, ApiKey.METADATA, (data[0] & 1) == 0 ? version : 0);
        StringBuilder text = new StringBuilder();
        int outer = -1;
        for (int i = 0; i < calls; i++) {
            int call = data[2 + i] & 0xFF;
            int before = reader.offset();
            try {
                if (call % KINDS == KINDS - 1) {
                    // In and out of a tagged field, one level deep as in all responses.
                    if (outer < 0) {
                        outer = reader.enterTag(FIELD);
                    } else {
                        reader.leaveTag(FIELD, outer);
                        outer = -1;
                    }
                } else {
                    text.append(FuzzTarget.<Object>bounded(frameBytes, () -> {
                        // Bounded runs it again only if it allocates too much; then it begins where it began.
                        reader.offset(before);
                        return call(call);
                    })).append(' ');
                }
            } catch (ProtocolException malformed) {
                FuzzTarget.requireInFrame(malformed, frameBytes);
                return text.append(malformed.getMessage()).toString();
            }
            assertTrue(reader.offset() >= before && reader.remaining() >= 0
                    && reader.offset() + reader.remaining() <= frameBytes, "the reader has left its frame");
        }
        return text.toString();
    }

    private Object call(int call) {
        return switch (call % KINDS) {
            case 0 -> reader.i8(FIELD);
            case 1 -> reader.i16(FIELD);
            case 2 -> reader.i32(FIELD);
            case 3 -> reader.i64(FIELD);
            case 4 -> reader.bool(FIELD);
            case 5 -> reader.uvarint(FIELD);
            case 6 -> reader.string(FIELD);
            case 7 -> reader.nullableString(FIELD);
            case 8 -> reader.string(FIELD, names);
            case 9 -> text(reader.nullableBytes(FIELD));
            case 10 -> count(reader.arrayLength(FIELD, 1 + call / KINDS), 1 + call / KINDS);
            case 11 -> count(reader.nullableArrayLength(FIELD, 1 + call / KINDS), 1 + call / KINDS);
            case 12 -> Arrays.toString(reader.i32Array(FIELD));
            case 13 -> skipped();
            case 14 -> count(reader.tagCount(FIELD), 2);
            case 15 -> reader.tag(FIELD);
            case 16 -> inRange(reader.i32(FIELD, -1, 77));
            case 17 -> ended();
            default -> throw new AssertionError(call);
        };
    }

    private int count(int count, int elementBytes) {
        assertTrue(count >= -1 && (long) count * elementBytes <= reader.remaining(), "more elements than fit");
        return count;
    }

    private static int inRange(int value) {
        assertTrue(value >= -1 && value <= 77, "value out of range");
        return value;
    }

    private static String text(ByteBuffer bytes) {
        return bytes == null ? "null" : KafkaOracle.hex(bytes);
    }

    private String skipped() {
        reader.skipTags(FIELD);
        return "";
    }

    private String ended() {
        reader.end();
        assertTrue(reader.remaining() == 0, "bytes are left after the end");
        return "end";
    }

    static List<byte[]> seeds() {
        return List.of(seed("00 05 00 01 02 03 05", "01 0002 00000003 0000000000000004 8501"),
                seed("00 04 06 07 08 0a", "026b 0370716f 026b 01"),
                seed("01 04 06 07 08 0b", "00016b ffff 00016b ffffffff"),
                seed("00 04 0c 0d 09 11", "03 00000001 00000002 01 05 01 aa 03 0102"),
                seed("01 03 0c 09 10", "00000001 00000007 00000002 aabb 0000004d"),
                seed("00 06 0e 0f 12 06 12 11", "01 00 04 03 6162 00"));
    }

    private static byte[] seed(String calls, String frame) {
        return KafkaOracle.bytes(calls + frame);
    }
}
