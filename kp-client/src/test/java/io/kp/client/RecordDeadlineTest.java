package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.junit.jupiter.api.Test;

import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.FakeCluster.Produce;
import io.kp.client.ProducerRig.Told;

/** Records with a deadline of their own. */
class RecordDeadlineTest {
    private static Told send(final ProducerRig rig, final String value, final int timeoutMs) {
        final Told one = rig.new Told(value);
        rig.producer.sendWithin(new ProducerRecord<>(TOPIC, 0, null, value), Duration.ofMillis(timeoutMs), one);
        rig.all.add(one);
        return one;
    }

    @Test
    void shouldFailAloneAtItsDeadlineAndOnce() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            rig.cluster.always = Produce::hold;
            final Told without = rig.send("without");
            final Told late = send(rig, "late", 300);
            final Told later = send(rig, "later", 1_000);
            final long startNs = rig.cluster.nowNs;
            rig.runUntil(() -> late.count > 0);
            assertEquals(300, (rig.cluster.nowNs - startNs) / FakeCluster.MS);
            final DeliveryTimeoutException failure = late.failure(DeliveryTimeoutException.class);
            assertEquals(Persistence.POSSIBLY_PERSISTED, failure.persistence());
            assertEquals(Stage.IN_FLIGHT, failure.stage());
            assertTrue(
                    failure.getMessage().contains("the record's own deadline is over: timeoutMs=300; it stays in its "
                            + "batch and may be delivered yet"),
                    failure.getMessage());
            assertEquals(0, without.count);
            rig.cluster.request(0).accept();
            rig.runUntilAllTold();
            assertEquals(0, without.offset());
            assertEquals(2, later.offset());
            assertEquals(List.of("without", "late", "later"), rig.cluster.log(TOPIC, 0));
            rig.runMs(2_000);
        }
    }

    @Test
    void shouldNotFailWhatFollowsIt() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "500").warmUp()) {
            final Told late = send(rig, "late", 300);
            final Told next = rig.send("next");
            rig.runUntilAllTold();
            assertEquals(Stage.QUEUED, late.failure(DeliveryTimeoutException.class).stage());
            assertEquals(1, next.offset());
        }
    }

    @Test
    void shouldCountTheTimeOfWaitingForMetadata() {
        try (ProducerRig rig = ProducerRig.open()) {
            final long startNs = rig.cluster.nowNs;
            final CompletableFuture<RecordMetadata> future = rig.producer
                    .sendWithin(new ProducerRecord<>("missing", "v"), Duration.ofMillis(700));
            assertEquals(700, (rig.cluster.nowNs - startNs) / FakeCluster.MS);
            assertTrue(assertThrows(CompletionException.class, future::join)
                    .getCause() instanceof UnknownTopicException);
        }
    }

    @Test
    void shouldRefuseADeadlineThatIsOver() {
        try (ProducerRig rig = ProducerRig.open()) {
            assertEquals("timeout must be positive: timeout=PT0S", assertThrows(IllegalArgumentException.class,
                    () -> rig.producer.sendWithin(new ProducerRecord<>(TOPIC, "v"), Duration.ZERO)).getMessage());
        }
    }

    @Test
    void shouldTakeTheDeliveryTimeoutIfThatIsShorter() {
        try (ProducerRig rig = ProducerRig.open("delivery.timeout.ms", "5000", "request.timeout.ms", "3000").warmUp()) {
            rig.cluster.always = Produce::drop;
            final Told one = send(rig, "v", 60_000);
            final long startNs = rig.cluster.nowNs;
            rig.runUntilAllTold();
            assertTrue((rig.cluster.nowNs - startNs) / FakeCluster.MS <= 5_000);
            assertTrue(one.failure(DeliveryTimeoutException.class).getMessage().contains("delivery.timeout.ms=5000"));
        }
    }

    @Test
    void shouldForgetThoseThatWereDelivered() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            for (int i = 0; i < 3_000; i++) {
                final Told one = send(rig, "v" + i, 60_000);
                if (i % 100 == 0) {
                    rig.runUntilAllTold();
                    assertNull(one.failure);
                }
            }
            rig.runUntilAllTold();
            rig.runMs(61_000);
        }
    }

    @Test
    void shouldBeListedInTheReportOfAClose() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "60000").warmUp()) {
            final Told one = send(rig, "v", 50_000);
            final CloseReport report = rig.producer.close(Duration.ZERO);
            assertEquals(List.of(one), report.undelivered().stream().map(UndeliveredRecord::handle).toList());
            one.failure(DeliveryAbortedException.class);
        }
    }
}
