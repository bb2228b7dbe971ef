package io.kp.bench;

import java.util.Map;

/**
 * What {@code kp chaos} is to do in each scenario.
 *
 * @param records    how many records to send at least
 * @param threads    how many threads send them
 * @param partitions how many partitions the topic has
 * @param recordSize size of a value
 * @param rate       records/s of all threads together
 * @param downMs     how long all brokers are down
 * @param release    Kafka's release
 * @param config     the producer's configuration, without addresses
 */
record ChaosSettings(long records, int threads, int partitions, int recordSize, double rate, long downMs,
        String release, Map<String, String> config) {
    long requestTimeoutMs() {
        return Long.parseLong(config.get("request.timeout.ms"));
    }
}
