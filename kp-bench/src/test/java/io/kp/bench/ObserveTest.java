package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;

import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.kp.client.Explanation;
import io.kp.client.Explanation.Limit;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.ProducerState;
import io.kp.client.Serializers;
import io.kp.testkit.Fault;
import io.kp.testkit.ScriptedBroker;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** What a running producer says of itself: MBeans beside those of Kafka's client, Flight Recorder events, explanations. */
class ObserveTest {
    private static final String TOPIC = "orders";
    private static final String PAGE = page();
    private static final Duration LONG = Duration.ofSeconds(30);

    /** Attributes of Kafka's that kp has not, and why. */
    private static final Map<String, String> NOT_OFFERED = new HashMap<>();

    static {
        why("no transactions", "txn-abort-time-ns-total", "txn-begin-time-ns-total", "txn-commit-time-ns-total",
                "txn-init-time-ns-total", "txn-prepare-time-ns-total", "txn-send-offsets-time-ns-total");
        why("would have to be looked at record by record", "record-size-max");
        why("the network layer does not tell the first authentication of a connection from later ones",
                "failed-reauthentication-rate", "failed-reauthentication-total", "reauthentication-latency-avg",
                "reauthentication-latency-max", "successful-authentication-no-reauth-total",
                "successful-reauthentication-rate", "successful-reauthentication-total");
    }

    private static void why(final String reason, final String... names) {
        for (final String name : names) {
            NOT_OFFERED.put(name, reason);
        }
    }

    private final ScriptedBroker broker = ScriptedBroker.start(2);
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    @AfterEach
    void close() {
        broker.close();
    }

    private Producer<String, String> producer(final Object... settings) {
        final ProducerConfig.Builder config = ProducerConfig.builder()
                .set(ProducerConfig.BOOTSTRAP_SERVERS, broker.bootstrapServers());
        for (int i = 0; i < settings.length; i += 2) {
            config.set((String) settings[i], settings[i + 1]);
        }
        return Producer.open(config.build(), Serializers.string(), Serializers.string());
    }

    private Set<String> attributes(final ObjectName name) throws Exception {
        final Set<String> names = new TreeSet<>();
        for (final MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
            names.add(attribute.getName());
        }
        return names;
    }

    private double value(final String group, final String client, final String more, final String attribute)
            throws Exception {
        return (Double) server.getAttribute(
                new ObjectName("kafka.producer:type=" + group + ",client-id=" + client + more), attribute);
    }

    /** Both clients give memory back and count some things only after the last future is told. */
    private void sameSoon(final String group, final String more, final String name) throws Exception {
        final long until = System.nanoTime() + LONG.toNanos();
        while (Double.compare(value(group, "theirs", more, name), value(group, "ours", more, name)) != 0
                && System.nanoTime() - until < 0) {
            Thread.onSpinWait();
        }
        assertEquals(value(group, "theirs", more, name), value(group, "ours", more, name), name);
    }

