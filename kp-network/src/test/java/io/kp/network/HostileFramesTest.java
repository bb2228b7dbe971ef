package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Consumer;

import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.kp.support.Allocation;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Whatever a peer sends, a decoder either understands it or throws a {@link ProtocolException}, and allocates no more than the size of the
 * frame justifies.
 */
class HostileFramesTest {
    /** The decoders with the messages to spoil. */
    enum Codec {
        PRODUCE(ApiKey.PRODUCE, ProduceCodecTest::random, in -> new ProduceResponse().decode(in)), METADATA(
                ApiKey.METADATA, MetadataCodecTest::random,
                in -> MetadataResponse.decode(in).toClusterUpdate()), API_VERSIONS(ApiKey.API_VERSIONS,
                        ApiVersionsCodecTest::random,
                        ApiVersionsResponse::decode), INIT_PRODUCER_ID(ApiKey.INIT_PRODUCER_ID,
                                InitProducerIdCodecTest::random, InitProducerIdResponse::decode);

        private final ApiKey apiKey;
        private final BiFunction<Random, Short, ApiMessage> message;
        private final Consumer<FrameReader> decoder;

        Codec(ApiKey apiKey, BiFunction<Random, Short, ApiMessage> message, Consumer<FrameReader> decoder) {
            this.apiKey = apiKey;
            this.message = message;
            this.decoder = decoder;
        }

        /** Decodes header and body; tells whether they made sense. */
        boolean decode(FrameReader reader, ByteBuffer frame, short version) {
            try {
                reader.wrap(frame, apiKey, version);
                ResponseHeader.decode(reader);
                decoder.accept(reader);
                return true;
            } catch (ProtocolException malformed) {
                assertEquals(apiKey, malformed.apiKey());
                assertTrue(malformed.offset() >= 0 && malformed.offset() <= frame.remaining(), malformed.getMessage());
                return false;
            }
        }
    }

    // An element of a few bytes becomes an object of a hundred; ProduceResponse has caches of its own, and an exception has a stack trace.
    private static final long BYTES_PER_FRAME_BYTE = 64;
    private static final long FIXED_BYTES = 128 * 1024;

    private final FrameReader reader = new FrameReader();

    private boolean decodeWithinBounds(Codec codec, ByteBuffer frame, short version) {
        long limit = FIXED_BYTES + BYTES_PER_FRAME_BYTE * frame.remaining();
        long allocated = Long.MAX_VALUE;
        boolean understood = false;
        // What the JVM sets up at the first use of some code is not the frame's doing, and does not come again.
        for (int attempt = 0; attempt < 3 && allocated > limit; attempt++) {
            long before = Allocation.bytesSoFar();
            understood = codec.decode(reader, frame, version);
            allocated = Allocation.bytesSoFar() - before;
        }
        assertTrue(allocated <= limit, "a frame of " + frame.remaining() + " bytes made " + codec + " v" + version
                + " allocate " + allocated + " bytes");
        return understood;
    }

    private static short version(Codec codec, Random random) {
        ApiKey apiKey = codec.apiKey;
        return (short) (apiKey.minVersion() + random.nextInt(apiKey.maxVersion() - apiKey.minVersion() + 1));
    }

