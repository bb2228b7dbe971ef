package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Supplier;

import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.ApiMessage;

import io.kp.support.Allocation;

/**
 * What a fuzzer may feed with any bytes, with the rules that must hold for all of them:
 * <ul>
 * <li>the bytes are understood, or refused with a {@link ProtocolException} whose offset lies in the frame;
 * <li>what is allocated is bounded by the frame's size;
 * <li>what lies before and behind the frame in its buffer makes no difference;
 * <li>what is understood is what kafka-clients understands of the same bytes;
 * <li>how the stream was cut into pieces makes no difference.
 * </ul>
 * A rule that is broken ends in an exception or an {@link AssertionError}; an input that never ends is for the caller to notice.
 */
enum FuzzTarget {
    API_VERSIONS(ApiKey.API_VERSIONS, ApiVersionsCodecTest::random), METADATA(ApiKey.METADATA,
            MetadataCodecTest::random), PRODUCE(ApiKey.PRODUCE, ProduceCodecTest::random), INIT_PRODUCER_ID(
                    ApiKey.INIT_PRODUCER_ID, InitProducerIdCodecTest::random), SASL_HANDSHAKE(ApiKey.SASL_HANDSHAKE,
                            FuzzTarget::handshake), SASL_AUTHENTICATE(ApiKey.SASL_AUTHENTICATE,
                                    FuzzTarget::authentication),
    /** The methods of {@link FrameReader}, in any order. */
    READER(null, null),
    /** The stream of a connection, cut into any pieces. */
    FRAMES(null, null);

    // An element of a few bytes becomes an object of a hundred; ProduceResponse has caches of its own, and an exception has a stack trace.
    static final long BYTES_PER_FRAME_BYTE = 64;
    static final long FIXED_BYTES = 128 * 1024;

    private static final int SEEDS_PER_VERSION = 6;
    private static final int MAX_SEED_BYTES = 400;

    private final ApiKey apiKey;
    private final BiFunction<Random, Short, ApiMessage> message;

    FuzzTarget(ApiKey apiKey, BiFunction<Random, Short, ApiMessage> message) {
        this.apiKey = apiKey;
        this.message = message;
    }

    /** The name in file names and on command lines. */
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static FuzzTarget of(String id) {
        return valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** Something to hold against the rules; keeps what a client keeps from one response to the next. */
    FuzzInput input() {
        return switch (this) {
            case API_VERSIONS -> new FuzzResponse(apiKey, FuzzResponse::apiVersions);
            case METADATA -> new FuzzResponse(apiKey, FuzzResponse::metadata);
            case PRODUCE -> new FuzzResponse(apiKey, FuzzResponse.produce());
            case INIT_PRODUCER_ID ->
                new FuzzResponse(apiKey, in -> FuzzText.of(InitProducerIdResponse.decode(in)));
            case SASL_HANDSHAKE -> new FuzzResponse(apiKey, in -> FuzzText.of(SaslHandshakeResponse.decode(in)));
            case SASL_AUTHENTICATE -> new FuzzResponse(apiKey, in -> FuzzText.of(SaslAuthenticateResponse.decode(in)));
            case READER -> new FuzzReader();
            case FRAMES -> new FuzzFrames();
        };
    }

    /** Valid inputs to begin with: small messages of every version as kafka-clients writes them, the same at each call. */
    List<byte[]> seeds() {
        return switch (this) {
            case READER -> FuzzReader.seeds();
            case FRAMES -> FuzzFrames.seeds();
            default -> responses();
        };
    }

    private List<byte[]> responses() {
        List<byte[]> seeds = new ArrayList<>();
        Random random = new Random(ordinal());
        for (short version = apiKey.minVersion(); version <= apiKey.maxVersion(); version++) {
            int found = 0;
            for (int attempt = 0; found < SEEDS_PER_VERSION && attempt < 1000; attempt++) {
                ByteBuffer frame = KafkaOracle.response(message.apply(random, version), version, 7);
                if (frame.remaining() <= MAX_SEED_BYTES) {
                    byte[] seed = new byte[1 + frame.remaining()];
                    seed[0] = (byte) (version - apiKey.minVersion());
                    frame.get(seed, 1, frame.remaining());
                    seeds.add(seed);
                    found++;
                }
            }
            assertTrue(found > 0, this + " has no small message of version " + version);
        }
        return seeds;
    }

    private static ApiMessage handshake(Random random, short version) {
        List<String> mechanisms = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            mechanisms.add(KafkaOracle.cleanText(random));
        }
        return new SaslHandshakeResponseData().setErrorCode((short) random.nextInt(100)).setMechanisms(mechanisms);
    }

    private static ApiMessage authentication(Random random, short version) {
        byte[] token = new byte[random.nextInt(200)];
        random.nextBytes(token);
        SaslAuthenticateResponseData data = new SaslAuthenticateResponseData().setErrorCode((short) random.nextInt(100))
                .setErrorMessage(KafkaOracle.nullableText(random)).setAuthBytes(token)
                .setSessionLifetimeMs(version >= 1 ? KafkaOracle.longNumber(random) : 0);
        if (version >= 2) {
            UnknownTags.addTo(data.unknownTaggedFields(), random);
        }
        return data;
    }

    /** One input of a target. */
    interface FuzzInput {
        /**
         * Tries some bytes.
         *
         * @param data the bytes; any.
         * @return whether they made sense.
         */
        boolean accept(byte[] data);
    }

    /**
     * Runs something whose allocation is bounded by the bytes it was given; runs it again if it was not, since what the JVM sets up at the
     * first use of some code is not the frame's doing and does not come again.
     */
    static <T> T bounded(int frameBytes, Supplier<T> work) {
        for (int attempt = 1;; attempt++) {
            try {
                return boundedOnce(frameBytes, work);
            } catch (TooMuchAllocated e) {
                if (attempt == 3) {
                    throw e;
                }
            }
        }
    }

    static <T> T boundedOnce(int frameBytes, Supplier<T> work) {
        long limit = FIXED_BYTES + BYTES_PER_FRAME_BYTE * frameBytes;
        long before = Allocation.bytesSoFar();
        T result = work.get();
        long allocated = Allocation.bytesSoFar() - before;
        if (allocated > limit) {
            throw new TooMuchAllocated(
                    "allocated=" + allocated + " for frameBytes=" + frameBytes + ", limit=" + limit);
        }
        return result;
    }

    /** A frame made its reader allocate more than its size justifies. */
    static final class TooMuchAllocated extends AssertionError {
        private static final long serialVersionUID = 1L;

        TooMuchAllocated(String message) {
            super(message);
        }
    }

    /** The bytes in a buffer with something around them, from position to limit. */
    static ByteBuffer surrounded(byte[] bytes, int from, byte around, boolean direct) {
        int length = bytes.length - from;
        int before = direct ? 5 : 12;
        ByteBuffer buffer = direct
                ? ByteBuffer.allocateDirect(before + length + 40)
                : ByteBuffer.allocate(before + length + 40);
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, around);
        }
        buffer.put(before, bytes, from, length);
        return buffer.position(before).limit(before + length);
    }

    static void requireInFrame(ProtocolException malformed, int frameBytes) {
        assertTrue(malformed.offset() >= 0 && malformed.offset() <= frameBytes, malformed.getMessage());
    }

    static void requireSame(String what, Object expected, Object actual) {
        assertEquals(expected, actual, what);
    }
}
