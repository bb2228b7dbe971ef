/**
 * A Kafka cluster in memory for tests, which does what a real one does until a script says otherwise.
 *
 * <pre>{@code
 * try (ScriptedBroker broker = ScriptedBroker.start(3)) {
 *     broker.cluster().createTopic("orders", 6);
 *     broker.script().produce().partition("orders", 0).times(2).then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
 *     broker.script().produce().once().then(Fault.loseResponse());
 *
 *     ... a producer with bootstrap.servers = broker.bootstrapServers() sends ...
 *
 *     List<StoredRecord> log = broker.cluster().log("orders", 0).records();
 * }
 * }</pre>
 *
 * <p>{@link io.kp.testkit.ScriptedCluster} is the state: nodes, topics, partitions with their leaders and logs, and the producers that each partition knows. It
 * has no thread, no clock and no socket. {@link io.kp.testkit.ScriptedBroker} puts it behind real TCP on the loopback interface.
 * {@link io.kp.testkit.Script} and {@link io.kp.testkit.Fault} make it misbehave.
 *
 * <p>It speaks ApiVersions 0–4, Metadata 0–13, Produce 3–13 and InitProducerId 0–5, each node in whatever range it is told to. Batches are held against what a
 * broker checks: length, checksum, counts, sequence numbers, epochs. There is one copy of each log, no matter how many replicas a partition has; what a real
 * cluster loses with a leader is lost here on command ({@link io.kp.testkit.ScriptedCluster#loseTail}).
 *
 * <p>{@link io.kp.testkit.MockProducer} is a producer without any cluster, whose outcomes a test decides.
 *
 * <p>{@link io.kp.testkit.Simulation} runs the producer itself against such a cluster, in simulated time and over a simulated network, under faults that a seed decides.
 * {@link io.kp.testkit.DeliveryJournal} holds what a producer said of each record against what the topic holds, for tests of any kind.
 */
package io.kp.testkit;
