package io.kp.testkit;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.KpException;
import io.kp.client.RecordMetadata;

/**
 * What a producer said of each record of one topic, held against what is in the topic. Made for tests against real brokers with millions of records as well as for the simulator:
 * a record takes 20 bytes while it is sent and one more while the topic is read back.
 *
 * <p>Use: {@link #sending} before each record, its number goes into the record; {@link #ended} from the callback, or {@link #refused} if {@code send} has thrown; when all is over
 * {@link #checkOutcomes}, and for the topic {@link #reading}, {@link Reading#found} for each record in it and {@link Reading#finish}; then {@link #violations}.
 *
 * <p>Order is kept within one sender. A sender is numbered from 0 and numbers its records from 0; normally it is one thread, and the order of its records is that of their
 * numbers. Where several threads share a sender and their calls cannot overlap, {@link #accepted} says which record came first.
 *
 * <p>A sender's {@link #sending}, {@link #accepted} and {@link #refused} belong to its thread; outcomes may be told by any thread, those of one record only once. The rest is for
 * one thread, when nothing is told any more or with a {@link Scope} that takes in only what was told before.
 */
public final class DeliveryJournal {
    /** What can be wrong. */
    public enum Violation {
        /** Acknowledged and not in the topic. */
        LOST("acknowledged, but not there"),
        /** In the topic more than once. */
        TWICE("there more than once"),
        /** In the topic before a record that its sender sent earlier to the same partition, or acknowledged at a lower offset. */
        OUT_OF_ORDER("before a record that was sent earlier"),
        /** Not where the outcome said. */
        ELSEWHERE("not at the partition and offset that were told"),
        /** Reported as not persisted, and in the topic. */
        PERSISTED("reported as not persisted, but there"),
        /** Refused by {@code send}, and in the topic or told an outcome. */
        REFUSED("refused, but there or told an outcome"),
        /** In the topic, and never sent. */
        FOREIGN("there, but never sent like this"),
        /** Acknowledged in a topic that was deleted, and in the one that replaced it. */
        REPEATED("acknowledged before the topic was deleted, but there again"),
        /** Without an outcome. */
        OPEN("without an outcome"),
        /** With two outcomes. */
        ENDED_TWICE("with two outcomes"),
        /** Its outcome was told after that of a later record. */
        TOLD_OUT_OF_ORDER("told after the outcome of a later record"),
        /** An outcome that contradicts itself or the record. */
        NONSENSE("with an outcome that cannot be"),
        /** Failed, where nothing needed to. For the test to say. */
        FAILED("failed, though the outage was shorter than delivery.timeout.ms"),
        /** A partition that no record has reached. For the test to say. */
        UNUSED("a partition without a record"),
        /** No acknowledgements any more. For the test to say. */
        STALLED("no progress");

        private final String words;

        Violation(final String words) {
            this.words = words;
        }

        /**
         * What it means.
         *
         * @return the predicate of a sentence about a record
         */
        public String words() {
            return words;
        }
    }

    /**
     * What is to hold besides the rest, which depends on the producer's configuration.
     *
     * @param offsets whether acknowledgements tell where a record is, and mean that it is there; not with acks=0
     * @param once whether a record may be in the topic only once, and whether the topic keeps the order of sending; with idempotence
     * @param acknowledgedInOrder whether offsets of acknowledged records grow in the order of sending; without idempotence this takes one request in flight
     * @param failedInOrder whether order includes failed records that were written nevertheless; not if the producer has to take a new id, as a request under the old one may
     *            come in late
     * @param toldInOrder whether outcomes of a partition are told in the order of sending
     */
    public record Promises(boolean offsets, boolean once, boolean acknowledgedInOrder, boolean failedInOrder,
            boolean toldInOrder) {
        /** An idempotent producer with acks=all, among real brokers. */
        public static final Promises IDEMPOTENT = new Promises(true, true, true, false, true);
    }

