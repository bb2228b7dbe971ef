package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.FakeCluster.Produce;
import io.kp.client.FakeCluster.Script;
import io.kp.client.ProducerRig.Told;

/** MESSAGE_TOO_LARGE: batches are split, records that are too large for themselves alone fail. */
class SplitDeliveryTest {
    /** A broker with max.message.bytes. */
    private static Script refuseAbove(final int bytes) {
        return request -> {
            if (request.batches().values().stream().anyMatch(batch -> batch.sizeInBytes() > bytes)) {
                request.fail(Errors.MESSAGE_TOO_LARGE);
            } else {
                request.accept();
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false"})
    void shouldSplitUntilTheBrokerTakesIt(final String idempotent) {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5", "enable.idempotence", idempotent, "retries", "1",
                "max.in.flight.requests.per.connection", "true".equals(idempotent) ? "5" : "1").warmUp()) {
            rig.cluster.always = refuseAbove(1_000);
            final List<String> sent = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                sent.add(rig.send("v" + i + "-".repeat(i % 60)).value);
            }
            rig.runUntilAllTold();
            assertEquals(sent, rig.cluster.log(TOPIC, 0));
            for (int i = 0; i < 200; i++) {
                assertEquals(i, rig.all.get(i).offset(), "each record has its own outcome");
            }
            assertEquals(sent, rig.told.stream().map(one -> one.value).toList());
            assertEquals(0, rig.producer.metrics().retries(), "a split is not a retry");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
    void shouldSplitACompressedBatchUntilTheBrokerTakesIt(final String codec) {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5", "compression.type", codec).warmUp()) {
            rig.cluster.always = refuseAbove(300);
            final List<String> sent = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                sent.add(rig.send("{\"number\":" + i * 7919 % 1000 + ",\"text\":\"the same\"}").value);
            }
            rig.runUntilAllTold();
            assertEquals(sent, rig.cluster.log(TOPIC, 0));
            for (int i = 0; i < 400; i++) {
                assertEquals(i, rig.all.get(i).offset());
            }
            assertEquals(0, rig.producer.metrics().retries());
        }
    }

    /** Sends while five requests are in flight, then lets the broker answer; the largest batch that it was sent in this time. */
    private static int largestBatchOfABusyTime(final ProducerRig rig) {
        rig.send("an acknowledgement, before which there is only one request in flight");
        rig.runUntilAllTold();
        final int before = rig.cluster.requests.size();
        final Script answer = rig.cluster.always;
        rig.cluster.always = Produce::hold;
        for (int i = 0; i < 300; i++) {
            rig.send("v" + i + "-".repeat(60));
            rig.settle();
        }
        rig.cluster.always = answer;
        for (int i = before; i < before + 5; i++) {
            answer.accept(rig.cluster.requests.get(i));
        }
        rig.runUntilAllTold();
        return rig.cluster.requests.stream().skip(before).flatMap(request -> request.batches().values().stream())
                .mapToInt(batch -> batch.sizeInBytes()).max().orElseThrow();
    }

    @Test
    void shouldGrowBatchesForABusyBrokerUntilOneIsTooLarge() {
        try (ProducerRig rig = ProducerRig.open("batch.size", "1000", "kp.batch.max.bytes", "10000").warmUp()) {
            assertTrue(largestBatchOfABusyTime(rig) > 9_000);
            rig.cluster.always = refuseAbove(5_000);
            assertTrue(largestBatchOfABusyTime(rig) > 9_000);
            assertTrue(largestBatchOfABusyTime(rig) <= 1_000, "the partition has learnt it");
            assertEquals(rig.all.stream().map(one -> one.value).toList(), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldNotGrowBatchesIfTheyAreNotToGrow() {
        try (ProducerRig rig = ProducerRig.open("batch.size", "1000", "kp.batch.max.bytes", "0").warmUp()) {
            assertTrue(largestBatchOfABusyTime(rig) <= 1_000);
        }
    }

    @Test
    void shouldFailOnlyTheRecordThatIsTooLarge() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5", "kp.on.gap", "allow-and-report").warmUp()) {
            rig.cluster.always = refuseAbove(1_000);
            for (int i = 0; i < 10; i++) {
                rig.send(i == 4 ? "x".repeat(2_000) : "v" + i);
            }
            rig.runUntilAllTold();
            for (int i = 0; i < 10; i++) {
                if (i == 4) {
                    final RecordTooLargeException failure = rig.all.get(i).failure(RecordTooLargeException.class);
                    assertEquals("MESSAGE_TOO_LARGE", failure.errorName());
                    assertEquals(DeliveryException.Persistence.NOT_PERSISTED, failure.persistence());
                } else {
                    rig.all.get(i).offset();
                }
            }
            assertEquals(9, rig.cluster.log(TOPIC, 0).size());
        }
    }

    @Test
    void shouldKeepSequencesAndOrderWithLaterBatchesInFlight() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5").warmUp()) {
            rig.send("first");
            rig.runUntilAllTold();
            rig.cluster.always = Produce::hold;
            for (int batch = 0; batch < 4; batch++) {
                for (int i = 0; i < 6; i++) {
                    rig.send("b" + batch + "r" + i);
                }
                rig.runMs(5);
            }
            final List<Produce> held = List.copyOf(rig.cluster.requests.subList(1, 5));
            rig.cluster.always = Produce::accept;
            held.get(0).accept();
            held.get(1).fail(Errors.MESSAGE_TOO_LARGE);
            held.get(2).accept();
            held.get(3).accept();
            rig.runUntilAllTold();
            assertEquals(rig.all.stream().map(one -> one.value).toList(), rig.cluster.log(TOPIC, 0));
            final Produce part = rig.cluster.request(5);
            assertEquals(held.get(1).batch().baseSequence(), part.batch().baseSequence());
            assertEquals(0, part.batch().producerEpoch(), "no need for a new epoch");
            assertEquals(part.batch().lastSequence() + 1, rig.cluster.request(6).batch().baseSequence());
        }
    }

    @Test
    void shouldWaitForMemoryToSplit() {
        try (ProducerRig rig = ProducerRig.open("buffer.memory", "65536", "batch.size", "60000", "linger.ms", "50",
                "max.request.size", "60000").warmUp()) {
            rig.cluster.always = refuseAbove(30_000);
            final List<Told> large = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                large.add(rig.send("v" + i + "-".repeat(1_000)));
            }
            rig.runMs(1_000);
            assertTrue(rig.cluster.requests.size() >= 2, () -> "refused and sent again: " + rig.all);
            assertTrue(large.stream().allMatch(one -> one.count == 0));
            rig.cluster.always = Produce::accept;
            rig.runUntilAllTold();
            large.forEach(Told::offset);
        }
    }

    @Test
    void shouldAbortTheParts() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5").warmUp()) {
            rig.cluster.scripts.add(request -> request.fail(Errors.MESSAGE_TOO_LARGE));
            rig.cluster.always = Produce::hold;
            for (int i = 0; i < 10; i++) {
                rig.send("v" + i);
            }
            rig.runMs(50);
            rig.producer.close(java.time.Duration.ZERO);
            rig.all.forEach(one -> one.failure(DeliveryAbortedException.class));
        }
    }
}
