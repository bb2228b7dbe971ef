package io.kp.testkit;

import static io.kp.testkit.Rig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.ProducerConfig;
import io.kp.network.ApiKey;

/** Brokers that are frozen, or cut off without a word: what they were sent, and what others are asked meanwhile. The request timeout is too long to help. */
class SilentBrokersTest {
    private static final int MINUTE_MS = 60_000;

    private static Rig rig(final Object... more) {
        return rig(cluster -> {
        }, more);
    }

    private static Rig rig(final Consumer<ScriptedCluster> preparation, final Object... more) {
        final Object[] settings = new Object[more.length + 4];
        settings[0] = ProducerConfig.REQUEST_TIMEOUT_MS;
        settings[1] = MINUTE_MS;
        settings[2] = ProducerConfig.DELIVERY_TIMEOUT_MS;
        settings[3] = 2 * MINUTE_MS;
        System.arraycopy(more, 0, settings, 4, more.length);
        return new Rig(preparation, settings);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotWaitForAFrozenLeaderThatLeadsNoMore(final boolean appended) {
        try (Rig rig = rig()) {
            rig.warmUp();
            final int old = rig.cluster.leader(TOPIC, 1);
            rig.script.produce().partition(TOPIC, 1).once().then(appended ? Fault.stallAfterAppend() : Fault.stall());
            final List<Rig.Sent> waiting = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                waiting.add(rig.send(1, "v" + i));
                rig.producer.flush(Duration.ofMillis(5));
            }
            // Nothing tells the producer but the metadata that it fetches by itself while the broker is silent.
            rig.cluster.moveLeader(TOPIC, 1, (old + 1) % 3);
            waiting.forEach(Rig.Sent::offset);
            assertEquals(11, rig.log(1).size());
            assertEquals(appended, rig.cluster.repeatedBatches() > 0);
        }
    }

    @Test
    void shouldSendAgainWhatWasOnTheSameConnection() {
        try (Rig rig = rig()) {
            rig.warmUp();
            final int old = rig.cluster.leader(TOPIC, 1);
            // The same broker leads partition 2 as well, and goes on to do so.
            rig.cluster.moveLeader(TOPIC, 2, old);
            rig.send(2, "moved").offset();
            rig.cluster.pauseNode(old);
            final Rig.Sent led = rig.send(2, "led");
            final Rig.Sent left = rig.send(1, "left");
            rig.cluster.moveLeader(TOPIC, 1, (old + 1) % 3);
            left.offset();
            assertEquals(0, led.told.get());
            rig.cluster.resumeNode(old);
            led.offset();
        }
    }

    @Test
    void shouldLeaveASilentLeaderAloneWhileItLeads() {
        try (Rig rig = rig()) {
            rig.warmUp();
            final long accepted = rig.broker.connectionsAccepted();
            final long seen = rig.cluster.requestCount(ApiKey.METADATA);
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.hold(Duration.ofMillis(2500)));
            final Rig.Sent slow = rig.send(1, "slow");
            for (int i = 0; slow.told.get() == 0; i++) {
                rig.send(i % 2 * 2, "w" + i).offset();
            }
            slow.offset();
            assertTrue(rig.cluster.requestCount(ApiKey.METADATA) > seen, "no metadata was asked for meanwhile");
            assertEquals(accepted, rig.broker.connectionsAccepted());
        }
    }

    @Test
    void shouldNotTouchRequestsThatCouldBeWrittenTwice() {
        try (Rig rig = rig(ProducerConfig.ENABLE_IDEMPOTENCE, false)) {
            rig.warmUp();
            final int old = rig.cluster.leader(TOPIC, 1);
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.hold(Duration.ofMillis(2500)));
            final Rig.Sent slow = rig.send(1, "slow");
            rig.await("the request", () -> rig.producer.metrics().requestsInFlight() == 1);
            rig.cluster.moveLeader(TOPIC, 1, (old + 1) % 3);
            slow.offset();
            assertEquals(1, rig.log(1).stream().filter("slow"::equals).count());
        }
    }

    @Test
    void shouldAskAnotherBrokerForMetadata() {
        try (Rig rig = rig(ProducerConfig.MAX_BLOCK_MS, 15_000)) {
            rig.warmUp().cluster.createTopic("other", 3);
            final Script.Rule frozen = rig.script.metadata().once().then(Fault.stall());
            assertEquals(3, rig.producer.partitionsFor("other").size());
            assertEquals(1, frozen.hits());
        }
    }

    @Test
    void shouldAskAnotherBrokerForAProducerId() {
        // Before the producer begins, as it asks at once.
        final Script.Rule[] frozen = new Script.Rule[1];
        try (Rig rig = rig(cluster -> frozen[0] = cluster.script().initProducerId().once().then(Fault.stall()))) {
            rig.send(0, "v").offset();
            assertEquals(1, frozen[0].hits());
        }
    }

    /** Leaders that wait for a dead replica hold back the answers to produce requests, and whatever comes behind these on the same connection. */
    @Test
    void shouldFetchMetadataWhileEveryBrokerKeepsRecordsWaiting() {
        try (Rig rig = rig(ProducerConfig.MAX_BLOCK_MS, 15_000)) {
            rig.warmUp().cluster.createTopic("other", 3);
            rig.script.produce().times(3).then(Fault.hold(Duration.ofSeconds(4)));
            for (int i = 0; i < 40; i++) {
                rig.send(i % 4, "v" + i);
                rig.producer.flush(Duration.ofMillis(1));
            }
            rig.await("silence", () -> rig.producer.metrics().requestsInFlight() >= 3);
            final long openTold = rig.producer.metrics().recordsPending();
            assertEquals(3, rig.producer.partitionsFor("other").size());
            assertEquals(openTold, rig.producer.metrics().recordsPending());
            rig.sent.forEach(Rig.Sent::offset);
        }
    }

    @Test
    void shouldFetchMetadataWhileOneRequestInFlightIsAllThereMayBe() {
        try (Rig rig = new Rig(cluster -> cluster.createTopic("other", 3),
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1, ProducerConfig.MAX_BLOCK_MS, 15_000)) {
            rig.warmUp();
            rig.script.produce().times(3).then(Fault.delay(Duration.ofMillis(300)));
            for (int i = 0; i < 12; i++) {
                rig.send(i % 4, "v" + i);
            }
            assertEquals(3, rig.producer.partitionsFor("other").size());
            rig.sent.forEach(Rig.Sent::offset);
        }
    }
}
