package io.kp.client;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import io.kp.accumulator.RecordAccumulator;
import io.kp.client.Explanation.Limit;
import io.kp.client.ProducerStats.OfNode;
import io.kp.client.ProducerStats.OfPartition;
import io.kp.client.ProducerStats.OfTopic;
import io.kp.client.ProducerStats.Wait;
import io.kp.client.SampledStats.View;
import io.kp.client.StageLatency.Stage;
import io.kp.memory.BufferPool;

/**
 * Says what limits a producer. The causes are looked at in the order in which they hide each other: without a connection memory fills up, behind slow callbacks everything
 * waits, a hot partition looks like a slow broker, and only where nothing holds anything up linger is what takes the time. Any thread.
 */
final class Explainer {
    /** From this part of the I/O thread's time on callbacks are what limits. */
    private static final double CALLBACK_PART = 0.5;
    private static final double MEMORY_PART = 0.1;
    private static final double LINGER_PART = 0.5;
    private static final int HOT_BATCHES = 4;
    private static final double HOT_PART = 0.8;
    private static final double MS = 1e6;
    private static final long LONG_CALLBACK_NS = 1_000_000_000;

    /** A partition and how many batches were seen to wait for it. */
    private record Hot(OfPartition partition, int batches) {
    }

    private final ProducerConfig config;
    private final ProducerStats stats;
    private final RecordAccumulator accumulator;
    private final BufferPool pool;

    Explainer(final ProducerConfig config, final ProducerStats stats, final RecordAccumulator accumulator,
            final BufferPool pool) {
        this.config = config;
        this.stats = stats;
        this.accumulator = accumulator;
        this.pool = pool;
    }

    Explanation explain(final ProducerMetrics metrics, final long nowNs) {
        final View now = stats.now.read(nowNs);
        final Map<String, String> figures = new LinkedHashMap<>();
        figures.put("records/s", number(now.rate(ProducerStats.NOW_ACKNOWLEDGED)));
        figures.put("records pending", Long.toString(metrics.recordsPending()));
        final int live = accumulator.liveBatches();
        final int metadataWaiters = stats.metadataWaiters.get();
        final boolean waitsForMetadata = metadataWaiters > 0;

        final OfNode off = waiting(Wait.NOT_CONNECTED);
        if (waitsForMetadata && stats.connections == 0
                || live > 0 && stats.connections == 0 && stats.lastFailure != null
                || live > 0 && off != null && !off.connected) {
            final String why = off != null && off.lastFailure != null ? off.lastFailure : stats.lastFailure;
            figures.put("connections", Integer.toString(stats.connections));
            figures.put("threads waiting for metadata", Integer.toString(metadataWaiters));
            return of(Limit.CONNECTION, ProducerConfig.BOOTSTRAP_SERVERS, figures,
                    "The connection limits: " + (off == null
                            ? "no broker can be reached"
                            : "records wait for node " + off.id + ", which is not connected")
                            + (why == null ? "" : " (" + why + ")")
                            + ". Look at the broker, the network and the security settings; if addresses are wrong, at "
                            + "bootstrap.servers and the brokers' advertised listeners.");
        }
        if (waitsForMetadata && live == 0) {
            figures.put("threads waiting for metadata", Integer.toString(metadataWaiters));
            return of(Limit.CONNECTION, ProducerConfig.MAX_BLOCK_MS, figures,
                    "The connection limits: "
                            + (metadataWaiters == 1 ? "a thread waits" : metadataWaiters + " threads wait")
                            + " for metadata of a topic. Does the topic exist? The wait ends after "
                            + "max.block.ms=" + config.maxBlockMs() + ".");
        }
        final long done = now.sum(ProducerStats.NOW_ACKNOWLEDGED) + now.sum(ProducerStats.NOW_FAILED);
        if (done == 0 && live == 0 && pool.waiters() == 0) {
            return of(Limit.IDLE, null, figures, "Nothing limits, the producer is idle: no record came in the last "
                    + ProducerStats.NOW_SECONDS + " seconds, and none waits.");
        }
        final double callbackPart = stats.callbackPart(now, nowNs);
        figures.put("callbacks, % of the I/O thread's time", percent(callbackPart));
        if (callbackPart > CALLBACK_PART) {
            final long runsNs = stats.callbackRunsNs(nowNs);
            figures.put("callbacks that run now, ms", ms(runsNs));
            return of(Limit.CALLBACK, "completionExecutor", figures,
                    "Callbacks limit: they take " + percent(callbackPart)
                            + " % of the I/O thread's time, in which nothing is sent. "
                            + (runsNs < LONG_CALLBACK_NS
                                    ? ""
                                    : "Those of one batch have been running for " + ms(runsNs) + " ms. ")
                            + "Give them an executor "
                            + "(ProducerConfig.Builder.completionExecutor), or make them shorter.");
        }
        final Hot hot = hottest();
        if (hot != null) {
            figures.put("batches queued, hottest partition", Integer.toString(hot.batches));
            return of(Limit.HOT_PARTITION, ProducerConfig.KP_BATCH_MAX_BYTES, figures,
                    "One hot partition limits: " + hot.batches + " batches wait for "
                            + hot.partition.queue.topicPartition()
                            + ", next to none for the others. A request takes one batch of a "
                            + "partition: spread the keys, or raise batch.size=" + config.batchSize()
                            + " and kp.batch.max.bytes=" + config.batchMaxBytes() + ".");
        }
        final OfNode throttled = waiting(Wait.THROTTLED);
        final OfNode full = waiting(Wait.IN_FLIGHT);
        final boolean memoryShort = pool.waiters() > 0 || accumulator.memoryWaiters() > 0
                || now.rate(ProducerStats.NOW_MEMORY_WAIT) / 1e9 > MEMORY_PART;
        // Once, as the figures and the words are to say the same.
        final String used = percent((double) pool.usedBytes() / pool.capacityBytes());
        figures.put("memory used, % of buffer.memory", used);
        figures.put("threads waiting for memory", Integer.toString(pool.waiters()));
        if (throttled != null && live > 0) {
            return of(Limit.BROKER, null, figures, "The broker limits: node " + throttled.id
                    + " throttles this client (quota), and records wait for it. Ask for a larger quota, or send less.");
        }
        final double brokerNs = now.mean(ProducerStats.NOW_STAGES + Stage.SOCKET_TO_BROKER.ordinal());
        final double queuedNs = now.mean(ProducerStats.NOW_STAGES + Stage.SEAL_TO_DRAIN.ordinal());
        final double filledNs = now.mean(ProducerStats.NOW_STAGES + Stage.CLAIM_TO_SEAL.ordinal());
        // That of batches which have come to their end; some that were late to be sealed have not yet.
        final double wholeNs = Math.max(filledNs,
                now.mean(ProducerStats.NOW_STAGES + Stage.CLAIM_TO_COMPLETION.ordinal()));
        figures.put("claim to seal, ms", ms(filledNs));
        figures.put("seal to drain, ms", ms(queuedNs));
        figures.put("socket to broker, ms", ms(brokerNs));
        figures.put("claim to completion, ms", ms(wholeNs));
        final boolean pipelineFull = full != null && live > 0
                && full.inFlight >= config.maxInFlightRequestsPerConnection();
        if (memoryShort && !pipelineFull) {
            return of(Limit.MEMORY, ProducerConfig.BUFFER_MEMORY, figures,
                    "Memory limits: callers wait for it, while the brokers could take more requests. "
                            + used + " % of buffer.memory="
                            + config.bufferMemory() + " is used; an acknowledgement takes " + ms(wholeNs)
                            + " ms. Raise buffer.memory to what is sent in that time, and more.");
        }
        if (pipelineFull || memoryShort || queuedNs > brokerNs && queuedNs > filledNs && queuedNs > MS) {
            final OfNode slow = full == null ? slowest(nowNs) : full;
            return of(Limit.BROKER, ProducerConfig.BATCH_SIZE, figures,
                    "The broker limits: "
                            + (slow == null
                                    ? "it takes "
                                    : "node " + slow.id + " has " + slow.inFlight + " requests (of "
                                            + config.maxInFlightRequestsPerConnection() + " allowed) and takes ")
                            + ms(brokerNs)
                            + " ms for an answer. If the broker is not at its end, larger "
                            + "batches help: batch.size=" + config.batchSize() + ", linger.ms=" + config.lingerMs()
                            + ".");
        }
        final long batches = now.count(ProducerStats.NOW_STAGES + Stage.CLAIM_TO_SEAL.ordinal());
        final double fullPart = batches == 0 ? 0 : (double) now.sum(ProducerStats.NOW_FULL) / batches;
        figures.put("batches full, %", percent(fullPart));
        if (config.lingerMs() > 0 && wholeNs > 0 && filledNs / wholeNs > LINGER_PART && fullPart < 0.5) {
            return of(Limit.LINGER, ProducerConfig.LINGER_MS, figures,
                    "Linger limits: of " + ms(wholeNs) + " ms to the acknowledgement a batch waits " + ms(filledNs)
                            + " ms for more records, and " + percent(1 - fullPart)
                            + " % of the batches go out not full. Lower linger.ms=" + config.lingerMs()
                            + " for less latency; it costs requests.");
        }
        return of(Limit.NOTHING, null, figures,
                "Nothing limits: records go out about as they come, and are acknowledged after " + ms(wholeNs)
                        + " ms on average. Who wants more sends more, from more threads if one is at its end.");
    }

