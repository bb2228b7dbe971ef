package io.kp.client;

/** Serializes floating point numbers: 8 bytes IEEE 754, big-endian, every NaN as the canonical one. */
public final class DoubleSerializer implements Serializer<Double> {
    /** Without state; one instance serves everybody. */
    public DoubleSerializer() {
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
    public byte[] serialize(String topic, Headers headers, Double data) {
        return data == null ? null : LongSerializer.bytes(Double.doubleToLongBits(data));
    }
}
