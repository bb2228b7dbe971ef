package io.kp.metadata;

/**
 * What a broker that no longer leads a partition says of the one that does (KIP-951).
 *
 * @param topic       the topic's name
 * @param partition   the partition's number
 * @param leaderId    the leader's broker id; {@link Node#NO_ID} says nothing
 * @param leaderEpoch the leader's epoch; {@link PartitionInfo#NO_EPOCH} says nothing
 */
public record LeaderHint(String topic, int partition, int leaderId, int leaderEpoch) {
}
