package io.kp.testkit;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A record's value that can be recognized: its number, the topic's hash, and bytes that follow from the number. */
final class SimPayload {
    static final int MIN_BYTES = Long.BYTES + Integer.BYTES;

    private SimPayload() {
    }

    static byte[] of(final long id, final String topic, final int bytes) {
        final ByteBuffer value = ByteBuffer.allocate(Math.max(MIN_BYTES, bytes)).putLong(id).putInt(topic.hashCode());
        final byte filler = (byte) (id * 31 + 7);
        Arrays.fill(value.array(), MIN_BYTES, value.capacity(), filler);
        return value.array();
    }

    /** The number of the record, or -1 if the value is none of the topic's. */
    static long idOf(final byte[] value, final String topic) {
        if (value == null || value.length < MIN_BYTES) {
            return -1;
        }
        final ByteBuffer in = ByteBuffer.wrap(value);
        final long id = in.getLong();
        if (in.getInt() != topic.hashCode()) {
            return -1;
        }
        final byte filler = (byte) (id * 31 + 7);
        for (int i = MIN_BYTES; i < value.length; i++) {
            if (value[i] != filler) {
                return -1;
            }
        }
        return id;
    }

}
