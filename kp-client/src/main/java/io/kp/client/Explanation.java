package io.kp.client;

import java.util.Map;

/**
 * What limits a producer now. Immutable.
 *
 * @param limit what it is
 * @param text one or two sentences: what limits, the figures behind it, and the key to turn
 * @param key the configuration key to turn; {@code null} if none helps
 * @param figures the figures behind it, by name with the unit in it, of the last five seconds unless they are states; in a meaningful order; immutable
 */
public record Explanation(Limit limit, String text, String key, Map<String, String> figures) {
    /** What can limit a producer. */
    public enum Limit {
        /** Nothing to do: no record came in the last seconds, and none waits. */
        IDLE,
        /** Nothing of the producer's: it sends all that it is given, about as soon as it comes. */
        NOTHING,
        /** Batches wait for {@code linger.ms}, and go out not full. */
        LINGER,
        /** Callers wait for memory, though the brokers could take more. */
        MEMORY,
        /** The brokers: as many requests as they may have are with them, or they throttle. */
        BROKER,
        /** Records wait for a broker that is not connected, or for metadata. */
        CONNECTION,
        /** Callbacks keep the I/O thread from sending. */
        CALLBACK,
        /** One partition gets more than it can pass on, the others do not. */
        HOT_PARTITION
    }

    /**
     * For people.
     *
     * @return the text
     */
    @Override
    public String toString() {
        return text;
    }
}
