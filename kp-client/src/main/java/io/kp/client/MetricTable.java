package io.kp.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

import io.kp.accumulator.RecordAccumulator;
import io.kp.client.Metric.Kind;
import io.kp.client.ProducerStats.OfNode;
import io.kp.client.ProducerStats.OfPartition;
import io.kp.client.ProducerStats.OfTopic;
import io.kp.client.SampledStats.View;
import io.kp.client.StageLatency.Stage;
import io.kp.memory.BufferPool;

/** All metrics: name, description, unit, and how the value comes from what is counted. Documentation, JMX and binders read them here. */
final class MetricTable {
    static final String PRODUCER = "producer-metrics";
    static final String TOPIC = "producer-topic-metrics";
    static final String NODE = "producer-node-metrics";
    static final String KP = "kp-producer-metrics";
    static final String KP_PARTITION = "kp-partition-metrics";
    static final String KP_NODE = "kp-node-metrics";
    static final String KP_STAGE = "kp-stage-metrics";

    private static final double MS = 1e6;

    /** What metrics of the whole producer are computed from. */
    record Whole(View all, ProducerStats stats, ProducerMetrics metrics, RecordAccumulator accumulator, BufferPool pool,
            long nowNs) {
    }

    record Row<T>(Metric metric, ToDoubleFunction<T> value) {
    }

    private static final List<Row<Whole>> WHOLE = new ArrayList<>();
    private static final List<Row<View>> OF_TOPIC = new ArrayList<>();
    private static final List<Row<View>> OF_NODE = new ArrayList<>();
    private static final List<Row<OfPartition>> OF_PARTITION = new ArrayList<>();
    private static final List<Row<OfNode>> OF_KP_NODE = new ArrayList<>();
    private static final List<Row<LatencyHistogram.Snapshot>> OF_STAGE = new ArrayList<>();

