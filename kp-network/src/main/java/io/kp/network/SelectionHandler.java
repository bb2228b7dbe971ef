package io.kp.network;

/** Receives the ready channels of one {@link Transport#select}. */
@FunctionalInterface
public interface SelectionHandler {

    /**
     * A channel is ready.
     *
     * @param channel  the channel
     * @param readyOps {@link Transport#OP_CONNECT}, {@link Transport#OP_READ}, {@link Transport#OP_WRITE}, or several
     */
    void onReady(TransportChannel channel, int readyOps);
}
