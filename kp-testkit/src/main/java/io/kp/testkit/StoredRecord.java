package io.kp.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * One record in a partition's log. The byte arrays are not copied and must not be changed.
 *
 * @param offset its offset
 * @param timestampMs its timestamp, the log's append time if the topic wants that
 * @param key the key, or {@code null}
 * @param value the value, or {@code null}
 * @param headers the headers in their order
 * @param sequence its sequence number, -1 if the producer is not idempotent
 */
public record StoredRecord(long offset, long timestampMs, byte[] key, byte[] value, List<Header> headers,
        int sequence) {

    /**
     * One header of a record.
     *
     * @param key the key
     * @param value the value, or {@code null}
     */
    public record Header(String key, byte[] value) {
        @Override
        public boolean equals(final Object other) {
            return other instanceof Header that && key.equals(that.key) && Arrays.equals(value, that.value);
        }

        @Override
        public int hashCode() {
            return 31 * key.hashCode() + Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            return key + '=' + text(value);
        }
    }

    /**
     * The key as text.
     *
     * @return the key read as UTF-8, or {@code null}
     */
    public String keyText() {
        return text(key);
    }

    /**
     * The value as text.
     *
     * @return the value read as UTF-8, or {@code null}
     */
    public String valueText() {
        return text(value);
    }

    private static String text(final byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof StoredRecord that && offset == that.offset && timestampMs == that.timestampMs
                && sequence == that.sequence
                && Arrays.equals(key, that.key) && Arrays.equals(value, that.value) && headers.equals(that.headers);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(offset) * 31 + Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return "offset=" + offset + ", timestampMs=" + timestampMs + ", sequence=" + sequence + ", key=" + keyText()
                + ", value=" + valueText() + ", headers=" + headers;
    }
}
