/**
 * Benchmarks, the kp command line and an embedded real Kafka broker.
 */
package io.kp.bench;
