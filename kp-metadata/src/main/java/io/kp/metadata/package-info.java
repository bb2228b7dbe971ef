/**
 * What a client knows of a Kafka cluster, as immutable snapshots.
 */
package io.kp.metadata;
