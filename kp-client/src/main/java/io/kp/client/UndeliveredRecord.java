package io.kp.client;

/**
 * A record that a close found without delivery, and what the application knows it by.
 *
 * @param topic the record's topic
 * @param partition the record's partition
 * @param handle the {@link java.util.concurrent.CompletableFuture} that {@code send} returned for it, or the {@link Callback} that it was given; {@code null} if only
 *            interceptors were told of it
 * @param failure why it was not delivered; a {@link DeliveryException} says whether it may be in the log nevertheless
 */
public record UndeliveredRecord(String topic, int partition, Object handle, KpException failure) {
}
