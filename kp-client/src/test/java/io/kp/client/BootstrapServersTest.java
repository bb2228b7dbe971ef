package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.List;

import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;

class BootstrapServersTest {
    @ParameterizedTest
    @ValueSource(strings = {"localhost:9092", "127.0.0.1:1", "broker-1.example.com:65535", "my_host:9092", "[::1]:9092",
            "[2001:db8::1]:9092",
            "[fe80::1%eth0]:9092", "[::ffff:10.0.0.1]:9092", "PLAINTEXT://broker:9092", "plaintext://[::1]:9092"})
    void shouldReadHostAndPortAsKafkaDoes(String entry) {
        final InetSocketAddress server = BootstrapServers.parse(List.of(entry)).get(0);
        assertTrue(server.isUnresolved());
        assertEquals(Utils.getHost(entry), server.getHostString());
        assertEquals(Utils.getPort(entry), server.getPort());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"localhost | has no port; write host:port",
            ":9092 | has no host; write host:port",
            "a b:9092 | has a character that no host name has; write host:port",
            "localhost: | has no port between 1 and 65535: port=",
            "localhost:port | has no port between 1 and 65535: port=port",
            "localhost:0 | has no port between 1 and 65535: port=0",
            "localhost:65536 | has no port between 1 and 65535: port=65536",
            "localhost:99999999999999999999 | has no port between 1 and 65535: port=99999999999999999999",
            "localhost:-1 | has no port between 1 and 65535: port=-1",
            "::1:9092 | looks like an IPv6 address; write [address]:port",
            "[::1 | has no closing bracket; write [address]:port", "[::1] | has no port; write [address]:port",
            "[::1]9092 | has no port; write [address]:port", "[]:9092 | has no IPv6 address between its brackets",
            "[host]:9092 | has no IPv6 address between its brackets",
            "SSL://localhost:9092 | has a scheme that this version of kp does not support; write host:port",
            "http://localhost:80 | has a scheme that this version of kp does not support; write host:port"})
    void shouldNameTheEntryThatIsRefused(String entry, String reason) {
        final ConfigException refusal = assertThrows(ConfigException.class,
                () -> BootstrapServers.parse(List.of("good:9092", entry)));
        assertEquals("bootstrap.servers", refusal.key());
        assertEquals(
                "invalid configuration: bootstrap.servers=[good:9092, " + entry + "]: entry \"" + entry + "\" "
                        + reason,
                refusal.getMessage().stripTrailing());
    }

    @Test
    void shouldDropDuplicatesAndKeepTheOrder() {
        assertEquals(List.of(InetSocketAddress.createUnresolved("b", 1), InetSocketAddress.createUnresolved("a", 1),
                InetSocketAddress.createUnresolved("a", 2)),
                BootstrapServers.parse(List.of("b:1", "a:1", "B:1", "plaintext://a:1", "a:2")));
    }

    @Property(tries = 300)
    void shouldReadWhateverItIsMadeOf(
            @ForAll @StringLength(min = 1, max = 30) @CharRange(from = 'a', to = 'z') String host,
            @ForAll @IntRange(min = 1, max = 65_535) int port) {
        assertEquals(List.of(InetSocketAddress.createUnresolved(host, port)),
                BootstrapServers.parse(List.of(host + ":" + port)));
    }

    @Property(tries = 300)
    void shouldRefuseOrReadAnyText(@ForAll String text) {
        final String entry = text.trim();
        try {
            final InetSocketAddress server = BootstrapServers.parse(List.of(entry)).get(0);
            assertTrue(server.getPort() > 0);
        } catch (final ConfigException e) {
            assertTrue(e.getMessage().contains("entry \"" + entry + "\""), e.getMessage());
        }
    }
}