    static {
        mean("batch-size", "bytes", "The size on the wire of the batches sent, each attempt counted", 1,
                ProducerStats.BATCH_SIZE);
        rate("batch-split", "batches", "Batches that were cut into smaller ones, as the broker found them too large",
                ProducerStats.SPLITS);
        whole("buffer-available-bytes", "bytes", Kind.GAUGE,
                "Bytes of `buffer.memory` that are free, or not allocated yet.",
                w -> w.metrics.bufferCapacityBytes() - w.metrics.bufferUsedBytes());
        rate("buffer-exhausted", "records",
                "Records that were not accepted since no memory came free within `max.block.ms`",
                ProducerStats.EXHAUSTED);
        whole("buffer-total-bytes", "bytes", Kind.GAUGE, "`buffer.memory`, less what compressors work in.",
                w -> w.metrics.bufferCapacityBytes());
        whole("bufferpool-wait-ratio", "ratio", Kind.WINDOW,
                "Time that threads have waited for memory, as part of the time passed; more than 1 if several waited.",
                w -> w.all.rate(ProducerStats.MEMORY_WAIT) / 1e9);
        whole("bufferpool-wait-time-ns-total", "ns", Kind.COUNTER,
                "Time that threads have waited for memory, those that wait now not included.", w -> w.pool.waitedNs());
        whole("compression-rate-avg", "ratio", Kind.WINDOW,
                "Size of batches after compression, as part of that before; 1 without compression.",
                w -> w.all.mean(ProducerStats.COMPRESSION) / ProducerStats.COMPRESSION_SCALE);
        rate("connection-close", "connections", "Connections that have ended after they could be used",
                ProducerStats.DISCONNECTED);
        whole("connection-count", "connections", Kind.GAUGE, "Connections that can be used now.",
                w -> w.stats.connections);
        rate("connection-creation", "connections", "Connections that have become usable", ProducerStats.CONNECTED);
        rate("failed-authentication", "connections", "Connections that failed since TLS or SASL was refused",
                ProducerStats.AUTHENTICATION_FAILED);
        whole("flush-time-ns-total", "ns", Kind.COUNTER, "Time that threads have spent in `flush`.",
                w -> w.stats.flushNs.sum());
        rate("incoming-byte", "bytes", "Bytes of responses received", ProducerStats.RESPONSES);
        whole("io-ratio", "ratio", Kind.WINDOW, "Part of its time that the I/O thread has worked, callbacks included.",
                w -> w.all.rate(ProducerStats.BUSY) / 1e9);
        whole("io-time-ns-avg", "ns", Kind.WINDOW, "Mean time of the I/O thread's work for each of its selects.",
                w -> w.all.mean(ProducerStats.BUSY));
        whole("io-time-ns-total", "ns", Kind.COUNTER, "Time that the I/O thread has worked, callbacks included.",
                w -> w.all.total(ProducerStats.BUSY));
        whole("io-wait-ratio", "ratio", Kind.WINDOW,
                "Part of its time that the I/O thread has waited for sockets and for records.",
                w -> w.all.rate(ProducerStats.SELECT_WAIT) / 1e9);
        whole("io-wait-time-ns-avg", "ns", Kind.WINDOW, "Mean time that a select of the I/O thread has waited.",
                w -> w.all.mean(ProducerStats.SELECT_WAIT));
        whole("io-wait-time-ns-total", "ns", Kind.COUNTER,
                "Time that the I/O thread has waited for sockets and for records.",
                w -> w.all.total(ProducerStats.SELECT_WAIT));
        whole("metadata-age", "s", Kind.GAUGE, "Age of the metadata in use; since the start if there is none yet.",
                w -> (w.nowNs - w.stats.metadataNs) / 1e9);
        whole("metadata-wait-time-ns-total", "ns", Kind.COUNTER,
                "Time that `send` and `partitionsFor` have waited for metadata.", w -> w.stats.metadataWaitNs.sum());
        whole("network-io-rate", "operations/s", Kind.WINDOW, "Requests written and responses read per second.",
                w -> w.all.countRate(ProducerStats.REQUESTS) + w.all.countRate(ProducerStats.RESPONSES));
        whole("network-io-total", "operations", Kind.COUNTER, "Requests written and responses read.",
                w -> w.all.totalCount(ProducerStats.REQUESTS) + w.all.totalCount(ProducerStats.RESPONSES));
        rate("outgoing-byte", "bytes", "Bytes of requests written", ProducerStats.REQUESTS);
        mean("produce-throttle-time", "ms", "The time for which brokers throttled produce requests", 1,
                ProducerStats.THROTTLE);
        rate("record-error", "records", "Records that have failed after they were accepted", ProducerStats.ERRORS);
        mean("record-queue-time", "ms", "The time from a batch's first record until it was sent, each attempt counted",
                MS, ProducerStats.QUEUE_TIME);
        rate("record-retry", "records", "Records in batches that were put back for another attempt",
                ProducerStats.RETRIED);
        rate("record-send", "records", "Records sent, each attempt counted", ProducerStats.RECORDS_SENT);
        whole("record-size-avg", "bytes", Kind.WINDOW,
                "Mean size of a record in its batch before compression, its part of the batch's header included.",
                w -> w.all.mean(ProducerStats.RECORD_SIZE));
        whole("records-per-request-avg", "records", Kind.WINDOW, "Mean number of records in a produce request.",
                w -> w.all.mean(ProducerStats.RECORDS_SENT));
        mean("request-latency", "ms", "The time from the sending of a produce request to its answer", MS,
                ProducerStats.REQUEST_LATENCY);
        count("request", "requests", "Requests of all kinds that were written", ProducerStats.REQUESTS);
        mean("request-size", "bytes", "The size of the requests written", 1, ProducerStats.REQUESTS);
        whole("requests-in-flight", "requests", Kind.GAUGE, "Requests of all kinds that are not answered yet.",
                w -> w.stats.nodes.values().stream().mapToInt(n -> n.inFlight).sum());
        count("response", "responses", "Responses read", ProducerStats.RESPONSES);
        whole("select-rate", "selects/s", Kind.WINDOW, "How often per second the I/O thread has looked for events.",
                w -> w.all.countRate(ProducerStats.SELECT_WAIT));
        whole("select-total", "selects", Kind.COUNTER, "How often the I/O thread has looked for events.",
                w -> w.all.totalCount(ProducerStats.SELECT_WAIT));
        rate("successful-authentication", "connections", "Connections that were set up with TLS or SASL",
                ProducerStats.AUTHENTICATED);
        whole("waiting-threads", "threads", Kind.GAUGE, "Threads that wait for memory now.",
                w -> w.metrics.bufferWaiters());

        kp("records-accepted-total", "records", Kind.COUNTER, "Records that were accepted.",
                w -> w.metrics.recordsSent());
        kp("records-acknowledged-total", "records", Kind.COUNTER, "Records that were acknowledged.",
                w -> w.metrics.recordsAcknowledged());
        kp("records-failed-total", "records", Kind.COUNTER, "Records that have failed after they were accepted.",
                w -> w.metrics.recordsFailed());
        kp("records-pending", "records", Kind.GAUGE, "Records that were accepted and have no outcome yet.",
                w -> w.metrics.recordsPending());
        kp("records-acknowledged-rate", "records/s", Kind.WINDOW,
                "Records acknowledged per second, over the last 5 seconds.", w -> w.stats.now.read(w.nowNs)
                        .rate(ProducerStats.NOW_ACKNOWLEDGED));
        kp("batches-open", "batches", Kind.GAUGE, "Batches that exist, from the first record to the outcome.",
                w -> w.accumulator.liveBatches());
        kp("gaps-total", "batches", Kind.COUNTER,
                "Batches that have failed without those behind them in their partition, see `kp.on.gap`.",
                w -> w.metrics.gaps());
        kp("memory-waits-total", "waits", Kind.COUNTER, "How often a record had to wait for memory.",
                w -> w.accumulator.memoryWaits());
        kp("backlog-waits-total", "waits", Kind.COUNTER,
                "How often a caller was held up for some milliseconds, as more than `kp.backlog.bytes` waited.",
                w -> w.accumulator.heldUpAppends());
        kp("callback-ratio", "ratio", Kind.WINDOW,
                "Part of the I/O thread's time that was spent in callbacks, over the last 5 seconds.",
                w -> w.stats.callbackPart(w.stats.now.read(w.nowNs), w.nowNs));

        topicRate("record-send", "records", "Records sent to the topic, each attempt counted", OfTopic.RECORDS);
        topicRate("byte", "bytes", "Bytes of the batches sent to the topic, each attempt counted", OfTopic.BYTES);
        topicRate("record-retry", "records", "Records of the topic that were put back for another attempt",
                OfTopic.RETRIED);
        topicRate("record-error", "records", "Records of the topic that have failed", OfTopic.ERRORS);
        OF_TOPIC.add(new Row<>(new Metric(TOPIC, "compression-rate",
                "Size of the topic's batches after compression, as part of that before; 1 without compression.",
                "ratio", Kind.WINDOW, List.of("topic")),
                v -> v.mean(OfTopic.COMPRESSION) / ProducerStats.COMPRESSION_SCALE));

        node("incoming-byte-rate", "bytes/s", Kind.WINDOW, "Bytes received from the broker per second.",
                v -> v.rate(OfNode.RESPONSES));
        node("incoming-byte-total", "bytes", Kind.COUNTER, "Bytes received from the broker.",
                v -> v.total(OfNode.RESPONSES));
        node("outgoing-byte-rate", "bytes/s", Kind.WINDOW, "Bytes written to the broker per second.",
                v -> v.rate(OfNode.REQUESTS));
        node("outgoing-byte-total", "bytes", Kind.COUNTER, "Bytes written to the broker.",
                v -> v.total(OfNode.REQUESTS));
        node("request-latency-avg", "ms", Kind.WINDOW,
                "Mean time from the sending of a produce request to the broker's answer.",
                v -> v.mean(OfNode.REQUEST_LATENCY) / MS);
        node("request-latency-max", "ms", Kind.WINDOW,
                "Longest time from the sending of a produce request to the broker's answer.",
                v -> v.max(OfNode.REQUEST_LATENCY) / MS);
        node("request-rate", "requests/s", Kind.WINDOW, "Requests written to the broker per second.",
                v -> v.countRate(OfNode.REQUESTS));
        node("request-size-avg", "bytes", Kind.WINDOW, "Mean size of the requests written to the broker.",
                v -> v.mean(OfNode.REQUESTS));
        node("request-size-max", "bytes", Kind.WINDOW, "Largest size of the requests written to the broker.",
                v -> v.max(OfNode.REQUESTS));
        node("request-total", "requests", Kind.COUNTER, "Requests written to the broker.",
                v -> v.totalCount(OfNode.REQUESTS));
        node("response-rate", "responses/s", Kind.WINDOW, "Responses of the broker read per second.",
                v -> v.countRate(OfNode.RESPONSES));
        node("response-total", "responses", Kind.COUNTER, "Responses of the broker read.",
                v -> v.totalCount(OfNode.RESPONSES));

        kpNode("connected", "ratio", "1 if the connection to the broker can be used, else 0.",
                n -> n.connected ? 1 : 0);
        kpNode("in-flight", "requests", "Requests to the broker that are not answered yet.", n -> n.inFlight);
        kpNode("request-latency-p50", "ms", "Median, since the start, of the time to the answer of a produce request.",
                n -> n.latency.snapshot().percentile(0.5) / MS);
        kpNode("request-latency-p99", "ms",
                "99th percentile, since the start, of the time to the answer of a produce request.",
                n -> n.latency.snapshot().percentile(0.99) / MS);

        partition("record-send-total", "records", Kind.COUNTER,
                "Records sent to the partition, each attempt counted.",
                p -> p.stats.read(0).total(OfPartition.SENT));
        partition("byte-total", "bytes", Kind.COUNTER,
                "Bytes of the batches sent to the partition, each attempt counted.",
                p -> p.stats.read(0).total(OfPartition.BYTES));
        partition("record-acknowledged-total", "records", Kind.COUNTER, "Records of the partition acknowledged.",
                p -> p.stats.read(0).total(OfPartition.ACKNOWLEDGED));
        partition("record-error-total", "records", Kind.COUNTER, "Records of the partition that have failed.",
                p -> p.stats.read(0).total(OfPartition.FAILED));
        partition("record-retry-total", "records", Kind.COUNTER,
                "Records of the partition that were put back for another attempt.",
                p -> p.stats.read(0).total(OfPartition.RETRIED));
        partition("queued-batches", "batches", Kind.GAUGE, "Batches of the partition that wait to be sent.",
                p -> p.queue.queuedBatches());

        stage("batches", "batches", Kind.COUNTER, "Batches that have passed the stage.", h -> h.count());
        stage("p50", "ms", Kind.GAUGE, "Median time of the stage since the start.", h -> h.percentile(0.5) / MS);
        stage("p99", "ms", Kind.GAUGE, "99th percentile of the stage's time since the start.",
                h -> h.percentile(0.99) / MS);
        stage("p999", "ms", Kind.GAUGE, "99.9th percentile of the stage's time since the start.",
                h -> h.percentile(0.999) / MS);
        stage("max", "ms", Kind.GAUGE, "Longest time of the stage since the start.", h -> h.max() / MS);
    }

