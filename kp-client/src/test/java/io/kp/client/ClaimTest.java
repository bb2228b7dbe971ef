package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.kp.accumulator.Claim;
import io.kp.client.FakeCluster.Produce;

/** Records that the caller writes where they are sent from, and outcomes told without an object for each. */
class ClaimTest {
    private final Claim claim = new Claim();
    private final List<String> told = new ArrayList<>();
    private final DeliveryCallback callback = delivery -> told
            .add(delivery.isDelivered() ? delivery.metadata().toString() : delivery.failure().getMessage());

    private SendResult claim(final ProducerRig rig, final int partition, final String key, final String value) {
        final byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        final byte[] valueBytes = value.getBytes(StandardCharsets.UTF_8);
        final SendResult result = rig.producer.tryClaim(TOPIC, partition, key == null ? -1 : keyBytes.length,
                valueBytes.length, callback, claim);
        if (result.isAccepted()) {
            if (key != null) {
                claim.segment().putBytes(claim.keyOffset(), keyBytes, 0, keyBytes.length);
            }
            claim.segment().putBytes(claim.valueOffset(), valueBytes, 0, valueBytes.length);
        }
        return result;
    }

    @Test
    void shouldSendWhatTheCallerWroteInPlace() {
        try (ProducerRig rig = ProducerRig.open()) {
            assertEquals(SendResult.METADATA_UNAVAILABLE, claim(rig, -1, null, "early"));
            rig.runUntil(() -> claim(rig, -1, null, "one").isAccepted());
            claim.commit();
            assertTrue(claim(rig, 0, "key", "two").isAccepted());
            claim.commit();
            rig.runUntil(() -> told.size() == 2);
            assertEquals(List.of("one", "two"), rig.cluster.log(TOPIC, 0));
            assertEquals(List.of(TOPIC + "-0@0", TOPIC + "-0@1"), told);
        }
    }

