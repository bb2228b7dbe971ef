package io.kp.accumulator;

/**
 * Takes batches that leave the accumulator in another way than by a drain: expired or aborted. Runs on the I/O thread.
 */
@FunctionalInterface
public interface BatchHandler {
    /**
     * One batch. A batch that is not in flight has been taken out of its partition: the handler completes its records with
     * {@link Batch#complete} and gives it back with {@link RecordAccumulator#release}. A batch in flight is only reported: its memory
     * belongs to the network until the caller releases it.
     *
     * @param batch
     *            the batch, closed, all its records written.
     * @param inFlight
     *            whether the batch has been drained and was not put back since.
     */
    void onBatch(Batch batch, boolean inFlight);
}
