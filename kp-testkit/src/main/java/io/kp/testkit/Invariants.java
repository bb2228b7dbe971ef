package io.kp.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.DeliveryTimeoutException;
import io.kp.client.EarlierRecordFailedException;
import io.kp.client.KpException;
import io.kp.client.RecordMetadata;
import io.kp.metadata.TopicPartition;
import io.kp.testkit.DeliveryJournal.Reading;
import io.kp.testkit.DeliveryJournal.Scope;

/**
 * What a simulated producer promises, checked against what it did. What became of the records is the matter of a {@link DeliveryJournal}, the same one that tests against real
 * brokers use; here are the deadlines, what flush and close promise, and what else the simulation sees.
 *
 * <p>Checked here too: an order without gaps, if that is promised. No record is in a log behind a missing one, that is one which was accepted before it and has failed, unless it was accepted
 * after that failure was told. What was accepted before a failure is told may fail with it, or for a reason of its own, and is then a part of it.
 *
 * <p>Calls of simulated threads cannot overlap: so all are one sender of the journal, and order is that of {@link Sent#accepted}. A record's number is the same here, in the
 * journal and in the trace.
 */
final class Invariants {
    private static final int REPORTED_VIOLATIONS = 20;
    private static final int SENDER = 0;
    private static final int MAX_TOPICS = 4;
    private static final int MAX_PARTITIONS = 8;
    private static final String NOT_ACCEPTED = "not accepted";
    /** In the message of the failure of a record that has not kept its own deadline. */
    private static final String OWN_DEADLINE = "the record's own deadline is over";
    private static final String[][] FAILED = new String[Stage.values().length][Persistence.values().length];

    static {
        for (final Stage stage : Stage.values()) {
            for (final Persistence persistence : Persistence.values()) {
                FAILED[stage.ordinal()][persistence.ordinal()] = "failed, stage " + stage + ", " + persistence;
            }
        }
    }

    private record Log(int partition, List<StoredRecord> records) {
    }

    private final boolean gapless;
    private final long gapSlackNs;
    private final long deliveryNs;
    private final DeliveryJournal journal;
    // Partitions of all topics are numbered through, those of a topic in a row.
    private final Map<String, Integer> topics = new HashMap<>();
    private final List<String> topicNames = new ArrayList<>();
    private final List<Sent> all = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final List<Log> logs = new ArrayList<>();
    private final Set<String> recreated = new HashSet<>();
    private long accepted;
    private long outcomes;
    private long acknowledged;
    private int omitted;

    /**
     * @param promises what is to hold
     * @param gapless whether the order of a partition has no gaps
     * @param gapSlackNs how long before a failure is told it may have been decided; what is accepted in between may be delivered
     * @param deliveryNs how long after its acceptance a record ends at the latest; some slack included
     */
    Invariants(final DeliveryJournal.Promises promises, final boolean gapless, final long gapSlackNs,
            final long deliveryNs) {
        this.gapless = gapless;
        this.gapSlackNs = gapSlackNs;
        this.deliveryNs = deliveryNs;
        this.journal = new DeliveryJournal(1, MAX_TOPICS * MAX_PARTITIONS, promises,
                number -> topicNames.get(number / MAX_PARTITIONS) + '-' + number % MAX_PARTITIONS);
    }

    private int number(final String topic, final int partition) {
        final int index = topics.computeIfAbsent(topic, unused -> {
            topicNames.add(topic);
            return topicNames.size() - 1;
        });
        if (index >= MAX_TOPICS || partition < 0 || partition >= MAX_PARTITIONS) {
            throw new IllegalArgumentException("topic or partition out of range: topic=" + index + ", topics="
                    + MAX_TOPICS + ", partition=" + partition + ", partitions=" + MAX_PARTITIONS);
        }
        return index * MAX_PARTITIONS + partition;
    }

    /** One record that is sent. */
    final class Sent {
        private final long id;
        private final String topic;
        private long acceptance = -1;
        private long acceptedNs;
        /** Outcomes that were told before. */
        private long acceptedAfter;
        private long outcome = -1;
        private int partition = -1;
        private boolean queued;
        private boolean delivered;
        private boolean follows;
        private boolean alone;
        private long timeoutNs;
        private long endedNs;
        private boolean ended;
        private String end = NOT_ACCEPTED;

        private Sent(final long id, final String topic) {
            this.id = id;
            this.topic = topic;
        }

