package io.kp.partition;

import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Makes topics. */
final class Topics {

    private Topics() {
    }

    static TopicInfo topic(final String name, final int partitions, final Integer... leaderless) {
        final Set<Integer> without = Set.of(leaderless);
        final List<PartitionInfo> list = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            list.add(new PartitionInfo(name, i, without.contains(i) ? -1 : 1, 0));
        }
        return TopicInfo.of(name, TopicId.ZERO, false, list);
    }

    static TopicInfo topic(final int partitions, final Integer... leaderless) {
        return topic("t", partitions, leaderless);
    }
}
