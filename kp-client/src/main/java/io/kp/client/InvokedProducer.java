package io.kp.client;

/**
 * A producer without a thread of its own: its owner runs the duty cycle of the I/O thread, on a thread that has other work too or under a simulated clock.
 * Methods that wait ({@code send}, {@code flush}, {@code close}) do so through the context's parker for another thread to invoke the cycle.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public interface InvokedProducer<K, V> extends Producer<K, V> {
    /**
     * Runs the duty cycle once. It blocks in the transport's select only, at most until the next deadline. By one thread at a time.
     *
     * @return how much was done; 0 if nothing, or if the producer has ended
     * @throws IllegalStateException if called from a callback
     */
    int invoke();

    /**
     * Whether the producer was closed and holds nothing any more, so that {@link #invoke} has nothing to do.
     *
     * @return true after the end
     */
    boolean isEnded();
}
