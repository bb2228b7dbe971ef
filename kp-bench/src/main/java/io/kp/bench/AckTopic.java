package io.kp.bench;

import java.util.concurrent.atomic.AtomicLong;

import org.apache.kafka.common.Uuid;

/**
 * What an {@link AckBroker} has acknowledged of one topic. One thread adds (the broker's), any thread reads.
 */
final class AckTopic {
    private final String name;
    private final Uuid id = Uuid.randomUuid();
    private final long[] nextOffsets;
    private final AtomicLong records = new AtomicLong();
    private final AtomicLong batches = new AtomicLong();
    private final AtomicLong batchBytes = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();

    AckTopic(final String name, final int partitions) {
        this.name = name;
        nextOffsets = new long[partitions];
    }

    String name() {
        return name;
    }

    Uuid id() {
        return id;
    }

    int partitions() {
        return nextOffsets.length;
    }

    /**
     * Counts a batch.
     *
     * @param partition   its partition
     * @param recordCount its records
     * @param bytes       its size
     * @return its first record's offset
     * @throws IllegalArgumentException
     *                                      if the topic has no such partition
     */
    long add(final int partition, final int recordCount, final int bytes) {
        if (partition < 0 || partition >= nextOffsets.length) {
            throw new IllegalArgumentException("partition out of range: topic=" + name + ", partition=" + partition
                    + ", partitionCount=" + nextOffsets.length);
        }
        final long offset = nextOffsets[partition];
        nextOffsets[partition] = offset + recordCount;
        // One writer: a plain read and an ordered write are enough, and cheaper than an atomic addition.
        records.lazySet(records.getPlain() + recordCount);
        batches.lazySet(batches.getPlain() + 1);
        batchBytes.lazySet(batchBytes.getPlain() + bytes);
        return offset;
    }

    /** Counts a request whose first topic this is. */
    void addRequest() {
        requests.lazySet(requests.getPlain() + 1);
    }

    BrokerTotals totals() {
        return new BrokerTotals(records.get(), batches.get(), batchBytes.get(), requests.get());
    }
}
