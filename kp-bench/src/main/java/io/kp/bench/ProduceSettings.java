package io.kp.bench;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What {@code kp produce} was asked to do.
 *
 * @param topic           where to
 * @param files           the inputs; none means standard input
 * @param embedded        whether to start a broker
 * @param partitions      of the topic that is created on an embedded broker
 * @param release         of the embedded broker
 * @param verify          whether to read back
 * @param keySeparator    ends the key of each line, {@code null} if lines have none
 * @param headers         for every record
 * @param partition       for every record, {@code null} to leave the choice to the partitioner
 * @param config          the producer's configuration
 * @param officialClient  whether the official client sends, for comparison
 */
record ProduceSettings(String topic, List<String> files, boolean embedded, int partitions, String release,
        boolean verify,
        String keySeparator, List<Map.Entry<String, byte[]>> headers, Integer partition, Map<String, String> config,
        boolean officialClient) {
    private static final int DEFAULT_MAX_REQUEST_SIZE = 1_048_576;

    byte[] keySeparatorBytes() {
        return keySeparator == null ? null : keySeparator.replace("\\t", "\t").getBytes(StandardCharsets.UTF_8);
    }

    /** The producer's {@code max.request.size}; the default where it is no number, which the producer itself will refuse. */
    int maxRequestSize() {
        try {
            return Integer.parseInt(config.getOrDefault("max.request.size", "").strip());
        } catch (final NumberFormatException e) {
            return DEFAULT_MAX_REQUEST_SIZE;
        }
    }

    /** Whether records with a key belong into the partition of Kafka's own partitioner. */
    boolean murmur2() {
        return partition == null && !config.containsKey("partitioner.class")
                && !Boolean.parseBoolean(config.getOrDefault("partitioner.ignore.keys", "false").strip());
    }
}
