package io.kp.testkit;

import java.util.ArrayList;
import java.util.List;

import io.kp.metadata.TopicId;

/**
 * One topic of a scripted cluster. Guarded by the cluster's lock.
 */
final class ClusterTopic {
    static final int DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024 + 12;

    final String name;
    final TopicId id;
    final List<ClusterPartition> partitions = new ArrayList<>();
    int maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES;
    /** Timestamp that every record gets; negative if records keep their own. */
    long logAppendTimeMs = -1;

    ClusterTopic(final String name, final TopicId id) {
        this.name = name;
        this.id = id;
    }

    /** One partition. */
    static final class ClusterPartition {
        static final int NO_LEADER = -1;

        final int[] replicas;
        final List<StoredBatch> batches = new ArrayList<>();
        final ProducerStates producers = new ProducerStates();
        int leader;
        int leaderEpoch;
        long startOffset;
        long endOffset;

        ClusterPartition(final int[] replicas) {
            this.replicas = replicas;
            this.leader = replicas[0];
        }

        StoredBatch append(final ReceivedBatch batch, final long logAppendTimeMs) {
            final StoredBatch stored = batch.store(endOffset, logAppendTimeMs, leaderEpoch, leader);
            batches.add(stored);
            producers.appended(stored);
            endOffset += stored.recordCount();
            return stored;
        }

        void lead(final int nodeId) {
            leader = nodeId;
            leaderEpoch++;
        }

        void cut(final long offset) {
            while (!batches.isEmpty() && batches.get(batches.size() - 1).lastOffset() >= offset) {
                endOffset = batches.remove(batches.size() - 1).baseOffset();
            }
            producers.clear();
            batches.forEach(producers::appended);
        }

        void deleteBefore(final long offset) {
            while (!batches.isEmpty() && batches.get(0).lastOffset() < offset) {
                batches.remove(0);
            }
            startOffset = Math.max(startOffset, Math.min(offset, endOffset));
        }
    }
}
