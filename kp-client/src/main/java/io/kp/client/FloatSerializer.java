package io.kp.client;

/** Serializes floating point numbers: 4 bytes IEEE 754, big-endian, every NaN as it is. */
public final class FloatSerializer implements Serializer<Float> {
    /** Without state; one instance serves everybody. */
    public FloatSerializer() {
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
    public byte[] serialize(String topic, Headers headers, Float data) {
        return data == null ? null : IntegerSerializer.bytes(Float.floatToRawIntBits(data));
    }
}
