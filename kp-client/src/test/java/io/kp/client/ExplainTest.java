package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.kp.client.Explanation.Limit;

/** What {@code explain()} and the metrics say of callbacks, at each moment of a turn of the I/O thread. */
class ExplainTest {
    private static final String PART = "callbacks, % of the I/O thread's time";

    /** What is said while and after the callback takes the time, and again after each of those that follow. */
    private static final class Looks {
        final ProducerRig rig;
        final List<Explanation> explanations = new ArrayList<>();
        final List<Double> ratios = new ArrayList<>();

        Looks(final ProducerRig rig) {
            this.rig = rig;
        }

        void look() {
            explanations.add(rig.producer.explain());
            ratios.add(rig.producer.snapshot().value("callback-ratio"));
        }

        void sendSlow(final int partition, final long ms) {
            rig.send(partition, "slow").also = self -> {
                look();
                rig.cluster.nowNs += ms * FakeCluster.MS;
                look();
            };
        }

        Explanation last() {
            return explanations.get(explanations.size() - 1);
        }
    }

    private static ProducerRig rig() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(ProducerRig.TOPIC, 1, 1, 1, 1);
        return ProducerRig.builder().on(cluster).open().warmUp();
    }

    private static double figure(final Explanation of, final String name) {
        return Double.parseDouble(of.figures().get(name));
    }

    @Test
    void shouldNeverCountMoreCallbacksThanTimeHasPassed() {
        try (ProducerRig rig = rig()) {
            final Looks looks = new Looks(rig);
            // One request: all four are told in one turn, each 50 ms after the one before.
            for (int partition = 0; partition < 4; partition++) {
                looks.sendSlow(partition, 50);
            }
            rig.runUntilAllTold();
            looks.look();
            rig.runMs(20);
            looks.look();
            assertEquals(1, rig.cluster.requests.size(), "all in one turn");
            assertEquals(10, looks.explanations.size());
            for (final Explanation one : looks.explanations) {
                final double percent = one.figures().containsKey(PART) ? figure(one, PART) : 0;
                assertTrue(percent >= 0 && percent <= 100, one + " " + one.figures());
            }
            for (final double ratio : looks.ratios) {
                assertTrue(ratio >= 0 && ratio <= 1, () -> looks.ratios.toString());
            }
            // 200 of 220 ms.
            assertEquals(Limit.CALLBACK, looks.last().limit());
            assertEquals(200.0 / 220, looks.ratios.get(9), 0.01);
            assertEquals(91, figure(looks.last(), PART), 1);
        }
    }

    /** That is when people ask. */
    @Test
    void shouldSayThatACallbackDoesNotComeBack() {
        try (ProducerRig rig = rig()) {
            final Looks looks = new Looks(rig);
            looks.sendSlow(0, 12_000);
            rig.runUntilAllTold();
            final Explanation hanging = looks.explanations.get(1);
            assertEquals(Limit.CALLBACK, hanging.limit(), hanging::toString);
            assertEquals("completionExecutor", hanging.key());
            assertEquals(100, figure(hanging, PART));
            assertEquals(12_000, figure(hanging, "callbacks that run now, ms"));
            assertTrue(hanging.text().contains("Those of one batch have been running for 12000 ms."), hanging.text());
            assertEquals(1, looks.ratios.get(1));
            // It has come back, and the last five seconds pass.
            rig.runMs(6_000);
            looks.look();
            assertEquals(Limit.IDLE, looks.last().limit(), looks.last()::toString);
            assertEquals(0, looks.ratios.get(2));
        }
    }

    @Test
    void shouldNotCountCallbacksOfAnExecutor() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(ProducerRig.TOPIC, 1);
        final List<Runnable> handed = new ArrayList<>();
        try (ProducerRig rig = ProducerRig.builder().on(cluster).executor(handed::add).open().warmUp()) {
            final Looks looks = new Looks(rig);
            looks.sendSlow(0, 12_000);
            rig.runUntil(() -> !handed.isEmpty());
            rig.runMs(10);
            handed.remove(0).run();
            assertEquals(2, looks.ratios.size());
            assertEquals(0, looks.ratios.get(0));
            assertEquals(0, looks.ratios.get(1));
        }
    }
}
