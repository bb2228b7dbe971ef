package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.function.Function;

import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;

/**
 * A response with its header, in a version that the first byte tells.
 * <p>
 * The bytes are decoded twice, in buffers of two kinds with two different surroundings. What was understood is put into words, and so is
 * what kafka-clients understands of the same bytes. (Not the other way round: there is much that kafka-clients takes and kp refuses, such as
 * bytes left over.)
 */
final class FuzzResponse implements FuzzTarget.FuzzInput {
    private final FrameReader reader = new FrameReader();
    private final ApiKey apiKey;
    private final Function<FrameReader, Object> decoder;
    private final boolean comparable;
    private boolean understood;

    /** The decoder returns what it understood, of which {@code toString} tells everything; it is called outside of the measurement. */
    FuzzResponse(ApiKey apiKey, Function<FrameReader, Object> decoder) {
        this(apiKey, decoder, true);
    }

    FuzzResponse(ApiKey apiKey, Function<FrameReader, Object> decoder, boolean comparable) {
        this.apiKey = apiKey;
        this.decoder = decoder;
        this.comparable = comparable;
    }

    static Object apiVersions(FrameReader in) {
        return FuzzText.of(ApiVersionsResponse.decode(in));
    }

    static Object metadata(FrameReader in) {
        MetadataResponse response = MetadataResponse.decode(in);
        response.toClusterUpdate();
        return FuzzText.of(response, in.version());
    }

    /** With an object that is used again and again, as a sender does. */
    static Function<FrameReader, Object> produce() {
        ProduceResponse response = new ProduceResponse();
        return in -> {
            short version = in.version();
            try {
                response.decode(in);
            } catch (ProtocolException malformed) {
                assertEquals(0, response.size(), "a malformed response shows something");
                throw malformed;
            }
            return FuzzText.of(response, version);
        };
    }

    @Override
    public boolean accept(byte[] data) {
        if (data.length == 0) {
            return false;
        }
        int versions = apiKey.maxVersion() - apiKey.minVersion() + 1;
        short version = (short) (apiKey.minVersion() + (data[0] & 0xFF) % versions);
        understood = false;
        String first = decode(FuzzTarget.surrounded(data, 1, (byte) 0, true), version);
        String second = decode(FuzzTarget.surrounded(data, 1, (byte) 0xFF, false), version);
        FuzzTarget.requireSame("what surrounds the frame makes a difference", first, second);
        String kafka = understood && comparable ? kafka(data, version) : null;
        if (kafka != null) {
            FuzzTarget.requireSame("kafka-clients reads something else: version=" + version, kafka, first);
        }
        return understood;
    }

    private String decode(ByteBuffer frame, short version) {
        int frameBytes = frame.remaining();
        int position = frame.position();
        Object result = FuzzTarget.<Object>bounded(frameBytes, () -> {
            try {
                reader.wrap(frame, apiKey, version);
                ResponseHeader.decode(reader);
                return decoder.apply(reader);
            } catch (ProtocolException malformed) {
                return malformed;
            }
        });
        assertEquals(position, frame.position());
        assertEquals(position + frameBytes, frame.limit());
        if (result instanceof ProtocolException malformed) {
            assertEquals(apiKey, malformed.apiKey());
            FuzzTarget.requireInFrame(malformed, frameBytes);
        } else {
            understood = true;
        }
        return result.toString();
    }

    /** What kafka-clients makes of it, in the same words; null if it cannot be asked. */
    private String kafka(byte[] data, short version) {
        ByteBuffer body = ByteBuffer.wrap(data);
        FrameReader header = reader.wrap(body.position(1), apiKey, version);
        ResponseHeader.decode(header);
        ByteBuffer bytes = body.position(1 + header.offset()).slice();
        try {
            return switch (apiKey) {
                case API_VERSIONS -> kafkaApiVersions(bytes, version);
                case METADATA -> FuzzText.of(new MetadataResponseData(new ByteBufferAccessor(bytes), version), version);
                case PRODUCE -> FuzzText.of(new ProduceResponseData(new ByteBufferAccessor(bytes), version), version);
                case INIT_PRODUCER_ID ->
                    FuzzText.of(new InitProducerIdResponseData(new ByteBufferAccessor(bytes), version));
                case SASL_HANDSHAKE ->
                    FuzzText.of(new SaslHandshakeResponseData(new ByteBufferAccessor(bytes), version));
                case SASL_AUTHENTICATE ->
                    FuzzText.of(new SaslAuthenticateResponseData(new ByteBufferAccessor(bytes), version));
                default -> null;
            };
        } catch (RuntimeException e) {
            // A tagged field of a later version: kp skips it, kafka-clients refuses it by its number.
            if (e.getMessage() != null && e.getMessage().contains(" is not valid for version ")) {
                return null;
            }
            throw e;
        }
    }

    private static String kafkaApiVersions(ByteBuffer bytes, short version) {
        if (version > 0 && bytes.getShort(0) == ErrorCode.UNSUPPORTED_VERSION.code()) {
            // Either side may read it in version 0, where it makes sense in that.
            return null;
        }
        try {
            return FuzzText.of(new ApiVersionsResponseData(new ByteBufferAccessor(bytes), version), version);
        } catch (RuntimeException foreignTag) {
            // kafka-clients does not look at the sizes of tagged fields; a field that kp skips may be one that it stumbles over.
            return null;
        }
    }
}
