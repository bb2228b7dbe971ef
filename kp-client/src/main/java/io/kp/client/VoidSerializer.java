package io.kp.client;

/** Serializes the absence of data: always {@code null}. */
public final class VoidSerializer implements Serializer<Void> {
    /** Without state; one instance serves everybody. */
    public VoidSerializer() {
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
    public byte[] serialize(String topic, Headers headers, Void data) {
        return null;
    }
}
