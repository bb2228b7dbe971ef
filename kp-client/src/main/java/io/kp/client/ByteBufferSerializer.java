package io.kp.client;

import java.nio.ByteBuffer;

/**
 * Serializes buffers: what lies between 0 and the limit, whatever the position is. As Kafka's serializer it leaves the position at 0, so two threads must not
 * send the same buffer object at a time.
 */
public final class ByteBufferSerializer implements Serializer<ByteBuffer> {
    /** Without state; one instance serves everybody. */
    public ByteBufferSerializer() {
    }

    /**
     * Serializes one buffer.
     *
     * @param topic not used
     * @param headers not used
     * @param data the buffer, or {@code null}
     * @return its bytes, {@code null} for {@code null}; the array behind the buffer itself if it has exactly these bytes
     */
    @Override
    public byte[] serialize(String topic, Headers headers, ByteBuffer data) {
        if (data == null) {
            return null;
        }
        data.rewind();
        if (data.hasArray() && data.arrayOffset() == 0 && data.array().length == data.limit()) {
            return data.array();
        }
        final byte[] bytes = new byte[data.limit()];
        data.get(0, bytes);
        return bytes;
    }
}