    /**
     * Which records a reading has to find. The bits and numbers are by sender.
     *
     * @param acknowledged the records that count as acknowledged; {@code null} for all that are
     * @param from the first record of each sender that has to be there, in order and not twice; {@code null} for the first of all
     * @param gone records that must not be there; {@code null} for none
     */
    public record Scope(BitSet[] acknowledged, long[] from, BitSet[] gone) {
        /** All records. */
        public static final Scope ALL = new Scope(null, null, null);

        private boolean reaches(final int sender, final long sequence) {
            return from == null || sequence >= from[sender];
        }

        private boolean includes(final int sender, final long sequence) {
            return reaches(sender, sequence) && (acknowledged == null || acknowledged[sender].get((int) sequence));
        }
    }

    /**
     * How many records ended in which way.
     *
     * @param sent all
     * @param acknowledged in the log
     * @param notPersisted not in the log
     * @param possiblyPersisted perhaps in the log
     * @param refused never accepted
     * @param open without an outcome
     */
    public record Totals(long sent, long acknowledged, long notPersisted, long possiblyPersisted, long refused,
            long open) {
    }

    private static final int CHUNK_BITS = 10;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int CHUNK_MASK = CHUNK - 1;
    private static final int TOLD_VIOLATIONS = 20;

    // The word of a record: its state, whether it was in its partition's queue, and above that its partition + 1.
    private static final int STATE_MASK = 7;
    private static final int QUEUED = 8;
    private static final int PARTITION_SHIFT = 4;
    private static final int OPEN = 0;
    private static final int ACKNOWLEDGED = 1;
    private static final int NOT_PERSISTED = 2;
    private static final int POSSIBLY_PERSISTED = 3;
    private static final int REFUSED = 4;
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

    // What a reading knows of a record.
    private static final int THERE = 1;
    private static final int WHERE_TOLD = 2;

    private final Sender[] senders;
    private final int maxPartitions;
    private final Promises promises;
    private final IntFunction<String> names;
    // Partitions of topics that were created anew while they were written to.
    private final boolean[] replaced;
    private final Map<Violation, Long> counts = new EnumMap<>(Violation.class);
    private final List<String> told = new ArrayList<>();

    /**
     * Starts without records.
     *
     * @param senders how many senders there are
     * @param maxPartitions how many partitions the topic has at most
     * @param promises what is to hold
     */
    public DeliveryJournal(final int senders, final int maxPartitions, final Promises promises) {
        this(senders, maxPartitions, promises, partition -> "partition " + partition);
    }

    /** With names of partitions, for a test that numbers those of several topics. */
    DeliveryJournal(final int senders, final int maxPartitions, final Promises promises,
            final IntFunction<String> names) {
        this.names = names;
        this.replaced = new boolean[maxPartitions];
        this.maxPartitions = maxPartitions;
        this.promises = requireNonNull(promises, "promises");
        this.senders = new Sender[senders];
        for (int i = 0; i < senders; i++) {
            this.senders[i] = new Sender();
        }
    }

    private static final class Chunk {
        private final int[] words = new int[CHUNK];
        private final long[] offsets = new long[CHUNK];
        // When its outcome was told, among those of its sender.
        private final int[] outcomes = new int[CHUNK];
        // When it was accepted + 1, if that was said.
        private final int[] acceptances = new int[CHUNK];
    }

    private static final class Sender {
        // Grown by the sender alone, before it sends what the new chunk holds.
        private volatile Chunk[] chunks = {};
        private volatile long count;
        private int accepted;
        private final AtomicInteger outcomes = new AtomicInteger();

        private Chunk chunk(final long sequence) {
            return chunks[(int) (sequence >>> CHUNK_BITS)];
        }

        private int word(final long sequence) {
            return (int) WORD.getVolatile(chunk(sequence).words, (int) sequence & CHUNK_MASK);
        }

