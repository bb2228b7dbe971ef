/**
 * Collects records into Kafka record batches, per partition, without locks.
 */
package io.kp.accumulator;
