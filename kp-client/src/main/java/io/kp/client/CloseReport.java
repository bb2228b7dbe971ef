package io.kp.client;

import java.util.List;

/**
 * What became of the records that a producer held when it was closed: those whose outcome was not decided when {@code close} was called first. Immutable.
 *
 * <p>Each of these records is in exactly one of {@link #delivered}, {@link #failed}, {@link #unknown} and {@link #open}.
 *
 * @param delivered records that were acknowledged
 * @param failed records that failed and are not in the log
 * @param unknown records that failed and may be in the log: a request with them was not answered
 * @param open records whose outcome is not decided yet. 0 if the producer has ended; it has not in time if user code keeps its I/O thread, or if nobody invokes an
 *            {@link InvokedProducer}. They fail as soon as it goes on
 * @param callbacksPending records whose outcome is decided and whose callback or future waits for the completion executor, or runs there
 * @param undelivered the records counted in {@code failed} and {@code unknown} that somebody is told of, in the order in which they failed; at most {@link #MAX_UNDELIVERED}
 * @param undeliveredOmitted how many more there are, beyond that number or sent without a callback
 * @param heldUpBy what the close would have had to wait for longer: user code by the name of its class, and the partition whose records it was told of; empty if nothing
 */
public record CloseReport(long delivered, long failed, long unknown, long open, long callbacksPending,
        List<UndeliveredRecord> undelivered, long undeliveredOmitted, List<String> heldUpBy) {
    /** How many undelivered records are listed at most. */
    public static final int MAX_UNDELIVERED = 1000;

    /**
     * Makes a report; copies the lists.
     *
     * @param delivered records that were acknowledged
     * @param failed records that failed and are not in the log
     * @param unknown records that failed and may be in the log
     * @param open records whose outcome is not decided yet
     * @param callbacksPending records whose outcome is decided and not told yet
     * @param undelivered records that failed, some of them
     * @param undeliveredOmitted how many more there are
     * @param heldUpBy user code that has not returned
     */
    public CloseReport {
        undelivered = List.copyOf(undelivered);
        heldUpBy = List.copyOf(heldUpBy);
    }

    /**
     * Whether all records were delivered.
     *
     * @return true if none has failed or is open
     */
    public boolean isAllDelivered() {
        return failed == 0 && unknown == 0 && open == 0;
    }

    /**
     * Whether the producer has ended: each record has its outcome, everybody has been told, and all user code has returned.
     *
     * @return true if nothing is left to happen
     */
    public boolean isComplete() {
        return open == 0 && callbacksPending == 0 && heldUpBy.isEmpty();
    }

    /**
     * The numbers in one line, without the records.
     *
     * @return {@code name=value} pairs
     */
    @Override
    public String toString() {
        return "delivered=" + delivered + ", failed=" + failed + ", unknown=" + unknown + ", open=" + open
                + ", callbacksPending=" + callbacksPending + (heldUpBy.isEmpty() ? "" : ", heldUpBy=" + heldUpBy);
    }
}
