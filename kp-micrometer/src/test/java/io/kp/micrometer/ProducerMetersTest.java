package io.kp.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.kp.client.Metric;
import io.kp.client.MetricValue;
import io.kp.client.MetricsSnapshot;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;
import io.kp.testkit.ScriptedBroker;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

class ProducerMetersTest {
    private static final String TOPIC = "orders";
    private static final long PATIENCE_NS = Duration.ofSeconds(30).toNanos();

    private final ScriptedBroker broker = ScriptedBroker.start(2);
    private final MockClock clock = new MockClock();
    private final MeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);

    @AfterEach
    void close() {
        registry.close();
        broker.close();
    }

    private Producer<String, String> producer(final String clientId) {
        return Producer.open(
                ProducerConfig.builder().bootstrapServers(broker.bootstrapServers()).set("client.id", clientId)
                        .set("linger.ms", "1").build(),
                Serializers.string(), Serializers.string());
    }

    private static void send(final Producer<String, String> producer, final String topic, final int records) {
        for (int i = 0; i < records; i++) {
            producer.send(new ProducerRecord<>(topic, "value " + i));
        }
        producer.flush();
    }

    private double counter(final String name, final String... tags) {
        clock.add(Duration.ofMillis(ProducerMeters.MAX_AGE_MS));
        // As whoever publishes: reads everything.
        registry.forEachMeter(Meter::measure);
        return registry.get(name).tags(tags).functionCounter().count();
    }

    @Test
    void shouldShowASendingProducer() {
        broker.cluster().createTopic(TOPIC, 3);
        try (Producer<String, String> producer = producer("ours");
                ProducerMeters meters = ProducerMeters.of(producer).tags(Tags.of("region", "north"))) {
            meters.bindTo(registry);
            assertEquals(0, counter("kafka.producer.record.send.total", "client.id", "ours", "region", "north"));
            send(producer, TOPIC, 100);
            assertEquals(100, counter("kafka.producer.record.send.total", "kafka.version", "kp"));
            assertEquals(100, counter("kafka.producer.topic.record.send.total", "topic", TOPIC, "region", "north"));
            assertEquals(100, counter("kp.producer.records.acknowledged", "client.id", "ours"));
            assertTrue(registry.find("kafka.producer.node.request.total").functionCounters().stream()
                    .filter(meter -> meter.getId().getTag("node.id").matches("node-[01]"))
                    .mapToDouble(meter -> meter.count()).sum() > 0);
            assertTrue(registry.get("kafka.producer.request.latency.avg").gauge().value() > 0);
            final TimeGauge median = registry.get("kp.producer.stage.duration.percentile")
                    .tags("topic", TOPIC, "stage", "claim-to-completion", "phi", "0.5").timeGauge();
            // Counted after the outcome is told, so maybe after the flush.
            final long deadlineNs = System.nanoTime() + 20_000_000_000L;
            while (median.value() == 0) {
                assertTrue(System.nanoTime() < deadlineNs, "no time is counted");
                clock.add(Duration.ofMillis(ProducerMeters.MAX_AGE_MS));
                registry.forEachMeter(Meter::measure);
            }
            assertTrue(median.value() > 0 && median.value() < 30, () -> "in seconds: median=" + median.value());
            assertEquals("records", registry.get("kp.producer.records.acknowledged").meter().getId().getBaseUnit());
            assertNull(registry.get("kafka.producer.request.latency.avg").meter().getId().getBaseUnit());
            assertNull(registry.find("kp.producer.partition.record.send").meter(), "only when asked for");
        }
        assertEquals(List.of(), registry.getMeters(), "closing unbinds");
    }

    @Test
    void shouldReadOneSnapshotForAllMeters() {
        broker.cluster().createTopic(TOPIC, 1);
        try (Producer<String, String> producer = producer("ours");
                ProducerMeters meters = ProducerMeters.of(producer).partitions(true)) {
            meters.bindTo(registry);
            send(producer, TOPIC, 10);
            assertEquals(10, counter("kafka.producer.record.send.total"));
            send(producer, TOPIC, 10);
            assertEquals(10, registry.get("kafka.producer.topic.record.send.total").functionCounter().count());
            assertEquals(20, counter("kafka.producer.topic.record.send.total"));
            assertEquals(20, registry.get("kp.producer.partition.record.acknowledged").tags("partition", "0")
                    .functionCounter().count());
        }
    }

    @Test
    void shouldBindTopicsAsTheyAppearAndForgetThoseThatAreGone() {
        final AtomicReference<MetricsSnapshot> told = new AtomicReference<>();
        final Producer<?, ?> producer = (Producer<?, ?>) Proxy.newProxyInstance(
                Producer.class.getClassLoader(), new Class<?>[]{Producer.class},
                (proxy, method, arguments) -> method.getName().equals("snapshot") ? told.get() : null);
        told.set(snapshot("a", "b"));
        final ProducerMeters meters = ProducerMeters.of(producer);
        meters.bindTo(registry);
        assertEquals(Set.of("a", "b"), topics());
        told.set(snapshot("b", "c"));
        assertEquals(Set.of("a", "b"), topics(), "nobody has read a meter");
        assertEquals(1, counter("kafka.producer.topic.record.send.total", "topic", "b"));
        assertEquals(Set.of("b", "c"), topics());
        told.set(snapshot());
        assertEquals(1, counter("kafka.producer.topic.record.send.total", "topic", "b"));
        assertEquals(Set.of(), topics());
        meters.close();
        meters.close();
        assertNotNull(producer);
    }

    private static MetricsSnapshot snapshot(final String... topics) {
        final Metric metric = Metric.all().stream().filter(one -> one.group().equals("producer-topic-metrics")
                && one.name().equals("record-send-total")).findFirst().orElseThrow();
        final List<MetricValue> values = new ArrayList<>();
        for (final String topic : topics) {
            values.add(new MetricValue(metric, Map.of("topic", topic), 1));
        }
        return new MetricsSnapshot("fake", values, List.of());
    }

    private Set<String> topics() {
        return registry.find("kafka.producer.topic.record.send.total").meters().stream()
                .map(meter -> meter.getId().getTag("topic")).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldNotKeepAClosedProducer() {
        broker.cluster().createTopic(TOPIC, 1);
        final WeakReference<Producer<String, String>> weak = bindSendAndForget();
        assertTrue(registry.getMeters().size() > 50, "nobody has unbound");
        final Meter total = registry.get("kafka.producer.record.send.total").meter();
        final long until = System.nanoTime() + PATIENCE_NS;
        while (weak.get() != null) {
            assertTrue(System.nanoTime() - until < 0, "the producer is still reachable");
            System.gc();
            Thread.onSpinWait();
        }
        clock.add(Duration.ofSeconds(1));
        total.measure().forEach(measurement -> assertFalse(Double.isInfinite(measurement.getValue())));
        assertEquals(List.of(), registry.getMeters(), "its meters went with it");
    }

    private WeakReference<Producer<String, String>> bindSendAndForget() {
        final Producer<String, String> producer = producer("forgotten");
        ProducerMeters.of(producer).bindTo(registry);
        send(producer, TOPIC, 5);
        producer.close();
        assertEquals(5, counter("kafka.producer.record.send.total"), "the last values stay");
        return new WeakReference<>(producer);
    }

    /** Else the test above could not fail. */
    @Test
    void shouldSeeAProducerThatIsKept() {
        final Producer<String, String> producer = producer("kept");
        final WeakReference<Producer<String, String>> weak = new WeakReference<>(producer);
        for (int i = 0; i < 5; i++) {
            System.gc();
        }
        assertNotNull(weak.get());
        producer.close();
    }

    @Test
    void shouldNotTakeAnothersMeters() {
        try (Producer<String, String> first = producer("same"); Producer<String, String> second = producer("same")) {
            final ProducerMeters ofFirst = ProducerMeters.of(first);
            ofFirst.bindTo(registry);
            final long count = count();
            ProducerMeters.of(second).bindTo(registry);
            assertEquals(count, count());
            final ProducerMeters tagged = ProducerMeters.of(second).tags(List.of(Tag.of("instance", "2")));
            tagged.bindTo(registry);
            assertEquals(2 * count, count());
            tagged.close();
            assertEquals(count, count());
            final ProducerMeters again = ProducerMeters.of(second);
            again.bindTo(registry);
            again.close();
            assertEquals(count, count(), "those of the first are not its to remove");
            ofFirst.close();
            assertEquals(List.of(), registry.find("kafka.producer.record.send.total").meters());
        }
    }

    /** Without those of brokers, which come when a connection is there. */
    private long count() {
        return registry.getMeters().stream().filter(meter -> meter.getId().getTag("node.id") == null).count();
    }

    @Test
    void shouldBindToACompositeThatGetsItsRegistryLater() {
        broker.cluster().createTopic(TOPIC, 1);
        final CompositeMeterRegistry composite = new CompositeMeterRegistry(clock);
        try (Producer<String, String> producer = producer("composed")) {
            final ProducerMeters meters = ProducerMeters.of(producer);
            meters.bindTo(composite);
            composite.add(registry);
            send(producer, TOPIC, 7);
            assertEquals(7, counter("kp.producer.records.acknowledged"));
            assertEquals(7, counter("kafka.producer.topic.record.send.total", "topic", TOPIC));
            meters.close();
            assertEquals(List.of(), composite.getMeters());
        }
    }

    @Test
    void shouldBeReadByManyWhileTopicsAppear() throws InterruptedException {
        final int topics = 20;
        try (Producer<String, String> producer = producer("busy");
                ProducerMeters meters = ProducerMeters.of(producer)) {
            meters.bindTo(registry);
            final CountDownLatch sent = new CountDownLatch(1);
            final List<Throwable> failures = new java.util.concurrent.CopyOnWriteArrayList<>();
            final List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                final Thread reader = new Thread(() -> {
                    while (sent.getCount() > 0) {
                        clock.add(Duration.ofMillis(ProducerMeters.MAX_AGE_MS));
                        registry.forEachMeter(Meter::measure);
                    }
                });
                reader.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
                reader.start();
                readers.add(reader);
            }
            for (int i = 0; i < topics; i++) {
                broker.cluster().createTopic(TOPIC + i, 1);
                send(producer, TOPIC + i, 1);
            }
            sent.countDown();
            for (final Thread reader : readers) {
                reader.join();
            }
            assertEquals(List.of(), failures);
            assertEquals(topics, counter("kafka.producer.record.send.total"));
            assertEquals(topics, topics().size());
        }
        assertEquals(List.of(), registry.getMeters());
    }

    @Test
    void shouldNameAndTagAndTypeAsMicrometersBinderForKafkasClient() {
        broker.cluster().createTopic(TOPIC, 3);
        final Properties kafkas = new Properties();
        kafkas.put("bootstrap.servers", broker.bootstrapServers());
        kafkas.put("client.id", "theirs");
        kafkas.put("enable.metrics.push", "false");
        final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try (KafkaProducer<String, String> theirs = new KafkaProducer<>(kafkas, new StringSerializer(),
                new StringSerializer()); Producer<String, String> ours = producer("ours")) {
            for (int i = 0; i < 300; i++) {
                theirs.send(new org.apache.kafka.clients.producer.ProducerRecord<>(TOPIC, i % 3, null, "value"));
                ours.send(new ProducerRecord<>(TOPIC, i % 3, null, "value"));
            }
            theirs.flush();
            ours.flush();
            try (KafkaClientMetrics binder = new KafkaClientMetrics(theirs);
                    ProducerMeters meters = ProducerMeters.of(ours)) {
                binder.bindTo(prometheus);
                meters.bindTo(prometheus);
                final Map<String, Set<String>> missing = shapes(prometheus, "theirs");
                final Map<String, Set<String>> offered = shapes(prometheus, "ours");
                offered.keySet().removeIf(name -> name.startsWith("kp.producer."));
                offered.forEach((name, shape) -> assertEquals(missing.remove(name), shape, name));
                assertTrue(offered.size() > 70, () -> "offered=" + offered.size());
                // docs/observability.md has the reasons.
                missing.keySet().removeIf(name -> name.contains("reauth") || name.startsWith("kafka.producer.txn.")
                        || name.startsWith("kafka.app.info."));
                assertEquals(Set.of("kafka.producer.record.size.max"), missing.keySet());

                final String page = prometheus.scrape();
                for (final String line : List.of(
                        "kafka_producer_record_send_total{client_id=\"ours\",kafka_version=\"kp\"} 300.0",
                        "kafka_producer_topic_record_send_total{client_id=\"ours\",kafka_version=\"kp\",topic=\"orders\"} 300.0",
                        "kafka_producer_topic_record_send_total{client_id=\"theirs\",kafka_version=\"",
                        "kafka_producer_request_latency_avg{client_id=\"ours\",",
                        "kafka_producer_node_request_total{client_id=\"ours\",kafka_version=\"kp\",node_id=\"node-1\"} ",
                        "kp_producer_records_acknowledged_records_total{client_id=\"ours\"} 300.0",
                        "kp_producer_stage_duration_percentile_seconds{client_id=\"ours\",phi=\"0.999\",stage=\"claim-to-seal\",topic=\"orders\"} ",
                        "# TYPE kafka_producer_record_send_total counter",
                        "# TYPE kafka_producer_request_latency_avg gauge")) {
                    assertTrue(page.contains(line), () -> line + " in " + page);
                }
            }
            assertEquals(List.of(), prometheus.getMeters());
        } finally {
            prometheus.close();
        }
    }

    @Test
    void shouldNameWhatIsKpsOwnByMicrometersConventions() {
        broker.cluster().createTopic(TOPIC, 1);
        try (Producer<String, String> producer = producer("ours");
                ProducerMeters meters = ProducerMeters.of(producer).partitions(true)) {
            send(producer, TOPIC, 1);
            meters.bindTo(registry);
            final Set<String> own = new TreeSet<>();
            registry.getMeters().stream().map(Meter::getId).filter(id -> id.getName().startsWith("kp."))
                    .forEach(id -> own.add(id.getName() + " " + id.getBaseUnit()));
            assertEquals(new TreeSet<>(Set.of("kp.producer.backlog.waits waits", "kp.producer.batches.open batches",
                    "kp.producer.callback.ratio null",
                    "kp.producer.gaps batches", "kp.producer.memory.waits waits", "kp.producer.node.connected null",
                    "kp.producer.node.in.flight requests", "kp.producer.node.request.latency.percentile seconds",
                    "kp.producer.partition.byte bytes", "kp.producer.partition.queued.batches batches",
                    "kp.producer.partition.record.acknowledged records", "kp.producer.partition.record.error records",
                    "kp.producer.partition.record.retry records", "kp.producer.partition.record.send records",
                    "kp.producer.records.accepted records", "kp.producer.records.acknowledged records",
                    "kp.producer.records.acknowledged.rate null", "kp.producer.records.failed records",
                    "kp.producer.records.pending records", "kp.producer.stage.batches batches",
                    "kp.producer.stage.duration.max seconds", "kp.producer.stage.duration.percentile seconds")), own);
        }
    }

    /** Type and keys of the tags by name. */
    private static Map<String, Set<String>> shapes(final MeterRegistry registry, final String clientId) {
        final Map<String, Set<String>> shapes = new TreeMap<>();
        for (final Meter meter : registry.getMeters()) {
            if (clientId.equals(meter.getId().getTag("client.id"))) {
                final Set<String> shape = new TreeSet<>(Set.of(meter.getId().getType().name()));
                meter.getId().getTags().forEach(tag -> shape.add(tag.getKey()));
                shapes.put(meter.getId().getName(), shape);
            }
        }
        return shapes;
    }

    @Test
    void shouldRefuseNoProducer() {
        assertEquals("producer", assertThrows(NullPointerException.class, () -> ProducerMeters.of(null)).getMessage());
    }
}