    static final List<Metric> ALL = all();

    private MetricTable() {
    }

    private static List<Metric> all() {
        final List<Metric> all = new ArrayList<>();
        WHOLE.forEach(row -> all.add(row.metric));
        OF_TOPIC.forEach(row -> all.add(row.metric));
        OF_NODE.forEach(row -> all.add(row.metric));
        OF_KP_NODE.forEach(row -> all.add(row.metric));
        OF_PARTITION.forEach(row -> all.add(row.metric));
        OF_STAGE.forEach(row -> all.add(row.metric));
        return List.copyOf(all);
    }

    private static void whole(final String name, final String unit, final Kind kind, final String description,
            final ToDoubleFunction<Whole> value) {
        WHOLE.add(new Row<>(new Metric(PRODUCER, name, description, unit, kind, List.of()), value));
    }

    private static void kp(final String name, final String unit, final Kind kind, final String description,
            final ToDoubleFunction<Whole> value) {
        WHOLE.add(new Row<>(new Metric(KP, name, description, unit, kind, List.of()), value));
    }

    /** Rate and total of a sum. */
    private static void rate(final String name, final String unit, final String description, final int quantity) {
        whole(name + "-rate", unit + "/s", Kind.WINDOW, description + ", per second.", w -> w.all.rate(quantity));
        whole(name + "-total", unit, Kind.COUNTER, description + ".", w -> w.all.total(quantity));
    }

