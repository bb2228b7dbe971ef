package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.FakeCluster.Produce;
import io.kp.client.ProducerRig.Told;

/** What becomes of the records behind one that fails. */
class GapPolicyTest {
    private static ProducerRig rig(final GapPolicy policy, final int inFlight) {
        final ProducerRig rig = ProducerRig.open("kp.on.gap", policy.text(), "max.in.flight.requests.per.connection",
                "" + inFlight).warmUp();
        rig.send("first");
        rig.runUntilAllTold();
        rig.cluster.requests.clear();
        rig.cluster.always = Produce::hold;
        return rig;
    }

    private static Told sendAlone(final ProducerRig rig, final String value) {
        final Told told = rig.send(value);
        rig.settle();
        return told;
    }

    @Test
    void shouldFailWhatFollowsAndAcceptWhatIsSentAfterwards() {
        try (ProducerRig rig = rig(GapPolicy.FAIL_FOLLOWING, 2)) {
            final Told failed = sendAlone(rig, "failed");
            final Told inFlight = sendAlone(rig, "in flight");
            final Told queued = sendAlone(rig, "queued");
            final Told open = rig.send("open");
            final List<Told> again = new ArrayList<>();
            failed.also = told -> again.add(rig.send("again"));
            rig.cluster.always = Produce::accept;
            rig.cluster.request(0).fail(Errors.POLICY_VIOLATION);
            rig.cluster.request(1).accept();
            rig.runUntilAllTold();
            assertEquals(Errors.POLICY_VIOLATION.name(), rig.delivery(failed).errorName());
            final EarlierRecordFailedException first = inFlight.failure(EarlierRecordFailedException.class);
            assertEquals(Persistence.NOT_PERSISTED, first.persistence());
            assertEquals("OUT_OF_ORDER_SEQUENCE_NUMBER", first.errorName());
            assertSame(failed.failure, first.getCause());
            final EarlierRecordFailedException second = queued.failure(EarlierRecordFailedException.class);
            assertEquals(Stage.QUEUED, second.stage());
            assertEquals(Persistence.NOT_PERSISTED, second.persistence());
            assertEquals(KpException.Category.RETRY_LATER, second.category());
            assertTrue(second.getMessage().contains("kp.on.gap=fail-following); records sent from now on are "
                    + "delivered again"), second.getMessage());
            open.failure(EarlierRecordFailedException.class);
            assertEquals(1, again.get(0).offset());
            assertEquals(List.of("first", "again"), rig.cluster.log(TOPIC, 0));
            assertEquals(0, rig.producer.metrics().gaps());
        }
    }

    @Test
    void shouldDeliverWhatFollowsIfAllowedAndCountTheGap() {
        try (ProducerRig rig = rig(GapPolicy.ALLOW_AND_REPORT, 2)) {
            sendAlone(rig, "failed");
            final Told inFlight = sendAlone(rig, "in flight");
            final Told queued = sendAlone(rig, "queued");
            rig.cluster.always = Produce::accept;
            rig.cluster.request(0).fail(Errors.POLICY_VIOLATION);
            rig.cluster.request(1).accept();
            rig.runUntilAllTold();
            assertEquals(1, inFlight.offset());
            assertEquals(2, queued.offset());
            assertEquals(1, rig.producer.metrics().gaps());
        }
    }

    @Test
    void shouldHoldBackWhatFollowsUntilTheTurnOfTheFailureHasCome() {
        try (ProducerRig rig = rig(GapPolicy.FAIL_FOLLOWING, 3)) {
            final Told before = sendAlone(rig, "before");
            final Told failed = sendAlone(rig, "failed");
            rig.cluster.request(0).fail(Errors.NOT_ENOUGH_REPLICAS);
            rig.cluster.request(1).fail(Errors.POLICY_VIOLATION);
            rig.settle();
            assertEquals(0, failed.count, "the one before is to be tried again");
            final Told since = sendAlone(rig, "since");
            assertEquals(2, rig.cluster.requests.size(), "follows a failure");
            rig.cluster.always = Produce::accept;
            rig.runUntilAllTold();
            assertEquals(1, before.offset());
            rig.delivery(failed);
            since.failure(EarlierRecordFailedException.class);
            assertEquals(List.of(before, failed, since), rig.told.subList(1, 4));
            assertEquals(2, sendAlone(rig, "after").offset());
        }
    }

