package io.kp.network;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Turns a host name into addresses. The system's resolver may block the calling thread for as long as it likes; one
 * that must not can answer from a cache that it fills elsewhere.
 */
@FunctionalInterface
public interface HostResolver {

    /**
     * The addresses of a host.
     *
     * @param host a name or a literal address
     * @return at least one address, in order of preference
     * @throws UnknownHostException if there is none
     */
    InetAddress[] resolve(String host) throws UnknownHostException;

    /**
     * The system's resolver with the JDK's cache.
     *
     * @return {@link InetAddress#getAllByName}
     */
    static HostResolver system() {
        return InetAddress::getAllByName;
    }
}
