package io.kp.network;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;

/**
 * What a {@link NetworkClient} knows of one node: the channel if there is one, the requests on it, and the history that decides when
 * the next attempt to connect is due. The client holds the logic.
 */
final class Connection {
    final int nodeId;
    final String host;
    final int port;

    ConnectionState state = ConnectionState.DISCONNECTED;
    TransportChannel channel;
    ConnectionVersions versions;

    /**
     * The requests on this connection in send order. The first {@code written} of them are with the broker, the others are still to be
     * written, the first of these maybe in part.
     */
    final ArrayList<ConnectionRequest> requests = new ArrayList<>();
    int written;
    /** How many of the requests have a limit of their own. */
    int controls;
    /** The socket did not take all bytes at the last attempt. */
    boolean blocked;
    /** Listed among the connections to be written to. */
    boolean flushPending;

    /** The beginning of a response of which the rest is to come, its length in front; null or empty if there is none. */
    ByteBuffer partial;

    /** The answer that a connect waits for, which is in state CONNECTING without a channel; null if it waits for none. */
    CompletableFuture<InetAddress[]> lookUp;
    InetAddress[] addresses;
    int nextAddress;
    InetAddress lastAddress;
    boolean resolveAgain;
    /** {@link #host}, {@link #port} and the address connected to, for people. */
    String addressText;

    boolean everAttempted;
    long lastAttemptNs;
    int failedAttempts;
    int failedSetups;
    long backoffUntilNs;
    long setupTimeoutMs;
    long setupDeadlineNs;
    long lastActiveNs;
    /** Authenticates the connection now; null if nothing does. */
    SaslAuthenticator authenticator;
    /** The broker wants to be told again who we are, from {@link #reauthenticateNs} on. */
    boolean reauthenticates;
    long reauthenticateNs;
    /** A request was answered, other than those by which the connection was set up. */
    boolean answered;
    long lastReadNs;
    boolean throttled;
    long throttledUntilNs;
    RequestFailure lastFailure;

    Connection(int nodeId, String host, int port) {
        this.nodeId = nodeId;
        this.host = host;
        this.port = port;
        this.addressText = host + ':' + port;
    }

    boolean reauthenticationDue(long nowNs) {
        return reauthenticates && nowNs - reauthenticateNs >= 0;
    }

    boolean isThrottled(long nowNs) {
        if (throttled && nowNs - throttledUntilNs >= 0) {
            throttled = false;
        }
        return throttled;
    }
}
