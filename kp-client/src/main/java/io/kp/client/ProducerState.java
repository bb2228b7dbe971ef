package io.kp.client;

/**
 * Whether a producer works, and if not, why. Immutable.
 *
 * @param phase where the producer is in its life
 * @param reason why it is there, in one line
 * @param cause the failure that ended it; {@code null} unless the phase is {@link Phase#FAILED}
 */
public record ProducerState(Phase phase, String reason, KpException cause) {
    /** The phases of a producer's life, in their order; it may fail in each. */
    public enum Phase {
        /** It accepts records. */
        OPEN,
        /** It accepts no more records and delivers those that it has. */
        CLOSING,
        /** It was closed and holds nothing any more. */
        CLOSED,
        /** It cannot deliver any more: its I/O thread has ended unexpectedly, or brokers will not take anything from it. What it held has failed. It still is to be closed. */
        FAILED
    }

    /**
     * Whether {@code send} accepts records.
     *
     * @return true in {@link Phase#OPEN}
     */
    public boolean isOpen() {
        return phase == Phase.OPEN;
    }

    @Override
    public String toString() {
        return phase + ": " + reason;
    }
}
