package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;

import io.kp.accumulator.Claim;
import io.kp.client.ProducerRig.Told;

/** When batches go that are not full, and who has to wake the I/O thread for them. */
class LingerTest {
    private static final long MS = FakeCluster.MS;

    private static ProducerRig open(final String... settings) {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, 1, 1, 1);
        final ProducerRig.Builder builder = ProducerRig.builder().on(cluster).with("linger.ms", "8");
        for (int i = 0; i < settings.length; i += 2) {
            builder.with(settings[i], settings[i + 1]);
        }
        final ProducerRig rig = builder.open().warmUp();
        if (settings.length == 0) {
            rig.send(0, "first");
            rig.runUntilAllTold();
            // So long that it does not expect a second one.
            rig.runMs(100);
        }
        return rig;
    }

    /** Sends a record while the I/O thread is asleep, so long after its select began; runs until it is told, and says how long that took. */
    private static long sendAsleep(final ProducerRig rig, final long afterNs) {
        final long[] sentNs = new long[1];
        final Told[] sent = new Told[1];
        rig.cluster.onSelect = () -> {
            if (rig.cluster.selectNs == 0) {
                return;
            }
            rig.cluster.onSelect = () -> {
            };
            rig.cluster.nowNs += afterNs;
            sentNs[0] = rig.cluster.nowNs;
            sent[0] = rig.send("asleep");
        };
        rig.runUntil(() -> sent[0] != null && sent[0].count > 0);
        return rig.cluster.nowNs - sentNs[0];
    }

    @Test
    void shouldNotBeWokenForABatchThatIsOpenedSoonAfterTheLastOne() {
        try (ProducerRig rig = open()) {
            int wakeups = rig.cluster.wakeups;
            assertEquals(8 * MS, sendAsleep(rig, 100 * MS));
            assertEquals(++wakeups, rig.cluster.wakeups, "it slept for ever");
            assertEquals(8 * MS, sendAsleep(rig, MS));
            assertEquals(++wakeups, rig.cluster.wakeups, "it did not know better");
            for (int i = 0; i < 5; i++) {
                // Opened a millisecond after the last answer, found a linger time after it, when it has a millisecond left.
                assertEquals(8 * MS, sendAsleep(rig, MS));
                assertEquals(wakeups, rig.cluster.wakeups);
            }
            assertEquals(8 * MS, sendAsleep(rig, 5 * MS));
            assertEquals(wakeups, rig.cluster.wakeups);
        }
    }

    @Test
    void shouldSleepForEverWhenBatchesComeSeldom() {
        try (ProducerRig rig = open()) {
            sendAsleep(rig, MS);
            sendAsleep(rig, MS);
            final int[] selects = new int[1];
            rig.cluster.onSelect = () -> selects[0]++;
            rig.runMs(100);
            // A linger time, without end; and the three of settling at the end.
            assertEquals(2 + 3, selects[0]);
            rig.cluster.onSelect = () -> {
            };
            final int wakeups = rig.cluster.wakeups;
            sendAsleep(rig, 100 * MS);
            assertEquals(wakeups + 1, rig.cluster.wakeups);
            sendAsleep(rig, 100 * MS);
            selects[0] = 0;
            rig.cluster.onSelect = () -> selects[0]++;
            rig.runMs(100);
            assertEquals(1 + 3, selects[0], "no look for what will hardly come");
        }
    }

    @Test
    void shouldSendWhatIsInTheSecondHalfOfItsLingerTimeWithWhatIsAtTheEnd() {
        try (ProducerRig rig = open()) {
            rig.send(0, "a");
            rig.runMs(3);
            rig.send(1, "b");
            rig.runMs(0);
            rig.cluster.onSelect = () -> {
                rig.cluster.onSelect = () -> {
                };
                rig.cluster.nowNs += 2 * MS;
                rig.send(2, "c");
            };
            final int requests = rig.cluster.requests.size();
            final long beginNs = rig.cluster.nowNs - 3 * MS;
            rig.runUntilAllTold();
            assertEquals(2, rig.cluster.requests.size() - requests);
            assertEquals(2, rig.cluster.request(requests).batches().size(), "a and b, which is five milliseconds old");
            assertEquals(8 * MS, rig.cluster.request(requests).receivedNs - beginNs);
            assertEquals(1, rig.cluster.request(requests + 1).batches().size(), "c, which was three");
            assertEquals(13 * MS, rig.cluster.request(requests + 1).receivedNs - beginNs);
        }
    }

    @Test
    void shouldSendNothingEarlyWhileAnAnswerIsAwaited() {
        try (ProducerRig rig = open()) {
            rig.send(0, "a");
            rig.runUntilAllTold();
            rig.cluster.scripts.add(request -> {
            });
            rig.send(0, "b");
            rig.runMs(8);
            final int requests = rig.cluster.requests.size();
            rig.send(1, "c");
            rig.runMs(3);
            rig.send(2, "d");
            rig.runMs(4);
            assertEquals(requests, rig.cluster.requests.size());
            rig.runMs(1);
            assertEquals(requests + 1, rig.cluster.requests.size());
            assertEquals(1, rig.cluster.request(requests).batches().size(), "c alone");
            rig.cluster.request(requests - 1).accept();
            rig.runUntilAllTold();
        }
    }

    @Test
    void shouldSendAMillisecondEarlyOnceBatchesHaveManyRecords() {
        try (ProducerRig rig = open()) {
            for (int round = 0; round < 3; round++) {
                final long beginNs = rig.cluster.nowNs;
                for (int i = 0; i < 16; i++) {
                    rig.send(0, "v");
                }
                rig.runUntilAllTold();
                assertEquals(round == 0 ? 8 * MS : 7 * MS, rig.cluster.nowNs - beginNs);
            }
            final long beginNs = rig.cluster.nowNs;
            rig.send(0, "v");
            rig.runUntilAllTold();
            assertEquals(7 * MS, rig.cluster.nowNs - beginNs, "the one before had many");
            rig.send(0, "v");
            rig.runUntilAllTold();
            assertEquals(15 * MS, rig.cluster.nowNs - beginNs, "it had one");
        }
    }

    @Test
    void shouldKeepToTheLingerTimeWhereItLooksAllTheTime() {
        for (final String strategy : new String[]{"busy", "backoff"}) {
            try (ProducerRig rig = open("kp.select.strategy", strategy)) {
                // It never sleeps, so time has to pass while it looks.
                rig.cluster.onSelect = () -> rig.cluster.nowNs += MS / 100;
                for (int i = 0; i < 16; i++) {
                    rig.send(0, "v");
                }
                rig.runMs(7);
                assertEquals(0, rig.told.size(), strategy);
                rig.runMs(1);
                assertEquals(16, rig.told.size(), strategy);
            }
        }
    }

    /** Where a full batch ends the choice of its partition, what had no room in it goes with the next choice: alone it would wait for its linger time. */
    @Test
    void shouldLeaveNoRecordBehindWhenItGoesToAnotherPartition() {
        for (final String adaptive : new String[]{"true", "false"}) {
            try (ProducerRig rig = open("linger.ms", "8", "batch.size", "1000", "kp.batch.max.bytes", "0",
                    "partitioner.adaptive.partitioning.enable", adaptive)) {
                final int before = rig.cluster.requests.size();
                final Claim claim = new Claim();
                final String value = "x".repeat(100);
                for (int i = 0; i < 800; i++) {
                    switch (i % 4) {
                        case 0 -> rig.send(value);
                        case 1 -> rig.producer.trySend(ProducerRecord.of(TOPIC, value), null);
                        case 2 -> {
                            rig.producer.claim(TOPIC, -1, -1, 100, null, claim);
                            claim.commit();
                        }
                        default -> {
                            rig.producer.tryClaim(TOPIC, -1, -1, 100, null, claim);
                            claim.commit();
                        }
                    }
                }
                rig.runUntil(() -> rig.producer.metrics().recordsPending() == 0);
                final Map<Integer, Integer> batches = new TreeMap<>();
                rig.cluster.requests.subList(before, rig.cluster.requests.size()).forEach(request -> request.batches()
                        .values().forEach(batch -> batches.merge(batch.countOrNull(), 1, Integer::sum)));
                // 61 bytes of header and 107 or 108 for each record: 8 have room. One may have been cut by its linger time.
                assertTrue(batches.get(8) >= 99, batches::toString);
                assertFalse(batches.containsKey(1), batches::toString);
            }
        }
    }

    /** Sends batches of one record each, which are full, so fast that the I/O thread learns it; then one more, and says after what time it arrives. */
    private static long sendAfterMany(final ProducerRig rig) {
        rig.cluster.onSelect = () -> rig.cluster.nowNs += MS / 100;
        for (int i = 0; i < 400; i++) {
            rig.send(0, "x".repeat(950));
        }
        rig.runUntilAllTold();
        rig.cluster.onSelect = () -> {
        };
        final int requests = rig.cluster.requests.size();
        final long beginNs = rig.cluster.nowNs;
        rig.send(0, "x".repeat(950));
        rig.send(0, "y".repeat(950));
        rig.runUntil(() -> rig.cluster.requests.size() > requests);
        final long tookNs = rig.cluster.request(requests).receivedNs - beginNs;
        rig.runUntilAllTold();
        return tookNs;
    }

    @Test
    void shouldLetFullBatchesWaitForOthersWhereTheyComeFast() {
        final String[] full = {"batch.size", "1000", "kp.batch.max.bytes", "0", "linger.ms", "8"};
        try (ProducerRig rig = open(full)) {
            final long tookNs = sendAfterMany(rig);
            assertTrue(tookNs > 0 && tookNs <= MS, () -> "ns=" + tookNs);
        }
        full[5] = "0";
        try (ProducerRig rig = open(full)) {
            assertEquals(0, sendAfterMany(rig), "no linger time");
        }
    }
}
