/**
 * What a client knows of a Kafka cluster, as immutable snapshots.
 */
module io.kp.metadata {

    exports io.kp.metadata;
}
