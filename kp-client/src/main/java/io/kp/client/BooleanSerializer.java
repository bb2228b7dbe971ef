package io.kp.client;

/** Serializes truth values: one byte, 1 or 0. */
public final class BooleanSerializer implements Serializer<Boolean> {
    /** Without state; one instance serves everybody. */
    public BooleanSerializer() {
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
    public byte[] serialize(String topic, Headers headers, Boolean data) {
        return data == null ? null : new byte[]{(byte) (data ? 1 : 0)};
    }
}
