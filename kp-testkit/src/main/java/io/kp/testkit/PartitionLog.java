package io.kp.testkit;

import java.util.ArrayList;
import java.util.List;

/**
 * What is in the log of one partition at one moment. Immutable.
 *
 * @param startOffset the lowest offset that is still there
 * @param endOffset the offset that the next record will get
 * @param batches the batches in their order
 */
public record PartitionLog(long startOffset, long endOffset, List<StoredBatch> batches) {

    /**
     * All records.
     *
     * @return the records in their order
     */
    public List<StoredRecord> records() {
        final List<StoredRecord> records = new ArrayList<>();
        for (final StoredBatch batch : batches) {
            records.addAll(batch.records());
        }
        return records;
    }

    /**
     * The values of all records as text.
     *
     * @return the values in their order
     */
    public List<String> values() {
        final List<String> values = new ArrayList<>();
        for (final StoredBatch batch : batches) {
            for (final StoredRecord record : batch.records()) {
                values.add(record.valueText());
            }
        }
        return values;
    }
}
