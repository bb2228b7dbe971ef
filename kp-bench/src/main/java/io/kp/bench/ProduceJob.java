package io.kp.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import org.HdrHistogram.Histogram;

/** One run of {@code kp produce}: broker, sending, reading back, summary. Used by one thread. */
@SuppressWarnings("try") // a Progress is only opened and closed
final class ProduceJob {
    private static final int READ_BYTES = 1 << 20;
    private static final int JSON_BYTES = 1 << 12;
    private static final Duration INTERRUPTED_CLOSE = Duration.ofSeconds(10);
    private static final double NS_PER_SECOND = 1e9;
    private static final double NS_PER_MS = 1e6;
    private static final double BYTES_PER_MB = 1e6;

    private final ProduceSettings settings;
    private final Interruption interruption;
    private final Inputs inputs;
    private final PrintStream out;
    private final Map<String, Object> result;
    private final PrintStream err = System.err;
    private final int maxLineBytes;
    private final int maxRecordBytes;

    private volatile long lineCount;
    private volatile long bytesRead;
    private long lineBytes;
    private boolean inputFailed;
    private boolean brokerInvolved;
    private long startNs;
    private RecordSink.Totals totals;

    /**
     * Creates a job.
     *
     * @param settings     what to do
     * @param interruption says when to end early
     * @param out          where the summary goes
     * @param result       takes the figures, for the JSON
     */
    ProduceJob(final ProduceSettings settings, final Interruption interruption, final PrintStream out,
            final Map<String, Object> result) {
        this.settings = settings;
        this.interruption = interruption;
        inputs = new Inputs(settings.files());
        this.out = out;
        this.result = result;
        maxRecordBytes = settings.maxRequestSize();
        // What describes a record in JSON is longer than the record.
        maxLineBytes = settings.format() instanceof JsonRecords
                ? (int) Math.min(Integer.MAX_VALUE - 16, 2L * maxRecordBytes + JSON_BYTES)
                : maxRecordBytes;
    }

    /**
     * Does it all.
     *
     * @return the tool's exit code
     */
    int run() {
        if (!settings.embedded()) {
            return runOn(settings.config(), null);
        }
        try (KafkaCluster cluster = startCluster()) {
            final Map<String, String> config = new LinkedHashMap<>(settings.config());
            config.put("bootstrap.servers", cluster.bootstrapServers());
            final int code = runOn(config, cluster);
            // Of an interrupted process group's broker nothing can be learned.
            if (code == ExitCode.INCOMPLETE && !interruption.requested() && brokerInvolved) {
                err.println("kp: the broker's log is kept: "
                        + cluster.keepLogs(Path.of(System.getProperty("java.io.tmpdir"))));
            }
            return code;
        } catch (final BrokerException e) {
            if (interruption.requested()) {
                err.println("kp: interrupted while the broker was starting; nothing was sent");
                return ExitCode.INTERRUPTED;
            }
            err.println("kp: " + e.getMessage());
            return ExitCode.NO_BROKER;
        }
    }

