package io.kp.metadata;

import java.util.List;

/**
 * What one metadata response says.
 *
 * @param clusterId    the cluster's id, or null if the response's version has none
 * @param controllerId the controller's broker id, or {@link Node#NO_ID}
 * @param brokers      the live brokers; a response without any counts as failed
 * @param topics       the topics that were asked for
 */
public record ClusterUpdate(String clusterId, int controllerId, List<Node> brokers, List<TopicUpdate> topics) {

    /**
     * Copies the lists.
     *
     * @param clusterId    the cluster's id, or null
     * @param controllerId the controller's broker id, or {@link Node#NO_ID}
     * @param brokers      the live brokers
     * @param topics       the topics that were asked for
     * @throws IllegalArgumentException if a broker's id is below 0
     */
    public ClusterUpdate {
        brokers = List.copyOf(brokers);
        for (final Node broker : brokers) {
            if (broker.isBootstrap()) {
                throw new IllegalArgumentException("broker id must not be negative: id=" + broker.id() + ", min=0");
            }
        }
        topics = List.copyOf(topics);
    }
}
