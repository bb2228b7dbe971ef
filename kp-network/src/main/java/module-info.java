/**
 * Kafka's wire protocol for a producer over one NIO selector.
 */
// Agrona 2 has no module descriptor; it is the automatic module org.agrona.
@SuppressWarnings("requires-automatic")
module io.kp.network {
    requires java.security.sasl;
    requires org.agrona;
    requires transitive io.kp.metadata;

    exports io.kp.network;
}