    @Test
    void shouldFailWhatFollowsAnExpiredRecord() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, -1, 1);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).with("kp.on.gap", "fail-following")
                .with("delivery.timeout.ms", 40_000)
                .with("batch.size", 1).open().warmUp()) {
            final Told expired = rig.send("expired");
            rig.runMs(30_000);
            final Told following = rig.send("following");
            final Told other = rig.send(1, "of another partition");
            rig.runUntilAllTold();
            expired.failure(DeliveryTimeoutException.class);
            assertSame(expired.failure, following.failure(EarlierRecordFailedException.class).getCause());
            assertEquals(0, other.offset());
            cluster.topics.get(TOPIC).lead(0, 1);
            final Told after = rig.send("after");
            rig.runUntilAllTold();
            assertEquals(0, after.offset());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBelieveTheBrokerAboutWhatIsUnderWayBehindAnUnknownOutcome(final boolean appended) {
        try (ProducerRig rig = ProducerRig
                .open("kp.on.gap", "fail-following", "delivery.timeout.ms", "5000", "request.timeout.ms", "5000")
                .warmUp()) {
            rig.send("first");
            rig.runUntilAllTold();
            rig.cluster.requests.clear();
            rig.cluster.always = Produce::hold;
            final Told unknown = sendAlone(rig, "unknown");
            rig.runMs(1_000);
            final Told behind = sendAlone(rig, "behind");
            if (appended) {
                rig.cluster.request(0).appendOnly();
            }
            rig.runMs(4_000);
            assertEquals(Persistence.POSSIBLY_PERSISTED, unknown.failure(DeliveryException.class).persistence());
            rig.cluster.always = Produce::accept;
            if (behind.count == 0 && rig.cluster.request(1).isConnected()) {
                rig.cluster.request(1).accept();
            }
            rig.runUntilAllTold();
            final Told after = sendAlone(rig, "after");
            rig.runUntilAllTold();
            if (behind.failure == null) {
                assertTrue(appended);
                assertEquals(2, behind.offset());
                assertEquals(List.of("first", "unknown", "behind", "after"), rig.cluster.log(TOPIC, 0));
            } else {
                behind.failure(EarlierRecordFailedException.class);
            }
            assertNull(after.failure);
        }
    }

    @Test
    void shouldGiveUpEachGroupByItself() {
        try (ProducerRig rig = rig(GapPolicy.FAIL_FOLLOWING, 5)) {
            final Told one = sendAlone(rig, "one");
            final Told two = sendAlone(rig, "two");
            rig.cluster.request(0).fail(Errors.POLICY_VIOLATION);
            rig.settle();
            assertEquals(1, one.count);
            final Told later = sendAlone(rig, "later");
            rig.cluster.always = Produce::accept;
            rig.cluster.request(1).fail(Errors.POLICY_VIOLATION);
            rig.runUntilAllTold();
            assertInstanceOf(EarlierRecordFailedException.class, two.failure, "a part of the first failure");
            assertEquals(1, later.offset(), "was sent after the first failure");
        }
    }

    @Test
    void shouldGiveUpWhatTheFailureOfAnotherPartitionMadeTheApplicationSend() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, 1, 1);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).with("linger.ms", "5").open().warmUp()) {
            rig.cluster.always = Produce::hold;
            final Told one = rig.send(0, "one");
            final Told two = rig.send(1, "two");
            final List<Told> meanwhile = new ArrayList<>();
            one.also = told -> meanwhile.add(rig.send(1, "told of one, not of two"));
            two.also = told -> meanwhile.add(rig.send(0, "told of both"));
            rig.runMs(10);
            rig.cluster.always = Produce::accept;
            rig.cluster.request(0).fail(Errors.POLICY_VIOLATION);
            rig.runUntilAllTold();
            assertEquals(List.of(one, two), rig.told.subList(0, 2));
            assertSame(two.failure, meanwhile.get(0).failure(EarlierRecordFailedException.class).getCause());
            assertEquals(0, meanwhile.get(1).offset());
            assertEquals(List.of(), rig.cluster.log(TOPIC, 1));
        }
    }

    @Test
    void shouldGiveUpThePartsOfASplitBatchBehindTheOneThatFails() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5").warmUp()) {
            rig.cluster.always = request -> {
                if (request.batch().sizeInBytes() > 500) {
                    request.fail(Errors.MESSAGE_TOO_LARGE);
                } else {
                    request.accept();
                }
            };
            final Told before = rig.send("before");
            final Told tooLarge = rig.send("x".repeat(1000));
            final Told behind = rig.send("behind");
            final Told last = rig.send("last");
            rig.runUntilAllTold();
            assertEquals(0, before.offset());
            tooLarge.failure(RecordTooLargeException.class);
            assertSame(tooLarge.failure, behind.failure(EarlierRecordFailedException.class).getCause());
            last.failure(EarlierRecordFailedException.class);
            assertEquals(List.of("before"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldMakeOneCutForFailuresThatAreDecidedTogether() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, -1, 1);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).with("delivery.timeout.ms", 40_000)
                .with("batch.size", 1).open().warmUp()) {
            final Told one = rig.send("one");
            final Told two = rig.send("two");
            final List<Told> again = new ArrayList<>();
            one.also = told -> again.add(rig.send("again"));
            rig.runMs(41_000);
            one.failure(DeliveryTimeoutException.class);
            two.failure(DeliveryTimeoutException.class);
            cluster.topics.get(TOPIC).lead(0, 1);
            rig.runUntilAllTold();
            assertEquals(0, again.get(0).offset());
        }
    }

    @Test
    void shouldMakeNoCutOfItsOwnForAFailureThatWasDecidedBeforeAnEarlierOneWasTold() {
        try (ProducerRig rig = rig(GapPolicy.FAIL_FOLLOWING, 3)) {
            final Told failed = sendAlone(rig, "failed");
            final Told between = sendAlone(rig, "between");
            final Told refused = sendAlone(rig, "refused");
            final List<Told> again = new ArrayList<>();
            between.also = told -> again.add(rig.send("again"));
            rig.cluster.request(0).fail(Errors.NOT_ENOUGH_REPLICAS);
            rig.cluster.request(1).fail(Errors.NOT_ENOUGH_REPLICAS);
            rig.cluster.request(2).fail(Errors.INVALID_RECORD);
            rig.settle();
            assertEquals(0, refused.count, "those before it are to be tried again");
            rig.runMs(1_000);
            rig.cluster.always = Produce::accept;
            rig.cluster.request(3).fail(Errors.POLICY_VIOLATION);
            rig.runUntilAllTold();
            assertEquals(Errors.POLICY_VIOLATION.name(), rig.delivery(failed).errorName());
            assertSame(failed.failure, between.failure(EarlierRecordFailedException.class).getCause());
            assertEquals(Errors.INVALID_RECORD.name(), rig.delivery(refused).errorName());
            assertEquals(1, again.get(0).offset(), "sent after the first failure was told");
            assertEquals(List.of("first", "again"), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldBeTheSafeOneByDefault() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "0", "batch.size", "1").warmUp()) {
            rig.cluster.always = request -> request.fail(Errors.POLICY_VIOLATION);
            final Told failed = rig.send("failed");
            final Told behind = rig.send("behind");
            rig.runUntilAllTold();
            assertSame(failed.failure, behind.failure(EarlierRecordFailedException.class).getCause());
        }
    }

    @Test
    void shouldTellEverythingOnceWhenTheProducerClosesMeanwhile() {
        try (ProducerRig rig = rig(GapPolicy.FAIL_FOLLOWING, 3)) {
            sendAlone(rig, "before");
            sendAlone(rig, "failed");
            rig.cluster.request(0).fail(Errors.NOT_ENOUGH_REPLICAS);
            rig.cluster.request(1).fail(Errors.POLICY_VIOLATION);
            rig.settle();
            rig.send("since");
            assertTrue(rig.producer.close(java.time.Duration.ofMillis(10)).isComplete());
            assertEquals(rig.all, rig.told);
        }
    }
}
