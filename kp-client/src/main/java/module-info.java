/**
 * The producer: API, configuration, serializers and sender.
 */
// Agrona 2 has no module descriptor; it is the automatic module org.agrona.
@SuppressWarnings("requires-automatic")
module io.kp.client {
    requires org.agrona;
    requires org.jctools.core.jdk11;
    requires org.slf4j;
    requires io.kp.memory;
    requires io.kp.accumulator;
    requires io.kp.network;
    requires transitive io.kp.metadata;
    requires transitive io.kp.partition;

    exports io.kp.client;
}
