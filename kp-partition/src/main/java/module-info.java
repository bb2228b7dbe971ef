/**
 * Kafka partitioners as pure functions.
 */
module io.kp.partition {
    requires transitive io.kp.metadata;

    exports io.kp.partition;
}
