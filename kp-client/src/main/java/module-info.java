/**
 * A producer for Apache Kafka: {@link io.kp.client.Producer} sends records, {@link io.kp.client.ProducerConfig} says how, in Kafka's own keys. Users of the
 * module see its one package and, through it, the cluster's description in {@code io.kp.metadata} and the partitioners of {@code io.kp.partition}.
 */
// Agrona 2 has no module descriptor; it is the automatic module org.agrona.
@SuppressWarnings("requires-automatic")
module io.kp.client {
    requires org.agrona;
    requires org.jctools.core.jdk11;
    requires org.slf4j;
    // Where they are there: events for the Flight Recorder, and MBeans if kp.jmx asks for them.
    requires static java.management;
    requires static jdk.jfr;
    requires transitive io.kp.memory;
    requires transitive io.kp.accumulator;
    requires transitive io.kp.network;
    requires transitive io.kp.metadata;
    requires transitive io.kp.partition;

    exports io.kp.client;
}