    private KafkaCluster startCluster() {
        // What the producer is allowed to send the broker shall take, with room for the batch around it.
        final KafkaCluster cluster = KafkaCluster.builder().release(settings.release())
                .property("message.max.bytes",
                        Long.toString(Math.max(1_048_588L, Math.min(Integer.MAX_VALUE, maxRecordBytes + 16_384L))))
                .start();
        try {
            cluster.createTopic(settings.topic(), settings.partitions(), Map.of());
        } catch (final RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private int runOn(final Map<String, String> config, final KafkaCluster cluster) {
        final Path notes = !settings.verify()
                ? null
                : cluster != null ? cluster.folder() : Path.of(System.getProperty("java.io.tmpdir"));
        try (Deliveries deliveries = new Deliveries(inputs::lineName, notes);
                Verifier verifier = settings.verify()
                        ? new Verifier(config, settings.topic(), settings.murmur2(),
                                settings.format().ownHeaders() ? null : settings.headers())
                        : null) {
            final RecordSink sink;
            try {
                sink = sink(config);
            } catch (final io.kp.client.ConfigException | org.apache.kafka.common.KafkaException e) {
                err.println("kp: configuration: " + message(e));
                return ExitCode.USAGE;
            }
            send(sink, deliveries);
            final boolean delivered = report(deliveries);
            if (interruption.requested()) {
                err.println("kp: interrupted after line " + inputs.lineName(lineCount - 1) + ": "
                        + number(deliveries.acknowledgedCount())
                        + " lines delivered, " + number(lineCount - deliveries.acknowledgedCount())
                        + " not; nothing was verified");
                return ExitCode.INTERRUPTED;
            }
            final boolean verified = verifier == null || verify(verifier, deliveries);
            return delivered && verified && !inputFailed ? ExitCode.OK : ExitCode.INCOMPLETE;
        } catch (final org.apache.kafka.common.KafkaException e) {
            if (interruption.requested()) {
                err.println("kp: interrupted; " + number(lineCount) + " lines were sent, nothing was verified");
                return ExitCode.INTERRUPTED;
            }
            err.println("kp: topic " + settings.topic() + " cannot be read to verify it: " + message(e)
                    + (lineCount == 0 ? "; nothing was sent" : ""));
            return ExitCode.INCOMPLETE;
        }
    }

    private RecordSink sink(final Map<String, String> config) {
        return settings.officialClient()
                ? new KafkaClientsSink(config, settings.topic(), settings.partition(), settings.headers())
                : new KpSink(config, settings.topic(), settings.partition(), settings.headers());
    }

    private void send(final RecordSink sink, final Deliveries deliveries) {
        startNs = System.nanoTime();
        Duration closeTimeout = Duration.ofMillis(Long.MAX_VALUE);
        try (Progress progress = Progress.show("send", inputs.totalBytes(), " MB", (long) BYTES_PER_MB,
                () -> bytesRead,
                () -> progressText(deliveries))) {
            try {
                for (final String name : inputs.names()) {
                    if (!sendFile(name, sink, deliveries)) {
                        break;
                    }
                }
                sink.flush();
            } catch (final io.kp.client.InterruptException | org.apache.kafka.common.errors.InterruptException e) {
                // Ctrl-C; said below, once it is known how many were delivered.
            }
            if (interruption.requested()) {
                Thread.interrupted();
                closeTimeout = INTERRUPTED_CLOSE;
            }
            sink.close(closeTimeout);
            totals = sink.totals();
        }
    }

    private String progressText(final Deliveries deliveries) {
        final long lines = lineCount;
        final long acknowledged = deliveries.acknowledgedCount();
        return compact(lines) + " sent " + compact(acknowledged) + " acked "
                + compact(Math.max(0, lines - acknowledged - deliveries.failedCount())) + " in flight";
    }

    /** Three digits or so, for a line that has to fit on a terminal. */
    private static String compact(final long count) {
        if (count < 10_000) {
            return Long.toString(count);
        }
        return count < 1_000_000 ? count / 1_000 + "k" : String.format(Locale.ROOT, "%.2fM", count / 1e6);
    }

    /** Sends one file; whether to go on with the next. */
    private boolean sendFile(final String name, final RecordSink sink, final Deliveries deliveries) {
        final long bytesBefore = bytesRead;
        try (ReadableByteChannel channel = inputs.open(name, lineCount)) {
            if (settings.delimiter() == null) {
                sendWhole(channel, sink, deliveries);
                return goOn(deliveries);
            }
            final LineReader reader = new LineReader(channel, READ_BYTES, maxLineBytes, settings.delimiter());
            while (goOn(deliveries) && reader.next()) {
                sendLine(reader, sink, deliveries);
                bytesRead = bytesBefore + reader.bytesRead();
            }
        } catch (final ClosedByInterruptException e) {
            return false;
        } catch (final IOException e) {
            inputFailed = true;
            err.println("kp: " + name + ": cannot be read: " + e.getMessage());
        }
        return goOn(deliveries);
    }

    private boolean goOn(final Deliveries deliveries) {
        return deliveries.stopReason() == null && !interruption.requested() && lineCount < settings.maxRecords();
    }

    /** All that a file holds is one record. */
    private void sendWhole(final ReadableByteChannel channel, final RecordSink sink, final Deliveries deliveries)
            throws IOException {
        // One byte more than is allowed shows that it is too much.
        final byte[] bytes = Channels.newInputStream(channel)
                .readNBytes((int) Math.min(Integer.MAX_VALUE - 8, maxRecordBytes + 1L));
        final long line = lineCount;
        lineCount = line + 1;
        bytesRead += bytes.length;
        if (bytes.length > maxRecordBytes) {
            deliveries.refused(line, "the file is larger than max.request.size=" + maxRecordBytes
                    + "; to send it raise -X max.request.size (and the topic's max.message.bytes)");
            return;
        }
        send(bytes, 0, bytes.length, line, sink, deliveries);
    }

    private void sendLine(final LineReader reader, final RecordSink sink, final Deliveries deliveries) {
        final long line = lineCount;
        // One thread writes; the display reads.
        lineCount = line + 1;
        if (reader.tooLong()) {
            deliveries.refused(line, "the line is larger than max.request.size: lineBytes=" + reader.lengthBytes()
                    + ", max.request.size="
                    + maxRecordBytes + "; to send it raise -X max.request.size (and the topic's max.message.bytes)");
            return;
        }
        send(reader.buffer(), reader.start(), reader.start() + (int) reader.lengthBytes(), line, sink, deliveries);
    }

    private void send(final byte[] bytes, final int start, final int end, final long line, final RecordSink sink,
            final Deliveries deliveries) {
        final InputRecord record;
        try {
            record = settings.format().read(bytes, start, end);
        } catch (final InputFormat.BadInputException e) {
            deliveries.refused(line, e.getMessage());
            return;
        }
        lineBytes += end - start;
        final long hash = settings.verify() ? hash(record) : 0;
        sink.send(record, new Delivery(deliveries, line, hash, System.nanoTime()));
        if (settings.sync()) {
            sink.flush();
        }
    }

    private long hash(final InputRecord record) {
        final long hash = LineHash.of(record.key(), record.value());
        if (!settings.format().ownHeaders()) {
            return hash;
        }
        final List<Map.Entry<String, byte[]>> headers = record.headers() == null
                ? settings.headers()
                : record.headers();
        return LineHash.withHeaders(hash, headers.stream().map(Map.Entry::getKey).toList(),
                headers.stream().map(Map.Entry::getValue).collect(Collectors.toList()));
    }

    /** Prints what was delivered; whether all was. */
    private boolean report(final Deliveries deliveries) {
        final long acknowledged = deliveries.acknowledgedCount();
        final long failed = deliveries.failedCount();
        final List<String> messages = deliveries.messages();
        messages.forEach(message -> err.println("kp: not delivered: " + message));
        if (failed > messages.size()) {
            err.println("kp: not delivered: " + number(failed - messages.size()) + " more lines");
        }
        if (deliveries.stopReason() != null) {
            brokerInvolved = true;
            // The reason is among the failures just told, unless there were too many.
            err.println("kp: stopped at line " + inputs.lineName(lineCount - 1) + ": other lines would fare no better"
                    + (failed > messages.size() ? ": " + deliveries.stopReason() : ""));
        }
        if (lineCount == 0 && !inputFailed) {
            err.println("kp: the input is empty: no lines, nothing to send");
        }
        final double seconds = Math.max(1, deliveries.lastEndNs() - startNs) / NS_PER_SECOND;
        out.printf(Locale.ROOT, "delivered    %s of %s lines, %.1f MB in %.3f s: %s records/s, %.1f MB/s%n",
                number(acknowledged),
                number(lineCount), lineBytes / BYTES_PER_MB, lineCount == 0 ? 0 : seconds,
                number(lineCount == 0 ? 0 : Math.round(acknowledged / seconds)),
                acknowledged == 0 ? 0 : lineBytes / BYTES_PER_MB / seconds);
        if (acknowledged > 0) {
            final Histogram latency = deliveries.latencyNs();
            out.printf(Locale.ROOT, "ack latency  p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms%n",
                    latency.getValueAtPercentile(50) / NS_PER_MS, latency.getValueAtPercentile(99) / NS_PER_MS,
                    latency.getValueAtPercentile(99.9) / NS_PER_MS, latency.getMaxValue() / NS_PER_MS);
            out.printf(Locale.ROOT, "sent         %s batches of %s bytes on average, in %s requests, %s retries%n",
                    number(totals.batches()),
                    number(Math.round(totals.meanBatchBytes())), number(totals.requests()), number(totals.retries()));
        }
        result.put("lines", lineCount);
        result.put("delivered", acknowledged);
        result.put("failed", failed);
        result.put("failures", messages);
        result.put("bytes", lineBytes);
        result.put("seconds", lineCount == 0 ? 0 : seconds);
        result.put("recordsPerSecond", lineCount == 0 ? 0 : acknowledged / seconds);
        result.put("batches", totals.batches());
        result.put("requests", totals.requests());
        result.put("retries", totals.retries());
        if (acknowledged > 0) {
            final Histogram latency = deliveries.latencyNs();
            final Map<String, Object> ms = new LinkedHashMap<>();
            ms.put("p50", latency.getValueAtPercentile(50) / NS_PER_MS);
            ms.put("p99", latency.getValueAtPercentile(99) / NS_PER_MS);
            ms.put("p99.9", latency.getValueAtPercentile(99.9) / NS_PER_MS);
            ms.put("max", latency.getMaxValue() / NS_PER_MS);
            result.put("latencyMs", ms);
        }
        return failed == 0 && acknowledged == lineCount;
    }

    private boolean verify(final Verifier verifier, final Deliveries deliveries) {
        final long beginNs = System.nanoTime();
        boolean same;
        try (Progress progress = Progress.show("verify", deliveries.acknowledgedCount(), " lines", 1,
                verifier::foundCount, () -> "")) {
            same = verifier.verify(deliveries.sent(), inputs::lineName);
        }
        final double seconds = (System.nanoTime() - beginNs) / NS_PER_SECOND;
        if (verifier.unacknowledgedCount() > 0) {
            // A failed line may have reached the log all the same.
            final boolean explained = verifier.unacknowledgedCount() <= deliveries.failedCount();
            same &= explained;
            err.println("kp: " + (explained ? "note" : "not verified") + ": " + number(verifier.unacknowledgedCount())
                    + " records in the topic that no acknowledged line accounts for"
                    + (explained ? " (failed lines may have been written all the same)" : ""));
        }
        verifier.problems().forEach(problem -> err.println("kp: not verified: " + problem));
        if (verifier.problemCount() > verifier.problems().size()) {
            err.println("kp: not verified: " + number(verifier.problemCount() - verifier.problems().size())
                    + " more differences");
        }
        brokerInvolved |= !same;
        result.put("verified", same);
        result.put("found", verifier.foundCount());
        out.printf(Locale.ROOT,
                "verified     %s of %s acknowledged lines found, %s, in %d partitions of topic %s, by Kafka's consumer in %.3f s%n",
                number(verifier.foundCount()), number(deliveries.acknowledgedCount()),
                same ? "each once and in order, nothing else" : "WITH DIFFERENCES",
                verifier.partitionCount(), settings.topic(), seconds);
        return same;
    }

    private static String number(final long value) {
        return value < 0 ? "?" : String.format(Locale.ROOT, "%,d", value);
    }

    /** An exception's message with that of its cause, which in Kafka's client says what was wrong. */
    private static String message(final Exception e) {
        return e.getCause() == null || e.getCause().getMessage() == null
                ? e.getMessage()
                : e.getMessage() + ": " + e.getCause().getMessage();
    }
}
