package io.kp.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Puts a resolver that blocks on threads of its own. There are never more of these than hosts that are being looked up, however often
 * and for however long, since a second question joins the first.
 */
final class SystemHostResolver implements HostResolver {
    private final HostResolver blocking;
    private final ConcurrentHashMap<String, CompletableFuture<InetAddress[]>> underWay = new ConcurrentHashMap<>();

    SystemHostResolver(HostResolver blocking) {
        this.blocking = blocking;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        return blocking.resolve(host);
    }

    @Override
    public CompletableFuture<InetAddress[]> lookUp(String host) {
        if (isLiteral(host)) {
            return HostResolver.super.lookUp(host);
        }
        CompletableFuture<InetAddress[]> mine = new CompletableFuture<>();
        CompletableFuture<InetAddress[]> other = underWay.putIfAbsent(host, mine);
        if (other != null) {
            return other;
        }
        try {
            Thread thread = new Thread(() -> run(host, mine), "kp-dns | " + host);
            thread.setDaemon(true);
            thread.start();
        } catch (RuntimeException | Error e) {
            end(host, mine); // no thread to be had; the next attempt may find one
            mine.completeExceptionally(e);
        }
        return mine;
    }

    private void run(String host, CompletableFuture<InetAddress[]> mine) {
        try {
            InetAddress[] addresses = blocking.resolve(host);
            end(host, mine);
            mine.complete(addresses);
        } catch (Exception | Error e) {
            end(host, mine);
            mine.completeExceptionally(e);
        }
    }

    /** Before the answer is told, so that who asks again because of it is not given the same. */
    private void end(String host, CompletableFuture<InetAddress[]> mine) {
        underWay.remove(host, mine);
    }

    /** Addresses in digits, which the JDK takes without asking anybody. */
    private static boolean isLiteral(String host) {
        if (host.indexOf(':') >= 0) {
            return true;
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c != '.' && (c < '0' || c > '9')) {
                return false;
            }
        }
        return true;
    }
}
