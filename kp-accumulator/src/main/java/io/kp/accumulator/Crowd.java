package io.kp.accumulator;

/**
 * Whether the callers of one partition are in each other's way, by the compare-and-sets that they lose while one segment is filled.
 *
 * <p>
 * Why it matters. A record's caller writes to five cache lines that it shares with the partition's other callers. If these run on other processors, each record waits for all of
 * them, which costs more than the record; a caller that has the partition for itself for a while finds them in its own cache. So who loses too often sleeps for a moment, and
 * leaves partition and processor to the others: two who take turns get more done than two at once. Only while there is a backlog, behind which the record
 * would wait as long: callers that meet at a rate that the brokers keep up with never sleep. Measured with eight callers flat out on two cores, 100 B: 352 and 306 ns of processor time for each record (four
 * partitions, one) without turns, 121 to 133 with them; docs/performance.md.
 *
 * <p>
 * Any thread, without ordering: a count that is wrong means a moment's sleep too few or too many.
 */
final class Crowd {
    /** So many losses while one segment is filled are too many: of eight callers at full speed each record loses one time in fifty to a hundred. */
    static final int LOSSES = 2;
    /** How long who has lost stays away: a thousand records of another one and more. */
    static final long LEAVE_NS = 2_000_000;
    /** From this part of the memory in use on there is a backlog: 512 KiB of 32 MiB, a request or two. */
    static final int BACKLOG_PART = 64;

    private int segment;
    private int losses;

    /**
     * Counts one.
     *
     * @param segmentSequence
     *            of the segment in which the caller has lost.
     * @return whether the caller should stay away.
     */
    boolean isTooMuch(final int segmentSequence) {
        if (segment != segmentSequence) {
            segment = segmentSequence;
            losses = 0;
        }
        if (++losses < LOSSES) {
            return false;
        }
        losses = 0;
        return true;
    }
}
