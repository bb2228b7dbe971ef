package io.kp.client;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Reads {@code bootstrap.servers}: {@code host:port}, {@code [ipv6]:port}, either with {@code PLAINTEXT://} in front, as Kafka's own tools print
 * addresses. Resolves nothing.
 */
final class BootstrapServers {
    private static final String SCHEME = "plaintext://";
    private static final int MAX_PORT = 65_535;

    private BootstrapServers() {
    }

    static List<InetSocketAddress> parse(List<?> entries) {
        final List<InetSocketAddress> servers = new ArrayList<>(entries.size());
        final Set<String> seen = new HashSet<>();
        for (final Object entry : entries) {
            final InetSocketAddress server = server(entries, String.valueOf(entry).trim());
            if (seen.add(server.getHostString().toLowerCase(Locale.ROOT) + ' ' + server.getPort())) {
                servers.add(server);
            }
        }
        return List.copyOf(servers);
    }

    private static InetSocketAddress server(List<?> entries, String entry) {
        String address = entry;
        final int scheme = address.indexOf("://");
        if (scheme >= 0) {
            if (!address.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
                throw refusal(entries, entry, "has a scheme that this version of kp does not support; write host:port");
            }
            address = address.substring(SCHEME.length());
        }
        final String host;
        final int colon;
        if (address.startsWith("[")) {
            final int bracket = address.indexOf(']');
            if (bracket < 0) {
                throw refusal(entries, entry, "has no closing bracket; write [address]:port");
            }
            host = address.substring(1, bracket);
            if (!isIpv6(host)) {
                throw refusal(entries, entry, "has no IPv6 address between its brackets");
            }
            colon = bracket + 1;
            if (colon == address.length() || address.charAt(colon) != ':') {
                throw refusal(entries, entry, "has no port; write [address]:port");
            }
        } else {
            colon = address.lastIndexOf(':');
            if (colon < 0) {
                throw refusal(entries, entry, "has no port; write host:port");
            }
            host = address.substring(0, colon);
            if (host.indexOf(':') >= 0) {
                throw refusal(entries, entry, "looks like an IPv6 address; write [address]:port");
            }
            if (!isHost(host)) {
                throw refusal(entries, entry,
                        host.isEmpty()
                                ? "has no host; write host:port"
                                : "has a character that no host name has; write host:port");
            }
        }
        return InetSocketAddress.createUnresolved(host, port(entries, entry, address.substring(colon + 1)));
    }

    private static int port(List<?> entries, String entry, String text) {
        int port = 0;
        boolean valid = !text.isEmpty();
        for (int i = 0; i < text.length() && valid; i++) {
            final char c = text.charAt(i);
            port = port * 10 + (c - '0');
            valid = c >= '0' && c <= '9' && port <= MAX_PORT;
        }
        if (!valid || port == 0) {
            throw refusal(entries, entry, "has no port between 1 and " + MAX_PORT + ": port=" + text);
        }
        return port;
    }

    private static boolean isHost(String host) {
        for (int i = 0; i < host.length(); i++) {
            final char c = host.charAt(i);
            if (!(isAsciiLetterOrDigit(c) || c == '-' || c == '.' || c == '_' || c == '%')) {
                return false;
            }
        }
        return !host.isEmpty();
    }

    /** Good enough to tell an address from a name; the resolver has the last word. */
    private static boolean isIpv6(String host) {
        final int zone = host.indexOf('%');
        final String address = zone < 0 ? host : host.substring(0, zone);
        int colons = 0;
        for (int i = 0; i < address.length(); i++) {
            final char c = address.charAt(i);
            if (c == ':') {
                colons++;
            } else if (c != '.' && !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F')) {
                return false;
            }
        }
        return colons >= 2 && (zone < 0 || isHost(host.substring(zone + 1)));
    }

    private static boolean isAsciiLetterOrDigit(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    private static ConfigException refusal(List<?> entries, String entry, String reason) {
        return new ConfigException(ProducerConfig.BOOTSTRAP_SERVERS, entries, "entry \"" + entry + "\" " + reason);
    }
}
