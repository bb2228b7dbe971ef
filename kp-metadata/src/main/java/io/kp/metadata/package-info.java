/**
 * What a client knows of a Kafka cluster: immutable snapshots, and the rules by which they are renewed. No I/O.
 *
 * <p>
 * {@link io.kp.metadata.Cluster} is one state, with {@link io.kp.metadata.Node nodes}, {@link io.kp.metadata.TopicInfo topics} and
 * {@link io.kp.metadata.PartitionInfo partitions}. {@link io.kp.metadata.Metadata} holds the newest state, decides what to fetch and when, and lets
 * callers wait for a topic that is not known yet. Somebody else speaks the protocol; this is all it has to do:
 *
 * <pre>{@code
 * Metadata metadata = new Metadata(MetadataConfig.DEFAULTS, List.of(Node.bootstrap(0, "localhost", 9092)), System::nanoTime,
 *         RandomGenerator.getDefault());
 * metadata.onUpdateWanted(selector::wakeup);
 *
 * // the I/O thread's duty cycle
 * if (metadata.timeToNextUpdateNs(now) == 0 && network.canSend()) {
 *     MetadataRequestPlan plan = metadata.beginUpdate(now);
 *     network.fetch(plan.topics(), response -> metadata.completeUpdate(plan, response, clock.now()),
 *             failure -> metadata.failUpdate(plan, failure, clock.now()));
 * }
 *
 * // callers
 * TopicInfo topic = metadata.topic("lines", now);                    // wait-free, null if not known
 * if (topic == null) {
 *     topic = metadata.awaitTopic("lines", -1, maxBlockNs);          // parks
 * }
 * }</pre>
 *
 * Memory order: a snapshot is safely published by a volatile write and never changes; whoever finds a topic through {@code Metadata} also finds a
 * {@code cluster()} that is at least as new.
 */
package io.kp.metadata;
