package io.kp.testkit;

import static io.kp.testkit.Rig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.DeliveryTimeoutException;
import io.kp.client.ProducerConfig;
import io.kp.client.UnknownTopicException;
import io.kp.network.ApiKey;

/** What kp does when connections end, stall or talk nonsense. */
class DisconnectsTest {

    static Stream<Arguments> faults() {
        return Stream.of(Fault.disconnect(), Fault.reset(), Fault.loseResponse(), Fault.resetAfterAppend(),
                Fault.closeAfter(0), Fault.closeAfter(3),
                Fault.closeAfter(4), Fault.closeAfter(11), Fault.truncate(0), Fault.truncate(4), Fault.truncate(9),
                Fault.wrongCorrelationId(), Fault.dropResponse(), Fault.stall(), Fault.stallAfterAppend(),
                Fault.stallAfter(0), Fault.stallAfter(6), Fault.duplicateResponse(), Fault.halfClose(),
                Fault.closeAfterResponse(), Fault.byteByByte(),
                Fault.garbage((byte) -1, (byte) -1, (byte) -1, (byte) -1),
                Fault.garbage((byte) 0x7F, (byte) -1, (byte) -1, (byte) -1),
                Fault.garbage("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes()),
                Fault.garbage((byte) 0, (byte) 0, (byte) 0, (byte) 0), Fault.delay(Duration.ofMillis(200)),
                Fault.hold(Duration.ofMillis(200)),
                Fault.loseResponse().and(Fault.hold(Duration.ofMillis(20)))).map(Arguments::of);
    }

    private static Rig rig(final Object... more) {
        final Object[] settings = new Object[more.length + 4];
        settings[0] = ProducerConfig.REQUEST_TIMEOUT_MS;
        settings[1] = 120;
        settings[2] = ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS;
        settings[3] = 120;
        System.arraycopy(more, 0, settings, 4, more.length);
        return new Rig(settings);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void shouldDeliverOnceAndInOrderWhenAProduceRequestSuffers(final Fault fault) {
        try (Rig rig = rig()) {
            rig.warmUp();
            final Script.Rule rule = rig.script.produce().partition(TOPIC, 1).after(1).times(2).then(fault);
            for (int i = 0; i < 60; i++) {
                rig.send(1, "v" + i);
                if (i % 10 == 0) {
                    rig.producer.flush(Duration.ofMillis(20));
                }
            }
            rig.sent.forEach(Rig.Sent::offset);
            assertEquals(2, rule.hits());
            assertEquals(61, rig.log(1).size());
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void shouldDeliverWhenAMetadataRequestSuffers(final Fault fault) {
        try (Rig rig = rig()) {
            rig.script.metadata().times(2).then(fault);
            rig.send(1, "v").offset();
            rig.script.metadata().times(2).then(fault);
            rig.cluster.leaderHints(false).moveLeader(TOPIC, 1, 2);
            rig.send(1, "w").offset();
            assertEquals(List.of("v", "w"), rig.log(1));
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void shouldDeliverWhenARequestForAProducerIdSuffers(final Fault fault) {
        try (Rig rig = rig()) {
            rig.script.initProducerId().times(2).then(fault);
            rig.send(1, "v").offset();
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void shouldDeliverWhenTheFirstRequestOfAConnectionSuffers(final Fault fault) {
        try (Rig rig = rig()) {
            // After a stall the connection is given up when it is not set up in time.
            rig.script.apiVersions().times(3).then(fault);
            rig.send(1, "v").offset();
            rig.send(2, "w").offset();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldFollowLeaders(final boolean hints) {
        try (Rig rig = new Rig()) {
            rig.warmUp().cluster.leaderHints(hints);
            final long before = rig.cluster.requestCount(ApiKey.METADATA);
            for (int i = 0; i < 1000; i++) {
                if (i % 50 == 25) {
                    rig.cluster.moveLeader(TOPIC, i / 50 % 4, i / 50 % 3);
                }
                rig.send(i % 4, "v" + i);
            }
            rig.sent.forEach(Rig.Sent::offset);
            assertTrue(rig.cluster.requestCount(ApiKey.METADATA) > before);
        }
    }

    @Test
    void shouldFollowAHintWithoutWaitingForTheBackoff() {
        try (Rig rig = new Rig(ProducerConfig.RETRY_BACKOFF_MS, 4000, ProducerConfig.RETRY_BACKOFF_MAX_MS, 4000)) {
            rig.warmUp().cluster.moveLeader(TOPIC, 1, 2);
            final long startNs = System.nanoTime();
            rig.send(1, "v").offset();
            assertTrue(System.nanoTime() - startNs < 3_000_000_000L, "the hint was not used");
        }
    }

    @ParameterizedTest
    @CsvSource({"13", "12", "11", "9", "8", "7", "3"})
    void shouldDeliverInAnyVersion(final int version) {
        try (Rig rig = new Rig(cluster -> cluster.versions(ApiKey.PRODUCE, 3, version).versions(ApiKey.METADATA, 0,
                version))) {
            rig.warmUp();
            rig.cluster.moveLeader(TOPIC, 1, 2);
            for (int i = 0; i < 100; i++) {
                rig.send(i % 4, "v" + i);
            }
            rig.sent.forEach(Rig.Sent::offset);
        }
    }

    @Test
    void shouldFindNodesAtTheirNewAddresses() {
        try (Rig rig = rig()) {
            rig.warmUp();
            for (int node = 0; node < 3; node++) {
                rig.cluster.stopNode(node);
                rig.send(node, "without-" + node).offset();
                rig.cluster.startNode(node).moveLeader(TOPIC, node, node);
                rig.send(node, "with-" + node).offset();
            }
        }
    }

    @Test
    void shouldCloseInTimeWhileAllNodesAreGone() {
        try (Rig rig = rig()) {
            rig.warmUp();
            final ScriptedCluster cluster = rig.cluster.failover(false);
            for (int node = 0; node < 3; node++) {
                cluster.stopNode(node);
            }
            for (int i = 0; i < 100; i++) {
                rig.send(i % 4, "v" + i);
            }
            // They could not come back at their addresses, and nothing else leads to them: the rest fails with the close.
            rig.await("the end of the connections", () -> rig.broker.connectionsOpen() == 0);
            rig.producer.close(Duration.ofMillis(300));
            rig.sent.forEach(Rig.Sent::await);
        }
    }

    @Test
    void shouldGoOnWithAPausedNode() {
        try (Rig rig = rig()) {
            rig.warmUp();
            final int leader = rig.cluster.leader(TOPIC, 1);
            rig.cluster.pauseNode(leader);
            for (int i = 0; i < 20; i++) {
                rig.send(1, "v" + i);
                rig.send((1 + i % 2 + 1) % 4, "w" + i).await();
            }
            rig.cluster.moveLeader(TOPIC, 1, (leader + 1) % 3);
            rig.sent.forEach(Rig.Sent::offset);
            rig.cluster.resumeNode(leader);
        }
    }

    @Test
    void shouldRecognizeARepetitionHoweverLateItComes() {
        // Answered by nobody, appended by the old leader; the new one must not get more batches behind it than it remembers.
        try (Rig rig = new Rig(ProducerConfig.REQUEST_TIMEOUT_MS, 1000, ProducerConfig.METADATA_MAX_AGE_MS, 30)) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.stallAfterAppend());
            rig.send(1, "stuck");
            rig.await("the append", () -> rig.log(1).size() == 2);
            rig.cluster.moveLeader(TOPIC, 1, (rig.cluster.leader(TOPIC, 1) + 1) % 3);
            final long seen = rig.cluster.requestCount(ApiKey.METADATA);
            rig.await("new metadata", () -> rig.cluster.requestCount(ApiKey.METADATA) > seen + 2);
            for (int i = 0; i < 20; i++) {
                rig.send(1, "v" + i);
                rig.producer.flush(Duration.ofMillis(10));
            }
            rig.sent.forEach(Rig.Sent::offset);
            assertTrue(rig.cluster.repeatedBatches() > 0);
        }
    }

    @Test
    void shouldDeliverToATopicThatWasRecreated() {
        try (Rig rig = rig()) {
            rig.warmUp();
            rig.sent.clear();
            rig.cluster.recreateTopic(TOPIC, 4);
            for (int i = 0; i < 40; i++) {
                rig.send(i % 4, "v" + i);
            }
            rig.sent.forEach(Rig.Sent::offset);
        }
    }

    @Test
    void shouldDeliverToPartitionsThatWereAdded() {
        try (Rig rig = rig()) {
            rig.warmUp();
            rig.cluster.growTopic(TOPIC, 8);
            assertEquals(0, rig.send(7, "v").offset());
        }
    }

    @Test
    void shouldSayThatAPartitionDoesNotExist() {
        try (Rig rig = rig(ProducerConfig.MAX_BLOCK_MS, 300)) {
            rig.warmUp();
            final DeliveryException failure = rig.send(9, "v").failure();
            assertInstanceOf(UnknownTopicException.class, failure);
            assertEquals(Stage.METADATA, failure.stage());
            rig.sent.remove(rig.sent.size() - 1);
        }
    }

    @Test
    void shouldExpireWhatIsNotAnswered() {
        try (Rig rig = rig(ProducerConfig.DELIVERY_TIMEOUT_MS, 600)) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).forever().then(Fault.stallAfterAppend());
            final DeliveryException failure = rig.send(1, "v").failure();
            assertInstanceOf(DeliveryTimeoutException.class, failure);
            assertEquals(Persistence.POSSIBLY_PERSISTED, failure.persistence());
            assertTrue(failure.attempts() >= 2, failure::getMessage);
            assertTrue(failure.elapsedNs() >= 600_000_000L, failure::getMessage);
            assertEquals(rig.cluster.leader(TOPIC, 1), failure.brokerId());
            rig.script.clear();
            rig.send(1, "next").offset();
        }
    }

    @Test
    void shouldExpireWhatCannotBeSent() {
        try (Rig rig = rig(ProducerConfig.DELIVERY_TIMEOUT_MS, 600)) {
            rig.warmUp();
            final int leader = rig.cluster.leader(TOPIC, 1);
            rig.cluster.failover(false).stopNode(leader);
            // May still be written to a connection whose other end is gone.
            rig.send(1, "u").failure();
            final DeliveryException failure = rig.send(1, "v").failure();
            assertInstanceOf(DeliveryTimeoutException.class, failure);
            assertEquals(Stage.QUEUED, failure.stage());
            assertEquals(Persistence.NOT_PERSISTED, failure.persistence());
            rig.cluster.startNode(leader);
            assertEquals(1, rig.send(1, "next").offset());
        }
    }

    @Test
    void shouldSayWhyABrokerCannotBeReached() {
        try (Rig rig = rig(ProducerConfig.DELIVERY_TIMEOUT_MS, 600)) {
            rig.warmUp();
            final int leader = rig.cluster.leader(TOPIC, 1);
            // Metadata goes on to name it as the leader, at an address where nobody listens.
            rig.cluster.failover(false).stopNode(leader);
            rig.script.metadata().forever().then(Fault.delay(Duration.ofSeconds(3)));
            final DeliveryException failure = rig.send(1, "v").failure();
            assertNotNull(failure.getCause(), failure::getMessage);
            assertEquals(leader, failure.brokerId());
            rig.script.clear();
            rig.cluster.startNode(leader);
        }
    }

    @Test
    void shouldKeepSequencesApartAfterAnExpiryWhoseOutcomeIsNotKnown() {
        try (Rig rig = rig(ProducerConfig.DELIVERY_TIMEOUT_MS, 600)) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).times(1)
                    .then(Fault.hold(Duration.ofMillis(900)).and(Fault.loseResponse()));
            rig.script.produce().partition(TOPIC, 1).after(1).times(4).then(Fault.stall());
            rig.send(1, "uncertain").failure();
            for (int i = 0; i < 10; i++) {
                rig.send(1, "v" + i).await();
            }
            assertEquals(11, rig.sent.stream().filter(record -> record.partition == 1
                    && !record.value.startsWith("warm")).count());
        }
    }

    @Test
    void shouldKeepQuietWhileThrottled() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.throttle(300));
            rig.send(1, "v").offset();
            final long startNs = System.nanoTime();
            rig.send(1, "w").offset();
            assertTrue(System.nanoTime() - startNs > 200_000_000L, "sent in spite of the throttle time");
        }
    }
}
