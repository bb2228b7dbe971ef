package io.kp.accumulator;

/**
 * Layout of the state word of a {@link PartitionQueue}: everything that a claim has to know and change at once.
 *
 * <pre>
 *   6 6                           3 3 2 2                   1 1
 *   3 2           ...             2 1 0 9       ...         7 6              ...              0
 *  +-------------------------------+---+---------------------+---------------------------------+
 *  |       segment sequence        | P |  records in segment |       position in segment       |
 *  |            32 bits            | 2 |       13 bits       |             17 bits             |
 *  +-------------------------------+---+---------------------+---------------------------------+
 *                                    P = phase: CLOSED, OPEN, SWITCHING, TERMINATED
 * </pre>
 *
 * Within one segment sequence the position only grows, and the sequence grows with every segment that is installed, so no value of
 * an {@code OPEN} state comes back before the sequence has wrapped.
 */
final class QueueState {
    /** Bits of the position in the segment. */
    static final int POSITION_BITS = 17;

    /** Bits of the number of records in the segment. */
    static final int RECORDS_BITS = 13;

    /** Bits of the phase. */
    static final int PHASE_BITS = 2;

    /** Shift of the number of records. */
    static final int RECORDS_SHIFT = POSITION_BITS;

    /** Shift of the phase. */
    static final int PHASE_SHIFT = RECORDS_SHIFT + RECORDS_BITS;

    /** Shift of the segment sequence. */
    static final int SEQUENCE_SHIFT = PHASE_SHIFT + PHASE_BITS;

    /** Mask of the position, after no shift. */
    static final int POSITION_MASK = (1 << POSITION_BITS) - 1;

    /** Mask of the number of records, after its shift. */
    static final int RECORDS_MASK = (1 << RECORDS_BITS) - 1;

    /** Mask of the phase, after its shift. */
    static final int PHASE_MASK = (1 << PHASE_BITS) - 1;

    /** No batch takes records; the next append opens one. */
    static final int CLOSED = 0;

    /** The current segment takes records. */
    static final int OPEN = 1;

    /** One thread is installing a segment. */
    static final int SWITCHING = 2;

    /** No batch takes records, and none will be opened any more. */
    static final int TERMINATED = 3;

    /** Largest segment that several records share; in a larger one there is exactly one record and the position is not used. */
    static final int MAX_SHARED_SEGMENT_BYTES = 1 << (POSITION_BITS - 1);

    /** Most records in one segment. */
    static final int MAX_RECORDS_PER_SEGMENT = RECORDS_MASK;

    /** What one more record adds to the word, beside its bytes. */
    static final long ONE_RECORD = 1L << RECORDS_SHIFT;

    private static final long PHASE_IN_PLACE = (long) PHASE_MASK << PHASE_SHIFT;

    private QueueState() {
    }

    static long pack(final int sequence, final int phase, final int records, final int position) {
        return (long) sequence << SEQUENCE_SHIFT | (long) phase << PHASE_SHIFT | (long) records << RECORDS_SHIFT
                | position;
    }

    static int sequence(final long state) {
        return (int) (state >>> SEQUENCE_SHIFT);
    }

    static int phase(final long state) {
        return (int) (state >>> PHASE_SHIFT) & PHASE_MASK;
    }

    static int records(final long state) {
        return (int) (state >>> RECORDS_SHIFT) & RECORDS_MASK;
    }

    static int position(final long state) {
        return (int) state & POSITION_MASK;
    }

    static long withPhase(final long state, final int phase) {
        return state & ~PHASE_IN_PLACE | (long) phase << PHASE_SHIFT;
    }

    static long withRecord(final long state, final int recordBytes) {
        return state + ONE_RECORD + recordBytes;
    }
}
