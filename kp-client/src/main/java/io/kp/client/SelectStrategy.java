package io.kp.client;

/**
 * How the I/O thread waits when there is nothing to do: for a record that must be sent, a broker's answer, or a time that is over.
 */
public enum SelectStrategy {
    /** Asleep in the operating system, which costs nothing. Whoever has something for it wakes it, which takes some ten microseconds. The default. */
    BLOCKING("blocking"),
    /** Looks again and again for 100 microseconds after the last thing that happened, then sleeps: fast answers are found at once, and an idle producer costs nothing. */
    BACKOFF("backoff"),
    /**
     * Looks again and again and never sleeps: the lowest latency, and callers never wake anybody. Takes a whole core at all times, idle or not; with fewer cores than threads that
     * are busy it makes everything slower.
     */
    BUSY("busy");

    private final String text;

    SelectStrategy(final String text) {
        this.text = text;
    }

    /** The value of the configuration key. */
    String text() {
        return text;
    }

    static SelectStrategy of(final String text) {
        return text.equals(BUSY.text) ? BUSY : text.equals(BACKOFF.text) ? BACKOFF : BLOCKING;
    }
}
