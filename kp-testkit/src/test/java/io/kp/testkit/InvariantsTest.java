package io.kp.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.kp.client.BrokerException;
import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.EarlierRecordFailedException;
import io.kp.client.KpException;
import io.kp.client.RecordMetadata;
import io.kp.metadata.TopicPartition;
import io.kp.testkit.DeliveryJournal.Promises;
import io.kp.testkit.Invariants.Sent;

/** What counts as a gap in the order, and what does not. */
class InvariantsTest {
    private static final String TOPIC = "topic";

    private final Invariants invariants = new Invariants(Promises.IDEMPOTENT, true, 0, Long.MAX_VALUE);
    private final List<StoredRecord> log = new ArrayList<>();
    private long nowNs;

    private Sent send() {
        final Sent sent = invariants.sending(TOPIC);
        sent.accepted(++nowNs);
        return sent;
    }

    private void refuse(final Sent sent) {
        sent.ended(null, failure(Stage.BROKER).build(BrokerException::new), ++nowNs);
    }

    private void giveUp(final Sent sent) {
        sent.ended(null, failure(Stage.QUEUED).build(EarlierRecordFailedException::new), ++nowNs);
    }

    private static DeliveryException.Builder failure(final Stage stage) {
        return DeliveryException.builder(stage, TOPIC, 0).category(KpException.Category.RETRY_LATER);
    }

    private void deliver(final Sent sent) {
        sent.ended(new RecordMetadata(TOPIC, 0, log.size(), 0, 0, 0), null, ++nowNs);
        log.add(new StoredRecord(log.size(), 0, null, SimPayload.of(sent.id(), TOPIC, SimPayload.MIN_BYTES), List.of(),
                log.size()));
    }

    private List<String> check() {
        invariants.log(new TopicPartition(TOPIC, 0), log);
        return invariants.check();
    }

    private void assertGap() {
        final List<String> said = check();
        assertEquals(1, said.size(), said.toString());
        assertTrue(said.get(0).startsWith("a gap in the order"), said.toString());
    }

    @Test
    void shouldFindWhatWasAcceptedBehindAFailureBeforeThatWasTold() {
        final Sent failed = send();
        final Sent behind = send();
        refuse(failed);
        deliver(behind);
        assertGap();
    }

    @Test
    void shouldTakeAFailureThatWasDecidedBeforeAnEarlierOneWasToldForAPartOfThat() {
        final Sent failed = send();
        final Sent inFlight = send();
        final Sent refused = send();
        final Sent queued = send();
        refuse(failed);
        final Sent since = send();
        giveUp(inFlight);
        refuse(refused);
        giveUp(queued);
        deliver(since);
        assertEquals(List.of(), check());
    }

    @Test
    void shouldTakeItForAPartOfACutOfWhichOnlyTheFollowersTell() {
        final Sent follower = send();
        final Sent refused = send();
        giveUp(follower);
        final Sent since = send();
        refuse(refused);
        deliver(since);
        assertEquals(List.of(), check());
    }

    @Test
    void shouldTakeAFailureOfWhatWasSentSinceForAnotherOne() {
        final Sent failed = send();
        final Sent inFlight = send();
        refuse(failed);
        final Sent since = send();
        final Sent behind = send();
        giveUp(inFlight);
        refuse(since);
        deliver(behind);
        assertGap();
    }
}
