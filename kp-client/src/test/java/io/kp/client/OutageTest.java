package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Minutes without brokers, and clocks that jump, in virtual time. */
class OutageTest {
    private static final String TOPIC = ProducerRig.TOPIC;
    private static final int MINUTE_MS = 60_000;
    private static final long HOUR_NS = 3_600_000 * FakeCluster.MS;

    @Test
    void shouldDeliverEverythingAfterMinutesWithoutAnyBroker() {
        final FakeCluster cluster = new FakeCluster(3);
        cluster.topic(TOPIC, 1, 2, 3);
        try (ProducerRig rig = ProducerRig.builder().on(cluster)
                .with("bootstrap.servers", "localhost:1,localhost:2,localhost:3")
                .with("delivery.timeout.ms", 10 * MINUTE_MS).open().warmUp()) {
            for (int i = 0; i < 3; i++) {
                rig.send(i, "before" + i);
            }
            rig.runUntilAllTold();
            for (int broker = 1; broker <= 3; broker++) {
                cluster.stop(broker);
            }
            rig.settle();
            for (int i = 0; i < 300; i++) {
                final long startNs = cluster.nowNs;
                rig.send(i % 3, "v" + i);
                assertEquals(startNs, cluster.nowNs, "send has waited");
                rig.runMs(1000);
            }
            assertEquals(3, rig.told.size(), () -> "told during the outage: " + rig.told);
            for (int broker = 1; broker <= 3; broker++) {
                cluster.start(broker);
            }
            rig.runUntilAllTold();
            for (int i = 0; i < 3; i++) {
                assertEquals(101, cluster.log(TOPIC, i).size());
            }
            rig.all.forEach(ProducerRig.Told::offset);
        }
    }

    @Test
    void shouldExpireNothingBeforeItsTimeAndEverythingThen() {
        try (ProducerRig rig = ProducerRig.open("delivery.timeout.ms", String.valueOf(2 * MINUTE_MS)).warmUp()) {
            rig.send("before");
            rig.runUntilAllTold();
            rig.cluster.stop(1);
            rig.settle();
            final long startNs = rig.cluster.nowNs;
            for (int i = 0; i < 10; i++) {
                rig.send("v" + i);
            }
            rig.runMs(2 * MINUTE_MS - 1);
            assertEquals(1, rig.told.size());
            rig.runUntilAllTold();
            assertEquals(2 * MINUTE_MS, (rig.cluster.nowNs - startNs) / FakeCluster.MS);
            rig.all.subList(1, 11).forEach(one -> one.failure(DeliveryTimeoutException.class));
            rig.cluster.start(1);
            rig.runMs(MINUTE_MS);
            rig.send("after");
            rig.runUntilAllTold();
            rig.all.get(11).offset();
        }
    }

    /** All timeouts are of a clock that does not follow the wall's. */
    @ParameterizedTest
    @ValueSource(longs = {3_600_000, -3_600_000})
    void shouldNotCareWhenTheWallClockJumps(final long jumpMs) {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "50", "batch.size", "100000").warmUp()) {
            rig.send("before");
            rig.runUntilAllTold();
            rig.send("v");
            // Timestamps follow the wall clock within ten milliseconds.
            rig.runMs(20);
            rig.epochMs += jumpMs;
            rig.send("w");
            rig.runMs(4);
            assertEquals(1, rig.told.size());
            rig.runMs(26);
            assertEquals(3, rig.told.size());
            assertEquals(rig.epochMs - jumpMs, rig.all.get(1).metadata.timestampMs());
            assertEquals(rig.epochMs, rig.all.get(2).metadata.timestampMs());
            // One batch, in spite of timestamps an hour apart.
            assertEquals(rig.all.get(1).offset() + 1, rig.all.get(2).offset());
        }
    }

    /** A machine that was suspended, where the clock counts that: what was too old when it woke is told so, once, and the producer goes on. */
    @Test
    void shouldGoOnWhenTheMonotonicClockJumpsAnHourAhead() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, 1, 1);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).open().warmUp()) {
            rig.send(0, "before");
            rig.send(1, "before");
            rig.runUntilAllTold();
            final ProducerRig.Told one = rig.send(0, "v");
            rig.producer.invoke();
            cluster.nowNs += HOUR_NS;
            cluster.untilNs = cluster.nowNs;
            rig.settle();
            rig.runMs(MINUTE_MS);
            assertEquals(1, one.count);
            if (one.failure != null) {
                assertInstanceOf(DeliveryTimeoutException.class, one.failure);
            }
            rig.send(0, "after").also = told -> assertTrue(told.count == 1);
            rig.send(1, "after");
            rig.runUntilAllTold();
            rig.all.get(rig.all.size() - 1).offset();
            rig.all.get(rig.all.size() - 2).offset();
        }
    }
}
