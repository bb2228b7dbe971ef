package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;

import io.kp.client.StageLatency.Stage;

/** What {@code snapshot()} says after work of which all is known. */
class SnapshotTest {
    private static final Map<String, String> TOPIC = Map.of("topic", ProducerRig.TOPIC);
    private static final Map<String, String> PARTITION = Map.of("topic", ProducerRig.TOPIC, "partition", "0");

    @Test
    void shouldCountRecordsBatchesAndRequests() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "10").warmUp()) {
            final double requestsBefore = rig.producer.snapshot().value("request-total");
            for (int i = 0; i < 50; i++) {
                rig.send("value " + i);
            }
            rig.runUntilAllTold();
            final MetricsSnapshot snapshot = rig.producer.snapshot();
            assertEquals(50, snapshot.value("record-send-total"));
            assertEquals(50, snapshot.value("record-send-total", TOPIC));
            assertEquals(50, snapshot.value("record-send-total", PARTITION));
            assertEquals(50, snapshot.value("records-per-request-avg"));
            assertEquals(50, snapshot.value("records-acknowledged-total"));
            assertEquals(50, snapshot.value("record-acknowledged-total", PARTITION));
            assertEquals(0, snapshot.value("records-pending"));
            assertTrue(snapshot.value("request-total") > requestsBefore);
            assertEquals(rig.producer.metrics().batchBytesSent(), snapshot.value("byte-total", TOPIC));
            assertEquals(rig.producer.metrics().batchBytesSent(), snapshot.value("batch-size-max"));
            assertEquals(1.0, snapshot.value("compression-rate-avg"), 1e-6);
            assertEquals(10.0, snapshot.value("record-queue-time-max"), 1.0);
            assertEquals(0, snapshot.value("record-error-total"));
            assertEquals(0, snapshot.value("requests-in-flight"));
            assertEquals(Metric.all().size(), distinct(snapshot), "each metric is there");
            final StageLatency claim = stage(snapshot, Stage.CLAIM_TO_SEAL);
            assertEquals(1, claim.batches());
            assertEquals(10e6, claim.p50Ns(), 10e6 / 50);
            for (final Stage stage : Stage.values()) {
                assertEquals(1, stage(snapshot, stage).batches(), stage.text());
            }
        }
    }

    @Test
    void shouldKeepTheTimesOfEachTopicByItself() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(ProducerRig.TOPIC, 1);
        cluster.topic("slow", 1);
        try (ProducerRig rig = ProducerRig.builder().with("linger.ms", "10").on(cluster).open().warmUp()) {
            rig.producer.partitionsFor("slow");
            for (int i = 0; i < 100; i++) {
                rig.send("quick");
                rig.runUntilAllTold();
            }
            // Answered late, each of them.
            for (int i = 0; i < 100; i++) {
                cluster.scripts.add(request -> {
                    cluster.nowNs += 50 * FakeCluster.MS;
                    request.accept();
                });
                rig.send("slow", 0, "late");
                rig.runUntilAllTold();
            }
            final List<StageLatency> quick = of(rig.producer.snapshot(), ProducerRig.TOPIC);
            final List<StageLatency> slow = of(rig.producer.snapshot(), "slow");
            assertEquals(List.of(Stage.values()), quick.stream().map(StageLatency::stage).toList());
            assertEquals(List.of(Stage.values()), slow.stream().map(StageLatency::stage).toList());
            for (final Stage stage : Stage.values()) {
                final StageLatency one = slow.get(stage.ordinal());
                assertEquals(100, one.batches(), stage.text());
                assertTrue(one.p50Ns() <= one.p99Ns() && one.p99Ns() <= one.p999Ns() && one.p999Ns() <= one.maxNs(),
                        one::toString);
                assertEquals(rig.producer.snapshot().value("p999", Map.of("topic", "slow", "stage", stage.text())),
                        one.p999Ns() / 1e6, 1e-9);
            }
            assertTrue(slow.get(Stage.SOCKET_TO_BROKER.ordinal()).p50Ns() >= 49e6, slow::toString);
            assertTrue(quick.get(Stage.SOCKET_TO_BROKER.ordinal()).p999Ns() < 49e6, quick::toString);
        }
    }

    private static List<StageLatency> of(final MetricsSnapshot snapshot, final String topic) {
        return snapshot.stages().stream().filter(one -> one.topic().equals(topic)).toList();
    }

    private static long distinct(final MetricsSnapshot snapshot) {
        return snapshot.values().stream().map(MetricValue::metric).distinct().count();
    }

    private static StageLatency stage(final MetricsSnapshot snapshot, final Stage stage) {
        return snapshot.stages().stream().filter(one -> one.stage() == stage).findFirst().orElseThrow();
    }

    @Test
    void shouldNameEachMetricOnceAndDescribeIt() {
        final Set<String> names = new HashSet<>();
        for (final Metric metric : Metric.all()) {
            assertTrue(names.add(metric.group() + ":" + metric.name()), metric.name());
            assertTrue(metric.description().endsWith("."), metric.toString());
            assertFalse(metric.unit().isEmpty(), metric.toString());
            assertEquals(metric.unit().endsWith("/s"),
                    metric.name().endsWith("-rate") && !metric.unit().equals("ratio"),
                    metric.toString());
            assertEquals(metric.name().endsWith("-total"), metric.kind() == Metric.Kind.COUNTER
                    && !metric.name().equals("batches"), metric.toString());
        }
    }

    @Test
    void shouldSayThatAMetricDoesNotExist() {
        try (ProducerRig rig = ProducerRig.open()) {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> rig.producer.snapshot().value("record-sent-total"));
            assertTrue(e.getMessage().startsWith("no such metric: name=record-sent-total, tags={}"), e.getMessage());
        }
    }

    @Test
    void shouldTellAListenerOfBatchesAndConnectionsAndOutliveIt() {
        final StringBuilder heard = new StringBuilder();
        final ProducerListener listener = new ProducerListener() {
            @Override
            public void onBatchSent(final String topic, final int partition, final int nodeId, final int records,
                    final int bytes, final int attempt) {
                heard.append("sent ").append(records).append(' ');
                throw new IllegalStateException("a listener's own mistake");
            }

            @Override
            public void onBatchAcknowledged(final String topic, final int partition, final int records,
                    final int bytes, final long ageNs) {
                heard.append("acknowledged ").append(records).append(' ');
            }

            @Override
            public void onConnected(final int nodeId, final String address) {
                heard.append("connected ");
            }
        };
        try (ProducerRig rig = ProducerRig.builder().listener(listener).open().warmUp()) {
            rig.send("a");
            rig.runUntilAllTold();
            assertTrue(heard.toString().endsWith("sent 1 acknowledged 1 "), heard.toString());
            assertTrue(heard.toString().startsWith("connected "), heard.toString());
            assertEquals(List.of(), rig.all.stream().filter(one -> one.failure != null).toList());
        }
    }
}
