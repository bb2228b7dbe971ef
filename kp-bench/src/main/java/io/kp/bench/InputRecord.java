package io.kp.bench;

import java.util.List;
import java.util.Map;

/**
 * A record as the input describes it.
 *
 * @param partition   where to, {@code null} to leave the choice to others
 * @param timestampMs its time, {@code null} for that of the sending
 * @param key         may be {@code null}
 * @param value       may be {@code null}
 * @param headers     may be {@code null} for those that all records have
 */
record InputRecord(Integer partition, Long timestampMs, byte[] key, byte[] value,
        List<Map.Entry<String, byte[]>> headers) {

    static InputRecord of(final byte[] key, final byte[] value) {
        return new InputRecord(null, null, key, value, null);
    }
}
