/**
 * A producer's metrics in a Micrometer registry: {@link io.kp.micrometer.ProducerMeters} binds those of one producer, Kafka's under the names that Micrometer gives them.
 */
// Micrometer has no module descriptor; it is the automatic module micrometer.core.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.kp.micrometer {
    requires org.slf4j;
    requires transitive io.kp.client;
    requires transitive micrometer.core;

    exports io.kp.micrometer;
}
