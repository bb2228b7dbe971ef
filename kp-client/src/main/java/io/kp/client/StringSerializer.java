package io.kp.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.nio.charset.Charset;
import java.util.Map;

/** Serializes text, in UTF-8 or the charset named by {@code key.serializer.encoding} or {@code value.serializer.encoding}, or else by
 * {@code serializer.encoding}. */
public final class StringSerializer implements Serializer<String> {
    private volatile Charset charset = UTF_8;

    /** Encodes in UTF-8 until it is configured otherwise. */
    public StringSerializer() {
    }

    /**
     * Encodes in a charset.
     *
     * @param charset the charset
     */
    public StringSerializer(Charset charset) {
        this.charset = requireNonNull(charset, "charset");
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
    public byte[] serialize(String topic, Headers headers, String data) {
        return data == null ? null : data.getBytes(charset);
    }
}
