package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.kp.memory.BufferPool;
import io.kp.metadata.Cluster;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/** An accumulator with a fake clock over a pool that poisons freed memory; closing it checks that all memory is back. */
final class Rig implements AutoCloseable {
    static final String TOPIC = "lines";
    static final long MS = 1_000_000;

    final BufferPool pool;
    final RecordAccumulator accumulator;
    final AtomicLong clock = new AtomicLong(1_000 * MS);
    final AtomicInteger wakes = new AtomicInteger();
    final List<String> closedBatches = new ArrayList<>();

    private Rig(final Builder builder) {
        pool = BufferPool.builder().capacityBytes(builder.capacityBytes).segmentBytes(builder.segmentBytes)
                .poison(builder.poison)
                .build();
        final RecordAccumulator.Builder settings = RecordAccumulator.builder().pool(pool).nanoClock(clock::get)
                .batchBytes(builder.batchBytes).batchCapBytes(builder.batchCapBytes).lingerNs(builder.lingerNs)
                .deliveryTimeoutNs(builder.deliveryTimeoutNs).waker(wakes::incrementAndGet);
        settings.compression(builder.compression);
        if (builder.factory != null) {
            settings.queueFactory(builder.factory);
        }
        if (builder.listen) {
            settings.batchListener((queue, bytes) -> closedBatches.add(queue + ":" + bytes));
        }
        accumulator = settings.build();
    }

    static Builder builder() {
        return new Builder();
    }

    PartitionQueue queue(final int partition) {
        return accumulator.topic(TOPIC).partition(partition);
    }

    long now() {
        return clock.get();
    }

    void advance(final long ns) {
        clock.addAndGet(ns);
    }

    int poll() {
        return accumulator.poll(now());
    }

    int append(final int partition, final String value) {
        return append(partition, value, value);
    }

    int append(final int partition, final String value, final Object completion) {
        try {
            return accumulator.append(queue(partition), 1_000, null, value.getBytes(), null, completion, 0);
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Leaders by partition; -1 for none. */
    static Cluster cluster(final int epoch, final int... leaders) {
        final List<PartitionInfo> partitions = new ArrayList<>();
        for (int i = 0; i < leaders.length; i++) {
            partitions.add(new PartitionInfo(TOPIC, i, leaders[i], epoch));
        }
        return Cluster.of(epoch, "test", 1,
                List.of(new Node(1, "a", 1), new Node(2, "b", 2), new Node(3, "c", 3)),
                List.of(TopicInfo.of(TOPIC, TopicId.ZERO, false, partitions)));
    }

    void leaders(final int... leaders) {
        accumulator.updateCluster(cluster(1, leaders));
    }

    List<Batch> drain(final int node) {
        return drain(node, Integer.MAX_VALUE);
    }

    List<Batch> drain(final int node, final int maxBytes) {
        final List<Batch> batches = new ArrayList<>();
        accumulator.drain(node, maxBytes, DrainFilter.ALL, batches, now());
        return batches;
    }

    /** Everything that is ready, batch after batch, completed and released; gives the completions. */
    List<Object> deliver(final int node) {
        final List<Object> delivered = new ArrayList<>();
        for (List<Batch> batches = drain(node); !batches.isEmpty(); batches = drain(node)) {
            for (final Batch batch : batches) {
                delivered.addAll(finish(batch));
            }
        }
        return delivered;
    }

    List<Object> finish(final Batch batch) {
        final List<Object> completions = new ArrayList<>();
        batch.complete((completion, index, record) -> completions.add(completion));
        accumulator.release(batch);
        return completions;
    }

    void finishAll(final List<Batch> batches) {
        batches.forEach(this::finish);
    }

    static byte[] bytes(final Batch batch) {
        final ByteBuffer[] buffers = new ByteBuffer[batch.bufferCount()];
        assertEquals(buffers.length, batch.buffers(buffers, 0));
        final ByteBuffer all = ByteBuffer.allocate(batch.sizeInBytes());
        for (final ByteBuffer buffer : buffers) {
            all.put(buffer);
        }
        assertEquals(0, all.remaining(), "the buffers hold what the batch says");
        return all.array();
    }

    static byte[] sealed(final Batch batch) {
        batch.seal(-1, (short) -1, -1, false);
        return bytes(batch);
    }

    /** The one batch in the bytes, its checksum and structure checked by Kafka's own code. */
    static RecordBatch kafkaBatch(final byte[] bytes) {
        RecordBatch only = null;
        for (final RecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
            assertEquals(null, only, "one batch");
            batch.ensureValid();
            only = batch;
        }
        return only;
    }

    static List<Record> kafkaRecords(final byte[] bytes) {
        final List<Record> records = new ArrayList<>();
        for (final Record record : kafkaBatch(bytes)) {
            record.ensureValid();
            records.add(record);
        }
        return records;
    }

    static List<String> kafkaValues(final byte[] bytes) {
        final List<String> values = new ArrayList<>();
        for (final Record record : kafkaRecords(bytes)) {
            values.add(string(record.value()));
        }
        return values;
    }

    static String string(final ByteBuffer buffer) {
        final byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return new String(bytes);
    }

    @Override
    public void close() {
        accumulator.endCompression();
        assertEquals(0, accumulator.liveBatches(), "live batches");
        for (int nodeId = Node.NO_ID; nodeId <= 3; nodeId++) {
            assertEquals(0, accumulator.waitingBytes(nodeId), "waiting for node " + nodeId);
        }
        assertEquals(0, pool.usedBytes(), pool::leakReport);
    }

    static final class Builder {
        long capacityBytes = 1 << 20;
        int segmentBytes = 2048;
        int batchBytes = 16_384;
        int batchCapBytes;
        long lingerNs = 5 * MS;
        long deliveryTimeoutNs = 120_000 * MS;
        boolean poison = true;
        boolean listen = true;
        RecordAccumulator.QueueFactory factory;
        Compression compression;

        Builder compression(final Compression batchCompression) {
            compression = batchCompression;
            return this;
        }

        Builder capacityBytes(final long bytes) {
            capacityBytes = bytes;
            return this;
        }

        Builder segmentBytes(final int bytes) {
            segmentBytes = bytes;
            return this;
        }

        Builder batchBytes(final int bytes) {
            batchBytes = bytes;
            return this;
        }

        Builder batchCapBytes(final int bytes) {
            batchCapBytes = bytes;
            return this;
        }

        Builder lingerNs(final long ns) {
            lingerNs = ns;
            return this;
        }

        Builder deliveryTimeoutNs(final long ns) {
            deliveryTimeoutNs = ns;
            return this;
        }

        Builder poison(final boolean on) {
            poison = on;
            return this;
        }

        Builder withoutListener() {
            listen = false;
            return this;
        }

        Builder queueFactory(final RecordAccumulator.QueueFactory queueFactory) {
            factory = queueFactory;
            return this;
        }

        Rig build() {
            return new Rig(this);
        }
    }
}
