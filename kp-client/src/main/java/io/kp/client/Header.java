package io.kp.client;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;

/**
 * A header of a record. The value is not copied: whoever changes the array after {@code send} was called changes what is sent, or not.
 *
 * @param key the name, never {@code null}; several headers of a record may have the same
 * @param value the value, or {@code null}
 */
public record Header(String key, byte[] value) {
    /**
     * Checks the key.
     *
     * @param key the name, never {@code null}
     * @param value the value, or {@code null}
     * @throws NullPointerException if the key is {@code null}
     */
    public Header {
        requireNonNull(key, "header key");
    }

    /**
     * Compares key and content of the value.
     *
     * @param other the object to compare with
     * @return whether the other is a header with equal key and equal bytes
     */
    @Override
    public boolean equals(Object other) {
        return other instanceof Header that && key.equals(that.key) && Arrays.equals(value, that.value);
    }

    /**
     * Hashes key and content of the value.
     *
     * @return the hash
     */
    @Override
    public int hashCode() {
        return 31 * key.hashCode() + Arrays.hashCode(value);
    }

    /**
     * Key and bytes.
     *
     * @return {@code key=[bytes]}
     */
    @Override
    public String toString() {
        return key + "=" + Arrays.toString(value);
    }
}
