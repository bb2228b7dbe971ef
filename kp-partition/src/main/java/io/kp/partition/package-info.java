/**
 * Kafka's ways to choose a record's partition, usable without a producer: pure functions and small lock-free objects over
 * {@link io.kp.metadata.TopicInfo}.
 *
 * <pre>{@code
 * int partition = KeyPartitioner.partition("user-17".getBytes(UTF_8), 12);      // where any Kafka client puts this key
 *
 * StickyPartitioner sticky = new StickyPartitioner(16_384, PartitionLoad.NONE, seed);
 * int now = sticky.current(topic);                                              // the same until …
 * sticky.onBatchClosed(now, 16_300);
 * sticky.onBatchClosed(now, 16_310);                                            // … a batch's worth of bytes went there
 * }</pre>
 *
 * {@link io.kp.partition.Partitioner} is the interface for a user's own choice; {@link io.kp.partition.BuiltInPartitioner} is what a producer does without
 * one, {@link io.kp.partition.RoundRobinPartitioner} deals records out in turn.
 */
package io.kp.partition;