    @Test
    void shouldShowWhatKafkasClientShowsUnderTheSameNames() throws Exception {
        broker.cluster().createTopic(TOPIC, 3);
        final Properties kafkas = new Properties();
        kafkas.put("bootstrap.servers", broker.bootstrapServers());
        kafkas.put("client.id", "theirs");
        kafkas.put("linger.ms", "100");
        kafkas.put("enable.metrics.push", "false");
        final String value = "x".repeat(100);
        try (KafkaProducer<String, String> theirs = new KafkaProducer<>(kafkas, new StringSerializer(),
                new StringSerializer());
                Producer<String, String> ours = producer("client.id", "ours", "linger.ms", "100", "kp.jmx", "true")) {
            for (int i = 0; i < 1_000; i++) {
                theirs.send(new org.apache.kafka.clients.producer.ProducerRecord<>(TOPIC, i % 3, null, value));
                ours.send(new ProducerRecord<>(TOPIC, i % 3, null, value));
            }
            theirs.flush();
            ours.flush();
            for (final String group : List.of("producer-metrics", "producer-topic-metrics", "producer-node-metrics")) {
                final String more = group.contains("topic")
                        ? ",topic=" + TOPIC
                        : group.contains("node") ? ",node-id=node-1" : "";
                final Set<String> missing = attributes(
                        new ObjectName("kafka.producer:type=" + group + ",client-id=theirs" + more));
                final Set<String> offered = attributes(
                        new ObjectName("kafka.producer:type=" + group + ",client-id=ours" + more));
                final Set<String> added = new TreeSet<>(offered);
                added.removeAll(missing);
                assertEquals(Set.of(), added, group + ": names that Kafka's client has not");
                missing.removeAll(offered);
                final Set<String> expected = new TreeSet<>(group.equals("producer-metrics")
                        ? NOT_OFFERED.keySet()
                        : Set.of());
                assertEquals(expected, missing, group + ": not offered");
            }
            for (final String name : List.of("record-send-total", "record-error-total", "record-retry-total",
                    "buffer-total-bytes", "buffer-available-bytes", "waiting-threads", "requests-in-flight",
                    "batch-split-total", "buffer-exhausted-total", "produce-throttle-time-max")) {
                sameSoon("producer-metrics", "", name);
            }
            final String topic = ",topic=" + TOPIC;
            for (final String name : List.of("record-send-total", "record-error-total", "record-retry-total")) {
                sameSoon("producer-topic-metrics", topic, name);
            }
            // The same records in other batches: headers and deltas differ a little.
            final double bytes = value("producer-topic-metrics", "theirs", topic, "byte-total");
            assertEquals(bytes, value("producer-topic-metrics", "ours", topic, "byte-total"), 0.1 * bytes);
            assertTrue(value("producer-metrics", "ours", "", "request-latency-avg") > 0);
            assertTrue(value("producer-node-metrics", "ours", ",node-id=node-1", "request-total") > 0);
            final Object json = server.getAttribute(new ObjectName("io.kp:type=producer,client-id=ours"), "Json");
            assertTrue(Json.parse((String) json) instanceof Map<?, ?>);
        }
        assertEquals(Set.of(), server.queryNames(new ObjectName("*:client-id=ours,*"), null), "all are gone");
    }

    @Test
    void shouldShowNothingUnlessAsked() throws Exception {
        try (Producer<String, String> ours = producer("client.id", "quiet")) {
            assertTrue(ours.state().phase() == ProducerState.Phase.OPEN);
            assertEquals(Set.of(), server.queryNames(new ObjectName("*:client-id=quiet,*"), null));
        }
        try (Producer<String, String> ours = producer("client.id", "asked", "metric.reporters",
                "org.apache.kafka.common.metrics.JmxReporter")) {
            assertTrue(ours.state().phase() == ProducerState.Phase.OPEN);
            assertTrue(server.queryNames(new ObjectName("*:client-id=asked,*"), null).size() >= 2);
        }
    }

