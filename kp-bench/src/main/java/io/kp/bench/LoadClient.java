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

    /** Sends a record by the call that returns a future. */
    Object sendForFuture(Object record);

    /** As {@link #sendForFuture(Object)}, with its latency from the intended time on. The outcome is not counted. */
    Object sendTimedForFuture(Object record, long intendedNs);

    /** Whether what {@link #sendForFuture(Object)} returned has ended. */
    boolean isDone(Object future);

    /** Waits for what {@link #sendForFuture(Object)} returned; throws if the record failed. */
    void await(Object future) throws Exception;

    /** Waits until everything that was sent has ended. */
    void flush();

    @Override
    void close();
}
