/**
 * Benchmarks, the kp command line and an embedded real Kafka broker.
 */
module io.kp.bench {
    requires io.kp.client;

    exports io.kp.bench;
}
