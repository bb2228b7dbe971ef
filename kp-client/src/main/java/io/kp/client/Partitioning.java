package io.kp.client;

import io.kp.accumulator.TopicQueues;
import io.kp.metadata.Metadata;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicInfo;
import io.kp.partition.BuiltInPartitioner;
import io.kp.partition.PartitionLoad;
import io.kp.partition.Partitioner;

/** How records without a partition get one: by key, by the sticky choice of KIP-794, or by the user's own partitioner. Thread-safe. */
final class Partitioning {
    private final Partitioner users;
    private final int batchSizeBytes;
    private final boolean adaptive;
    private final boolean ignoreKeys;
    private final Metadata metadata;
    private final NodeStalls stalls;
    private final long seed;

    Partitioning(final ProducerConfig config, final Metadata metadata, final NodeStalls stalls, final long seed) {
        this.users = config.newPartitioner();
        this.batchSizeBytes = config.batchSize();
        this.adaptive = config.partitionerAdaptivePartitioningEnable();
        this.ignoreKeys = config.partitionerIgnoreKeys();
        this.metadata = metadata;
        this.stalls = stalls;
        this.seed = seed;
    }

    OfTopic of(final TopicQueues queues) {
        return new OfTopic(queues);
    }

    /** The user's partitioner; {@code null} if there is none. */
    AutoCloseable users() {
        return users;
    }

    /** The choice for one topic. */
    final class OfTopic implements PartitionLoad {
        private final TopicQueues queues;
        private final BuiltInPartitioner.OfTopic builtIn;

        private OfTopic(final TopicQueues queues) {
            this.queues = queues;
            this.builtIn = new BuiltInPartitioner(batchSizeBytes, ignoreKeys,
                    topic -> adaptive ? this : PartitionLoad.NONE, seed).newOfTopic(queues.topic());
        }

        int choose(final Object key, final byte[] keyBytes, final Object value, final byte[] valueBytes,
                final TopicInfo info) {
            if (users != null) {
                final int partition = users.partition(queues.topic(), key, keyBytes, value, valueBytes, info);
                if (partition < 0 || partition >= info.partitionCount()) {
                    throw new IllegalArgumentException(
                            "partitioner's choice out of range: partition=" + partition + ", partitionCount="
                                    + info.partitionCount() + ", topic=" + queues.topic() + ", partitioner="
                                    + users.getClass().getName());
                }
                return partition;
            }
            return builtIn.partition(keyBytes, info);
        }

        boolean isBalanced(final byte[] keyBytes) {
            return users == null && (keyBytes == null || ignoreKeys);
        }

        int chooseBalanced(final TopicInfo info) {
            return builtIn.partition(null, info);
        }

        void onBatchClosed(final int partition, final int bytes) {
            builtIn.onBatchClosed(partition, bytes);
        }

        @Override
        public int queuedBatches(final int partition) {
            return queues.queuedBatchSizes(partition);
        }

        @Override
        public boolean isStalled(final int partition) {
            final TopicInfo info = metadata.cluster().topic(queues.topic());
            if (info == null || partition >= info.partitionCount()) {
                return false;
            }
            final PartitionInfo of = info.partition(partition);
            return of.hasLeader() && stalls.isStalled(of.leaderId());
        }
    }
}
