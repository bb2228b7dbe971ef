package io.kp.testkit;

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
import io.kp.client.KpException;
import io.kp.client.RecordMetadata;
import io.kp.metadata.TopicPartition;

/**
 * What a producer promises, checked against what it did: a test tells each record that it sends and each outcome that it hears of, and in the end what is in the logs.
 *
 * <p>Checked: each accepted record ended exactly once, by its deadline; outcomes of a partition were told in the order of sending; an acknowledged record is in the log at the
 * offset that was told; with idempotence every record is there at most once, and all in the order of sending; a record that was reported as not persisted is in no log; no log holds
 * anything that was not sent.
 *
 * <p>Order is that of {@link Sent#accepted}, among the records of one sender; a test in which calls of several senders cannot overlap gives them all the same one. Thread-safe.
 */
public final class Invariants {
    private static final int REPORTED_VIOLATIONS = 20;
    private static final String NOT_ACCEPTED = "not accepted";
    private static final String[][] FAILED = new String[Stage.values().length][Persistence.values().length];

    static {
        for (final Stage stage : Stage.values()) {
            for (final Persistence persistence : Persistence.values()) {
                FAILED[stage.ordinal()][persistence.ordinal()] = "failed, stage " + stage + ", " + persistence;
            }
        }
    }

    /**
     * What is to hold.
     *
     * @param idempotent whether a record may be in a log at most once, and whether logs keep the order of sending
     * @param acknowledgedInOrder whether offsets of acknowledged records grow in the order of sending; without idempotence this takes one request in flight
     * @param failedInOrder whether that order includes failed records that were written nevertheless; not if the producer had to take a new id, as a request under the
     *            old one may come in late
     * @param toldInOrder whether outcomes of a partition are told in the order of sending
     * @param offsets whether acknowledgements tell offsets, which they do not with acks=0
     * @param deliveryNs how long after its acceptance a record ends at the latest, in nanoseconds; some slack included
     */
    public record Promises(boolean idempotent, boolean acknowledgedInOrder, boolean failedInOrder,
            boolean toldInOrder, boolean offsets,
            long deliveryNs) {
    }

    private final Promises promises;
    private final Object lock = new Object();
    private final List<Sent> all = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final Map<TopicPartition, List<List<StoredRecord>>> logs = new HashMap<>();
    private final Set<String> recreated = new HashSet<>();
    private long nextAcceptance;
    private long nextOutcome;
    private long open;
    private int omitted;

    /**
     * Starts without records.
     *
     * @param promises what is to hold
     */
    public Invariants(final Promises promises) {
        this.promises = promises;
    }

    /** One record that is sent, by its number. */
    public final class Sent {
        private final long id;
        private final String topic;
        private final int sender;
        private long acceptance = -1;
        private long acceptedNs;
        private long outcome = -1;
        private long outcomeNs;
        private int partition = -1;
        private long offset = -1;
        private boolean acknowledged;
        private boolean refused;
        private Persistence persistence;
        private Stage stage;

        private Sent(final long id, final String topic, final int sender) {
            this.id = id;
            this.topic = topic;
            this.sender = sender;
        }

        /**
         * The record's number.
         *
         * @return the number, counted from 0
         */
        public long id() {
            return id;
        }

        /**
         * The producer has accepted the record.
         *
         * @param nowNs the time
         */
        public void accepted(final long nowNs) {
            synchronized (lock) {
                acceptance = nextAcceptance++;
                acceptedNs = nowNs;
                if (outcome < 0) {
                    open++;
                }
            }
        }

        /** The producer has thrown, or said that it does not take the record: nothing may be heard of it. */
        public void refused() {
            synchronized (lock) {
                refused = true;
                if (outcome >= 0) {
                    violation("refused, and told an outcome: " + this);
                }
            }
        }

        /**
         * The producer has told how the record ended.
         *
         * @param metadata where it is, or {@code null}
         * @param failure why it is not known to be there, or {@code null}
         * @param nowNs the time
         */
        public void ended(final RecordMetadata metadata, final KpException failure, final long nowNs) {
            synchronized (lock) {
                if (outcome >= 0) {
                    violation("ended twice: " + this);
                    return;
                }
                if (refused) {
                    violation("told an outcome after it was refused: " + this);
                }
                if (metadata == null == (failure == null)) {
                    violation("neither or both of metadata and failure: " + this);
                }
                outcome = nextOutcome++;
                outcomeNs = nowNs;
                if (acceptance >= 0) {
                    open--;
                }
                if (metadata != null) {
                    acknowledged = true;
                    partition = metadata.partition();
                    offset = metadata.offset();
                    if (!metadata.topic().equals(topic)) {
                        violation("acknowledged for another topic: " + this + ", topic=" + metadata.topic());
                    }
                } else if (failure instanceof DeliveryException delivery) {
                    partition = delivery.partition();
                    persistence = delivery.persistence();
                    stage = delivery.stage();
                    if (!delivery.topic().equals(topic)) {
                        violation("failed for another topic: " + this + ", topic=" + delivery.topic());
                    }
                }
            }
        }

