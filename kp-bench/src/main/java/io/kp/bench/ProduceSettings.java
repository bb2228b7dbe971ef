package io.kp.bench;

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
 * @param format          makes records of lines
 * @param delimiter       ends a line; {@code null} if each file is one record
 * @param maxRecords      how many at most
 * @param sync            whether to wait for each record before the next is sent
 * @param headers         for every record
 * @param partition       for every record, {@code null} to leave the choice to the partitioner
 * @param config          the producer's configuration
 * @param officialClient  whether the official client sends, for comparison
 */
record ProduceSettings(String topic, List<String> files, boolean embedded, int partitions, String release,
        boolean verify, InputFormat format, byte[] delimiter, long maxRecords, boolean sync,
        List<Map.Entry<String, byte[]>> headers, Integer partition, Map<String, String> config,
        boolean officialClient) {
    private static final int DEFAULT_MAX_REQUEST_SIZE = 1_048_576;

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
        return partition == null && !(format instanceof JsonRecords) && !config.containsKey("partitioner.class")
                && !Boolean.parseBoolean(config.getOrDefault("partitioner.ignore.keys", "false").strip());
    }
}
