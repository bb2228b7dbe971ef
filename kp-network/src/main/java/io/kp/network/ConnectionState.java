package io.kp.network;

/**
 * Where the connection to one node stands; see the package's description for the transitions.
 */
public enum ConnectionState {
    /** There is no connection: none was asked for yet, or the last one has ended. */
    DISCONNECTED,
    /** The TCP connect is under way, or the TLS handshake after it. */
    CONNECTING,
    /** Connected; the broker was asked which versions it speaks. */
    CHECKING_API_VERSIONS,
    /** The broker is being told who we are. */
    AUTHENTICATING,
    /** Requests can be sent. */
    READY
}
