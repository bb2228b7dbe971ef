package io.kp.client;

/**
 * Is told how a record ended, exactly once. Callbacks of records of one partition run in the order in which these were accepted.
 *
 * <p>Runs on the producer's I/O thread, so it must not block: it may call {@code send} or {@code trySend}, but not wait for a future or call
 * {@code flush}. For a record that never got as far as a batch it runs on the calling thread, before {@code send} returns. What it throws, Errors included, is
 * logged and affects no other record and no caller.
 */
@FunctionalInterface
public interface Callback {
    /**
     * A record was acknowledged, or failed. Exactly one of the arguments is not {@code null}.
     *
     * @param metadata where the record is, or {@code null} if it failed
     * @param failure why it failed, in general a {@link DeliveryException}, or {@code null} if it was acknowledged
     */
    void onCompletion(RecordMetadata metadata, KpException failure);
}
