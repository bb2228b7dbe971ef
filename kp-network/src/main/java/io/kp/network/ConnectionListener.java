package io.kp.network;

/**
 * Hears what happens to the connections of a {@link NetworkClient}, for logs, metrics and metadata refreshes.
 * <p>
 * Called by the client's thread, also from within {@link NetworkClient#ready}, {@link NetworkClient#disconnect} and
 * {@link NetworkClient#send}. A listener must not call the client back. Its exceptions are ignored.
 */
public interface ConnectionListener {
    /** A listener that does nothing. */
    ConnectionListener NONE = new ConnectionListener() {
    };

    /**
     * A connection can be used from now on.
     *
     * @param nodeId  the node
     * @param address {@code host:port}, followed by the resolved address
     * @param nowNs   the time
     */
    default void onReady(int nodeId, String address, long nowNs) {
    }

    /**
     * An attempt to connect has failed, or a connection has ended.
     *
     * @param failure  why
     * @param wasReady whether the connection had been usable
     * @param nowNs    the time
     */
    default void onDisconnect(RequestFailure failure, boolean wasReady, long nowNs) {
    }

    /**
     * A response named a throttle time, whether the client has to keep it or the broker did.
     *
     * @param nodeId     the node
     * @param throttleMs the time in milliseconds
     */
    default void onThrottle(int nodeId, long throttleMs) {
    }

    /**
     * A request of any kind, those that set up the connection included, has been written in full.
     *
     * @param nodeId the node
     * @param bytes  its size
     * @param nowNs  the time
     */
    default void onRequestWritten(int nodeId, int bytes, long nowNs) {
    }

    /**
     * A response of any kind has been read in full.
     *
     * @param nodeId the node
     * @param bytes  its size
     * @param nowNs  the time
     */
    default void onResponseRead(int nodeId, int bytes, long nowNs) {
    }

    /**
     * A response handler threw an exception, or the transport as a whole failed.
     *
     * @param error what was thrown
     */
    default void onHandlerError(Throwable error) {
    }
}
