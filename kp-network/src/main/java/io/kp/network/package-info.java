/**
 * Kafka's wire protocol for a producer over one NIO selector.
 */
package io.kp.network;
