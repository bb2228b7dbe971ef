package io.kp.client;

/**
 * A {@link Callback} for which nothing is allocated: all records are told about with one and the same {@link Delivery}. For everything else
 * what {@link Callback} says holds. Given to the same methods:
 *
 * <pre>{@code
 * DeliveryCallback count = delivery -> (delivery.isDelivered() ? delivered : failed).increment();
 * producer.send(record, count);
 * }</pre>
 */
@FunctionalInterface
public interface DeliveryCallback extends Callback {
    /**
     * Tells how a record ended.
     *
     * @param delivery the outcome, valid during the call only
     */
    void onDelivery(Delivery delivery);

    /**
     * Tells the same from objects that were made for it, as interceptors and a completion executor need them.
     *
     * @param metadata where the record is; {@code null} if it failed
     * @param failure why it failed; {@code null} if it did not
     */
    @Override
    default void onCompletion(final RecordMetadata metadata, final KpException failure) {
        onDelivery(failure == null ? new Delivery().delivered(metadata) : new Delivery().failed(failure));
    }
}
