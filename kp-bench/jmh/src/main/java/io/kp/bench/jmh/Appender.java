package io.kp.bench.jmh;

/** Where records are collected into batches: kp's accumulator, or a rival. */
interface Appender {
    /**
     * Appends a record; may wait for memory. Any thread.
     *
     * @param partition its partition
     * @param value     its value
     * @return whether it was taken
     */
    boolean append(int partition, byte[] value) throws InterruptedException;

    /**
     * Takes what is ready, acknowledges it and gives its memory back. One thread, the I/O thread.
     *
     * @return how many batches
     */
    int drain();

    /** Bytes of all batches drained, as they would be sent. */
    long drainedBytes();

    /** Waits until there may be something to drain; the I/O thread. */
    void awaitWork();

    /** Ends the waiting; any thread. */
    void wake();

    /** Gives memory back and says how much is missing. */
    long close();
}
