package io.kp.client;

/** Serializes 32 bit numbers: 4 bytes, big-endian. */
public final class IntegerSerializer implements Serializer<Integer> {
    /** Without state; one instance serves everybody. */
    public IntegerSerializer() {
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
    public byte[] serialize(String topic, Headers headers, Integer data) {
        return data == null ? null : bytes(data);
    }

    static byte[] bytes(int value) {
        return new byte[]{(byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
    }
}
