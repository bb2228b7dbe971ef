package io.kp.bench.jmh;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.apache.kafka.clients.MetadataSnapshot;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.clients.producer.internals.BufferPool;
import org.apache.kafka.clients.producer.internals.ProducerBatch;
import org.apache.kafka.clients.producer.internals.RecordAccumulator;
import org.apache.kafka.clients.producer.internals.RecordAccumulator.AppendCallbacks;
import org.apache.kafka.clients.producer.internals.RecordAccumulator.ReadyCheckResult;
import org.apache.kafka.clients.producer.internals.RecordAccumulator.RecordAppendResult;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataResponse.PartitionMetadata;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;

/** Kafka's accumulator, without what its producer adds (an object for each record, sequence numbers). */
final class KafkaAppender implements Appender {
    private static final String TOPIC = "t";
    private static final long BACKOFF_MS = 100;
    private static final int DELIVERY_TIMEOUT_MS = 120_000;
    private static final Header[] NO_HEADERS = {};
    private static final AppendCallbacks CALLBACKS = new AppendCallbacks() {
        @Override
        public void setPartition(final int partition) {
            // Known beforehand.
        }

        @Override
        public void onCompletion(final RecordMetadata metadata, final Exception exception) {
            // Nobody waits for it.
        }
    };

    private final BufferPool pool;
    private final RecordAccumulator accumulator;
    private final MetadataSnapshot metadata;
    private final Cluster cluster;
    private final long maxBlockMs;
    private long nextCheckMs;
    private long drainedBytes;
    private volatile Thread sleeper;

    KafkaAppender(final int partitions, final AppenderLimits limits) {
        maxBlockMs = TimeUnit.NANOSECONDS.toMillis(limits.maxBlockNs());
        final Metrics metrics = new Metrics();
        pool = new BufferPool(limits.memoryBytes(), limits.batchBytes(), metrics, Time.SYSTEM, "benchmark");
        accumulator = new RecordAccumulator(new LogContext(), limits.batchBytes(),
                Compression.of(limits.codec()).build(),
                (int) TimeUnit.NANOSECONDS.toMillis(limits.lingerNs()), BACKOFF_MS, BACKOFF_MS, DELIVERY_TIMEOUT_MS,
                metrics, "benchmark", Time.SYSTEM, null, pool);
        final Node node = new Node(1, "localhost", 9092);
        final List<PartitionMetadata> infos = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            infos.add(new PartitionMetadata(Errors.NONE, new TopicPartition(TOPIC, i), Optional.of(1), Optional.of(0),
                    List.of(1), List.of(1), List.of()));
        }
        metadata = new MetadataSnapshot("c", Map.of(1, node), infos, Set.of(), Set.of(), Set.of(), node,
                new HashMap<>());
        cluster = metadata.cluster();
    }

    @Override
    public boolean append(final int partition, final byte[] value) throws InterruptedException {
        final long nowMs = System.currentTimeMillis();
        try {
            final RecordAppendResult result = accumulator.append(TOPIC, partition, nowMs, null, value, NO_HEADERS,
                    CALLBACKS, maxBlockMs, nowMs, cluster);
            if (result.batchIsFull || result.newBatchCreated) {
                wake();
            }
            return true;
        } catch (final BufferExhaustedException e) {
            return false;
        }
    }

    @Override
    public int drain() {
        int drained = 0;
        while (true) {
            final long nowMs = System.currentTimeMillis();
            final ReadyCheckResult ready = accumulator.ready(metadata, nowMs);
            nextCheckMs = ready.nextReadyCheckDelayMs;
            if (ready.readyNodes.isEmpty()) {
                return drained;
            }
            for (final List<ProducerBatch> batches : accumulator
                    .drain(metadata, ready.readyNodes, Integer.MAX_VALUE, nowMs).values()) {
                for (int i = 0; i < batches.size(); i++) {
                    final ProducerBatch batch = batches.get(i);
                    drainedBytes += batch.estimatedSizeInBytes();
                    batch.complete(0, nowMs);
                    accumulator.completeAndDeallocateBatch(batch);
                }
                drained += batches.size();
            }
        }
    }

    @Override
    public long drainedBytes() {
        return drainedBytes;
    }

    @Override
    public void awaitWork() {
        sleeper = Thread.currentThread();
        LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(Math.min(nextCheckMs, BACKOFF_MS)));
    }

    @Override
    public void wake() {
        LockSupport.unpark(sleeper);
    }

    @Override
    public long close() {
        accumulator.beginFlush();
        while (accumulator.hasUndrained()) {
            drain();
        }
        accumulator.close();
        return pool.totalMemory() - pool.availableMemory();
    }
}