    @Property(tries = 2000)
    void shouldSurviveMutation(@ForAll Codec codec, @ForAll Random random) {
        short version = version(codec, random);
        ByteBuffer frame = KafkaOracle.response(codec.message.apply(random, version), version, 7);
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            mutate(frame, random);
        }
        decodeWithinBounds(codec, frame, version);
    }

    private static void mutate(ByteBuffer frame, Random random) {
        int at = frame.position() + random.nextInt(frame.remaining());
        switch (random.nextInt(5)) {
            case 0 -> frame.put(at, (byte) random.nextInt());
            case 1 -> frame.put(at, (byte) (frame.get(at) ^ 1 << random.nextInt(8)));
            case 2 -> fill(frame, at, 1 + random.nextInt(8), (byte) 0xFF);
            case 3 -> fill(frame, at, 1 + random.nextInt(8), (byte) 0);
            default -> {
                // The largest length that is not negative, in either form.
                fill(frame, at, 4, (byte) 0xFF);
                frame.put(random.nextBoolean() ? at : Math.min(at + 4, frame.limit() - 1), (byte) 0x7F);
            }
        }
    }

    private static void fill(ByteBuffer frame, int from, int length, byte value) {
        for (int i = from; i < Math.min(from + length, frame.limit()); i++) {
            frame.put(i, value);
        }
    }

    @Property(tries = 2000)
    void shouldSurviveAnotherVersionsBytes(@ForAll Codec codec, @ForAll Random random) {
        short version = version(codec, random);
        decodeWithinBounds(codec, KafkaOracle.response(codec.message.apply(random, version), version, 7),
                version(codec, random));
    }

    @Property(tries = 2000)
    void shouldSurviveNoise(@ForAll Codec codec, @ForAll byte[] bytes, @ForAll Random random) {
        decodeWithinBounds(codec, ByteBuffer.wrap(bytes), version(codec, random));
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void shouldRefuseEveryTruncation(Codec codec) {
        Random random = new Random(1);
        for (short version = codec.apiKey.minVersion(); version <= codec.apiKey.maxVersion(); version++) {
            ByteBuffer frame = KafkaOracle.response(codec.message.apply(random, version), version, 7);
            assertTrue(codec.decode(reader, frame, version));
            int end = frame.limit();
            int step = Math.max(1, frame.remaining() / 500);
            for (int limit = frame.position(); limit < end; limit += step) {
                frame.limit(limit);
                boolean understood = decodeWithinBounds(codec, frame, version);
                assertTrue(!understood, codec + " v" + version + " understood " + frame.remaining() + " of "
                        + (end - frame.position()) + " bytes");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Codec.class)
    void shouldRefuseBytesAfterTheEnd(Codec codec) {
        Random random = new Random(2);
        for (short version = codec.apiKey.minVersion(); version <= codec.apiKey.maxVersion(); version++) {
            ByteBuffer frame = KafkaOracle.response(codec.message.apply(random, version), version, 7);
            frame.limit(frame.limit() + 1);
            assertTrue(!codec.decode(reader, frame, version), codec + " v" + version);
        }
    }

    @Test
    void shouldNotAllocateWhatATinyFrameClaims() {
        // After the correlation id: every place where a length can stand claims as much as can be said.
        for (Codec codec : Codec.values()) {
            for (short version = codec.apiKey.minVersion(); version <= codec.apiKey.maxVersion(); version++) {
                for (int zeros = 0; zeros < 40; zeros++) {
                    for (String claim : new String[]{"7fffffff", "ffffffff07", "ffffffff0f", "7fff", "ffff01"}) {
                        ByteBuffer frame = ByteBuffer
                                .wrap(KafkaOracle.bytes("00".repeat(zeros) + claim + "00".repeat(20)));
                        decodeWithinBounds(codec, frame, version);
                    }
                }
            }
        }
    }

    @Test
    void shouldRefuseAHugePartitionCount() {
        byte[] frame = KafkaOracle.bytes("02 0274 ffffffff07 00000000 0006 00000000 00 00000000 00");
        ProtocolException e = assertThrows(ProtocolException.class, () -> new ProduceResponse()
                .decode(reader.wrap(ByteBuffer.wrap(frame), ApiKey.PRODUCE, (short) 12)));
        assertEquals("malformed Produce response: version=12, field=responses.partitionResponses, offset=3, "
                + "claimed=2147483646, available=0: more elements than fit", e.getMessage());
    }

    /** Found by fuzzing: the token was read as one that may be null, and none as an empty one. */
    @Test
    void shouldRefuseATokenThatIsNull() {
        byte[] frame = KafkaOracle.bytes("0000 00 00 0000000000000000 00");
        ProtocolException e = assertThrows(ProtocolException.class, () -> SaslAuthenticateResponse
                .decode(reader.wrap(ByteBuffer.wrap(frame), ApiKey.SASL_AUTHENTICATE, (short) 2)));
        assertEquals("malformed SaslAuthenticate response: version=2, field=authBytes, offset=3, claimed=-1, "
                + "available=9: field may not be null", e.getMessage());
    }
}
