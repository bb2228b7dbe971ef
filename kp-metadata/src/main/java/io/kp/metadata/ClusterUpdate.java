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
     */
    public ClusterUpdate {
        brokers = List.copyOf(brokers);
        topics = List.copyOf(topics);
    }
}
