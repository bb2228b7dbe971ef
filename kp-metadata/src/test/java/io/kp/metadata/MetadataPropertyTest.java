package io.kp.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Any order of requests, good, stale and failed responses, elections, hints, time and returns to the bootstrap list. */
class MetadataPropertyTest {

    private static final int TOPICS = 5;
    private static final int STEPS = 150;

    /** The cluster as it really is. */
    private static final class Truth {

        final int[] incarnation = new int[TOPICS];
        final int[] epoch = new int[TOPICS];
        final int[] partitions = new int[TOPICS];

        Truth() {
            Arrays.fill(partitions, 1);
        }

        TopicUpdate says(final String name, final int age) {
            final int i = name.charAt(0) - 'a';
            final int said = Math.max(0, epoch[i] - age);
            return Fixture.topic(name, Fixture.id(1_000_000 * i + incarnation[i]), partitions[i], 1 + said % 2, said);
        }
    }

    private Truth truth;

    private static String name(final int i) {
        return String.valueOf((char) ('a' + i));
    }

    @Property(tries = 400)
    void shouldKeepItsPromisesInAnyOrderOfEvents(@ForAll final long seed) {
        // Anew for each try: jqwik uses one instance for all of them, and ids of two topics must never meet.
        truth = new Truth();
        final Random random = new Random(seed);
        final Fixture fixture = new Fixture(MetadataConfig.DEFAULTS, random.nextLong());
        final Metadata metadata = fixture.metadata;
        final Map<TopicId, Integer> seen = new HashMap<>();
        MetadataRequestPlan plan = null;
        long version = 1;
        // After going back to the bootstrap list what is kept of topics promises nothing, until all were described again.
        boolean epochsCount = true;

        for (int step = 0; step < STEPS; step++) {
            final String name = name(random.nextInt(TOPICS));
            final int i = name.charAt(0) - 'a';
            switch (random.nextInt(14)) {
                case 0, 1 -> metadata.requestTopic(name);
                case 2 -> metadata.requestUpdate("step " + step);
                case 3, 4, 5 -> {
                    if (plan == null && metadata.timeToNextUpdateNs(fixture.nowNs) == 0) {
                        plan = metadata.beginUpdate(fixture.nowNs);
                    }
                }
                case 6, 7 -> {
                    if (plan != null) {
                        fixture.complete(plan, respond(plan, random));
                        epochsCount |= plan.full();
                        plan = null;
                    }
                }
                case 8 -> {
                    if (plan != null) {
                        metadata.failUpdate(plan, new Exception("x"), fixture.nowNs);
                        plan = null;
                    }
                }
                case 9 -> fixture.passMs(random.nextInt(random.nextBoolean() ? 2_000 : 400_000));
                case 10 -> truth.epoch[i]++;
                case 11 -> {
                    truth.incarnation[i]++;
                    truth.epoch[i] = 0;
                    truth.partitions[i] = 1 + random.nextInt(3);
                }
                case 12 -> metadata.updateLeaders(List.of(new LeaderHint(name, 0, 1 + truth.epoch[i] % 2,
                        truth.epoch[i])), List.of(Fixture.ONE, Fixture.TWO));
                default -> {
                    if (random.nextInt(4) == 0) {
                        assertTrue(metadata.rebootstrap());
                        seen.clear();
                        epochsCount = false;
                    }
                }
            }
            assertTrue(metadata.version() >= version, "versions rise");
            version = metadata.version();
            check(metadata, fixture.nowNs, epochsCount ? seen : new HashMap<>());
        }
        settle(fixture, plan);
    }

    private TopicUpdate[] respond(final MetadataRequestPlan plan, final Random random) {
        final List<TopicUpdate> topics = new ArrayList<>();
        for (final String name : plan.topics()) {
            switch (random.nextInt(5)) {
                case 0 -> topics.add(TopicUpdate.failed(name, Fixture.UNKNOWN));
                case 1 -> topics.add(truth.says(name, random.nextInt(4)));
                default -> topics.add(truth.says(name, 0));
            }
        }
        return topics.toArray(TopicUpdate[]::new);
    }

    private static void check(final Metadata metadata, final long nowNs, final Map<TopicId, Integer> seen) {
        final Cluster cluster = metadata.cluster();
        for (int i = 0; i < TOPICS; i++) {
            assertSame(cluster.topic(name(i)), metadata.topic(name(i), nowNs));
        }
        for (final TopicInfo topic : cluster.topics()) {
            assertSame(topic, cluster.topic(topic.id()));
            final int epoch = topic.partition(0).leaderEpoch();
            // A topic that expired and came back may start lower, as its epochs were forgotten with it; names in use may not.
            assertTrue(epoch >= seen.getOrDefault(topic.id(), -1), "epochs of one topic never fall: " + topic);
            seen.put(topic.id(), epoch);
        }
        seen.keySet().removeIf(id -> cluster.topic(id) == null);
    }

    /** From any state: what is in use gets known, by few updates, and then there is nothing to do. */
    private void settle(final Fixture fixture, final MetadataRequestPlan inFlight) {
        final Metadata metadata = fixture.metadata;
        for (int i = 0; i < TOPICS; i++) {
            // A response from before an incarnation that is gone can be told only by a newer one, so ask for all again.
            truth.epoch[i] += 10;
            metadata.requestTopic(name(i));
        }
        metadata.requestUpdate("settle");
        if (inFlight != null) {
            metadata.failUpdate(inFlight, new Exception("x"), fixture.nowNs);
        }
        int updates = 0;
        while (fixture.dueInMs() < 10_000) {
            final MetadataRequestPlan plan = fixture.begin();
            fixture.complete(plan, plan.topics().stream().map(name -> truth.says(name, 0)).toArray(TopicUpdate[]::new));
            assertTrue(++updates <= 2, "one full update is enough, and a new topic may have been waiting");
        }
        assertFalse(metadata.cluster().isBootstrap());
        for (int i = 0; i < TOPICS; i++) {
            final TopicInfo info = metadata.topic(name(i), fixture.nowNs);
            assertNotNull(info);
            assertEquals(truth.epoch[i], info.partition(0).leaderEpoch());
            assertEquals(truth.partitions[i], info.partitionCount());
        }
        assertNull(metadata.topic("z", fixture.nowNs));
    }
}