        private int state(final long sequence) {
            return word(sequence) & STATE_MASK;
        }

        private int partition(final long sequence) {
            return (word(sequence) >>> PARTITION_SHIFT) - 1;
        }

        private long offset(final long sequence) {
            return chunk(sequence).offsets[(int) sequence & CHUNK_MASK];
        }

        private int outcome(final long sequence) {
            return chunk(sequence).outcomes[(int) sequence & CHUNK_MASK];
        }

        /** What its order goes by. */
        private long order(final long sequence) {
            final int acceptance = chunk(sequence).acceptances[(int) sequence & CHUNK_MASK];
            return acceptance == 0 ? sequence : acceptance;
        }

        /** The records' numbers in the order of sending. */
        private int[] inOrder() {
            final long[] ordered = new long[(int) count];
            boolean sorted = true;
            for (int i = 0; i < ordered.length; i++) {
                ordered[i] = order(i) << Integer.SIZE | i;
                sorted &= i == 0 || ordered[i - 1] < ordered[i];
            }
            if (!sorted) {
                Arrays.sort(ordered);
            }
            final int[] sequences = new int[ordered.length];
            for (int i = 0; i < ordered.length; i++) {
                sequences[i] = (int) ordered[i];
            }
            return sequences;
        }
    }

    /**
     * What is to hold.
     *
     * @return the promises
     */
    public Promises promises() {
        return promises;
    }

    // ---- what is told while records are sent

    /**
     * A record is about to be sent.
     *
     * @param sender who sends it
     * @return the record's number, counted from 0 for each sender
     */
    public long sending(final int sender) {
        final Sender of = senders[sender];
        final long sequence = of.count;
        if ((sequence & CHUNK_MASK) == 0) {
            final Chunk[] more = Arrays.copyOf(of.chunks, of.chunks.length + 1);
            more[more.length - 1] = new Chunk();
            of.chunks = more;
        }
        of.count = sequence + 1;
        return sequence;
    }

    /**
     * The producer has accepted the record. To be said of all records of a sender or of none: without it they are in the order of their numbers.
     *
     * @param sender who sent it
     * @param sequence its number
     */
    public void accepted(final int sender, final long sequence) {
        senders[sender].chunk(sequence).acceptances[(int) sequence & CHUNK_MASK] = ++senders[sender].accepted;
    }

    /**
     * The producer has thrown, or said that it does not take the record: nothing may be heard of it.
     *
     * @param sender who sent it
     * @param sequence its number
     */
    public void refused(final int sender, final long sequence) {
        end(sender, sequence, REFUSED, -1, -1);
    }

    /**
     * The record is in the log.
     *
     * @param sender who sent it
     * @param sequence its number
     * @param partition where it is
     * @param offset its offset, negative if that was not told
     */
    public void acknowledged(final int sender, final long sequence, final int partition, final long offset) {
        end(sender, sequence, ACKNOWLEDGED | QUEUED, partition, offset);
    }

    /**
     * The record has failed.
     *
     * @param sender who sent it
     * @param sequence its number
     * @param partition its partition, -1 if it never had one
     * @param queued whether it was in the queue of that partition, and with that in order
     * @param persisted whether it may be in the log
     */
    public void failed(final int sender, final long sequence, final int partition, final boolean queued,
            final boolean persisted) {
        end(sender, sequence, (persisted ? POSSIBLY_PERSISTED : NOT_PERSISTED) | (queued ? QUEUED : 0), partition, -1);
    }

