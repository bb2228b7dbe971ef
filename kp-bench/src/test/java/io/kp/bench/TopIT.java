package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;
import io.kp.testkit.ScriptedBroker;

/** {@code kp top} as a process that watches another one: {@code kp perf} by its id and by a JMX port, and a producer of an application, which is this one. */
class TopIT {
    private static final String TOPIC = "watched";
    private static final long PATIENCE_SECONDS = 30;

    private final ScriptedBroker broker = ScriptedBroker.start(2);

    @BeforeEach
    void createTopic() {
        broker.cluster().createTopic(TOPIC, 3);
    }

    @AfterEach
    void closeBroker() {
        broker.close();
    }

    @Test
    void shouldWatchPerfByProcessIdAndByJmxPort() throws Exception {
        final int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        final Tool perf = Tool.start(List.of("perf", "-b", broker.bootstrapServers(), "--topic", TOPIC,
                "--num-records", "100000000", "--record-size", "100", "--throughput", "2000", "--jmx"),
                Map.of("KP_JVM_OPTIONS", "-Dcom.sun.management.jmxremote.port=" + port
                        + " -Dcom.sun.management.jmxremote.host=127.0.0.1 -Djava.rmi.server.hostname=127.0.0.1"
                        + " -Dcom.sun.management.jmxremote.authenticate=false -Dcom.sun.management.jmxremote.ssl=false"));
        try {
            // The start script becomes the JVM, so the script's id is the JVM's.
            final String id = Long.toString(perf.process().pid());
            final String[] frame = {""};
            Tool.await("records in a frame of kp top", () -> {
                final Tool.Result result = Tool.runCommand("top", id, "--once");
                frame[0] = result.toString();
                return result.code() == ExitCode.OK
                        && result.out().matches("(?s).*acknowledged [1-9][0-9,]*   failed 0.*");
            });
            for (final String shown : List.of("kp top | perf-producer-client | limit: ", "records/s ", "memory [",
                    "watched, ms", "claim-to-completion", "  node-", "  watched-")) {
                assertTrue(frame[0].contains(shown), () -> shown + " in " + frame[0]);
            }

            final Tool.Result remote = Tool.runCommand("top", "127.0.0.1:" + port, "--json");
            assertEquals(ExitCode.OK, remote.code(), remote::toString);
            final List<?> producers = (List<?>) ((Map<?, ?>) Json.parse(remote.out())).get("producers");
            assertEquals(1, producers.size());
            final Map<?, ?> producer = (Map<?, ?>) producers.get(0);
            assertEquals("perf-producer-client", producer.get("client-id"));
            assertTrue(value(producer, "kp-producer-metrics", "records-acknowledged-total") > 0, remote::toString);

            // The other forms that docs/tools.md shows; where standard output is no terminal there is one frame.
            for (final List<String> form : List.of(List.of("top", id), List.of("top", "127.0.0.1:" + port, "--client",
                    "perf-producer-client", "--interval", "2"), List.of("top", id, "--json"))) {
                final Tool.Result shown = Tool.runCommand(form.toArray(new String[0]));
                assertEquals(ExitCode.OK, shown.code(), shown::toString);
                assertTrue(shown.out().contains("perf-producer-client"), shown::toString);
            }

            final Tool.Result another = Tool.runCommand("top", id, "--once", "--client", "another");
            assertEquals(ExitCode.INCOMPLETE, another.code(), another::toString);
            assertTrue(another.err().contains("shows no producer with client.id another"), another::toString);
        } finally {
            perf.process().destroy();
            if (!perf.process().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                perf.process().destroyForcibly().waitFor();
            }
        }
        final Tool.Result ended = Tool.runCommand("top", Long.toString(perf.process().pid()), "--once");
        assertEquals(ExitCode.USAGE, ended.code(), ended::toString);
        assertTrue(ended.err().contains("no Java process of this user"), ended::toString);
        final Tool.Result closed = Tool.runCommand("top", "127.0.0.1:" + port, "--once");
        assertEquals(ExitCode.USAGE, closed.code(), closed::toString);
        assertTrue(closed.err().contains("no JMX at 127.0.0.1:" + port), closed::toString);
    }

    @Test
    void shouldWatchAnyProducerWithTheSwitchAndNoOther() {
        final String id = Long.toString(ProcessHandle.current().pid());
        try (Producer<String, String> shown = producer("shown", "true");
                Producer<String, String> hidden = producer("hidden", "false")) {
            final List<Producer<String, String>> both = new ArrayList<>(List.of(shown, hidden));
            both.forEach(producer -> producer.send(new ProducerRecord<>(TOPIC, "value")).join());
            final Tool.Result result = Tool.runCommand("top", id, "--once");
            assertEquals(ExitCode.OK, result.code(), result::toString);
            assertTrue(result.out().contains("kp top | shown | limit: "), result::toString);
            assertTrue(result.out().contains("acknowledged 1   failed 0"), result::toString);
            assertTrue(!result.out().contains("hidden"), result::toString);
        }
        final Tool.Result none = Tool.runCommand("top", id, "--once");
        assertEquals(ExitCode.INCOMPLETE, none.code(), none::toString);
        assertTrue(none.err().contains("kp.jmx=true"), none::toString);
    }

    private Producer<String, String> producer(final String clientId, final String jmx) {
        return Producer.open(
                ProducerConfig.builder().bootstrapServers(broker.bootstrapServers()).set("client.id", clientId)
                        .set("kp.jmx", jmx).build(),
                Serializers.string(), Serializers.string());
    }

    private static double value(final Map<?, ?> producer, final String group, final String name) {
        return ((List<?>) producer.get("values")).stream().map(value -> (Map<?, ?>) value)
                .filter(value -> group.equals(value.get("group")) && name.equals(value.get("name")))
                .mapToDouble(value -> (Double) value.get("value")).findFirst().orElseThrow();
    }
}
