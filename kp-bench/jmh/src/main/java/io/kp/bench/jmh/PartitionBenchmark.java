package io.kp.bench.jmh;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner.StickyPartitionInfo;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Utils;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;
import io.kp.partition.KeyPartitioner;
import io.kp.partition.Murmur2;
import io.kp.partition.PartitionLoad;
import io.kp.partition.StickyPartitioner;

/**
 * kp-partition: the hash of a key, and the choice of a partition with and without one, beside Kafka's.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
@Threads(1)
public class PartitionBenchmark {
    private static final int KEYS = 1024;
    private static final int KEY_BYTES = 16;
    private static final int BATCH_BYTES = 16 * 1024;
    private static final int RECORD_BYTES = 110;
    private static final int RECORDS_PER_BATCH = BATCH_BYTES / RECORD_BYTES;

    // What Kafka's producer calls for each record without a key is not public.
    private static final MethodHandle PEEK;
    private static final MethodHandle UPDATE;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(BuiltInPartitioner.class,
                    MethodHandles.lookup());
            PEEK = lookup.findVirtual(BuiltInPartitioner.class, "peekCurrentPartitionInfo",
                    MethodType.methodType(StickyPartitionInfo.class, Cluster.class));
            UPDATE = lookup.findVirtual(BuiltInPartitioner.class, "updatePartitionInfo",
                    MethodType.methodType(void.class, StickyPartitionInfo.class, int.class, Cluster.class));
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static byte[][] keys(final int bytes) {
        final SplittableRandom random = new SplittableRandom(1);
        final byte[][] keys = new byte[KEYS][bytes];
        for (final byte[] key : keys) {
            random.nextBytes(key);
        }
        return keys;
    }

    /** Keys of one length. */
    @State(Scope.Thread)
    public static class Hashing {
        /** Who does the work. */
        @Param({"kp", "kafka"})
        public String hash;

        /** Length of a key. */
        @Param({"8", "16", "64", "256", "1024"})
        public int keyBytes;

        private boolean kp;
        private byte[][] keys;
        private int next;

        /** Makes the keys. */
        @Setup(Level.Trial)
        public void setUp() {
            kp = hash.equals("kp");
            keys = keys(keyBytes);
        }
    }

    /** A topic and keys. */
    @State(Scope.Thread)
    public static class Choosing {
        /** Who does the work. */
        @Param({"kp", "kafka"})
        public String partitioner;

        /** Partitions of the topic. */
        @Param({"1", "10", "100", "1000", "10000"})
        public int partitions;

        private boolean kp;
        private byte[][] keys;
        private int next;
        private TopicInfo topic;
        private StickyPartitioner sticky;
        private int inBatch;
        private Cluster cluster;
        private BuiltInPartitioner kafka;

        /** Makes the topic. */
        @Setup(Level.Trial)
        public void setUp() {
            kp = partitioner.equals("kp");
            keys = keys(KEY_BYTES);
            final List<PartitionInfo> infos = new ArrayList<>();
            final List<org.apache.kafka.common.PartitionInfo> kafkaInfos = new ArrayList<>();
            final Node node = new Node(1, "localhost", 9092);
            for (int i = 0; i < partitions; i++) {
                infos.add(new PartitionInfo("t", i, 1, 0));
                kafkaInfos.add(new org.apache.kafka.common.PartitionInfo("t", i, node, new Node[]{node},
                        new Node[]{node}));
            }
            topic = TopicInfo.of("t", TopicId.ZERO, false, infos);
            sticky = new StickyPartitioner(BATCH_BYTES, PartitionLoad.NONE, 1);
            cluster = new Cluster("c", List.of(node), kafkaInfos, java.util.Set.of(), java.util.Set.of());
            kafka = new BuiltInPartitioner(new LogContext(), "t", BATCH_BYTES);
        }
    }

    /** The hash of a key. */
    @Benchmark
    public int murmur2(final Hashing state) {
        final byte[] key = state.keys[state.next++ & (KEYS - 1)];
        return state.kp ? Murmur2.hash(key) : Utils.murmur2(key);
    }

    /** The partition of a record with a key. */
    @Benchmark
    public int keyed(final Choosing state) {
        final byte[] key = state.keys[state.next++ & (KEYS - 1)];
        return state.kp
                ? KeyPartitioner.partition(key, state.partitions)
                : BuiltInPartitioner.partitionForKey(key, state.partitions);
    }

    /** The partition of a record without a key, and the part of a change of batch and partition that falls to one record. */
    @Benchmark
    public int unkeyed(final Choosing state) throws Throwable {
        if (state.kp) {
            final int partition = state.sticky.current(state.topic);
            // Kafka counts each record, kp each batch.
            if (++state.inBatch == RECORDS_PER_BATCH) {
                state.inBatch = 0;
                state.sticky.onBatchClosed(partition, BATCH_BYTES);
            }
            return partition;
        }
        final StickyPartitionInfo info = (StickyPartitionInfo) PEEK.invokeExact(state.kafka, state.cluster);
        UPDATE.invokeExact(state.kafka, info, RECORD_BYTES, state.cluster);
        return info.partition();
    }
}
