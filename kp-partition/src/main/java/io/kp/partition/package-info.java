/**
 * Kafka partitioners as pure functions.
 */
package io.kp.partition;
