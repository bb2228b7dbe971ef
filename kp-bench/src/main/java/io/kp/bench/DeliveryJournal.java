package io.kp.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a producer said of each record, held against what is in the topic: millions of records, at 12 bytes each while they are sent and one more while they are
 * read back.
 *
 * <p>
 * A sender numbers its records from 0 and is one thread; outcomes may be told by any thread. {@link Reading} is used by one thread, when nothing is told any more or
 * with a {@link Scope} that takes in only what was told before.
 */
final class DeliveryJournal {
    /** What can be wrong. */
    enum Violation {
        /** Acknowledged and not in the topic. */
        LOST("acknowledged, but not there"),
        /** In the topic more than once. */
        TWICE("there more than once"),
        /** In the topic before a record that its sender sent earlier to the same partition. */
        OUT_OF_ORDER("before a record that was sent earlier"),
        /** Not where the acknowledgement said. */
        ELSEWHERE("not at the partition and offset that were acknowledged"),
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
        /** Failed, where nothing needed to. */
        FAILED("failed, though the outage was shorter than delivery.timeout.ms"),
        /** A partition that no record has reached. */
        UNUSED("a partition without a record"),
        /** No acknowledgements any more. */
        STALLED("no progress");

        private final String words;

        Violation(final String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    private static final int CHUNK_BITS = 16;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int CHUNK_MASK = CHUNK - 1;
    private static final int TOLD_VIOLATIONS = 20;

    // The word of a record: its state, and above that its partition.
    private static final int STATE_BITS = 3;
    private static final int STATE_MASK = (1 << STATE_BITS) - 1;
    private static final int OPEN = 0;
    private static final int ACKNOWLEDGED = 1;
    private static final int NOT_PERSISTED = 2;
    private static final int POSSIBLY_PERSISTED = 3;
    private static final int REFUSED = 4;
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

    private final Sender[] senders;
    private final int maxPartitions;
    private final Map<Violation, Long> counts = new EnumMap<>(Violation.class);
    private final List<String> told = new ArrayList<>();
    private final List<Late> late = new ArrayList<>();

    /**
     * Starts without records.
     *
     * @param senders       how many threads send
     * @param maxPartitions how many partitions the topic has at most
     */
    DeliveryJournal(final int senders, final int maxPartitions) {
        this.maxPartitions = maxPartitions;
        this.senders = new Sender[senders];
        for (int i = 0; i < senders; i++) {
            this.senders[i] = new Sender(maxPartitions);
        }
    }

    private static final class Chunk {
        final int[] words = new int[CHUNK];
        final long[] offsets = new long[CHUNK];
    }

    private static final class Sender {
        // Grown by the sender alone, before it sends what the new chunk holds.
        private volatile Chunk[] chunks = {};
        private volatile long count;
        private final long[] lastTold;

        Sender(final int maxPartitions) {
            lastTold = new long[maxPartitions];
            java.util.Arrays.fill(lastTold, -1);
        }

        Chunk chunk(final long sequence) {
            return chunks[(int) (sequence >>> CHUNK_BITS)];
        }
    }

    private record Late(int sender, long sequence, long before, int partition) {
    }

    /**
     * Which records a reading has to find.
     *
     * @param acknowledged the records that count as acknowledged, by sender; {@code null} for all that are
     * @param from         the first record of each sender that has to be there and in order; {@code null} for the first of all
     * @param gone         records that must not be there, by sender; {@code null} for none
     */
    record Scope(BitSet[] acknowledged, long[] from, BitSet[] gone) {
        /** All records. */
        static final Scope ALL = new Scope(null, null, null);

        private boolean includes(final int sender, final long sequence) {
            return (acknowledged == null || acknowledged[sender].get((int) sequence))
                    && (from == null || sequence >= from[sender]);
        }
    }

    /** A record is about to be sent; returns its number. Only the sender's own thread. */
    long sending(final int sender) {
        final Sender of = senders[sender];
        final long sequence = of.count;
        if ((sequence & CHUNK_MASK) == 0) {
            final Chunk[] more = java.util.Arrays.copyOf(of.chunks, of.chunks.length + 1);
            more[more.length - 1] = new Chunk();
            of.chunks = more;
        }
        of.count = sequence + 1;
        return sequence;
    }

    /** {@code send} has thrown. */
    void refused(final int sender, final long sequence) {
        end(sender, sequence, REFUSED, -1, -1);
    }

    /** The record is in the log, at an offset unless that is negative. */
    void acknowledged(final int sender, final long sequence, final int partition, final long offset) {
        if (end(sender, sequence, ACKNOWLEDGED, partition, offset)) {
            checkTold(sender, sequence, partition);
        }
    }

    /**
     * The record has failed.
     *
     * @param sender    who sent it
     * @param sequence  its number
     * @param partition its partition, -1 if it never had one
     * @param queued    whether it was in the queue of that partition, and with that in order
     * @param persisted whether it may be in the log
     */
    void failed(final int sender, final long sequence, final int partition, final boolean queued,
            final boolean persisted) {
        if (end(sender, sequence, persisted ? POSSIBLY_PERSISTED : NOT_PERSISTED, partition, -1) && queued) {
            checkTold(sender, sequence, partition);
        }
    }

    private boolean end(final int sender, final long sequence, final int state, final int partition,
            final long offset) {
        final Chunk chunk = senders[sender].chunk(sequence);
        final int index = (int) sequence & CHUNK_MASK;
        if ((chunk.words[index] & STATE_MASK) == OPEN) {
            // Before the state, which says that there is one.
            chunk.offsets[index] = offset;
        }
        if (!WORD.compareAndSet(chunk.words, index, OPEN, state | partition + 1 << STATE_BITS)) {
            violation((chunk.words[index] & STATE_MASK) == REFUSED || state == REFUSED
                    ? Violation.REFUSED
                    : Violation.ENDED_TWICE, sender, sequence, "");
            return false;
        }
        return true;
    }

    private void checkTold(final int sender, final long sequence, final int partition) {
        if (partition < 0 || partition >= maxPartitions) {
            return;
        }
        final long[] last = senders[sender].lastTold;
        if (last[partition] > sequence) {
            synchronized (late) {
                if (late.size() < CHUNK) {
                    late.add(new Late(sender, sequence, last[partition], partition));
                }
            }
        } else {
            last[partition] = sequence;
        }
    }

    /** How many records the senders have sent. */
    long sent() {
        long sum = 0;
        for (final Sender sender : senders) {
            sum += sender.count;
        }
        return sum;
    }

    /** How many records each sender has sent. */
    long[] sentBySender() {
        final long[] counted = new long[senders.length];
        for (int i = 0; i < senders.length; i++) {
            counted[i] = senders[i].count;
        }
        return counted;
    }

    /** The records that are acknowledged now, by sender. */
    BitSet[] acknowledgedNow() {
        final BitSet[] sets = new BitSet[senders.length];
        for (int i = 0; i < senders.length; i++) {
            sets[i] = new BitSet();
            final long count = senders[i].count;
            for (long sequence = 0; sequence < count; sequence++) {
                if (state(i, sequence) == ACKNOWLEDGED) {
                    sets[i].set((int) sequence);
                }
            }
        }
        return sets;
    }

    private int state(final int sender, final long sequence) {
        return (int) WORD.getVolatile(senders[sender].chunk(sequence).words, (int) sequence & CHUNK_MASK) & STATE_MASK;
    }

    private int partition(final int sender, final long sequence) {
        return (senders[sender].chunk(sequence).words[(int) sequence & CHUNK_MASK] >>> STATE_BITS) - 1;
    }

    private long offset(final int sender, final long sequence) {
        return senders[sender].chunk(sequence).offsets[(int) sequence & CHUNK_MASK];
    }

    /** How many records ended in which way; when nothing is told any more. */
    Totals totals() {
        final long[] states = new long[STATE_MASK + 1];
        for (int i = 0; i < senders.length; i++) {
            for (long sequence = 0; sequence < senders[i].count; sequence++) {
                states[state(i, sequence)]++;
            }
        }
        return new Totals(sent(), states[ACKNOWLEDGED], states[NOT_PERSISTED], states[POSSIBLY_PERSISTED],
                states[REFUSED], states[OPEN]);
    }

    /** How many records ended in which way. */
    record Totals(long sent, long acknowledged, long notPersisted, long possiblyPersisted, long refused, long open) {
    }

    /**
     * Complains of records without an outcome and of outcomes out of order; when nothing is told any more.
     *
     * @param from the first record of each sender whose outcome has to be told in order; {@code null} for the first of all
     */
    void checkOutcomes(final long[] from) {
        for (int i = 0; i < senders.length; i++) {
            for (long sequence = 0; sequence < senders[i].count; sequence++) {
                if (state(i, sequence) == OPEN) {
                    violation(Violation.OPEN, i, sequence, "");
                }
            }
        }
        synchronized (late) {
            for (final Late one : late) {
                if (from == null || one.sequence >= from[one.sender]) {
                    violation(Violation.TOLD_OUT_OF_ORDER, one.sender, one.sequence,
                            ", partition " + one.partition + ", after record " + one.before);
                }
            }
        }
    }

    /** Notes a violation that somebody else has found. */
    void violation(final Violation kind, final long times, final String what) {
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

    /** What is wrong, by kind. */
    Map<Violation, Long> violations() {
        synchronized (counts) {
            return new EnumMap<>(counts);
        }
    }

    /** The first of the violations, in words. */
    List<String> firstViolations() {
        synchronized (counts) {
            return List.copyOf(told);
        }
    }

    /** Starts to compare what a topic holds. */
    Reading reading(final Scope scope) {
        return new Reading(scope);
    }

    /** One pass through a topic: tell it all records, those of a partition in the order of their offsets, then finish. */
    final class Reading {
        private final Scope scope;
        private final byte[][] found = new byte[senders.length][];
        private final long[][] last = new long[senders.length][maxPartitions];
        private long records;

        private Reading(final Scope scope) {
            this.scope = scope;
            for (int i = 0; i < senders.length; i++) {
                found[i] = new byte[(int) senders[i].count];
                java.util.Arrays.fill(last[i], -1);
            }
        }

        /** How many records were told. */
        long records() {
            return records;
        }

        /** The topic holds something that is no record of a sender. */
        void foreign(final int partition, final long offset) {
            records++;
            violation(Violation.FOREIGN, 1, "partition " + partition + ", offset " + offset);
        }

        /** The topic holds this record here. */
        void found(final int partition, final long offset, final int sender, final long sequence) {
            if (sender < 0 || sender >= senders.length || sequence < 0 || sequence >= senders[sender].count) {
                foreign(partition, offset);
                return;
            }
            records++;
            if (sequence >= found[sender].length) {
                // Sent after this reading began: none of its business.
                return;
            }
            final String here = ", partition " + partition + ", offset " + offset;
            final int index = (int) sequence;
            if (found[sender][index] < Byte.MAX_VALUE) {
                found[sender][index]++;
            }
            if (found[sender][index] > 1) {
                violation(Violation.TWICE, sender, sequence, here);
                return;
            }
            if (state(sender, sequence) != ACKNOWLEDGED || !scope.includes(sender, sequence)) {
                return;
            }
            if (partition(sender, sequence) != partition
                    || offset(sender, sequence) >= 0 && offset(sender, sequence) != offset) {
                violation(Violation.ELSEWHERE, sender, sequence, here + ", acknowledged at "
                        + partition(sender, sequence) + "@" + offset(sender, sequence));
            }
            if (last[sender][partition] > sequence) {
                violation(Violation.OUT_OF_ORDER, sender, sequence,
                        here + ", after record " + last[sender][partition]);
            } else {
                last[sender][partition] = sequence;
            }
        }

        /** Everything was told. */
        void finish() {
            for (int i = 0; i < senders.length; i++) {
                for (int sequence = 0; sequence < found[i].length; sequence++) {
                    final int state = state(i, sequence);
                    final boolean there = found[i][sequence] > 0;
                    if (there && scope.gone != null && scope.gone[i].get(sequence)) {
                        violation(Violation.REPEATED, i, sequence, "");
                    }
                    if (there && state == NOT_PERSISTED) {
                        violation(Violation.PERSISTED, i, sequence, ", partition " + partition(i, sequence));
                    } else if (there && state == REFUSED) {
                        violation(Violation.REFUSED, i, sequence, "");
                    } else if (!there && state == ACKNOWLEDGED && scope.includes(i, sequence)) {
                        violation(Violation.LOST, i, sequence, ", acknowledged at partition " + partition(i, sequence)
                                + ", offset " + offset(i, sequence));
                    }
                }
            }
        }
    }
}