        /**
         * Whether an outcome was told.
         *
         * @return true if so
         */
        public boolean isEnded() {
            synchronized (lock) {
                return outcome >= 0;
            }
        }

        private String end() {
            if (refused || acceptance < 0) {
                return NOT_ACCEPTED;
            }
            return outcome < 0
                    ? "open"
                    : acknowledged
                            ? "acknowledged"
                            : stage == null ? "failed" : FAILED[stage.ordinal()][persistence.ordinal()];
        }

        private boolean wasQueued() {
            return acceptance >= 0 && stage != Stage.METADATA && stage != Stage.MEMORY;
        }

        @Override
        public String toString() {
            return "record " + id + " of " + topic + (partition < 0 ? "" : "-" + partition) + ", sender=" + sender
                    + (acceptance < 0 ? ", " + NOT_ACCEPTED : ", accepted=" + acceptance)
                    + (outcome < 0
                            ? ", open"
                            : (acknowledged ? ", acknowledged at " + offset : ", failed " + stage + " " + persistence)
                                    + ", outcome=" + outcome);
        }
    }

    /**
     * A record is about to be sent.
     *
     * @param topic its topic
     * @param sender who sends it; order is checked within one sender
     * @return to be told how it goes on
     */
    public Sent sending(final String topic, final int sender) {
        synchronized (lock) {
            final Sent sent = new Sent(all.size(), topic, sender);
            all.add(sent);
            return sent;
        }
    }

    /**
     * Something is wrong that this class does not see itself.
     *
     * @param what what
     */
    public void violation(final String what) {
        synchronized (lock) {
            if (violations.size() < REPORTED_VIOLATIONS) {
                violations.add(what);
            } else {
                omitted++;
            }
        }
    }

    /**
     * What a log holds. A topic that was created again has several logs for a partition.
     *
     * @param partition the partition
     * @param records its records by ascending offset
     */
    public void log(final TopicPartition partition, final List<StoredRecord> records) {
        synchronized (lock) {
            final List<List<StoredRecord>> found = logs.computeIfAbsent(partition, unused -> new ArrayList<>());
            found.add(records);
            if (found.size() > 1) {
                recreated.add(partition.topic());
            }
        }
    }

    /**
     * The topic was created anew while it was written to, so that its order and the sequence numbers of its producers are lost.
     *
     * @param topic the topic
     */
    public void recreated(final String topic) {
        synchronized (lock) {
            recreated.add(topic);
        }
    }

    /**
     * How many accepted records have no outcome yet.
     *
     * @return the number
     */
    public long open() {
        synchronized (lock) {
            return open;
        }
    }

    /**
     * How many records were accepted.
     *
     * @return the number
     */
    public long accepted() {
        synchronized (lock) {
            return nextAcceptance;
        }
    }

    /**
     * How many records were acknowledged.
     *
     * @return the number
     */
    public long acknowledged() {
        synchronized (lock) {
            return all.stream().filter(sent -> sent.acknowledged).count();
        }
    }

    /**
     * How many records came to which end: acknowledged, failed at which stage and with which persistence, not accepted, open.
     *
     * @return the numbers by the name of the end
     */
    public Map<String, Integer> outcomes() {
        synchronized (lock) {
            final Map<String, Integer> counts = new TreeMap<>();
            for (final Sent sent : all) {
                counts.merge(sent.end(), 1, Integer::sum);
            }
            return counts;
        }
    }

    /**
     * Complains about records that were accepted before a moment and have not ended, as after a flush.
     *
     * @param acceptance the number of accepted records at that moment
     * @param when what has happened since then
     */
    public void endedBefore(final long acceptance, final String when) {
        synchronized (lock) {
            for (final Sent sent : all) {
                if (sent.acceptance >= 0 && sent.acceptance < acceptance && sent.outcome < 0) {
                    violation("open after " + when + ": " + sent);
                }
            }
        }
    }

