package io.kp.metadata;

import static io.kp.metadata.Fixture.id;
import static io.kp.metadata.Fixture.topic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

import io.kp.support.Allocation;

/** What must stay cheap with many topics, counted and not timed. */
class MetadataScaleTest {

    private static final int TOPICS = 100_000;

    private static TopicUpdate[] updates(final int epoch) {
        final TopicUpdate[] updates = new TopicUpdate[TOPICS];
        for (int i = 0; i < TOPICS; i++) {
            updates[i] = topic("topic-" + i, id(i), 1, 1, epoch);
        }
        return updates;
    }

    @Test
    void shouldChangeOneOfManyTopicsAtTheCostOfOneShard() {
        final Fixture fixture = new Fixture();
        final Metadata metadata = fixture.metadata;
        for (int i = 0; i < TOPICS; i++) {
            metadata.requestTopic("topic-" + i);
        }
        final MetadataRequestPlan plan = fixture.begin();
        assertEquals(TOPICS, new HashSet<>(plan.topics()).size());
        final Cluster all = fixture.complete(plan, updates(1));
        assertEquals(TOPICS, all.topics().size());
        assertEquals(TOPICS, new HashSet<>(all.topics()).size());
        for (int i = 0; i < TOPICS; i++) {
            assertEquals("topic-" + i, all.topicName(id(i)));
        }

        metadata.requestTopic("one-more");
        final Cluster more = fixture.update(topic("one-more", id(TOPICS), 3, 1, 1));
        assertEquals(TOPICS + 1, more.topics().size());
        assertEquals(1, more.topicMap().shardsCopiedFrom(all.topicMap()));
        assertEquals(1, more.topicIdMap().shardsCopiedFrom(all.topicIdMap()));
        assertNull(all.topic("one-more"), "the older state does not change");

        assertEquals(2, metadata.updateLeaders(
                List.of(new LeaderHint("topic-7", 0, 2, 2), new LeaderHint("topic-8", 0, 2, 2)), List.of()));
        assertTrue(metadata.cluster().topicMap().shardsCopiedFrom(more.topicMap()) <= 2);

        metadata.requestUpdate("x");
        final TopicInfo before = metadata.topic("topic-9", 0);
        fixture.complete(fixture.begin(), updates(1));
        assertSame(before, metadata.topic("topic-9", 0), "a full update makes nothing new of what is the same");
        assertEquals(2, metadata.cluster().leaderOf("topic-7", 0).id());
        assertNull(metadata.cluster().topic("one-more"));
    }

    @Test
    void shouldFindAKnownTopicWithoutAllocating() {
        final Fixture fixture = new Fixture();
        final Metadata metadata = fixture.metadata;
        for (int i = 0; i < 200; i++) {
            metadata.requestTopic("topic-" + i);
        }
        final TopicUpdate[] updates = new TopicUpdate[200];
        for (int i = 0; i < updates.length; i++) {
            updates[i] = topic("topic-" + i, id(i), 300, 1, 1);
        }
        final Cluster cluster = fixture.update(updates);
        final String name = "topic-77";
        final TopicId topicId = id(77);
        final long[] sink = new long[1];

        final long bytes = Allocation.leastBytesOf(() -> {
            for (int i = 0; i < 10_000; i++) {
                final TopicInfo info = metadata.topic(name, i * 1_000_000L);
                sink[0] += info.partitionCount() + info.availablePartition(i % info.availablePartitions());
                sink[0] += metadata.cluster().leaderOf(name, i % 300).id() + cluster.topicName(topicId).length();
                sink[0] += cluster.node(2).port();
            }
        });

        assertEquals(0, bytes);
        assertTrue(sink[0] > 0);
    }

    @Test
    void shouldMeasureAllocationsAtAll() {
        final Object[] sink = new Object[1];
        assertTrue(Allocation.leastBytesOf(() -> sink[0] = new byte[1_000]) >= 1_000);
        assertNotNull(sink[0]);
    }
}
