package io.kp.bench;

/**
 * A producer under comparison. A process has one kind of them, so that the compiler sees through this interface.
 */
interface LoadClient extends AutoCloseable {
    /**
     * Makes the client's own record object.
     *
     * @param topic     its topic
     * @param partition its partition, {@code null} to leave that to the client
     * @param key       its key, or {@code null}
     * @param value     its value
     * @return what the other methods take
     */
    Object record(String topic, Integer partition, byte[] key, byte[] value);

    /** Whether records are to be made beforehand by the thread that sends them, and sent again and again. */
    default boolean wantsRecordsMadeBefore() {
        return false;
    }

    /** Sends a record; the outcome is counted. */
    void send(Object record);

    /** Sends a record; the outcome is counted, and its latency from the intended time on. */
    void sendTimed(Object record, long intendedNs);

    /** Sends a record by the call that returns a future, where there is one; so the three below. */
    default Object sendForFuture(final Object record) {
        throw noFuture();
    }

    /** As {@link #sendForFuture(Object)}, with its latency from the intended time on. The outcome is not counted. */
    default Object sendTimedForFuture(final Object record, final long intendedNs) {
        throw noFuture();
    }

    /** Whether what {@link #sendForFuture(Object)} returned has ended. */
    default boolean isDone(final Object future) {
        throw noFuture();
    }

    /** Waits for what {@link #sendForFuture(Object)} returned; throws if the record failed. */
    default void await(final Object future) throws Exception {
        throw noFuture();
    }

    private IllegalStateException noFuture() {
        return new IllegalStateException("this way of sending has no future: " + getClass().getSimpleName());
    }

    /** Waits until everything that was sent has ended. */
    void flush();

    @Override
    void close();
}
