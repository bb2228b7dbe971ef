package io.kp.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;

/**
 * Turns a host name into addresses. A {@link NetworkClient} calls {@link #lookUp} and goes on with its other connections until the
 * answer is there; the time that this takes is part of the set-up of the connection and ends with its timeout.
 */
@FunctionalInterface
public interface HostResolver {

    /**
     * The addresses of a host. May block.
     *
     * @param host a name or a literal address
     * @return at least one address, in order of preference
     * @throws UnknownHostException if there is none
     */
    InetAddress[] resolve(String host) throws UnknownHostException;

    /**
     * Begins to look for the addresses of a host. Must not block. Unless overridden it calls {@link #resolve}, for resolvers that
     * answer at once.
     *
     * @param host a name or a literal address
     * @return completes, on any thread, with the addresses, or with the exception that {@link #resolve} would throw
     */
    default CompletableFuture<InetAddress[]> lookUp(String host) {
        try {
            return CompletableFuture.completedFuture(resolve(host));
        } catch (UnknownHostException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * The system's resolver with the JDK's cache ({@link InetAddress#getAllByName}). Since that may block for as long as it likes, a
     * look-up runs on a daemon thread of its own; who asks for a host that is being looked up already shares that look-up. Literal
     * addresses need no thread.
     *
     * @return a resolver, thread-safe
     */
    static HostResolver system() {
        return new SystemHostResolver(InetAddress::getAllByName);
    }
}
