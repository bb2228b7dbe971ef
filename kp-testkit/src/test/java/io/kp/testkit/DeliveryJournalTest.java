package io.kp.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;

import io.kp.client.RecordMetadata;
import io.kp.testkit.DeliveryJournal.Promises;
import io.kp.testkit.DeliveryJournal.Reading;
import io.kp.testkit.DeliveryJournal.Scope;
import io.kp.testkit.DeliveryJournal.Violation;

/** Two senders, two partitions; each test tells one lie, and the journal has to find this and nothing else. */
class DeliveryJournalTest {
    private static final int RECORDS = 70_000;
    private static final int NEXT_CHUNK = 65_536;

    private final DeliveryJournal journal = new DeliveryJournal(2, 2, Promises.IDEMPOTENT);

    /** Sender 0 in partition 0, sender 1 in partition 1, the record's number for an offset. */
    private void sendAll(final int except) {
        for (int sender = 0; sender < 2; sender++) {
            for (int i = 0; i < RECORDS; i++) {
                assertEquals(i, journal.sending(sender));
                if (i != except) {
                    journal.acknowledged(sender, i, sender, i);
                }
            }
        }
    }

    private Map<Violation, Long> read(final Scope scope, final Consumer<Reading> more, final int... except) {
        final Reading reading = journal.reading(scope);
        for (int sender = 0; sender < 2; sender++) {
            for (int i = 0; i < RECORDS; i++) {
                if (sender != 0 || !contains(except, i)) {
                    reading.found(sender, i, sender, i);
                }
            }
        }
        more.accept(reading);
        reading.finish();
        journal.checkOutcomes(scope.from());
        return journal.violations();
    }

    private static boolean contains(final int[] numbers, final int wanted) {
        for (final int number : numbers) {
            if (number == wanted) {
                return true;
            }
        }
        return false;
    }

    private static void nothing(final Reading reading) {
    }

    @Test
    void shouldFindNothingWrongWithWhatIsRight() {
        sendAll(-1);
        assertEquals(Map.of(), read(Scope.ALL, DeliveryJournalTest::nothing));
        assertEquals(List.of(), journal.firstViolations());
        assertEquals(new DeliveryJournal.Totals(2 * RECORDS, 2 * RECORDS, 0, 0, 0, 0), journal.totals());
    }

    @Test
    void shouldFindADuplicate() {
        sendAll(-1);
        assertEquals(Map.of(Violation.TWICE, 1L),
                read(Scope.ALL, reading -> reading.found(0, RECORDS, 0, NEXT_CHUNK + 1)));
        assertEquals(List.of("there more than once: record 65537 of sender 0, partition 0, offset 70000"),
                journal.firstViolations());
    }

    @Test
    void shouldFindADuplicateInAnotherPartition() {
        sendAll(-1);
        assertEquals(Map.of(Violation.TWICE, 1L), read(Scope.ALL, reading -> reading.found(1, RECORDS, 0, 7)));
    }

    @Test
    void shouldFindASwap() {
        for (int i = 0; i < RECORDS; i++) {
            journal.sending(0);
            journal.sending(1);
            journal.acknowledged(1, i, 1, i);
            // Also the acknowledgements believe it, told in the order of sending.
            journal.acknowledged(0, i, 0, i == NEXT_CHUNK - 1 ? NEXT_CHUNK : i == NEXT_CHUNK ? NEXT_CHUNK - 1 : i);
        }
        final Reading reading = journal.reading(Scope.ALL);
        for (int i = 0; i < RECORDS; i++) {
            reading.found(0, i, 0, i == NEXT_CHUNK - 1 ? NEXT_CHUNK : i == NEXT_CHUNK ? NEXT_CHUNK - 1 : i);
            reading.found(1, i, 1, i);
        }
        reading.finish();
        journal.checkOutcomes(null);
        // By the offsets that were told, and by the log.
        assertEquals(Map.of(Violation.OUT_OF_ORDER, 2L), journal.violations());
    }

    @Test
    void shouldFindALoss() {
        sendAll(-1);
        assertEquals(Map.of(Violation.LOST, 2L),
                read(Scope.ALL, DeliveryJournalTest::nothing, NEXT_CHUNK, RECORDS - 1));
        assertEquals("acknowledged, but not there: record 65536 of sender 0, acknowledged at partition 0, offset 65536",
                journal.firstViolations().get(0));
    }

    @Test
    void shouldFindANotPersistedRecordThatIsThere() {
        sendAll(11);
        journal.failed(0, 11, 0, false, false);
        journal.failed(1, 11, 1, false, true);
        assertEquals(Map.of(Violation.PERSISTED, 1L), read(Scope.ALL, DeliveryJournalTest::nothing));
    }

    @Test
    void shouldAllowAPossiblyPersistedRecordOnceOrNotAtAll() {
        sendAll(11);
        journal.failed(0, 11, 0, false, true);
        journal.failed(1, 11, 1, false, true);
        assertEquals(Map.of(), read(Scope.ALL, DeliveryJournalTest::nothing, 11));
        assertEquals(Map.of(Violation.TWICE, 1L),
                read(Scope.ALL, reading -> reading.found(1, RECORDS, 1, 11), 11));
    }

    @Test
    void shouldFindARefusedRecordThatIsThere() {
        sendAll(11);
        journal.refused(0, 11);
        journal.failed(1, 11, 1, false, true);
        assertEquals(Map.of(Violation.REFUSED, 1L), read(Scope.ALL, DeliveryJournalTest::nothing));
    }

    @Test
    void shouldFindARecordAtAnotherPlaceThanWasAcknowledged() {
        sendAll(5);
        journal.acknowledged(0, 5, 1, 5);
        journal.acknowledged(1, 5, 1, 6);
        final Map<Violation, Long> found = read(Scope.ALL, DeliveryJournalTest::nothing);
        assertEquals(2L, found.get(Violation.ELSEWHERE));
    }

