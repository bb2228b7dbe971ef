/**
 * Collects records into Kafka record batches, per partition, without locks.
 */
// Agrona 2 has no module descriptor; it is the automatic module org.agrona.
@SuppressWarnings("requires-automatic")
module io.kp.accumulator {
    requires org.agrona;
    requires org.jctools.core.jdk11;
    requires transitive io.kp.memory;
    requires transitive io.kp.metadata;

    exports io.kp.accumulator;
}