    /**
     * The producer has told how the record ended, as it tells a callback.
     *
     * @param sender who sent it
     * @param sequence its number
     * @param metadata where it is, or {@code null}
     * @param failure why it is not known to be there, or {@code null}
     */
    public void ended(final int sender, final long sequence, final RecordMetadata metadata, final KpException failure) {
        if (metadata == null == (failure == null)) {
            violation(Violation.NONSENSE, sender, sequence, ", neither or both of metadata and failure");
        }
        if (metadata != null) {
            acknowledged(sender, sequence, metadata.partition(), metadata.offset());
            if (promises.offsets && metadata.offset() < 0) {
                violation(Violation.NONSENSE, sender, sequence, ", acknowledged without an offset");
            }
        } else if (failure instanceof DeliveryException delivery) {
            failed(sender, sequence, delivery.partition(),
                    delivery.stage() != Stage.METADATA && delivery.stage() != Stage.MEMORY,
                    delivery.persistence() == Persistence.POSSIBLY_PERSISTED);
        } else {
            failed(sender, sequence, -1, false, false);
        }
    }

    private void end(final int sender, final long sequence, final int state, final int partition, final long offset) {
        final Chunk chunk = senders[sender].chunk(sequence);
        final int index = (int) sequence & CHUNK_MASK;
        if ((chunk.words[index] & STATE_MASK) == OPEN) {
            // Before the state, which says that there is one.
            chunk.offsets[index] = offset;
            chunk.outcomes[index] = senders[sender].outcomes.incrementAndGet();
        }
        if (!WORD.compareAndSet(chunk.words, index, OPEN, state | partition + 1 << PARTITION_SHIFT)) {
            final boolean refused = (chunk.words[index] & STATE_MASK) == REFUSED || state == REFUSED;
            violation(refused ? Violation.REFUSED : Violation.ENDED_TWICE, sender, sequence, "");
        }
    }

    /**
     * The topic was deleted and created again while this partition of it was written to, and the readings will be told what both logs hold. So order is not checked, nor that
     * records are there once: a new partition knows nothing of the producer, and takes what another would refuse.
     *
     * @param partition which
     */
    public void replaced(final int partition) {
        replaced[partition] = true;
    }

    // ---- what is known

    /**
     * How many records the senders have sent.
     *
     * @return the number
     */
    public long sent() {
        long sum = 0;
        for (final Sender sender : senders) {
            sum += sender.count;
        }
        return sum;
    }

    /**
     * How many records each sender has sent.
     *
     * @return the numbers by sender
     */
    public long[] sentBySender() {
        final long[] counted = new long[senders.length];
        for (int i = 0; i < senders.length; i++) {
            counted[i] = senders[i].count;
        }
        return counted;
    }

    /**
     * The records that are acknowledged now.
     *
     * @return their numbers by sender
     */
    public BitSet[] acknowledgedNow() {
        final BitSet[] sets = new BitSet[senders.length];
        for (int i = 0; i < senders.length; i++) {
            sets[i] = new BitSet();
            final long count = senders[i].count;
            for (long sequence = 0; sequence < count; sequence++) {
                if (senders[i].state(sequence) == ACKNOWLEDGED) {
                    sets[i].set((int) sequence);
                }
            }
        }
        return sets;
    }

    /**
     * How many records ended in which way; when nothing is told any more.
     *
     * @return the numbers
     */
    public Totals totals() {
        final long[] states = new long[STATE_MASK + 1];
        for (final Sender sender : senders) {
            for (long sequence = 0; sequence < sender.count; sequence++) {
                states[sender.state(sequence)]++;
            }
        }
        return new Totals(sent(), states[ACKNOWLEDGED], states[NOT_PERSISTED], states[POSSIBLY_PERSISTED],
                states[REFUSED], states[OPEN]);
    }

    // ---- checks

    /**
     * Complains of records without an outcome, of outcomes out of order and of acknowledged offsets out of order; when nothing is told any more.
     *
     * @param from the first record of each sender whose outcome has to be in order; {@code null} for the first of all
     */
    public void checkOutcomes(final long[] from) {
        for (int i = 0; i < senders.length; i++) {
            checkOutcomes(i, from == null ? 0 : from[i]);
        }
    }

