/**
 * The producer: API, configuration, serializers and sender. Start with {@link io.kp.client.Producer}.
 *
 * <pre>{@code
 * ProducerConfig config = ProducerConfig.builder()
 *         .bootstrapServers("localhost:9092")
 *         .lingerMs(5)
 *         .build();
 * try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string())) {
 *     producer.send(ProducerRecord.of("orders", "customer-7", "3 apples"), (metadata, failure) -> {
 *         if (failure == null) {
 *             log("written to " + metadata);
 *         } else {
 *             log(failure.category() + ": " + failure.getMessage());
 *         }
 *     });
 *     RecordMetadata metadata = producer.send(ProducerRecord.of("orders", "customer-8", "1 pear")).join();
 * }
 * }</pre>
 *
 * <p><b>How the types fit together.</b>
 * <pre>
 *   ProducerConfig ──┐ Kafka's keys                                     ┌─▶ RecordMetadata   where it is
 *   ProducerContext ─┼─▶ Producer ── send, trySend(ProducerRecord) ─────┤
 *   Serializer ──────┤      │       tryClaim(…): bytes in place         └─▶ DeliveryException how far it got,
 *   Partitioner ─────┘      │                                                and whether it may be in the log
 *   ProducerInterceptor ──▶ ├─▶ metrics(): ProducerMetrics, state(): ProducerState
 *                           └─▶ close(…): CloseReport
 * </pre>
 * {@link io.kp.client.ProducerConfig} is what a user decides, {@link io.kp.client.ProducerContext} what comes from the surroundings (clocks, network, executors), with the
 * system's as default. Outcomes come as a future, to a {@link io.kp.client.Callback}, or to a {@link io.kp.client.DeliveryCallback}, for which no object is made.
 * {@link io.kp.client.InvokedProducer} is a producer without a thread of its own. The network is {@code io.kp.network}'s, the cluster's description
 * {@code io.kp.metadata}'s, partitioners are {@code io.kp.partition}'s.
 *
 * <p><b>Failures.</b> All exceptions are unchecked and extend {@link io.kp.client.KpException}, whose {@link io.kp.client.KpException#category() category} tells
 * what to do. A record that could not be delivered fails with a {@link io.kp.client.DeliveryException}, which tells how far it got and whether it may be in the log.
 *
 * <p><b>Configuration.</b> {@link io.kp.client.ProducerConfig} has Kafka's keys, defaults and formats; {@link io.kp.client.ProducerConfig#keys()} lists them.
 */
package io.kp.client;