    @Test
    void shouldLeaveOutAnAbortedClaim() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            final int before = rig.cluster.log(TOPIC, 0).size();
            assertTrue(claim(rig, 0, null, "not wanted").isAccepted());
            claim.abort();
            assertTrue(claim(rig, 0, null, "wanted").isAccepted());
            claim.commit();
            rig.runUntil(() -> told.size() == 1);
            final List<String> log = rig.cluster.log(TOPIC, 0);
            assertEquals(List.of("wanted"), log.subList(before, log.size()));
        }
    }

    @Test
    void shouldNotSendABatchWithAClaimThatIsOpen() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            assertTrue(claim(rig, 0, null, "slow").isAccepted());
            rig.settle();
            assertFalse(rig.cluster.log(TOPIC, 0).contains("slow"));
            claim.commit();
            rig.runUntil(() -> told.size() == 1);
        }
    }

    @Test
    void shouldRefuseWhatCannotBeClaimed() {
        try (ProducerRig rig = ProducerRig.open("max.request.size", "1000").warmUp()) {
            final Producer<String, String> producer = rig.producer;
            assertEquals("partition out of range: partition=1, partitionCount=1, topic=" + TOPIC,
                    assertThrows(IllegalArgumentException.class,
                            () -> producer.tryClaim(TOPIC, 1, -1, 1, null, claim)).getMessage());
            assertEquals("partition must not be negative, or -1 and no key: partition=-1, keyLength=3",
                    assertThrows(IllegalArgumentException.class,
                            () -> producer.tryClaim(TOPIC, -1, 3, 1, null, claim)).getMessage());
            assertEquals("length must be at least -1: keyLength=-1, valueLength=-2",
                    assertThrows(IllegalArgumentException.class,
                            () -> producer.tryClaim(TOPIC, 0, -1, -2, null, claim)).getMessage());
            assertThrows(RecordTooLargeException.class, () -> producer.tryClaim(TOPIC, 0, -1, 1000, null, claim));
            assertFalse(claim.isActive());
            assertTrue(claim(rig, 0, null, "open").isAccepted());
            assertThrows(IllegalStateException.class, () -> producer.tryClaim(TOPIC, 0, -1, 1, null, claim));
            claim.commit();
            rig.runUntil(() -> told.size() == 1);
            producer.close();
            assertEquals(SendResult.CLOSED, producer.tryClaim(TOPIC, 0, -1, 1, null, claim));
        }
    }

    @Test
    void shouldWaitForAClaim() {
        try (ProducerRig rig = ProducerRig.open()) {
            // Of the topic nothing is known yet.
            rig.producer.claim(TOPIC, -1, -1, 4, callback, claim);
            claim.segment().putBytes(claim.valueOffset(), "late".getBytes(StandardCharsets.UTF_8), 0, 4);
            claim.commit();
            rig.runUntil(() -> told.size() == 1);
            assertEquals(List.of("late"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldSayWhyThereIsNoClaim() {
        try (ProducerRig rig = ProducerRig.open("max.request.size", "1000", "max.block.ms", "100").warmUp()) {
            final Producer<String, String> producer = rig.producer;
            assertThrows(UnknownTopicException.class, () -> producer.claim("nowhere", 0, -1, 1, callback, claim));
            assertThrows(UnknownTopicException.class, () -> producer.claim(TOPIC, 1, -1, 1, callback, claim));
            assertEquals("partition must not be negative, or -1 and no key: partition=-1, keyLength=3",
                    assertThrows(IllegalArgumentException.class,
                            () -> producer.claim(TOPIC, -1, 3, 1, callback, claim)).getMessage());
            assertThrows(RecordTooLargeException.class, () -> producer.claim(TOPIC, 0, -1, 1000, callback, claim));
            assertFalse(claim.isActive());
            producer.claim(TOPIC, 0, -1, 1, callback, claim);
            assertThrows(IllegalStateException.class, () -> producer.claim(TOPIC, 0, -1, 1, callback, claim));
            claim.abort();
            producer.close();
            assertThrows(ProducerClosedException.class, () -> producer.claim(TOPIC, 0, -1, 1, callback, claim));
        }
        assertEquals(List.of(), told, "a record without a claim has no outcome");
    }

    @Test
    void shouldWaitForMemoryNoLongerThanAllowed() {
        try (ProducerRig rig = ProducerRig.open("buffer.memory", "16384", "batch.size", "1024", "kp.segment.bytes",
                "1024", "max.block.ms", "1", "linger.ms", "60000", "delivery.timeout.ms", "120000").warmUp()) {
            // Not committed, so that no memory comes back.
            final List<Claim> claims = new ArrayList<>();
            final BufferExhaustedException refused = assertThrows(BufferExhaustedException.class, () -> {
                while (claims.size() < 100) {
                    final Claim next = new Claim();
                    rig.producer.claim(TOPIC, 0, -1, 500, callback, next);
                    claims.add(next);
                }
            });
            assertTrue(refused.getMessage().contains("no memory within the time allowed"), refused::getMessage);
            final int all = claims.size();
            assertTrue(all > 10, () -> "claimed=" + all);
            claims.forEach(Claim::commit);
            rig.runUntil(() -> told.size() == all);
        }
    }

    @Test
    void shouldTellAllRecordsWithOneObject() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5").warmUp()) {
            final List<Delivery> objects = new ArrayList<>();
            final List<String> outcomes = new ArrayList<>();
            final DeliveryCallback both = delivery -> {
                objects.add(delivery);
                outcomes.add(delivery + " " + delivery.serializedKeyBytes() + " " + delivery.serializedValueBytes()
                        + " " + delivery.partition() + delivery.topic());
                assertNull(delivery.failure());
            };
            final long first = rig.cluster.log(TOPIC, 0).size();
            rig.producer.send(new ProducerRecord<>(TOPIC, "key", "value"), both);
            rig.producer.send(new ProducerRecord<>(TOPIC, "v"), both);
            rig.runUntil(() -> outcomes.size() == 2);
            assertSame(objects.get(0), objects.get(1));
            assertEquals(List.of(TOPIC + "-0@" + first + " 3 5 0" + TOPIC,
                    TOPIC + "-0@" + (first + 1) + " -1 1 0" + TOPIC), outcomes);
        }
    }

    @Test
    void shouldTellAFailureAndGoOnAfterACallbackThatThrows() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5").warmUp()) {
            rig.cluster.always = Produce::hold;
            final List<Delivery> failed = new ArrayList<>();
            rig.producer.send(new ProducerRecord<>(TOPIC, "one"), (DeliveryCallback) delivery -> {
                throw new AssertionError("of the test");
            });
            rig.producer.send(new ProducerRecord<>(TOPIC, "two"), (DeliveryCallback) delivery -> {
                failed.add(delivery);
                assertFalse(delivery.isDelivered());
                assertThrows(IllegalStateException.class, delivery::offset);
                assertThrows(IllegalStateException.class, delivery::metadata);
            });
            rig.producer.close(Duration.ZERO);
            assertEquals(1, failed.size());
        }
    }
}
