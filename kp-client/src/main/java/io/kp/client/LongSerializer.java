package io.kp.client;

/** Serializes 64 bit numbers: 8 bytes, big-endian. */
public final class LongSerializer implements Serializer<Long> {
    /** Without state; one instance serves everybody. */
    public LongSerializer() {
    }

    /**
     * Serializes one datum.
     *
     * @param topic not used
     * @param headers not used
     * @param data the datum, or {@code null}
     * @return its bytes, {@code null} for {@code null}
     */
    @Override
    public byte[] serialize(String topic, Headers headers, Long data) {
        return data == null ? null : bytes(data);
    }

    static byte[] bytes(long value) {
        return new byte[]{(byte) (value >>> 56), (byte) (value >>> 48), (byte) (value >>> 40), (byte) (value >>> 32),
                (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
    }
}
