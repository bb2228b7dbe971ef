package io.kp.bench;

import java.util.List;

/** The broker of a comparison. */
interface CompareBroker extends AutoCloseable {
    /** Addresses as {@code bootstrap.servers} wants them. */
    String bootstrapServers();

    /** Processes that are the broker. */
    List<Long> pids();

    /** Makes the topics of a run: the prefix and a number from 0. */
    void prepare(String topicPrefix, int topics);

    /** What the broker has in the topics of a run. */
    BrokerTotals totals(String topicPrefix, int topics);

    @Override
    void close();
}