    private OfNode waiting(final Wait why) {
        for (final OfNode node : stats.nodes.values()) {
            if (node.wait == why) {
                return node;
            }
        }
        return null;
    }

    private OfNode slowest(final long nowNs) {
        OfNode slowest = null;
        double longest = 0;
        for (final OfNode node : stats.nodes.values()) {
            final double ns = node.now.read(nowNs).mean(OfNode.REQUEST_LATENCY);
            if (ns > longest) {
                longest = ns;
                slowest = node;
            }
        }
        return slowest;
    }

    /** The partition for which nearly everything waits, if there are others in use; {@code null} if there is none such. */
    private Hot hottest() {
        OfPartition hottest = null;
        int queued = 0;
        int most = 0;
        int partitions = 0;
        for (final OfTopic topic : stats.topics.values()) {
            for (final OfPartition partition : topic.partitions.values()) {
                final int batches = partition.queue.queuedBatches();
                partitions++;
                queued += batches;
                if (batches > most) {
                    most = batches;
                    hottest = partition;
                }
            }
        }
        return partitions > 1 && most >= HOT_BATCHES && most >= HOT_PART * queued
                ? new Hot(hottest, most)
                : null;
    }

    private static Explanation of(final Limit limit, final String key, final Map<String, String> figures,
            final String text) {
        return new Explanation(limit, text, key, java.util.Collections.unmodifiableMap(figures));
    }

    private static String number(final double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    private static String percent(final double part) {
        return String.format(Locale.ROOT, "%.0f", 100 * Math.max(0, part));
    }

    private static String ms(final double ns) {
        return Double.isNaN(ns) ? "?" : String.format(Locale.ROOT, ns < 10 * MS ? "%.2f" : "%.0f", ns / MS);
    }
}
