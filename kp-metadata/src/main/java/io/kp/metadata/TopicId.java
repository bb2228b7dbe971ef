package io.kp.metadata;

import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * A topic's id (KIP-516): 128 bits that a topic keeps for life and that a topic recreated under the same name does not inherit.
 *
 * @param mostSignificantBits  the first eight bytes on the wire
 * @param leastSignificantBits the last eight bytes on the wire
 */
public record TopicId(long mostSignificantBits, long leastSignificantBits) {

    /** The id that means "none", as brokers before 2.8 give it. */
    public static final TopicId ZERO = new TopicId(0, 0);

    private static final int LENGTH_BYTES = 2 * Long.BYTES;

    /**
     * Parses what {@link #toString()} wrote.
     *
     * @param text 22 characters of URL-safe base64, with or without padding
     * @return the id
     * @throws IllegalArgumentException if the text is not base64 or has the wrong length
     */
    public static TopicId parse(final String text) {
        final byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text);
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException("topic id must be URL-safe base64: text=" + text, e);
        }
        if (bytes.length != LENGTH_BYTES) {
            throw new IllegalArgumentException("topic id must decode to " + LENGTH_BYTES + " bytes: bytes="
                    + bytes.length + ", text=" + text);
        }
        final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        final long most = buffer.getLong();
        final long least = buffer.getLong();
        return most == 0 && least == 0 ? ZERO : new TopicId(most, least);
    }

    /**
     * Tells whether this is {@link #ZERO}.
     *
     * @return true if the topic's id is unknown
     */
    public boolean isZero() {
        return (mostSignificantBits | leastSignificantBits) == 0;
    }

    // Not the record's own, which is put together from method handles at its first call, on the I/O thread.
    @Override
    public boolean equals(final Object other) {
        return this == other || other instanceof TopicId that && mostSignificantBits == that.mostSignificantBits
                && leastSignificantBits == that.leastSignificantBits;
    }

    @Override
    public int hashCode() {
        final long folded = mostSignificantBits ^ leastSignificantBits;
        return (int) (folded >>> 32) ^ (int) folded;
    }

    /**
     * Writes the id as Kafka's tools do.
     *
     * @return 22 characters of URL-safe base64 without padding
     */
    @Override
    public String toString() {
        final byte[] bytes = ByteBuffer.allocate(LENGTH_BYTES).putLong(mostSignificantBits)
                .putLong(leastSignificantBits).array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