    private void checkOutcomes(final int number, final long from) {
        final Sender sender = senders[number];
        final int[] sequences = sender.inOrder();
        final long[] acknowledgedBefore = new long[maxPartitions];
        Arrays.fill(acknowledgedBefore, -1);
        for (final int sequence : sequences) {
            final int state = sender.state(sequence);
            final int partition = sender.partition(sequence);
            if (state == OPEN) {
                violation(Violation.OPEN, number, sequence, "");
            } else if (partition >= maxPartitions) {
                violation(Violation.NONSENSE, number, sequence, ", partition " + partition);
            } else if (promises.acknowledgedInOrder && promises.offsets && state == ACKNOWLEDGED && isOrdered(partition)
                    && sequence >= from && sender.offset(sequence) >= 0) {
                final long last = acknowledgedBefore[partition];
                if (last >= 0 && sender.offset(sequence) <= sender.offset(last)) {
                    violation(Violation.OUT_OF_ORDER, number, sequence, ", acknowledged at " + names.apply(partition)
                            + ", offset " + sender.offset(sequence) + ", record " + last + " before it at offset "
                            + sender.offset(last));
                } else {
                    acknowledgedBefore[partition] = sequence;
                }
            }
        }
        if (promises.toldInOrder) {
            checkTold(number, sequences, from);
        }
    }

    private void checkTold(final int number, final int[] sequences, final long from) {
        final Sender sender = senders[number];
        // The one of the later records that was told first.
        final int[] first = new int[maxPartitions];
        Arrays.fill(first, -1);
        for (int i = sequences.length - 1; i >= 0; i--) {
            final int sequence = sequences[i];
            final int partition = sender.partition(sequence);
            if ((sender.word(sequence) & QUEUED) != 0 && isOrdered(partition) && sequence >= from) {
                final int later = first[partition];
                if (later >= 0 && sender.outcome(sequence) > sender.outcome(later)) {
                    violation(Violation.TOLD_OUT_OF_ORDER, number, sequence,
                            ", " + names.apply(partition) + ", after record " + later);
                } else {
                    first[partition] = sequence;
                }
            }
        }
    }

    private boolean isOrdered(final int partition) {
        return partition >= 0 && partition < maxPartitions && !replaced[partition];
    }

    /**
     * Starts to compare what the topic holds.
     *
     * @param scope which records to find
     * @return to be told what the topic holds
     */
    public Reading reading(final Scope scope) {
        return new Reading(scope);
    }

    /** One pass through a topic: tell it all records, those of a partition in the order of their offsets, then finish. Used by one thread. */
    public final class Reading {
        private final Scope scope;
        private final byte[][] found = new byte[senders.length][];
        private final long[][] last = new long[senders.length][maxPartitions];
        private long records;

        private Reading(final Scope scope) {
            this.scope = requireNonNull(scope, "scope");
            for (int i = 0; i < senders.length; i++) {
                found[i] = new byte[(int) senders[i].count];
                Arrays.fill(last[i], -1);
            }
        }

        /**
         * How many records were told.
         *
         * @return the number, including those that nobody sent
         */
        public long records() {
            return records;
        }

        /**
         * The topic holds something that is no record of a sender.
         *
         * @param partition where
         * @param offset where
         */
        public void foreign(final int partition, final long offset) {
            records++;
            violation(Violation.FOREIGN, 1, names.apply(partition) + ", offset " + offset);
        }

