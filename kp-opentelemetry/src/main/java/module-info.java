/**
 * A producer's metrics as OpenTelemetry instruments: {@link io.kp.opentelemetry.ProducerInstruments} binds those of one producer.
 */
// OpenTelemetry has no module descriptors; its API is the automatic module io.opentelemetry.api.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.kp.opentelemetry {
    requires transitive io.kp.client;
    requires transitive io.opentelemetry.api;

    exports io.kp.opentelemetry;
}
