package io.kp.testkit;

import io.kp.network.ApiKey;

/**
 * A request that a node has received.
 *
 * @param nodeId the node
 * @param connection number of the connection, counted over the cluster
 * @param api the API
 * @param version the version
 * @param correlationId the number that the response must carry
 * @param clientId the client's name, or {@code null}
 * @param partitions the partitions of a produce request as {@code topic-partition}, separated by commas; empty for other APIs
 */
public record SeenRequest(int nodeId, long connection, ApiKey api, short version, int correlationId, String clientId,
        String partitions) {
}