    /** Rate and total of a count. */
    private static void count(final String name, final String unit, final String description, final int quantity) {
        whole(name + "-rate", unit + "/s", Kind.WINDOW, description + ", per second.",
                w -> w.all.countRate(quantity));
        whole(name + "-total", unit, Kind.COUNTER, description + ".", w -> w.all.totalCount(quantity));
    }

    private static void mean(final String name, final String unit, final String description, final double scale,
            final int quantity) {
        whole(name + "-avg", unit, Kind.WINDOW, description + "; mean.", w -> w.all.mean(quantity) / scale);
        whole(name + "-max", unit, Kind.WINDOW, description + "; maximum.", w -> w.all.max(quantity) / scale);
    }

    private static void topicRate(final String name, final String unit, final String description,
            final int quantity) {
        OF_TOPIC.add(new Row<>(new Metric(TOPIC, name + "-rate", description + ", per second.", unit + "/s",
                Kind.WINDOW, List.of("topic")), v -> v.rate(quantity)));
        OF_TOPIC.add(new Row<>(new Metric(TOPIC, name + "-total", description + ".", unit, Kind.COUNTER,
                List.of("topic")), v -> v.total(quantity)));
    }

    private static void node(final String name, final String unit, final Kind kind, final String description,
            final ToDoubleFunction<View> value) {
        OF_NODE.add(new Row<>(new Metric(NODE, name, description, unit, kind, List.of("node-id")), value));
    }

