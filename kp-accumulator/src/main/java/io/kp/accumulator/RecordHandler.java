package io.kp.accumulator;

/**
 * Takes the completion objects of a batch's records, in record order.
 */
@FunctionalInterface
public interface RecordHandler {
    /**
     * One record of the batch.
     *
     * @param completion
     *            what was given with the record at append, never null (records without one are not reported).
     * @param index
     *            of the record in the batch, from 0: its offset is the batch's base offset plus this.
     * @param record
     *            tells more of the record to who asks for it, during the call only.
     */
    void onRecord(Object completion, int index, CompletedRecord record);
}