        /** The record's number, counted from 0. */
        long id() {
            return id;
        }

        /** The producer has accepted the record. */
        void accepted(final long nowNs) {
            acceptance = accepted++;
            acceptedAfter = outcomes;
            acceptedNs = nowNs;
            journal.accepted(SENDER, id);
        }

        /** The record has a deadline of its own, so much after its acceptance, some slack included. If that is what it fails by it makes no gap. */
        void within(final long ns) {
            timeoutNs = ns;
        }

        /** The producer has thrown, or said that it does not take the record: nothing may be heard of it. */
        void refused() {
            journal.refused(SENDER, id);
        }

        /**
         * The producer has told how the record ended.
         *
         * @param metadata where it is, or {@code null}
         * @param failure why it is not known to be there, or {@code null}
         */
        void ended(final RecordMetadata metadata, final KpException failure, final long nowNs) {
            if (!ended) {
                ended = true;
                endedNs = nowNs;
                outcome = outcomes++;
                delivered = metadata != null;
                follows = failure instanceof EarlierRecordFailedException;
                alone = failure instanceof DeliveryTimeoutException && failure.getMessage().contains(OWN_DEADLINE);
            }
            if (metadata == null == (failure == null)) {
                violation("neither or both of metadata and failure: " + this);
            }
            if (metadata != null) {
                end = "acknowledged";
                acknowledged++;
                partition = metadata.partition();
                queued = true;
                checkTopic(metadata.topic());
                if (journal.promises().offsets() && metadata.offset() < 0) {
                    violation("acknowledged without an offset: " + this);
                }
                journal.acknowledged(SENDER, id, number(metadata.topic(), metadata.partition()), metadata.offset());
            } else if (failure instanceof DeliveryException delivery) {
                end = FAILED[delivery.stage().ordinal()][delivery.persistence().ordinal()];
                partition = delivery.partition();
                queued = delivery.stage() != Stage.METADATA && delivery.stage() != Stage.MEMORY;
                checkTopic(delivery.topic());
                journal.failed(SENDER, id,
                        delivery.partition() < 0 ? -1 : number(delivery.topic(), delivery.partition()),
                        queued,
                        delivery.persistence() == Persistence.POSSIBLY_PERSISTED);
            } else {
                end = "failed";
                journal.failed(SENDER, id, -1, false, false);
            }
        }

        private void checkTopic(final String told) {
            if (!told.equals(topic)) {
                violation("ended for another topic: " + this + ", topic=" + told);
            }
        }

        @Override
        public String toString() {
            return "record " + id + " of " + topic + (acceptance < 0 ? "" : ", accepted=" + acceptance) + ", "
                    + (acceptance >= 0 && !ended ? "open" : end);
        }
    }

    /**
     * A record is about to be sent.
     *
     * @return to be told how it goes on
     */
    Sent sending(final String topic) {
        final Sent sent = new Sent(journal.sending(SENDER), topic);
        all.add(sent);
        return sent;
    }

    /** Something is wrong that this class does not see itself. */
    void violation(final String what) {
        if (violations.size() < REPORTED_VIOLATIONS) {
            violations.add(what);
        } else {
            omitted++;
        }
    }

    /**
     * What a log holds. A topic that was created again has several logs for a partition.
     *
     * @param records its records by ascending offset
     */
    void log(final TopicPartition partition, final List<StoredRecord> records) {
        logs.add(new Log(number(partition.topic(), partition.partition()), records));
    }

    /** The topic was created anew while it was written to, so that its order and what it knew of its producers are lost. */
    void recreated(final String topic) {
        recreated.add(topic);
        for (int partition = 0; partition < MAX_PARTITIONS; partition++) {
            journal.replaced(number(topic, partition));
        }
    }

    /** How many accepted records have no outcome yet. */
    long open() {
        long open = 0;
        for (final Sent sent : all) {
            open += sent.acceptance >= 0 && !sent.ended ? 1 : 0;
        }
        return open;
    }

    /** How many records were accepted. */
    long accepted() {
        return accepted;
    }

    /** How many records were acknowledged. */
    long acknowledged() {
        return acknowledged;
    }

