package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.junit.jupiter.api.Test;

import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.FakeCluster.Produce;
import io.kp.client.ProducerRig.Told;

/** From send to outcome: what brokers answer, and do not. */
class DeliveryTest {
    private static List<String> values(final List<Told> told) {
        return told.stream().map(one -> one.value).toList();
    }

    @Test
    void shouldDeliverInOrderWithOffsets() {
        try (ProducerRig rig = ProducerRig.open()) {
            final List<String> sent = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                sent.add(rig.send("v" + i).value);
                if (i % 7 == 0) {
                    rig.settle();
                }
            }
            rig.producer.flush();
            assertEquals(sent, rig.cluster.log(TOPIC, 0));
            assertEquals(sent, values(rig.told));
            for (int i = 0; i < 100; i++) {
                assertEquals(i, rig.all.get(i).offset());
                assertEquals(1_700_000_000_000L, rig.all.get(i).metadata.timestampMs());
                assertEquals(TOPIC, rig.all.get(i).metadata.topic());
            }
            assertEquals(100, rig.producer.metrics().recordsAcknowledged());
            assertEquals(100, rig.producer.metrics().recordsSent());
        }
    }

    @Test
    void shouldCompleteFutures() {
        try (ProducerRig rig = ProducerRig.open()) {
            final CompletableFuture<RecordMetadata> future = rig.producer
                    .send(new ProducerRecord<>(TOPIC, "k", "v"));
            assertFalse(future.isDone());
            rig.producer.flush();
            assertEquals(0, future.join().offset());
            assertEquals(1, future.join().serializedKeyBytes());
        }
    }

    @Test
    void shouldSendToManyPartitionsAndBrokersInOneRequestEach() {
        final FakeCluster cluster = new FakeCluster(3);
        cluster.topic(TOPIC, 1, 2, 3, 1, 2, 3);
        cluster.topic("other", 3, 1);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).with("linger.ms", "10").open().warmUp()) {
            rig.producer.partitionsFor("other");
            rig.runMs(1_000);
            for (int i = 0; i < 60; i++) {
                rig.send(i % 6, "v" + i);
                rig.send("other", i % 2, "o" + i);
            }
            rig.runUntilAllTold();
            for (int i = 0; i < 6; i++) {
                assertEquals(10, cluster.log(TOPIC, i).size());
            }
            assertEquals(30, cluster.log("other", 1).size());
            assertTrue(cluster.requests.size() <= 6, () -> "requests: " + cluster.requests.size());
        }
    }

    @Test
    void shouldSendToBrokersWithoutTopicIds() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, 1);
        cluster.produceVersion = 9;
        try (ProducerRig rig = ProducerRig.builder().on(cluster).open()) {
            rig.send("v");
            rig.runUntilAllTold();
            assertEquals(List.of("v"), cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldTakeTheBrokersAppendTime() {
        try (ProducerRig rig = ProducerRig.open()) {
            rig.cluster.scripts.add(request -> request.answer(answer -> answer.setBaseOffset(7)
                    .setLogAppendTimeMs(1234)));
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertEquals(7, one.offset());
            assertEquals(1234, one.metadata.timestampMs());
        }
    }

    @Test
    void shouldRetryAndThenSucceed() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            rig.cluster.scripts.add(request -> request.fail(Errors.NOT_ENOUGH_REPLICAS));
            rig.cluster.scripts.add(request -> request.fail(Errors.KAFKA_STORAGE_ERROR));
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertEquals(0, one.offset());
            assertEquals(List.of("v"), rig.cluster.log(TOPIC, 0));
            assertEquals(3, rig.cluster.requests.size());
            assertEquals(2, rig.producer.metrics().retries());
            assertEquals(Map.of("NOT_ENOUGH_REPLICAS", 1L, "KAFKA_STORAGE_ERROR", 1L),
                    rig.producer.metrics().attemptErrors());
            final long pauseMs = (rig.cluster.request(1).receivedNs - rig.cluster.request(0).receivedNs)
                    / FakeCluster.MS;
            assertTrue(pauseMs >= 80 && pauseMs <= 120, () -> "backoff: " + pauseMs);
            assertEquals(rig.cluster.request(0).batch().baseSequence(), rig.cluster.request(2).batch().baseSequence());
        }
    }

    @Test
    void shouldFailAtOnceOnAnErrorThatRetryingDoesNotCure() {
        try (ProducerRig rig = ProducerRig.open()) {
            rig.cluster.scripts.add(request -> request.refuse(Errors.POLICY_VIOLATION, "no such records here"));
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            final DeliveryException failure = rig.delivery(one);
            assertEquals(Stage.BROKER, failure.stage());
            assertEquals(1, failure.attempts());
            assertEquals(1, failure.brokerId());
            assertEquals(Persistence.NOT_PERSISTED, failure.persistence());
            assertEquals("POLICY_VIOLATION", failure.errorName());
            assertTrue(failure.getMessage().contains("no such records here; topic=orders, partition=0, stage=BROKER, "
                    + "broker=1 (localhost:1), attempts=1, "), failure.getMessage());
            assertTrue(failure.getMessage().endsWith("persistence=NOT_PERSISTED, error=POLICY_VIOLATION(44)"),
                    failure.getMessage());
            // The refused sequence number is used again under a new epoch.
            final Told next = rig.send("w");
            rig.runUntilAllTold();
            assertEquals(0, next.offset());
        }
    }

    @Test
    void shouldGiveUpAfterRetries() {
        try (ProducerRig rig = ProducerRig.open("retries", "2")) {
            rig.cluster.always = request -> request.fail(Errors.NOT_ENOUGH_REPLICAS);
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertEquals(3, rig.delivery(one).attempts());
            assertEquals("NOT_ENOUGH_REPLICAS", rig.delivery(one).errorName());
            assertEquals(3, rig.cluster.requests.size());
        }
    }

    @Test
    void shouldTellRefusedRecordsFromBystanders() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5").warmUp()) {
            rig.cluster.scripts.add(request -> request.refuse(Errors.INVALID_RECORD, "batch",
                    new BatchIndexAndErrorMessage().setBatchIndex(1).setBatchIndexErrorMessage("no key")));
            rig.send("a");
            rig.send("b");
            rig.send("c");
            rig.runUntilAllTold();
            assertTrue(rig.delivery(rig.all.get(1)).getMessage().contains("no key"));
            assertEquals("INVALID_RECORD", rig.delivery(rig.all.get(1)).errorName());
            for (final int bystander : new int[]{0, 2}) {
                assertTrue(rig.delivery(rig.all.get(bystander)).getMessage().contains("refused other records"));
                assertEquals(KpException.Category.RETRY_LATER, rig.delivery(rig.all.get(bystander)).category());
            }
        }
    }

    @Test
    void shouldTakeADuplicateForASuccess() {
        try (ProducerRig rig = ProducerRig.open()) {
            rig.cluster.scripts.add(request -> {
                request.appendOnly();
                request.fail(Errors.DUPLICATE_SEQUENCE_NUMBER);
            });
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertEquals(RecordMetadata.NO_OFFSET, one.offset());
        }
    }

    @Test
    void shouldNotDuplicateWhenTheAnswerIsLost() {
        try (ProducerRig rig = ProducerRig.open()) {
            rig.cluster.scripts.add(request -> {
                request.appendOnly();
                request.drop();
            });
            final Told one = rig.send("v");
            final Told two = rig.send("w");
            rig.runUntilAllTold();
            assertEquals(0, one.offset());
            assertEquals(1, two.offset());
            assertEquals(List.of("v", "w"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldKeepOrderWithFiveInFlightWhenTheFirstFails() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            rig.send("first");
            rig.runUntilAllTold();
            rig.cluster.requests.clear();
            rig.cluster.always = Produce::hold;
            for (int i = 0; i < 5; i++) {
                rig.send("v" + i);
                rig.settle();
            }
            assertEquals(5, rig.cluster.requests.size());
            rig.send("v5");
            rig.settle();
            assertEquals(5, rig.cluster.requests.size(), "five in flight are the limit");
            rig.cluster.always = Produce::accept;
            final List<Produce> held = List.copyOf(rig.cluster.requests);
            held.get(0).fail(Errors.NOT_ENOUGH_REPLICAS);
            for (int i = 1; i < 5; i++) {
                held.get(i).accept(); // out of order for the broker
            }
            rig.runUntilAllTold();
            assertEquals(List.of("first", "v0", "v1", "v2", "v3", "v4", "v5"), rig.cluster.log(TOPIC, 0));
            assertEquals(List.of("first", "v0", "v1", "v2", "v3", "v4", "v5"), values(rig.told));
        }
    }

    @Test
    void shouldSendOneBatchOnlyUntilThePartitionKnowsTheProducer() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            rig.cluster.always = Produce::hold;
            rig.send("v0");
            rig.settle();
            rig.send("v1");
            rig.settle();
            assertEquals(1, rig.cluster.requests.size(), "a broker would take any sequence now, v1's too");
            rig.cluster.request(0).accept();
            rig.settle();
            rig.send("v2");
            rig.settle();
            assertEquals(3, rig.cluster.requests.size());
            rig.cluster.always = Produce::accept;
            rig.cluster.request(1).accept();
            rig.cluster.request(2).accept();
            rig.runUntilAllTold();
            assertEquals(List.of("v0", "v1", "v2"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldNotNumberAnewWhatAnEarlierRequestMayStillBring() {
        try (ProducerRig rig = ProducerRig.open("request.timeout.ms", "1000").warmUp()) {
            rig.send("first");
            rig.runUntilAllTold();
            rig.cluster.requests.clear();
            rig.cluster.scripts.add(Produce::hold);
            rig.cluster.scripts.add(request -> request.fail(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER));
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            final DeliveryException failure = one.failure(OutOfOrderSequenceException.class);
            assertEquals(Persistence.POSSIBLY_PERSISTED, failure.persistence());
            assertEquals(2, rig.cluster.requests.size(), "not sent under another number");
            final Told next = rig.send("w");
            rig.runUntilAllTold();
            assertEquals(1, next.offset());
            assertEquals(List.of("first", "w"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldKeepOrderWithOneInFlightAndNoIdempotence() {
        try (ProducerRig rig = ProducerRig.open("enable.idempotence", "false",
                "max.in.flight.requests.per.connection", "1").warmUp()) {
            rig.cluster.scripts.add(request -> request.fail(Errors.NOT_ENOUGH_REPLICAS));
            rig.cluster.scripts.add(Produce::drop);
            final List<String> sent = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                sent.add(rig.send("v" + i).value);
                rig.settle();
            }
            rig.runUntilAllTold();
            assertEquals(sent, rig.cluster.log(TOPIC, 0));
            assertEquals(0, rig.cluster.initProducerIds);
            assertFalse(rig.cluster.request(0).batch().hasProducerId());
        }
    }

    @Test
    void shouldSayNothingMoreThanWrittenWithoutAcks() {
        try (ProducerRig rig = ProducerRig.open("acks", "0", "enable.idempotence", "false")) {
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertEquals(RecordMetadata.NO_OFFSET, one.offset());
            assertEquals(List.of("v"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldFollowTheLeader() {
        final FakeCluster cluster = new FakeCluster(2);
        final FakeCluster.Topic topic = cluster.topic(TOPIC, 1);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).open().warmUp()) {
            rig.send("a");
            rig.runUntilAllTold();
            topic.lead(0, 2);
            rig.send("b");
            rig.send("c");
            rig.runUntilAllTold();
            assertEquals(List.of("a", "b", "c"), cluster.log(TOPIC, 0));
            assertEquals(2, cluster.requests.get(cluster.requests.size() - 1).broker);
        }
    }

    @Test
    void shouldFollowALeaderHintWithoutBackoffAndWithoutMetadata() {
        final FakeCluster cluster = new FakeCluster(2);
        final FakeCluster.Topic topic = cluster.topic(TOPIC, 1, 2);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).open().warmUp()) {
            rig.send(1, "connects to broker 2");
            rig.runUntilAllTold();
            topic.lead(0, 2);
            cluster.answerMetadata = false;
            cluster.scripts.add(request -> request.answer(answer -> answer
                    .setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code())
                    .setCurrentLeader(new ProduceResponseData.LeaderIdAndEpoch().setLeaderId(2).setLeaderEpoch(1))));
            final long startNs = cluster.nowNs;
            rig.send(0, "a");
            rig.runUntilAllTold();
            assertEquals(List.of("a"), cluster.log(TOPIC, 0));
            assertEquals(0, cluster.nowNs - startNs, "no backoff for a leader that was elected since");
        }
    }

    @Test
    void shouldWaitForALeaderAndSendThen() {
        final FakeCluster cluster = new FakeCluster(1);
        final FakeCluster.Topic topic = cluster.topic(TOPIC, 1, -1);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).open().warmUp()) {
            final Told one = rig.send(1, "v");
            rig.runMs(5_000);
            assertEquals(0, one.count);
            topic.lead(1, 1);
            rig.runMs(5_000);
            assertEquals(0, one.offset());
        }
    }

    @Test
    void shouldRetryAfterAnAnswerThatMakesNoSense() {
        try (ProducerRig rig = ProducerRig.open()) {
            rig.cluster.scripts.add(Produce::garbage);
            rig.send("v");
            rig.runUntilAllTold();
            assertEquals(List.of("v"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldFailWhatTheBrokerDoesNotMention() {
        try (ProducerRig rig = ProducerRig.open("retries", "0")) {
            rig.cluster.scripts.add(request -> request.respond(new ProduceResponseData()));
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertEquals(Persistence.POSSIBLY_PERSISTED, rig.delivery(one).persistence());
            assertTrue(rig.delivery(one).getMessage().contains("the broker did not say what became of the batch"),
                    rig.delivery(one).getMessage());
        }
    }

    @Test
    void shouldExpireWhatIsQueuedAndSayWhyItWasNotSent() {
        try (ProducerRig rig = ProducerRig.open("delivery.timeout.ms", "3000", "request.timeout.ms", "1000")
                .warmUp()) {
            rig.send("connects");
            rig.runUntilAllTold();
            rig.cluster.stop(1);
            rig.settle();
            final long startNs = rig.cluster.nowNs;
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertEquals(3_000, (rig.cluster.nowNs - startNs) / FakeCluster.MS, () -> "to the millisecond: " + one);
            final DeliveryTimeoutException failure = one.failure(DeliveryTimeoutException.class);
            assertEquals(Stage.QUEUED, failure.stage());
            assertEquals(Persistence.NOT_PERSISTED, failure.persistence());
            assertEquals(0, failure.attempts());
            assertTrue(failure.getMessage().contains("delivery.timeout.ms=3000"), failure.getMessage());
            assertNotNull(failure.getCause());
            assertTrue(failure.getMessage().contains("onnection refused"), failure.getMessage());
            rig.cluster.start(1);
            rig.runMs(2_000);
            final Told two = rig.send("w");
            rig.runUntilAllTold();
            assertEquals(1, two.offset());
        }
    }

    @Test
    void shouldExpireInFlightAndIgnoreALateSuccess() {
        try (ProducerRig rig = ProducerRig.open("delivery.timeout.ms", "3000", "request.timeout.ms", "2950").warmUp()) {
            rig.runMs(10);
            rig.cluster.scripts.add(request -> request.fail(Errors.NOT_ENOUGH_REPLICAS));
            rig.cluster.scripts.add(Produce::hold);
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            final DeliveryTimeoutException failure = one.failure(DeliveryTimeoutException.class);
            assertEquals(Stage.IN_FLIGHT, failure.stage());
            assertEquals(Persistence.POSSIBLY_PERSISTED, failure.persistence());
            assertEquals(2, failure.attempts());
            assertTrue(rig.producer.metrics().bufferUsedBytes() > 0, "the socket may still read it");
            final Told two = rig.send("w");
            rig.settle();
            rig.cluster.request(1).accept();
            rig.runUntilAllTold();
            assertEquals(1, two.offset());
            assertEquals(List.of("v", "w"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldExpireInFlightAndNumberAnewAfterALateFailure() {
        try (ProducerRig rig = ProducerRig.open("delivery.timeout.ms", "3000", "request.timeout.ms", "2950").warmUp()) {
            rig.cluster.scripts.add(request -> request.fail(Errors.NOT_ENOUGH_REPLICAS));
            rig.cluster.scripts.add(Produce::hold);
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            one.failure(DeliveryTimeoutException.class);
            final Told two = rig.send("w");
            rig.settle();
            rig.cluster.request(1).fail(Errors.NOT_ENOUGH_REPLICAS);
            rig.runUntilAllTold();
            assertEquals(0, two.offset());
            assertEquals(List.of("w"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldSayPossiblyPersistedWhenTheRequestTimesOutWithTheDelivery() {
        try (ProducerRig rig = ProducerRig.open("delivery.timeout.ms", "3000", "request.timeout.ms", "3000").warmUp()) {
            rig.cluster.scripts.add(Produce::hold);
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertEquals(Persistence.POSSIBLY_PERSISTED, rig.delivery(one).persistence());
            assertEquals(Stage.QUEUED, rig.delivery(one).stage(), "it was to be sent again");
            assertEquals(1, rig.delivery(one).attempts());
            assertEquals("REQUEST_TIMED_OUT", rig.delivery(one).errorName());
            rig.runMs(1_000);
        }
    }

    @Test
    void shouldReconnectAndResendAfterARequestTimeout() {
        try (ProducerRig rig = ProducerRig.open("request.timeout.ms", "1000").warmUp()) {
            rig.cluster.scripts.add(Produce::hold);
            rig.send("v");
            rig.runUntilAllTold();
            assertEquals(List.of("v"), rig.cluster.log(TOPIC, 0));
            assertEquals(2, rig.cluster.requests.size());
        }
    }

    @Test
    void shouldFailEverythingWhenTheProducerIsNotAllowedToWrite() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            rig.cluster.scripts.add(request -> request.fail(Errors.CLUSTER_AUTHORIZATION_FAILED));
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertEquals("CLUSTER_AUTHORIZATION_FAILED", rig.delivery(one).errorName());
            rig.settle();
            final ProducerClosedException refusal = org.junit.jupiter.api.Assertions.assertThrows(
                    ProducerClosedException.class, () -> rig.producer.send(new ProducerRecord<>(TOPIC, "w")));
            assertTrue(refusal.getMessage().contains("CLUSTER_AUTHORIZATION_FAILED"), refusal.getMessage());
            assertEquals(SendResult.CLOSED, rig.producer.trySend(new ProducerRecord<>(TOPIC, "w"), null));
        }
    }

    @Test
    void shouldAskAgainForARefusedProducerIdAndTellWhatWaits() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, 1);
        cluster.initProducerIdError = Errors.CLUSTER_AUTHORIZATION_FAILED.code();
        try (ProducerRig rig = ProducerRig.builder().on(cluster).open()) {
            final Told one = rig.send("v");
            rig.runUntilAllTold();
            assertTrue(one.failure(DeliveryAbortedException.class).getMessage().contains("no producer id"),
                    one.failure.getMessage());
            cluster.initProducerIdError = 0;
            rig.runMs(2_000);
            final Told two = rig.send("w");
            rig.runUntilAllTold();
            assertEquals(0, two.offset());
        }
    }

    @Test
    void shouldTakeANewProducerIdWhenTheBrokerForgotTheOldOne() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            rig.send("a");
            rig.runUntilAllTold();
            rig.cluster.scripts.add(request -> request.answer(answer -> answer
                    .setErrorCode(Errors.UNKNOWN_PRODUCER_ID.code()).setLogStartOffset(1)));
            rig.send("b");
            rig.runUntilAllTold();
            final MutableRecordBatch last = rig.cluster.requests.get(rig.cluster.requests.size() - 1).batch();
            assertEquals(1, last.producerEpoch());
            assertEquals(0, last.baseSequence());
            assertEquals(List.of("a", "b"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldTellExpiredRecordsBeforeThoseThatACloseTakesBack() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, 1, -1);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).with("delivery.timeout.ms", "31000")
                .with("batch.size", "100").with("kp.on.gap", "allow-and-report").open().warmUp()) {
            final Told one = rig.send(1, "a".repeat(90));
            rig.runMs(500);
            final Told two = rig.send(1, "b".repeat(90));
            // The I/O thread comes late: in one cycle it finds the first expired and the producer closed.
            cluster.nowNs += 30_600 * FakeCluster.MS;
            rig.producer.close(Duration.ZERO);
            one.failure(DeliveryTimeoutException.class);
            two.failure(DeliveryAbortedException.class);
            assertEquals(List.of(one, two), rig.told);
        }
    }

    @Test
    void shouldSleepWhileNoBrokerCanBeReached() {
        try (ProducerRig rig = ProducerRig.open("retry.backoff.ms", "0", "delivery.timeout.ms", "60000").warmUp()) {
            rig.cluster.stop(1);
            final Told one = rig.send("v");
            // The rig fails a producer that spins.
            rig.runMs(30_000);
            rig.cluster.start(1);
            rig.runUntilAllTold();
            assertEquals(0, one.offset());
        }
    }

    @Test
    void shouldSleepForeverWhenThereIsNothingToDo() {
        try (ProducerRig rig = ProducerRig.open("connections.max.idle.ms", "-1", "metadata.max.age.ms", "600000")
                .warmUp()) {
            rig.send("v");
            rig.runUntilAllTold();
            final int[] selects = {0};
            rig.cluster.onSelect = () -> selects[0]++;
            rig.runMs(500_000);
            assertTrue(selects[0] < 10, () -> "selects: " + selects[0]);
        }
    }

    @Test
    void shouldShareOneFailureAmongTheRecordsOfABatch() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5").warmUp()) {
            rig.cluster.scripts.add(request -> request.fail(Errors.POLICY_VIOLATION));
            final Told one = rig.send("a");
            final Told two = rig.send("b");
            rig.runUntilAllTold();
            assertSame(one.failure, two.failure);
        }
    }
}
