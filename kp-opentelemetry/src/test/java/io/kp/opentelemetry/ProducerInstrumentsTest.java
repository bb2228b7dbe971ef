package io.kp.opentelemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;

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
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;

class ProducerInstrumentsTest {
    private static final String TOPIC = "orders";
    private static final long PATIENCE_NS = Duration.ofSeconds(30).toNanos();

    private final ScriptedBroker broker = ScriptedBroker.start(2);
    private final InMemoryMetricReader reader = InMemoryMetricReader.create();
    private final OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
            .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(reader).build()).build();

    @AfterEach
    void close() {
        sdk.close();
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

    private Map<String, MetricData> collect() {
        final Map<String, MetricData> metrics = new TreeMap<>();
        for (final MetricData metric : reader.collectAllMetrics()) {
            assertEquals(ProducerInstruments.SCOPE, metric.getInstrumentationScopeInfo().getName());
            metrics.put(metric.getName(), metric);
        }
        return metrics;
    }

    private static List<DoublePointData> points(final MetricData metric) {
        assertNotNull(metric);
        return List.copyOf(metric.getType() == MetricDataType.DOUBLE_SUM
                ? metric.getDoubleSumData().getPoints()
                : metric.getDoubleGaugeData().getPoints());
    }

    private static double value(final MetricData metric, final Attributes attributes) {
        return points(metric).stream().filter(point -> point.getAttributes().equals(attributes))
                .mapToDouble(DoublePointData::getValue).findFirst()
                .orElseThrow(() -> new AssertionError(attributes + " in " + metric));
    }

    private static Attributes of(final String... keysAndValues) {
        final io.opentelemetry.api.common.AttributesBuilder attributes = Attributes.builder();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            attributes.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return attributes.build();
    }

    @Test
    void shouldShowASendingProducer() {
        broker.cluster().createTopic(TOPIC, 3);
        try (Producer<String, String> producer = producer("ours");
                ProducerInstruments instruments = ProducerInstruments.of(producer).attributes(of("region", "north"))
                        .bindTo(sdk)) {
            assertNotNull(instruments);
            assertFalse(collect().containsKey("kafka.producer.record_send_total"), "no topic yet");
            send(producer, TOPIC, 100);
            final Map<String, MetricData> metrics = collect();
            final Attributes topic = of("client-id", "ours", "topic", TOPIC, "region", "north");
            assertEquals(100, value(metrics.get("kafka.producer.record_send_total"), topic));
            assertEquals(1, points(metrics.get("kafka.producer.record_send_total")).size(), "no sum beside it");
            assertTrue(metrics.get("kafka.producer.record_send_total").getDoubleSumData().isMonotonic());
            final MetricData acknowledged = metrics.get("kp.producer.records_acknowledged");
            assertEquals(100, value(acknowledged, of("client-id", "ours", "region", "north")));
            assertEquals("{record}", acknowledged.getUnit());
            assertEquals(MetricDataType.DOUBLE_GAUGE, metrics.get("kafka.producer.request_latency_avg").getType());
            assertTrue(points(metrics.get("kafka.producer.request_latency_avg")).stream().allMatch(
                    point -> point.getAttributes().get(AttributeKey.stringKey("node-id")).startsWith("node-")));
            final MetricData percentiles = metrics.get("kp.producer.stage.duration.percentile");
            assertEquals("s", percentiles.getUnit());
            final Attributes half = topic.toBuilder().put("stage", "claim-to-completion").put("quantile", 0.5).build();
            // Counted after the outcome is told, so maybe after the flush.
            final long deadlineNs = System.nanoTime() + 20_000_000_000L;
            while (value(collect().get("kp.producer.stage.duration.percentile"), half) == 0) {
                assertTrue(System.nanoTime() < deadlineNs, "no time is counted");
                Thread.onSpinWait();
            }
            final double median = value(collect().get("kp.producer.stage.duration.percentile"), half);
            assertTrue(median > 0 && median < 30, () -> "in seconds: median=" + median);
            assertFalse(metrics.containsKey("kp.producer.partition.record_send"), "only when asked for");
            for (final MetricData metric : metrics.values()) {
                assertTrue(points(metric).stream().noneMatch(point -> Double.isNaN(point.getValue())),
                        metric::toString);
            }
        }
        assertEquals(Map.of(), collect(), "closing unbinds");
    }

    /** The names in the table of OpenTelemetry's instrumentation of Kafka's client, as far as kp has the metric. */
    @Test
    void shouldNameAsOpenTelemetrysInstrumentationOfKafkasClient() {
        broker.cluster().createTopic(TOPIC, 1);
        try (Producer<String, String> producer = producer("ours");
                ProducerInstruments instruments = ProducerInstruments.of(producer).partitions(true).bindTo(sdk)) {
            assertNotNull(instruments);
            send(producer, TOPIC, 10);
            final Map<String, MetricData> metrics = collect();
            for (final String name : List.of("batch_size_avg", "batch_size_max", "batch_split_rate",
                    "batch_split_total", "buffer_available_bytes", "buffer_exhausted_rate", "buffer_exhausted_total",
                    "buffer_total_bytes", "bufferpool_wait_ratio", "compression_rate_avg", "connection_close_rate",
                    "connection_close_total", "connection_count", "connection_creation_rate",
                    "connection_creation_total", "failed_authentication_rate", "failed_authentication_total",
                    "io_ratio", "io_time_ns_avg", "io_wait_ratio", "io_wait_time_ns_avg", "metadata_age",
                    "network_io_rate", "network_io_total", "produce_throttle_time_avg", "produce_throttle_time_max",
                    "record_queue_time_avg", "record_queue_time_max", "record_size_avg", "records_per_request_avg",
                    "requests_in_flight", "select_rate", "select_total", "successful_authentication_rate",
                    "successful_authentication_total", "waiting_threads", "incoming_byte_rate", "incoming_byte_total",
                    "outgoing_byte_rate", "outgoing_byte_total", "request_latency_avg", "request_latency_max",
                    "request_rate", "request_size_avg", "request_size_max", "request_total", "response_rate",
                    "response_total", "byte_rate", "byte_total", "compression_rate", "record_error_rate",
                    "record_error_total", "record_retry_rate", "record_retry_total", "record_send_rate",
                    "record_send_total")) {
                final MetricData metric = metrics.get("kafka.producer." + name);
                assertNotNull(metric, () -> name + " of " + metrics.keySet());
                assertEquals(name.endsWith("_total") ? MetricDataType.DOUBLE_SUM : MetricDataType.DOUBLE_GAUGE,
                        metric.getType(), name);
                assertEquals("", metric.getUnit(), "exporters would append it to the name");
            }
            assertEquals(10, value(metrics.get("kp.producer.partition.record_acknowledged"),
                    of("client-id", "ours", "topic", TOPIC, "partition", "0")));
            final Set<String> own = new TreeSet<>();
            metrics.values().stream().filter(metric -> metric.getName().startsWith("kp."))
                    .forEach(metric -> own.add(metric.getName() + " " + metric.getUnit()));
            assertEquals(new TreeSet<>(Set.of("kp.producer.backlog_waits {wait}", "kp.producer.batches_open {batch}",
                    "kp.producer.callback_ratio 1",
                    "kp.producer.gaps {batch}", "kp.producer.memory_waits {wait}", "kp.producer.node.connected 1",
                    "kp.producer.node.in_flight {request}", "kp.producer.node.request_latency.percentile s",
                    "kp.producer.partition.byte By", "kp.producer.partition.queued_batches {batch}",
                    "kp.producer.partition.record_acknowledged {record}", "kp.producer.partition.record_error {record}",
                    "kp.producer.partition.record_retry {record}", "kp.producer.partition.record_send {record}",
                    "kp.producer.records_accepted {record}", "kp.producer.records_acknowledged {record}",
                    "kp.producer.records_acknowledged_rate {record}/s", "kp.producer.records_failed {record}",
                    "kp.producer.records_pending {record}", "kp.producer.stage.batches {batch}",
                    "kp.producer.stage.duration.max s", "kp.producer.stage.duration.percentile s")), own);
        }
    }

    @Test
    void shouldShowTopicsAsTheyAppearAndNotWhenTheyAreGone() {
        final AtomicReference<MetricsSnapshot> told = new AtomicReference<>(snapshot("a", "b"));
        final Producer<?, ?> producer = (Producer<?, ?>) Proxy.newProxyInstance(
                Producer.class.getClassLoader(), new Class<?>[]{Producer.class},
                (proxy, method, arguments) -> method.getName().equals("snapshot") ? told.get() : null);
        try (ProducerInstruments instruments = ProducerInstruments.of(producer).bindTo(sdk)) {
            assertNotNull(instruments);
            assertEquals(Set.of("a", "b"), topics());
            told.set(snapshot("b", "c"));
            assertEquals(Set.of("b", "c"), topics());
            told.set(snapshot());
            assertEquals(Set.of(), topics());
            assertNotNull(producer);
        }
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
        final Set<String> topics = new TreeSet<>();
        final MetricData metric = collect().get("kafka.producer.record_send_total");
        if (metric != null) {
            points(metric).forEach(
                    point -> topics.add(point.getAttributes().get(AttributeKey.stringKey("topic"))));
        }
        return topics;
    }

    @Test
    void shouldTellProducersApart() {
        broker.cluster().createTopic(TOPIC, 1);
        try (Producer<String, String> one = producer("one");
                Producer<String, String> two = producer("two")) {
            final ProducerInstruments ofOne = ProducerInstruments.of(one).bindTo(sdk);
            final ProducerInstruments ofTwo = ProducerInstruments.of(two).bindTo(sdk);
            send(one, TOPIC, 1);
            send(two, TOPIC, 2);
            final MetricData sent = collect().get("kp.producer.records_accepted");
            assertEquals(1, value(sent, of("client-id", "one")));
            assertEquals(2, value(sent, of("client-id", "two")));
            ofOne.close();
            ofOne.close();
            assertEquals(1, points(collect().get("kp.producer.records_accepted")).size());
            ofTwo.close();
            assertEquals(Map.of(), collect());
        }
    }

    @Test
    void shouldNotKeepAClosedProducer() {
        broker.cluster().createTopic(TOPIC, 1);
        final WeakReference<Producer<String, String>> weak = bindSendAndForget();
        final long until = System.nanoTime() + PATIENCE_NS;
        while (weak.get() != null) {
            assertTrue(System.nanoTime() - until < 0, "the producer is still reachable");
            System.gc();
            Thread.onSpinWait();
        }
        assertEquals(Map.of(), collect());
    }

    private WeakReference<Producer<String, String>> bindSendAndForget() {
        final Producer<String, String> producer = producer("forgotten");
        ProducerInstruments.of(producer).bindTo(sdk);
        send(producer, TOPIC, 5);
        producer.close();
        assertEquals(5, value(collect().get("kp.producer.records_acknowledged"), of("client-id", "forgotten")),
                "the last values stay");
        return new WeakReference<>(producer);
    }

    @Test
    void shouldRefuseNoProducer() {
        assertEquals("producer",
                assertThrows(NullPointerException.class, () -> ProducerInstruments.of(null)).getMessage());
    }
}