    @Test
    void shouldFindWhatNobodySent() {
        sendAll(-1);
        assertEquals(Map.of(Violation.FOREIGN, 3L), read(Scope.ALL, reading -> {
            reading.found(0, RECORDS, 0, RECORDS);
            reading.found(0, RECORDS + 1, 2, 0);
            reading.foreign(0, RECORDS + 2);
        }));
    }

    @Test
    void shouldFindRecordsWithoutAnOutcomeAndWithTwo() {
        sendAll(3);
        journal.acknowledged(0, 4, 0, 4);
        journal.failed(0, 6, 0, true, false);
        assertEquals(Map.of(Violation.OPEN, 2L, Violation.ENDED_TWICE, 2L),
                read(Scope.ALL, DeliveryJournalTest::nothing));
    }

    @Test
    void shouldFindOutcomesOutOfOrder() {
        sendAll(3);
        journal.acknowledged(0, 3, 0, 3);
        journal.failed(1, 3, 1, true, true);
        assertEquals(Map.of(Violation.TOLD_OUT_OF_ORDER, 2L), read(Scope.ALL, DeliveryJournalTest::nothing));
    }

    @Test
    void shouldCheckOnlyWhatWasSentAfterTheTopicWasReplaced() {
        sendAll(-1);
        final BitSet[] gone = {new BitSet(), new BitSet()};
        gone[0].set(2);
        final Scope scope = new Scope(null, new long[]{100, 0}, gone);
        assertEquals(Map.of(), read(scope, reading -> reading.found(0, RECORDS, 0, 98), 2, 50, 99));
        assertEquals(Map.of(Violation.LOST, 1L, Violation.TWICE, 1L),
                read(scope, reading -> reading.found(0, RECORDS, 0, 101), 2, 50, 100));
    }

    @Test
    void shouldFindARecordOfADeletedTopicInTheNewOne() {
        sendAll(-1);
        final BitSet[] gone = {new BitSet(), new BitSet()};
        gone[0].set(2);
        assertEquals(Map.of(Violation.REPEATED, 1L),
                read(new Scope(null, new long[]{100, 0}, gone), DeliveryJournalTest::nothing));
    }

    @Test
    void shouldExpectOnlyWhatWasAcknowledgedWhenTheReadingBegan() {
        sendAll(5);
        final Scope scope = new Scope(journal.acknowledgedNow(), null, null);
        journal.acknowledged(0, 5, 0, 5);
        final Reading reading = journal.reading(scope);
        for (int i = 0; i < RECORDS; i++) {
            if (i != 5) {
                reading.found(0, i, 0, i);
                reading.found(1, i, 1, i);
            }
        }
        journal.sending(0);
        reading.found(0, RECORDS, 0, RECORDS);
        reading.finish();
        assertEquals(Map.of(), journal.violations());
    }

    @Test
    void shouldKeepTheOrderOfAcceptanceWhereItIsSaid() {
        for (int i = 0; i < 3; i++) {
            journal.sending(0);
        }
        for (final int sequence : new int[]{0, 2, 1}) {
            journal.accepted(0, sequence);
            journal.acknowledged(0, sequence, 0, sequence == 0 ? 0 : 3 - sequence);
        }
        final Reading reading = journal.reading(Scope.ALL);
        reading.found(0, 0, 0, 0);
        reading.found(0, 1, 0, 2);
        reading.found(0, 2, 0, 1);
        reading.finish();
        journal.checkOutcomes(null);
        assertEquals(Map.of(), journal.violations());
    }

    @Test
    void shouldFindAFailedRecordThatIsOutOfOrderOnlyIfThatWasPromised() {
        for (final boolean promised : new boolean[]{false, true}) {
            final DeliveryJournal strict = new DeliveryJournal(1, 1, new Promises(true, true, true, promised, true));
            strict.sending(0);
            strict.sending(0);
            strict.failed(0, 0, 0, true, true);
            strict.acknowledged(0, 1, 0, 0);
            final Reading reading = strict.reading(Scope.ALL);
            reading.found(0, 0, 0, 1);
            reading.found(0, 1, 0, 0);
            reading.finish();
            assertEquals(promised ? Map.of(Violation.OUT_OF_ORDER, 1L) : Map.of(), strict.violations());
        }
    }

    @Test
    void shouldAllowRepetitionsWithoutIdempotenceAndWhereATopicWasReplaced() {
        final DeliveryJournal loose = new DeliveryJournal(1, 1, new Promises(true, false, false, false, true));
        journal.replaced(0);
        for (final DeliveryJournal either : List.of(loose, journal)) {
            either.sending(0);
            either.acknowledged(0, 0, 0, 1);
            final Reading reading = either.reading(Scope.ALL);
            reading.found(0, 0, 0, 0);
            reading.found(0, 1, 0, 0);
            reading.finish();
            assertEquals(Map.of(), either.violations());
        }
    }

    @Test
    void shouldNotMissWhatWasAcknowledgedWithoutOffsets() {
        final DeliveryJournal unsure = new DeliveryJournal(1, 1, new Promises(false, false, false, false, true));
        unsure.sending(0);
        unsure.ended(0, 0, new RecordMetadata("topic", 0, -1, -1, 1, 1), null);
        unsure.reading(Scope.ALL).finish();
        assertEquals(Map.of(), unsure.violations());
        journal.sending(0);
        journal.ended(0, 0, new RecordMetadata("topic", 0, -1, -1, 1, 1), null);
        journal.reading(Scope.ALL).finish();
        assertEquals(Map.of(Violation.NONSENSE, 1L, Violation.LOST, 1L), journal.violations());
    }
}
