package io.kp.testkit;

import static io.kp.testkit.Rig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import io.kp.client.BrokerException;
import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.KpException.Category;
import io.kp.client.ProducerClosedException;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.RecordTooLargeException;
import io.kp.client.SendResult;
import io.kp.network.ApiKey;
import io.kp.network.ErrorCode;

/** What kp does about each error of a produce response. */
class ProduceErrorsTest {

    @ParameterizedTest
    @EnumSource(names = {"CORRUPT_MESSAGE", "UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE",
            "NOT_LEADER_OR_FOLLOWER", "REQUEST_TIMED_OUT", "REPLICA_NOT_AVAILABLE", "NETWORK_EXCEPTION",
            "COORDINATOR_LOAD_IN_PROGRESS", "COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR", "NOT_ENOUGH_REPLICAS",
            "NOT_ENOUGH_REPLICAS_AFTER_APPEND", "CONCURRENT_TRANSACTIONS", "KAFKA_STORAGE_ERROR", "FENCED_LEADER_EPOCH",
            "UNKNOWN_LEADER_EPOCH", "THROTTLING_QUOTA_EXCEEDED", "UNKNOWN_TOPIC_ID", "INCONSISTENT_TOPIC_ID"})
    void shouldRetryUntilDelivered(final ErrorCode error) {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            final Script.Rule refusals = rig.script.produce().partition(TOPIC, 1).times(2).then(Fault.error(error));
            final Script.Rule late = rig.script.produce().partition(TOPIC, 2).times(2)
                    .then(Fault.errorAfterAppend(error));
            for (int i = 0; i < 50; i++) {
                rig.send(1, "a" + i);
                rig.send(2, "b" + i);
            }
            rig.producer.flush();
            rig.sent.forEach(Rig.Sent::offset);
            assertEquals(2, refusals.hits());
            assertEquals(2, late.hits());
            assertTrue(rig.producer.metrics().retries() >= 4);
            rig.finish();
            assertEquals(51, rig.log(1).size());
            assertEquals(51, rig.log(2).size());
        }
    }

    @ParameterizedTest
    @CsvSource({"INVALID_TOPIC_EXCEPTION, InvalidTopicException, FIX_RECORD, NOT_PERSISTED",
            "RECORD_LIST_TOO_LARGE, RecordTooLargeException, FIX_RECORD, NOT_PERSISTED",
            "MESSAGE_TOO_LARGE, RecordTooLargeException, FIX_RECORD, NOT_PERSISTED",
            "INVALID_REQUIRED_ACKS, BrokerException, FIX_CONFIGURATION, NOT_PERSISTED",
            "TOPIC_AUTHORIZATION_FAILED, TopicAuthorizationException, FIX_CONFIGURATION, NOT_PERSISTED",
            "INVALID_TIMESTAMP, BrokerException, FIX_RECORD, NOT_PERSISTED",
            "UNSUPPORTED_VERSION, BrokerException, FIX_CONFIGURATION, NOT_PERSISTED",
            "INVALID_REQUEST, BrokerException, FIX_RECORD, NOT_PERSISTED",
            "UNSUPPORTED_FOR_MESSAGE_FORMAT, BrokerException, FIX_CONFIGURATION, NOT_PERSISTED",
            "POLICY_VIOLATION, BrokerException, FIX_RECORD, NOT_PERSISTED",
            "UNSUPPORTED_COMPRESSION_TYPE, BrokerException, FIX_CONFIGURATION, NOT_PERSISTED",
            "INVALID_RECORD, BrokerException, FIX_RECORD, NOT_PERSISTED",
            "INVALID_PRODUCER_EPOCH, ProducerFencedException, FATAL, NOT_PERSISTED",
            "INVALID_TXN_STATE, BrokerException, RETRY_LATER, POSSIBLY_PERSISTED",
            "TRANSACTION_ABORTABLE, BrokerException, RETRY_LATER, POSSIBLY_PERSISTED",
            "UNKNOWN_SERVER_ERROR, BrokerException, RETRY_LATER, POSSIBLY_PERSISTED"})
    void shouldFailTheBatchAndGoOn(final ErrorCode error, final String type, final Category category,
            final Persistence persistence) {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.error(error).message("because"));
            final Rig.Sent refused = rig.send(1, "refused");
            final DeliveryException failure = refused.failure();
            assertEquals(type, failure.getClass().getSimpleName());
            assertEquals(Stage.BROKER, failure.stage());
            assertEquals(persistence, failure.persistence());
            assertEquals(error.code(), failure.errorCode());
            assertEquals(error.name(), failure.errorName());
            assertEquals(1, failure.attempts());
            assertEquals(rig.cluster.leader(TOPIC, 1), failure.brokerId());
            assertEquals(TOPIC, failure.topic());
            assertEquals(1, failure.partition());
            assertEquals(category, failure.category());
            assertTrue(failure.getMessage().contains("because"), failure::getMessage);
            assertEquals(1, rig.send(1, "next").offset());
            assertEquals(1, rig.send(2, "elsewhere").offset());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CLUSTER_AUTHORIZATION_FAILED", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "PRODUCER_FENCED",
            "INVALID_PRODUCER_ID_MAPPING"})
    void shouldEndWithAFatalError(final ErrorCode error) {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.error(error));
            final DeliveryException failure = rig.send(1, "refused").failure();
            assertEquals(error.code(), failure.errorCode());
            assertEquals(Persistence.NOT_PERSISTED, failure.persistence());
            rig.await("the end", () -> {
                try {
                    return rig.producer.trySend(new ProducerRecord<>(TOPIC, 2, "k", "probe"),
                            null) == SendResult.CLOSED;
                } catch (final ProducerClosedException e) {
                    return true;
                }
            });
            final ProducerClosedException closed = assertThrows(ProducerClosedException.class,
                    () -> rig.producer.send(new ProducerRecord<>(TOPIC, 2, "k", "late")));
            assertTrue(closed.getMessage().contains(error.name()), closed::getMessage);
        }
    }

    @Test
    void shouldTakeARepetitionForASuccess() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            rig.script.produce().once().then(Fault.errorAfterAppend(ErrorCode.DUPLICATE_SEQUENCE_NUMBER));
            assertEquals(RecordMetadata.NO_OFFSET, rig.send(1, "again").offset());
            assertEquals(2, rig.send(1, "next").offset());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OUT_OF_ORDER_SEQUENCE_NUMBER", "UNKNOWN_PRODUCER_ID"})
    void shouldNumberAnewWhenTheBrokerHasLostTheSequence(final ErrorCode error) {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.error(error));
            for (int i = 0; i < 30; i++) {
                rig.send(1, "v" + i);
            }
            rig.sent.forEach(Rig.Sent::offset);
            assertEquals(31, rig.log(1).size());
        }
    }

    @Test
    void shouldDeliverAfterThePartitionForgotTheProducer() {
        try (Rig rig = new Rig()) {
            rig.cluster.strictProducerIds(true);
            rig.warmUp();
            rig.cluster.forgetProducers(TOPIC, 1);
            for (int i = 0; i < 30; i++) {
                rig.send(1, "v" + i);
            }
            rig.sent.forEach(Rig.Sent::offset);
            final List<StoredBatch> batches = rig.cluster.log(TOPIC, 1).batches();
            assertEquals(1, batches.get(1).producerEpoch() - batches.get(0).producerEpoch());
        }
    }

    @Test
    void shouldDeliverAfterALeaderLostItsTail() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            final List<Rig.Sent> lost = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                final Rig.Sent record = rig.send(1, "lost" + i);
                record.offset();
                lost.add(record);
            }
            rig.cluster.loseTail(TOPIC, 1, 1).moveLeader(TOPIC, 1, 0);
            assertEquals(1, rig.send(1, "after").offset());
            // Acknowledged and lost by the cluster, which is not the producer's fault.
            rig.sent.removeAll(lost);
        }
    }

    /** Two faults of one response, found by the simulator's seeds 182703 and 329607. */
    @Test
    void shouldEndAConnectionByteByByteBeforeTheFirstByte() {
        try (Rig rig = new Rig()) {
            rig.script.produce().once().then(Fault.byteByByte());
            rig.script.produce().once().then(Fault.closeAfter(0));
            assertEquals(0, rig.send(1, "again").offset());
        }
    }

    /** Found by the simulator's seeds 24492, 39958 and 62765. */
    @Test
    void shouldNotSplitABatchThatMayBeInTheLog() {
        try (Rig rig = new Rig(ProducerConfig.LINGER_MS, 10_000)) {
            rig.script.produce().partition(TOPIC, 1).once()
                    .then(Fault.errorAfterAppend(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND));
            rig.script.produce().partition(TOPIC, 1).after(1).once().then(Fault.error(ErrorCode.MESSAGE_TOO_LARGE));
            final Rig.Sent first = rig.send(1, "first");
            final Rig.Sent second = rig.send(1, "second");
            rig.producer.flush();
            assertEquals(Persistence.POSSIBLY_PERSISTED, first.failure().persistence());
            assertEquals(Persistence.POSSIBLY_PERSISTED, second.failure().persistence());
            assertEquals(List.of("first", "second"), rig.log(1));
        }
    }

    @Test
    void shouldKeepTheOrderWithoutAGapAfterADefiniteFailureInTheMiddle() {
        try (Rig rig = new Rig(ProducerConfig.BATCH_SIZE, 1024, ProducerConfig.KP_ON_GAP, "fail-following")) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).after(2).once().then(Fault.error(ErrorCode.INVALID_TIMESTAMP));
            for (int i = 0; i < 200; i++) {
                rig.send(1, "v" + i + "-".repeat(100));
            }
            rig.producer.flush();
            final int first = IntStream.range(0, 200)
                    .filter(i -> rig.sent.get(rig.sent.size() - 200 + i).failure != null)
                    .findFirst().orElseThrow();
            final List<String> log = rig.log(1);
            // Those after the failure that were sent in time follow it; the others, if the thread was slow, are there.
            boolean follows = true;
            for (int i = first; i < 200; i++) {
                final Rig.Sent record = rig.sent.get(rig.sent.size() - 200 + i);
                assertTrue(follows || record.failure == null, "a second group: " + i);
                follows &= record.failure != null;
                assertEquals(record.failure == null, log.contains("v" + i + "-".repeat(100)), "v" + i);
            }
        }
    }

    @Test
    void shouldRaiseTheEpochAfterADefiniteFailureInTheMiddle() {
        try (Rig rig = new Rig(ProducerConfig.BATCH_SIZE, 1024, ProducerConfig.KP_ON_GAP, "allow-and-report")) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).after(2).once().then(Fault.error(ErrorCode.INVALID_TIMESTAMP));
            for (int i = 0; i < 200; i++) {
                rig.send(1, "v" + i + "-".repeat(100));
            }
            rig.producer.flush();
            assertTrue(rig.sent.stream().anyMatch(record -> record.failure != null));
            final List<StoredBatch> batches = rig.cluster.log(TOPIC, 1).batches();
            final StoredBatch last = batches.get(batches.size() - 1);
            assertEquals(batches.get(0).producerEpoch() + 1, last.producerEpoch());
            assertEquals(batches.get(0).producerId(), last.producerId());
            assertEquals(1, rig.sent.stream().filter(record -> record.failure != null).map(record -> record.failure)
                    .distinct().count());
        }
    }

    @Test
    void shouldAskForAnotherIdWhenEpochsAreUsedUp() {
        try (Rig rig = new Rig(cluster -> cluster.nextProducerId(7, Short.MAX_VALUE))) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.error(ErrorCode.INVALID_TIMESTAMP));
            rig.send(1, "refused").failure();
            assertEquals(1, rig.send(1, "next").offset());
            assertEquals(1, rig.send(2, "elsewhere").offset());
            final List<StoredBatch> batches = rig.cluster.log(TOPIC, 1).batches();
            assertEquals(7, batches.get(0).producerId());
            assertEquals(8, batches.get(1).producerId());
            assertEquals(0, batches.get(1).producerEpoch());
        }
    }

    @Test
    void shouldTellRefusedRecordsApart() {
        try (Rig rig = new Rig(ProducerConfig.LINGER_MS, 5000)) {
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.refuseRecords(1).message("too blue"));
            final Rig.Sent first = rig.send(1, "first");
            final Rig.Sent second = rig.send(1, "second");
            rig.producer.flush();
            assertTrue(second.failure().getMessage().contains("too blue"));
            assertEquals(Category.FIX_RECORD, second.failure().category());
            assertEquals(Category.RETRY_LATER, first.failure().category());
            assertEquals(Persistence.NOT_PERSISTED, first.failure().persistence());
            assertInstanceOf(BrokerException.class, first.failure());
        }
    }

    @Test
    void shouldFailARecordThatTheBrokerFindsTooLarge() {
        try (Rig rig = new Rig()) {
            rig.warmUp().cluster.maxMessageBytes(TOPIC, 500);
            assertInstanceOf(RecordTooLargeException.class, rig.send(1, "x".repeat(600)).failure());
            assertEquals(1, rig.send(1, "next").offset());
        }
    }

    @Test
    void shouldSplitABatchThatTheBrokerFindsTooLarge() {
        try (Rig rig = new Rig(ProducerConfig.LINGER_MS, 5000, ProducerConfig.KP_ON_GAP, "allow-and-report")) {
            rig.cluster.maxMessageBytes(TOPIC, 500);
            for (int i = 0; i < 40; i++) {
                rig.send(1, "v" + i + "-".repeat(50));
            }
            final Rig.Sent huge = rig.send(1, "x".repeat(600));
            final Rig.Sent next = rig.send(1, "next");
            rig.producer.flush();
            assertInstanceOf(RecordTooLargeException.class, huge.failure());
            assertEquals(40, next.offset());
        }
    }

    @Test
    void shouldNotTouchOtherPartitionsOfTheRequest() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            rig.cluster.moveLeader(TOPIC, 0, 0).moveLeader(TOPIC, 1, 0);
            rig.script.produce().partition(TOPIC, 0).forever().then(Fault.error(ErrorCode.TOPIC_AUTHORIZATION_FAILED));
            for (int i = 0; i < 20; i++) {
                rig.send(0, "a" + i);
                rig.send(1, "b" + i);
            }
            rig.producer.flush();
            assertEquals(21, rig.log(1).size());
            assertEquals(1, rig.log(0).size());
        }
    }

    @Test
    void shouldRetryWhatTheAnswerDoesNotMention() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).times(2).then(Fault.leaveOut());
            assertEquals(1, rig.send(1, "v").offset());
            assertEquals(2, rig.log(1).size());
        }
    }

    @Test
    void shouldFailWithTheErrorWhenRetriesAreUsedUp() {
        try (Rig rig = new Rig(ProducerConfig.RETRIES, 3)) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).forever().then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
            final DeliveryException failure = rig.send(1, "v").failure();
            assertEquals(4, failure.attempts());
            assertEquals(ErrorCode.NOT_ENOUGH_REPLICAS.code(), failure.errorCode());
            assertEquals(Persistence.NOT_PERSISTED, failure.persistence());
            assertEquals(Category.RETRY_LATER, failure.category());
            rig.script.clear();
            assertEquals(1, rig.send(1, "next").offset());
        }
    }

    @Test
    void shouldSayThatARecordMayBeInTheLog() {
        try (Rig rig = new Rig(ProducerConfig.RETRIES, 1)) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).once()
                    .then(Fault.errorAfterAppend(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND));
            rig.script.produce().partition(TOPIC, 1).after(1).once().then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
            final DeliveryException failure = rig.send(1, "v").failure();
            assertEquals(2, failure.attempts());
            assertEquals(Persistence.POSSIBLY_PERSISTED, failure.persistence());
            assertEquals(2, rig.send(1, "next").offset());
        }
    }

    @Test
    void shouldKeepOrderWhenTheFirstBatchIsRefusedAndTheNextIsUnderWay() {
        // A partition that does not know the producer takes any sequence: the second batch would be written before the first.
        try (Rig rig = new Rig(ProducerConfig.BATCH_SIZE, 1024)) {
            rig.script.produce().partition(TOPIC, 1).once()
                    .then(Fault.hold(Duration.ofMillis(100)).and(Fault.error(ErrorCode.NOT_LEADER_OR_FOLLOWER)));
            for (int i = 0; i < 100; i++) {
                rig.send(1, "v" + i + "-".repeat(100));
            }
            rig.producer.flush();
            rig.sent.forEach(Rig.Sent::offset);
            rig.finish();
        }
    }

    @Test
    void shouldSendWithoutIdempotence() {
        try (Rig rig = new Rig(ProducerConfig.ENABLE_IDEMPOTENCE, false, ProducerConfig.ACKS, "1")) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 1).once().then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
            for (int i = 0; i < 50; i++) {
                rig.send(1, "v" + i);
            }
            rig.sent.forEach(Rig.Sent::offset);
            assertEquals(0, rig.cluster.requestCount(ApiKey.INIT_PRODUCER_ID));
            assertEquals(-1, rig.cluster.log(TOPIC, 1).batches().get(0).producerId());
        }
    }

    @Test
    void shouldNotWaitForAnswersWithAcks0() {
        try (Rig rig = new Rig(ProducerConfig.ENABLE_IDEMPOTENCE, false, ProducerConfig.ACKS, "0")) {
            for (int i = 0; i < 50; i++) {
                assertEquals(RecordMetadata.NO_OFFSET, rig.send(1, "v" + i).offset());
            }
            rig.await("the records", () -> rig.cluster.recordCount(TOPIC) == 50);
        }
    }

    @Test
    void shouldGiveTheTimeOfAppendingAsTimestamp() {
        try (Rig rig = new Rig()) {
            rig.cluster.logAppendTimeMs(TOPIC, 1234);
            final Rig.Sent record = rig.send(1, "v");
            record.offset();
            assertEquals(1234, record.metadata.timestampMs());
        }
    }
}
