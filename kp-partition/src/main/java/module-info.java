/**
 * Kafka partitioners as pure functions.
 */
module io.kp.partition {
    requires io.kp.metadata;

    exports io.kp.partition;
}
