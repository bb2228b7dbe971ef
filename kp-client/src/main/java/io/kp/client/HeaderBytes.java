package io.kp.client;

import java.nio.charset.StandardCharsets;

import io.kp.accumulator.RecordHeaders;

/** A record's headers as bytes, made once so that size and content agree whatever happens to the record meanwhile. */
final class HeaderBytes implements RecordHeaders {
    private final byte[][] keys;
    private final byte[][] values;

    private HeaderBytes(final Headers headers) {
        keys = new byte[headers.size()][];
        values = new byte[keys.length][];
        for (int i = 0; i < keys.length; i++) {
            final Header header = headers.at(i);
            keys[i] = header.key().getBytes(StandardCharsets.UTF_8);
            values[i] = header.value();
        }
    }

    /** @return {@code null} if there is none, as in nearly all records */
    static HeaderBytes of(final Headers headers) {
        return headers == null || headers.size() == 0 ? null : new HeaderBytes(headers);
    }

    @Override
    public int count() {
        return keys.length;
    }

    @Override
    public byte[] keyUtf8(final int index) {
        return keys[index];
    }

    @Override
    public byte[] value(final int index) {
        return values[index];
    }
}
