package io.kp.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.charset.Charset;
import java.util.Map;
import java.util.UUID;

/** Serializes UUIDs as their 36 characters of text, in UTF-8 or the charset that {@link StringSerializer} would take. */
public final class UUIDSerializer implements Serializer<UUID> {
    private volatile Charset charset = UTF_8;

    /** Encodes in UTF-8 until it is configured otherwise. */
    public UUIDSerializer() {
    }

    /**
     * Takes the charset from the configuration, if that names one.
     *
     * @param configs the configuration
     * @param isKey whether this serializer is for keys
     * @throws SerializationException if there is no such charset
     */
    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        charset = Encoding.of(configs, isKey, charset);
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
    public byte[] serialize(String topic, Headers headers, UUID data) {
        return data == null ? null : data.toString().getBytes(charset);
    }
}
