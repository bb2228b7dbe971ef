package io.kp.network;

/**
 * Where the connection to one node stands; see the package's description for the transitions.
 */
public enum ConnectionState {
    /** There is no connection: none was asked for yet, or the last one has ended. */
    DISCONNECTED,
    /** The TCP connect is under way. */
    CONNECTING,
    /** Connected; the broker was asked which versions it speaks. */
    CHECKING_API_VERSIONS,
    /** Requests can be sent. */
    READY
}