    private static void kpNode(final String name, final String unit, final String description,
            final ToDoubleFunction<OfNode> value) {
        OF_KP_NODE.add(new Row<>(new Metric(KP_NODE, name, description, unit, Kind.GAUGE, List.of("node-id")), value));
    }

    private static void partition(final String name, final String unit, final Kind kind, final String description,
            final ToDoubleFunction<OfPartition> value) {
        OF_PARTITION.add(new Row<>(
                new Metric(KP_PARTITION, name, description, unit, kind, List.of("topic", "partition")), value));
    }

    private static void stage(final String name, final String unit, final Kind kind, final String description,
            final ToDoubleFunction<LatencyHistogram.Snapshot> value) {
        OF_STAGE.add(new Row<>(new Metric(KP_STAGE, name, description, unit, kind, List.of("topic", "stage")), value));
    }

    // ---- reading

    static String nodeTag(final int nodeId) {
        return "node-" + nodeId;
    }

    static MetricsSnapshot snapshot(final Whole whole) {
        final List<MetricValue> values = new ArrayList<>();
        final List<StageLatency> stages = new ArrayList<>();
        read(values, WHOLE, Map.of(), whole);
        final ProducerStats stats = whole.stats;
        for (final OfTopic topic : new TreeMap<>(stats.topics).values()) {
            read(values, OF_TOPIC, Map.of("topic", topic.name), topic.stats.read(whole.nowNs));
        }
        for (final OfNode node : new TreeMap<>(stats.nodes).values()) {
            final Map<String, String> tags = Map.of("node-id", nodeTag(node.id));
            read(values, OF_NODE, tags, node.stats.read(whole.nowNs));
            read(values, OF_KP_NODE, tags, node);
        }
        for (final OfTopic topic : new TreeMap<>(stats.topics).values()) {
            for (final Map.Entry<Integer, OfPartition> partition : new TreeMap<>(topic.partitions).entrySet()) {
                read(values, OF_PARTITION,
                        Map.of("topic", topic.name, "partition", partition.getKey().toString()), partition.getValue());
            }
            for (final Stage stage : Stage.values()) {
                final LatencyHistogram.Snapshot times = topic.stages[stage.ordinal()].snapshot();
                read(values, OF_STAGE, Map.of("topic", topic.name, "stage", stage.text()), times);
                stages.add(new StageLatency(topic.name, stage, times.count(), times.percentile(0.5),
                        times.percentile(0.99), times.percentile(0.999), times.max()));
            }
        }
        return new MetricsSnapshot(stats.clientId, List.copyOf(values), List.copyOf(stages));
    }

    private static <T> void read(final List<MetricValue> values, final List<Row<T>> rows,
            final Map<String, String> tags, final T of) {
        for (final Row<T> row : rows) {
            values.add(new MetricValue(row.metric, tags, row.value.applyAsDouble(of)));
        }
    }
}
