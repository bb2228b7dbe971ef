package io.kp.network;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.HexFormat;
import java.util.Random;

import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.RequestUtils;

import net.jqwik.api.statistics.Statistics;

/** The other side of the codecs: the same messages, written by kafka-clients; and random contents for them. */
final class KafkaOracle {
    private static final String[] ALPHABETS = {"abcdefghijklmnopqrstuvwxyz0123456789.-_", "äöüßéñ©½",
            "日本語中文한국", "\uD83D\uDE00\uD83D\uDC4D\uD834\uDD1E", "a\uD800b\uDC00c"};

    private KafkaOracle() {
    }

    /** A whole request frame as kafka-clients writes it, in hex. */
    static String requestFrame(ApiMessage body, short version, int correlationId, String clientId) {
        ApiKeys api = ApiKeys.forId(body.apiKey());
        RequestHeaderData header = new RequestHeaderData().setRequestApiKey(body.apiKey()).setRequestApiVersion(version)
                .setCorrelationId(correlationId).setClientId(clientId);
        ByteBuffer frame = RequestUtils.serialize(header, api.requestHeaderVersion(version), body, version);
        return HexFormat.of().toHexDigits(frame.remaining()) + hex(frame);
    }

    /** A whole request frame as we write it, sent through a channel that takes a few bytes at a time, in hex. */
    static String ourFrame(Request request, short version, int correlationId, String clientId) {
        return send(new FrameWriter(64).encode(request, version, correlationId, clientId), 7);
    }

    /** Sends a finished frame and tells what arrived, in hex. */
    static String send(FrameWriter frame, int bytesPerWrite) {
        long expected = frame.sizeInBytes();
        SlowChannel channel = new SlowChannel(bytesPerWrite);
        try {
            while (frame.remainingBytes() > 0) {
                frame.writeTo(channel);
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        if (expected != channel.taken.size()) {
            throw new AssertionError("frame told " + expected + " bytes and sent " + channel.taken.size());
        }
        return HexFormat.of().formatHex(channel.taken.toByteArray());
    }

    /** A response body as kafka-clients writes it, in a buffer with garbage around it. */
    static ByteBuffer body(ApiMessage message, short version) {
        return surrounded(MessageUtil.toByteBufferAccessor(message, version).buffer());
    }

    /** A whole response, header and body, without the size field. */
    static ByteBuffer response(ApiMessage message, short version, int correlationId) {
        ApiKeys api = ApiKeys.forId(message.apiKey());
        return surrounded(RequestUtils.serialize(new ResponseHeaderData().setCorrelationId(correlationId),
                api.responseHeaderVersion(version), message, version));
    }

    /** Notes in a property which version was tried; the property fails in the end if one was left out. */
    static void coverVersions(ApiKey apiKey, short version) {
        Statistics.collect(version);
        Statistics.coverage(coverage -> {
            for (short each = apiKey.minVersion(); each <= apiKey.maxVersion(); each++) {
                coverage.check(each).count(count -> count > 0);
            }
        });
    }

    static FrameReader reader(ApiMessage message, short version) {
        return new FrameReader().wrap(body(message, version), ApiKey.forId(message.apiKey()), version);
    }

    static ByteBuffer surrounded(ByteBuffer bytes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.remaining() + 10);
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, (byte) 0x7E);
        }
        buffer.position(3);
        buffer.put(bytes.duplicate());
        buffer.flip().position(3);
        return buffer;
    }

    static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return HexFormat.of().formatHex(copy);
    }

    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("[\\s·|]", ""));
    }

    static String text(Random random) {
        int length = switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> 126 + random.nextInt(4);
            case 2 -> 300;
            default -> 1 + random.nextInt(12);
        };
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            String alphabet = ALPHABETS[random.nextInt(8) % ALPHABETS.length];
            int point = alphabet.codePointAt(random.nextInt(alphabet.length()));
            text.appendCodePoint(point);
        }
        return text.toString();
    }

    /** Text that survives UTF-8: no half of a surrogate pair. */
    static String cleanText(Random random) {
        return new String(text(random).getBytes(java.nio.charset.StandardCharsets.UTF_8),
                java.nio.charset.StandardCharsets.UTF_8);
    }

    static String nullableText(Random random) {
        return random.nextInt(4) == 0 ? null : cleanText(random);
    }

    /** Small, large and limiting values. */
    static int number(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> -1;
            case 1 -> Integer.MIN_VALUE;
            case 2 -> Integer.MAX_VALUE;
            case 3 -> random.nextInt();
            default -> random.nextInt(200);
        };
    }

    /** As {@link #number}, but at least -1. */
    static int numberOrNone(Random random) {
        return Math.max(-1, number(random));
    }

    static long longNumber(Random random) {
        return random.nextInt(3) == 0 ? -1 : random.nextLong();
    }

    /** How many elements: mostly few, none at times, and some across the border of a one-byte varint. */
    static int count(Random random) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> 0;
            case 3 -> 126 + random.nextInt(3);
            default -> 1 + random.nextInt(5);
        };
    }

    /** A channel that takes a bounded number of bytes in each call, across the buffers. */
    private static final class SlowChannel implements GatheringByteChannel {
        final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final int bytesPerWrite;

        SlowChannel(int bytesPerWrite) {
            this.bytesPerWrite = bytesPerWrite;
        }

        @Override
        public long write(ByteBuffer[] buffers, int offset, int length) {
            int room = bytesPerWrite;
            for (int i = offset; i < offset + length && room > 0; i++) {
                while (buffers[i].hasRemaining() && room > 0) {
                    taken.write(buffers[i].get());
                    room--;
                }
            }
            return bytesPerWrite - room;
        }

        @Override
        public long write(ByteBuffer[] buffers) {
            return write(buffers, 0, buffers.length);
        }

        @Override
        public int write(ByteBuffer buffer) {
            return (int) write(new ByteBuffer[]{buffer}, 0, 1);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // Nothing to close.
        }
    }
}