        /**
         * The topic holds this record here.
         *
         * @param partition where
         * @param offset where
         * @param number its sender
         * @param sequence its number
         */
        public void found(final int partition, final long offset, final int number, final long sequence) {
            if (number < 0 || number >= senders.length || sequence < 0 || sequence >= senders[number].count
                    || partition >= maxPartitions) {
                foreign(partition, offset);
                return;
            }
            records++;
            if (sequence >= found[number].length) {
                // Sent after this reading began: none of its business.
                return;
            }
            final Sender sender = senders[number];
            final int index = (int) sequence;
            final int told = sender.partition(sequence);
            final boolean acknowledged = sender.state(sequence) == ACKNOWLEDGED;
            final boolean again = (found[number][index] & THERE) != 0;
            found[number][index] |= THERE;
            if (told == partition && sender.offset(sequence) == offset) {
                found[number][index] |= WHERE_TOLD;
            }
            final boolean ordered = !replaced[partition];
            if (again && promises.once) {
                if (ordered && scope.reaches(number, sequence)) {
                    violation(Violation.TWICE, number, sequence, here(partition, offset));
                }
                return;
            }
            if (told >= 0 && told != partition || acknowledged && promises.once && ordered
                    && scope.includes(number, sequence) && promises.offsets && sender.offset(sequence) != offset
                    && sender.offset(sequence) >= 0) {
                violation(Violation.ELSEWHERE, number, sequence,
                        here(partition, offset) + ", told to be at " + names.apply(told) + ", offset "
                                + sender.offset(sequence));
                // Once is enough.
                found[number][index] |= WHERE_TOLD;
            }
            if (promises.once && ordered && (acknowledged || promises.failedInOrder)
                    && scope.includes(number, sequence)) {
                final long before = last[number][partition];
                if (before >= 0 && sender.order(before) > sender.order(sequence)) {
                    violation(Violation.OUT_OF_ORDER, number, sequence,
                            here(partition, offset) + ", after record " + before);
                } else {
                    last[number][partition] = sequence;
                }
            }
        }

        private String here(final int partition, final long offset) {
            return ", " + names.apply(partition) + ", offset " + offset;
        }

        /** Everything was told. */
        public void finish() {
            for (int i = 0; i < senders.length; i++) {
                for (int sequence = 0; sequence < found[i].length; sequence++) {
                    finish(i, sequence, found[i][sequence]);
                }
            }
        }

        private void finish(final int number, final int sequence, final byte marks) {
            final Sender sender = senders[number];
            final int state = sender.state(sequence);
            final boolean there = (marks & THERE) != 0;
            if (there && scope.gone != null && scope.gone[number].get(sequence)) {
                violation(Violation.REPEATED, number, sequence, "");
            }
            if (there && state == NOT_PERSISTED) {
                violation(Violation.PERSISTED, number, sequence,
                        sender.partition(sequence) < 0 ? "" : ", " + names.apply(sender.partition(sequence)));
            } else if (there && state == REFUSED) {
                violation(Violation.REFUSED, number, sequence, "");
            } else if (state == ACKNOWLEDGED && promises.offsets && scope.includes(number, sequence)
                    && (marks & WHERE_TOLD) == 0 && (!there || sender.offset(sequence) >= 0)) {
                violation(there ? Violation.ELSEWHERE : Violation.LOST, number, sequence, ", acknowledged at "
                        + names.apply(sender.partition(sequence)) + ", offset " + sender.offset(sequence));
            }
        }
    }

    // ---- what is wrong

    /**
     * Notes a violation that the test has found itself.
     *
     * @param kind which
     * @param times how often
     * @param what where or of what
     */
    public void violation(final Violation kind, final long times, final String what) {
        synchronized (counts) {
            counts.merge(kind, times, Long::sum);
            if (told.size() < TOLD_VIOLATIONS) {
                told.add(kind.words + ": " + what);
            }
        }
    }

    private void violation(final Violation kind, final int sender, final long sequence, final String more) {
        violation(kind, 1, "record " + sequence + " of sender " + sender + more);
    }

    /**
     * What is wrong.
     *
     * @return how often, by kind; empty if all is well
     */
    public Map<Violation, Long> violations() {
        synchronized (counts) {
            return new EnumMap<>(counts);
        }
    }

    /**
     * The first of the violations in words.
     *
     * @return one line for each, at most 20
     */
    public List<String> firstViolations() {
        synchronized (counts) {
            return List.copyOf(told);
        }
    }
}
