package io.kp.client;

/** Serializes 16 bit numbers: 2 bytes, big-endian. */
public final class ShortSerializer implements Serializer<Short> {
    /** Without state; one instance serves everybody. */
    public ShortSerializer() {
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
    public byte[] serialize(String topic, Headers headers, Short data) {
        if (data == null) {
            return null;
        }
        final short value = data;
        return new byte[]{(byte) (value >>> 8), (byte) value};
    }
}