    /**
     * Checks everything, when nothing happens any more and all logs were given.
     *
     * @return what is wrong, one line for each, empty if all is well
     */
    public List<String> check() {
        synchronized (lock) {
            for (final Sent sent : all) {
                if (sent.acceptance >= 0 && sent.outcome < 0) {
                    violation("never ended: " + sent);
                } else if (sent.acceptance >= 0 && sent.outcomeNs - sent.acceptedNs > promises.deliveryNs) {
                    violation("ended late: " + sent + ", afterNs=" + (sent.outcomeNs - sent.acceptedNs) + ", limitNs="
                            + promises.deliveryNs);
                }
            }
            checkOrderOfOutcomes();
            checkLogs();
            final List<String> found = new ArrayList<>(violations);
            if (omitted > 0) {
                found.add("and " + omitted + " more");
            }
            return found;
        }
    }

    private Map<String, List<Sent>> byPartitionAndSender() {
        final Map<String, List<Sent>> groups = new TreeMap<>();
        for (final Sent sent : all) {
            if (sent.wasQueued() && sent.outcome >= 0 && sent.partition >= 0 && !recreated.contains(sent.topic)) {
                groups.computeIfAbsent(sent.topic + '-' + sent.partition + '/' + sent.sender,
                        unused -> new ArrayList<>()).add(sent);
            }
        }
        groups.values().forEach(group -> group.sort(Comparator.comparingLong(sent -> sent.acceptance)));
        return groups;
    }

    private void checkOrderOfOutcomes() {
        for (final List<Sent> group : byPartitionAndSender().values()) {
            Sent before = null;
            Sent acknowledgedBefore = null;
            for (final Sent sent : group) {
                if (promises.toldInOrder && before != null && sent.outcome < before.outcome) {
                    violation("outcomes out of order: " + before + "; " + sent);
                }
                before = sent;
                if (promises.acknowledgedInOrder && promises.offsets && sent.acknowledged) {
                    if (acknowledgedBefore != null && sent.offset <= acknowledgedBefore.offset) {
                        violation("acknowledged out of order: " + acknowledgedBefore + "; " + sent);
                    }
                    acknowledgedBefore = sent;
                }
            }
        }
    }

    private void checkLogs() {
        final Set<Long> found = new HashSet<>();
        final Set<Place> places = new HashSet<>();
        for (final Map.Entry<TopicPartition, List<List<StoredRecord>>> entry : logs.entrySet()) {
            for (final List<StoredRecord> log : entry.getValue()) {
                checkLog(entry.getKey(), log, found, places);
            }
        }
        for (final Sent sent : all) {
            if (sent.acknowledged && promises.offsets
                    && !places.contains(new Place(sent.id, sent.partition, sent.offset))) {
                violation(
                        "acknowledged and not at this offset: " + sent + (found.contains(sent.id) ? "" : ", nowhere"));
            } else if (sent.acknowledged && promises.offsets && sent.offset < 0) {
                violation("acknowledged without an offset: " + sent);
            }
            if (found.contains(sent.id) && !sent.acknowledged) {
                if (sent.acceptance < 0) {
                    violation("not accepted and in a log: " + sent);
                } else if (sent.outcome >= 0 && sent.persistence == Persistence.NOT_PERSISTED) {
                    violation("reported as not persisted and in a log: " + sent);
                }
            }
        }
    }

    private void checkLog(final TopicPartition partition, final List<StoredRecord> log, final Set<Long> found,
            final Set<Place> places) {
        final Set<Long> here = new HashSet<>();
        final Map<Integer, Sent> last = new HashMap<>();
        for (final StoredRecord record : log) {
            final long id = SimPayload.idOf(record.value(), partition.topic());
            if (id < 0 || id >= all.size() || !all.get((int) id).topic.equals(partition.topic())) {
                violation("log holds what was not sent: " + partition + ", offset=" + record.offset());
                continue;
            }
            final Sent sent = all.get((int) id);
            found.add(id);
            places.add(new Place(id, partition.partition(), record.offset()));
            if (sent.partition >= 0 && sent.partition != partition.partition()) {
                violation("in another partition than was told: " + sent + ", log=" + partition);
            }
            if (!promises.idempotent) {
                continue;
            }
            if (!here.add(id)) {
                if (recreated.contains(partition.topic())) {
                    // A partition that forgot its producers takes what follows a refused batch, which may then come again under another epoch.
                    continue;
                }
                violation("in the log twice: " + sent + ", offset=" + record.offset());
            } else if (!recreated.contains(partition.topic()) && (sent.acknowledged || promises.failedInOrder)) {
                final Sent before = last.put(sent.sender, sent);
                if (before != null && before.acceptance > sent.acceptance) {
                    violation("log out of order: " + before + "; " + sent + ", offset=" + record.offset());
                }
            }
        }
    }

    /** Where a record is; its topic is known by its number. */
    private record Place(long id, int partition, long offset) {
    }
}
