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
 * <p><b>Failures.</b> All exceptions are unchecked and extend {@link io.kp.client.KpException}, whose {@link io.kp.client.KpException#category() category} tells
 * what to do. A record that could not be delivered fails with a {@link io.kp.client.DeliveryException}, which tells how far it got and whether it may be in the log.
 *
 * <p><b>Configuration.</b> {@link io.kp.client.ProducerConfig} has Kafka's keys, defaults and formats; {@link io.kp.client.ProducerConfig#keys()} lists them.
 */
package io.kp.client;