    /** How many records came to which end: acknowledged, failed at which stage and with which persistence, not accepted, open. */
    Map<String, Integer> outcomes() {
        final Map<String, Integer> counts = new TreeMap<>();
        for (final Sent sent : all) {
            counts.merge(sent.acceptance >= 0 && !sent.ended ? "open" : sent.acceptance < 0 ? NOT_ACCEPTED : sent.end,
                    1, Integer::sum);
        }
        return counts;
    }

    /**
     * Complains about records that were accepted before a moment and have not ended, as after a flush.
     *
     * @param acceptance the number of accepted records at that moment
     * @param when what has happened since then
     */
    void endedBefore(final long acceptance, final String when) {
        for (final Sent sent : all) {
            if (sent.acceptance >= 0 && sent.acceptance < acceptance && !sent.ended) {
                violation("open after " + when + ": " + sent);
            }
        }
    }

    /**
     * Checks everything, when nothing happens any more and all logs were given.
     *
     * @return what is wrong, one line for each, empty if all is well
     */
    List<String> check() {
        for (final Sent sent : all) {
            if (sent.ended && sent.acceptance >= 0 && sent.timeoutNs > 0
                    && sent.endedNs - sent.acceptedNs > sent.timeoutNs) {
                violation("ended after its own deadline: " + sent + ", afterNs=" + (sent.endedNs - sent.acceptedNs)
                        + ", limitNs=" + sent.timeoutNs);
            }
            if (sent.ended && sent.acceptance >= 0 && sent.endedNs - sent.acceptedNs > deliveryNs) {
                violation("ended late: " + sent + ", afterNs=" + (sent.endedNs - sent.acceptedNs) + ", limitNs="
                        + deliveryNs);
            }
        }
        journal.checkOutcomes(null);
        final Reading reading = journal.reading(Scope.ALL);
        final Set<Long> found = new HashSet<>();
        for (final Log log : logs) {
            final String topic = topicNames.get(log.partition / MAX_PARTITIONS);
            for (final StoredRecord record : log.records) {
                final long id = SimPayload.idOf(record.value(), topic);
                if (id < 0 || id >= all.size() || !all.get((int) id).topic.equals(topic)) {
                    reading.foreign(log.partition, record.offset());
                } else {
                    reading.found(log.partition, record.offset(), SENDER, id);
                    found.add(id);
                }
            }
        }
        reading.finish();
        if (gapless) {
            checkGaps(found);
        }
        final List<String> said = new ArrayList<>(violations);
        if (omitted > 0) {
            said.add("and " + omitted + " more");
        }
        said.addAll(journal.firstViolations());
        if (!journal.violations().isEmpty()) {
            said.add("violations by kind: " + journal.violations());
        }
        return said;
    }

    private void checkGaps(final Set<Long> found) {
        final Map<Integer, List<Sent>> byPartition = new TreeMap<>();
        for (final Sent sent : all) {
            if (sent.acceptance >= 0 && sent.queued && sent.partition >= 0
                    && !recreated.contains(sent.topic)) {
                byPartition.computeIfAbsent(number(sent.topic, sent.partition), unused -> new ArrayList<>()).add(sent);
            }
        }
        for (final List<Sent> group : byPartition.values()) {
            group.sort(Comparator.comparingLong(sent -> sent.acceptance));
            final ArrayDeque<Sent> causes = new ArrayDeque<>();
            Sent missing = null;
            Sent cut = null;
            for (final Sent sent : group) {
                if (found.contains(sent.id) && missing != null && sent.acceptedAfter <= cut.outcome
                        && (gapSlackNs == 0 || cut.endedNs - sent.acceptedNs > gapSlackNs)) {
                    violation("a gap in the order: " + missing + "; " + sent + "; first failure: " + cut);
                }
                if (sent.delivered || sent.alone) {
                    continue;
                }
                // A failure is a part of the first one that was told after its record had been accepted, for a reason of its own too, if that was decided before; that one may
                // be in the log nevertheless. The failure of a batch whose records have all ended alone is not told: then those that follow it tell of the cut, but not when
                // it was made, so that nothing can be said about what is behind it.
                while (!causes.isEmpty() && causes.peekFirst().outcome < sent.acceptedAfter) {
                    causes.removeFirst();
                }
                if (causes.isEmpty() || !sent.follows) {
                    causes.addLast(sent);
                }
                final Sent cause = causes.peekFirst();
                if (!cause.follows && !found.contains(sent.id)) {
                    missing = sent;
                    cut = cause;
                }
            }
        }
    }
}
