package io.kp.bench.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

import io.kp.accumulator.Batch;
import io.kp.accumulator.Compression;
import io.kp.accumulator.CompressionCodec;
import io.kp.accumulator.DrainFilter;
import io.kp.accumulator.RecordAccumulator;
import io.kp.accumulator.RecordHandler;
import io.kp.accumulator.TopicQueues;
import io.kp.memory.BufferPool;
import io.kp.memory.PoolExhaustedException;
import io.kp.metadata.Cluster;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;

/** kp's accumulator. */
final class KpAppender implements Appender {
    private static final String TOPIC = "t";
    private static final int NODE = 1;
    private static final int MAX_SEGMENT_BYTES = 64 * 1024;
    private static final RecordHandler ACKNOWLEDGED = (completion, index, record) -> {
        // Nobody waits for it.
    };

    private final BufferPool pool;
    private final RecordAccumulator accumulator;
    private final TopicQueues topic;
    private final long maxBlockNs;
    private final Object completion = new Object();
    private final List<Batch> batches = new ArrayList<>();
    private int sequence;
    private long drainedBytes;
    private volatile Thread sleeper;

    KpAppender(final int partitions, final AppenderLimits limits) {
        maxBlockNs = limits.maxBlockNs();
        pool = BufferPool.builder().capacityBytes(limits.memoryBytes())
                .segmentBytes(Math.min(MAX_SEGMENT_BYTES, limits.batchBytes())).build();
        accumulator = RecordAccumulator.builder().pool(pool).nanoClock(System::nanoTime).waker(this::wake)
                .batchBytes(limits.batchBytes()).lingerNs(limits.lingerNs()).compression(compression(limits)).build();
        final List<PartitionInfo> infos = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            infos.add(new PartitionInfo(TOPIC, i, NODE, 0));
        }
        accumulator.updateCluster(Cluster.of(1, "c", NODE, List.of(new Node(NODE, "localhost", 9092)),
                List.of(TopicInfo.of(TOPIC, TopicId.ZERO, false, infos))));
        topic = accumulator.topic(TOPIC);
    }

    /** On the draining thread: what is measured is work, not how it is spread. */
    private static Compression compression(final AppenderLimits limits) {
        return limits.codec().equals("none")
                ? null
                : Compression.builder().codec(CompressionCodec.named(limits.codec()), Compression.DEFAULT_LEVEL)
                        .executor(Runnable::run, 1)
                        .workingMemory(limits.memoryBytes(), limits.batchBytes(), limits.batchBytes()).build();
    }

    @Override
    public boolean append(final int partition, final byte[] value) throws InterruptedException {
        try {
            return accumulator.append(topic.partition(partition), System.currentTimeMillis(), null, value, null,
                    completion, maxBlockNs) > 0;
        } catch (final PoolExhaustedException e) {
            return false;
        }
    }

    @Override
    public int drain() {
        final long nowNs = System.nanoTime();
        accumulator.poll(nowNs);
        int drained = 0;
        // One batch of each partition at a time, as long as there are some.
        while (accumulator.drain(NODE, Integer.MAX_VALUE, DrainFilter.ALL, batches, nowNs) > 0) {
            for (int i = 0; i < batches.size(); i++) {
                final Batch batch = batches.get(i);
                drainedBytes += batch.sizeInBytes();
                batch.seal(1, (short) 0, sequence++ & Integer.MAX_VALUE, false);
                batch.complete(ACKNOWLEDGED);
                accumulator.release(batch);
            }
            drained += batches.size();
            batches.clear();
        }
        return drained;
    }

    @Override
    public long drainedBytes() {
        return drainedBytes;
    }

    @Override
    public void awaitWork() {
        final long nowNs = System.nanoTime();
        final long deadlineNs = accumulator.nextDeadlineNs(nowNs);
        if (deadlineNs - nowNs <= 0 && deadlineNs != RecordAccumulator.NO_DEADLINE) {
            return;
        }
        sleeper = Thread.currentThread();
        if (!accumulator.prepareSleep(deadlineNs)) {
            return;
        }
        try {
            if (deadlineNs == RecordAccumulator.NO_DEADLINE) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, deadlineNs - nowNs);
            }
        } finally {
            accumulator.awake();
        }
    }

    @Override
    public void wake() {
        LockSupport.unpark(sleeper);
    }

    @Override
    public long close() {
        final CompletableFuture<Void> flushed = accumulator.beginFlush();
        while (!flushed.isDone()) {
            drain();
        }
        accumulator.close();
        final long missing = pool.usedBytes();
        pool.close();
        return missing;
    }
}