    @Test
    void shouldLeaveEventsInAFlightRecording(@TempDir final Path folder) throws Exception {
        broker.cluster().createTopic(TOPIC, 1);
        final Path file = folder.resolve("run.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            try (Producer<String, String> producer = producer("linger.ms", "0", "buffer.memory", "32768",
                    "kp.segment.bytes", "2048", "max.block.ms", "20000")) {
                producer.send(new ProducerRecord<>(TOPIC, "first")).get();
                broker.script().produce().once().then(Fault.error(io.kp.network.ErrorCode.INVALID_RECORD));
                producer.send(new ProducerRecord<>(TOPIC, "refused")).handle((metadata, failure) -> null).join();
                // Each, or a test that is held up itself would find room without waiting.
                broker.script().produce().times(8).then(Fault.delay(Duration.ofMillis(100)));
                final String large = "x".repeat(10_000);
                for (int i = 0; i < 8; i++) {
                    producer.send(new ProducerRecord<>(TOPIC, large));
                }
                producer.flush();
                final CountDownLatch slow = new CountDownLatch(1);
                producer.send(new ProducerRecord<>(TOPIC, "slow"), (metadata, failure) -> {
                    final long until = System.nanoTime() + 600_000_000L;
                    while (System.nanoTime() < until) {
                        Thread.onSpinWait();
                    }
                    slow.countDown();
                });
                slow.await();
            }
            recording.dump(file);
        }
        final Map<String, List<RecordedEvent>> events = new HashMap<>();
        for (final RecordedEvent event : RecordingFile.readAllEvents(file)) {
            events.computeIfAbsent(event.getEventType().getName(), unused -> new ArrayList<>()).add(event);
        }
        for (final String name : List.of("BatchSealed", "BatchSent", "BatchAcknowledged", "BatchFailed", "MemoryWait",
                "MetadataRefresh", "ConnectionState", "SlowCallback")) {
            assertTrue(events.containsKey("io.kp." + name), name + " of " + events.keySet());
        }
        final RecordedEvent failed = events.get("io.kp.BatchFailed").get(0);
        assertTrue(failed.getString("reason").contains("INVALID_RECORD"), failed.toString());
        assertEquals(TOPIC, failed.getString("topic"));
        assertTrue(events.get("io.kp.MemoryWait").get(0).getBoolean("obtained"));
        assertEquals(List.of("kp", "Producer"), failed.getEventType().getCategoryNames());
    }

    @Test
    void shouldDrawARunningProducerInAnyWidth() throws Exception {
        broker.cluster().createTopic(TOPIC, 3);
        try (Producer<String, String> producer = producer("client.id", "drawn", "linger.ms", "5", "kp.jmx", "true")) {
            send(producer, 3, 300);
            producer.flush();
            final Map<String, Object> first = TopCommand.producers(server, "drawn");
            send(producer, 1, 100);
            producer.flush();
            final Map<String, Object> second = TopCommand.producers(server, "drawn");
            assertEquals(Set.of("drawn"), second.keySet());
            final TopFrame before = new TopFrame((Map<?, ?>) first.get("drawn"), 0, null);
            final TopFrame after = new TopFrame((Map<?, ?>) second.get("drawn"), 1_000_000_000, before.alone());
            for (final int width : new int[]{1, 40, 80, 200}) {
                final List<String> lines = after.lines(width, false);
                assertTrue(lines.stream().allMatch(line -> line.length() <= Math.max(40, width)), lines.toString());
                assertTrue(lines.stream().noneMatch(line -> line.contains("NaN") || line.contains("\u001b")),
                        lines.toString());
            }
            final String text = String.join("\n", after.lines(100, false));
            assertTrue(text.startsWith("kp top | drawn | limit: "), text);
            assertTrue(text.contains("acknowledged 400   failed 0   retried 0"), text);
            for (final String shown : List.of("memory [", "claim-to-seal", "socket-to-broker", "claim-to-completion",
                    "node-1", "orders-0 ", "records/s")) {
                assertTrue(text.contains(shown), shown + " in " + text);
            }
            assertTrue(text.matches("(?s).*orders-0 +100 +0 \\[#+\\].*"), text);
            assertTrue(String.join("", after.lines(100, true)).contains("\u001b[1"));
            assertEquals(Map.of(), TopCommand.producers(server, "another"));
        }
    }

    // ---- explain

    private static Explanation until(final Producer<?, ?> producer, final Limit limit, final Runnable meanwhile) {
        return until(producer, now -> {
            if (now.limit() == limit) {
                return true;
            }
            meanwhile.run();
            return false;
        });
    }

    private static Explanation until(final Producer<?, ?> producer, final Predicate<Explanation> wanted) {
        final long until = System.nanoTime() + LONG.toNanos();
        Explanation last = producer.explain();
        while (!wanted.test(last)) {
            assertTrue(System.nanoTime() - until < 0, last + " " + last.figures());
            Thread.onSpinWait();
            last = producer.explain();
        }
        return last;
    }

    private static void says(final Explanation explanation, final String... words) {
        for (final String word : words) {
            assertTrue(explanation.text().contains(word), explanation.text());
        }
        assertFalse(explanation.text().contains("NaN"), explanation.text());
        // docs/observability.md shows each, with the figures of one run.
        assertTrue(PAGE.contains(shape(explanation.text())), explanation.text());
        final String key = explanation.key() == null ? "" : explanation.key();
        assertTrue(PAGE.lines().anyMatch(line -> line.contains(shape(explanation.text())) && line.contains(key)), key);
    }

    private static String shape(final String text) {
        // Of the connection's failure, figures, and "?" for one that is not known yet.
        return text.replaceAll("(not connected|be reached) \\(.*\\)\\. Look", "$1 (…). Look")
                .replaceAll("\\d[\\d.,]*\\d|\\d|\\?(?= ms)", "#");
    }

    private static String page() {
        try {
            return shape(Files.readString(Path.of(System.getProperty("kp.test.root"), "docs/observability.md")));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldExplainIdleLingerAndNothing() throws Exception {
        broker.cluster().createTopic(TOPIC, 1);
        try (Producer<String, String> producer = producer("linger.ms", "40")) {
            final Explanation idle = until(producer, Limit.IDLE, () -> {
            });
            says(idle, "idle");
            assertNull(idle.key(), "nothing to turn");
            assertEquals("0", idle.figures().get("records pending"));
            final Explanation linger = until(producer, Limit.LINGER,
                    () -> producer.send(new ProducerRecord<>(TOPIC, "x")).join());
            says(linger, "Linger limits", "linger.ms=40");
            assertEquals("linger.ms", linger.key());
            // The 40 ms are most of what an acknowledgement takes, and stand in the figures and in the words.
            final double filled = figure(linger, "claim to seal, ms");
            assertTrue(filled >= 39 && figure(linger, "claim to completion, ms") >= filled, linger.figures()::toString);
            says(linger, "a batch waits " + linger.figures().get("claim to seal, ms") + " ms");
            assertTrue(figure(linger, "batches full, %") < 50, linger.figures()::toString);
        }
        try (Producer<String, String> producer = producer("linger.ms", "0")) {
            says(until(producer, Limit.NOTHING, () -> producer.send(new ProducerRecord<>(TOPIC, "x")).join()),
                    "Nothing limits");
        }
    }

    @Test
    void shouldExplainCallbacks() throws Exception {
        broker.cluster().createTopic(TOPIC, 1);
        try (Producer<String, String> producer = producer("linger.ms", "0")) {
            final Explanation callback = until(producer, Limit.CALLBACK, () -> {
                final CompletableFuture<Void> told = new CompletableFuture<>();
                producer.send(new ProducerRecord<>(TOPIC, "x"), (metadata, failure) -> {
                    final long end = System.nanoTime() + 50_000_000;
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                    told.complete(null);
                });
                told.join();
            });
            says(callback, "Callbacks limit", "completionExecutor");
            assertEquals("completionExecutor", callback.key());
            final double part = figure(callback, "callbacks, % of the I/O thread's time");
            assertTrue(part > 50 && part <= 100, callback.figures()::toString);
        }
    }

    @Test
    void shouldExplainConnection() throws Exception {
        broker.cluster().createTopic(TOPIC, 1);
        try (Producer<String, String> producer = producer("linger.ms", "0", "delivery.timeout.ms", "40000")) {
            producer.send(new ProducerRecord<>(TOPIC, "x")).join();
            broker.cluster().stopNode(0);
            broker.cluster().stopNode(1);
            producer.send(new ProducerRecord<>(TOPIC, "y"));
            until(producer, Limit.CONNECTION, Thread::onSpinWait);
            // Of more than one connection one is seen to end first.
            final Explanation connection = until(producer, now -> "0".equals(now.figures().get("connections")));
            says(connection, "connection limits");
            assertEquals("bootstrap.servers", connection.key());
            assertEquals("1", connection.figures().get("records pending"));
            producer.close(Duration.ZERO);
        }
    }

    /** Not the network's fault, but nothing is sent either. */
    @Test
    void shouldExplainATopicThatIsNotThere() throws Exception {
        try (Producer<String, String> producer = producer("max.block.ms", "60000")) {
            final Thread sender = new Thread(() -> {
                try {
                    producer.send(new ProducerRecord<>("nonesuch", "x"));
                } catch (final KpException e) {
                    // The interrupt below ends the wait.
                    Thread.currentThread().interrupt();
                }
            });
            sender.start();
            until(producer, Limit.CONNECTION, Thread::onSpinWait);
            // Before the first connection it is the connection; then the topic.
            final Explanation missing = until(producer, now -> "max.block.ms".equals(now.key()));
            says(missing, "a thread waits for metadata", "max.block.ms=60000");
            assertEquals("1", missing.figures().get("threads waiting for metadata"));
            sender.interrupt();
            sender.join();
        }
    }

    private static double figure(final Explanation explanation, final String name) {
        assertTrue(explanation.figures().containsKey(name), explanation.figures()::toString);
        return Double.parseDouble(explanation.figures().get(name).replace(",", ""));
    }

    @Test
    void shouldExplainBrokerMemoryAndHotPartition() throws Exception {
        broker.cluster().createTopic(TOPIC, 2);
        broker.script().produce().forever().then(Fault.delay(Duration.ofMillis(40)));
        try (Producer<String, String> producer = producer("linger.ms", "0", "batch.size", "1000",
                "kp.batch.max.bytes", "0", "max.in.flight.requests.per.connection", "1")) {
            // Not before the first answer is it known how long one takes.
            sendIfFew(producer, 2, 2);
            producer.flush();
            final Explanation slow = until(producer, Limit.BROKER, () -> sendIfFew(producer, 2, 2));
            says(slow, "The broker limits", "node ", "batch.size=1000");
            assertEquals("batch.size", slow.key());
            assertTrue(figure(slow, "socket to broker, ms") >= 39, slow.figures()::toString);
            producer.flush();
        }
        try (Producer<String, String> producer = producer("linger.ms", "0", "buffer.memory", "16384",
                "kp.segment.bytes", "2048", "batch.size", "16384")) {
            final Explanation memory = until(producer, Limit.MEMORY, () -> sendIfFew(producer, 2, 20));
            says(memory, "Memory limits", "buffer.memory=16384",
                    memory.figures().get("memory used, % of buffer.memory") + " % of buffer.memory");
            assertEquals("buffer.memory", memory.key());
            assertTrue(figure(memory, "memory used, % of buffer.memory") <= 100, memory.figures()::toString);
        }
        try (Producer<String, String> producer = producer("linger.ms", "0", "batch.size", "1000",
                "kp.batch.max.bytes", "0", "max.in.flight.requests.per.connection", "1")) {
            producer.send(new ProducerRecord<>(TOPIC, 1, null, "x")).join();
            final Explanation hot = until(producer, Limit.HOT_PARTITION, () -> sendIfFew(producer, 1, 20));
            says(hot, "One hot partition limits", TOPIC + "-0",
                    hot.figures().get("batches queued, hottest partition") + " batches wait");
            assertEquals("kp.batch.max.bytes", hot.key());
            assertTrue(figure(hot, "batches queued, hottest partition") >= 4, hot.figures()::toString);
            producer.flush();
        }
    }

    @Test
    void shouldExplainAQuota() throws Exception {
        broker.cluster().createTopic(TOPIC, 1);
        broker.script().produce().forever().then(Fault.throttle(500));
        try (Producer<String, String> producer = producer("linger.ms", "0")) {
            final Explanation quota = until(producer, now -> {
                sendIfFew(producer, 1, 1);
                return now.limit() == Limit.BROKER && now.text().contains("throttles");
            });
            says(quota, "The broker limits", "quota");
            assertNull(quota.key(), "nothing to turn here");
            broker.script().clear();
        }
    }

    /** So that the end does not take minutes. */
    private static void sendIfFew(final Producer<String, String> producer, final int partitions, final int records) {
        if (producer.metrics().recordsPending() < 60) {
            send(producer, partitions, records);
        } else {
            Thread.onSpinWait();
        }
    }

    private static void send(final Producer<String, String> producer, final int partitions, final int records) {
        final String value = "x".repeat(900);
        for (int i = 0; i < records; i++) {
            producer.send(new ProducerRecord<>(TOPIC, i % partitions, null, value));
        }
    }
}
