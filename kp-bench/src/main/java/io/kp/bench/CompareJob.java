package io.kp.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Runs a comparison: a broker, and the clients' processes in turns. */
final class CompareJob {
    // What a run may take beyond its own seconds: start, the last records, the end.
    private static final double GRACE_SECONDS = 150;
    private static final int CORES_TO_SHARE = 4;

    private final CompareSettings settings;
    private final PrintWriter out;
    private final List<CompareResult> results = new ArrayList<>();

    CompareJob(final CompareSettings settings, final PrintWriter out) {
        this.settings = settings;
        this.out = out;
    }

    /** Runs all rounds and tells of each. */
    CompareReport run() throws IOException, InterruptedException {
        final int cores = Runtime.getRuntime().availableProcessors();
        final boolean pinned = settings.pin() && cores >= CORES_TO_SHARE;
        final List<String> clientPinning = pinned ? List.of("taskset", "-c", "0-" + (cores / 2 - 1)) : List.of();
        try (CompareBroker broker = startBroker()) {
            if (pinned) {
                for (final long pid : broker.pids()) {
                    pin(pid, cores / 2 + "-" + (cores - 1));
                }
            }
            for (int round = 1; round <= settings.rounds(); round++) {
                final List<String> order = new ArrayList<>(settings.clients());
                if (round % 2 == 0) {
                    // A B B A: what drifts in one direction meets both alike.
                    Collections.reverse(order);
                }
                for (final String client : order) {
                    final CompareResult result = run(broker, client, round, clientPinning);
                    results.add(result);
                    tell(result);
                }
            }
        }
        return new CompareReport(settings, results, pinned);
    }

    private CompareBroker startBroker() {
        final int partitions = settings.workload().partitions();
        return settings.realBroker()
                ? RealBroker.start(partitions)
                : AckBrokerProcess.start(partitions, settings.ackDelaysMs());
    }

    private static void pin(final long pid, final String processors) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder("taskset", "-a", "-c", "-p", processors, Long.toString(pid))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        if (process.waitFor() != 0) {
            throw new IOException("taskset failed: pid=" + pid + ", processors=" + processors);
        }
    }

    private CompareResult run(final CompareBroker broker, final String client, final int round,
            final List<String> pinning) throws IOException, InterruptedException {
        final CompareWorkload workload = settings.workload();
        final String topicPrefix = client + "-" + round + "-";
        broker.prepare(topicPrefix, workload.topics());
        if (client.equals(RdkafkaRun.CLIENT)) {
            final double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
            final RdkafkaRun run = new RdkafkaRun(workload, broker, topicPrefix, pinning);
            final Map<String, Double> measured = new LinkedHashMap<>();
            final String problem = run.run(measured);
            return new CompareResult(client, round, problem, measured, broker.totals(topicPrefix, workload.topics()),
                    load, run.command());
        }
        final List<String> arguments = new ArrayList<>(workload.arguments());
        arguments.add("client=" + client);
        arguments.add("bootstrap=" + broker.bootstrapServers());
        arguments.add("topicPrefix=" + topicPrefix);
        arguments.add("brokerPids="
                + broker.pids().stream().map(pid -> Long.toString(pid)).collect(Collectors.joining(",")));
        final List<String> command = BenchJvm.command(pinning, settings.jvmOptions(), settings.agrona(),
                settings.classPath(), CompareRun.class, arguments);
        final double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        final Process process = BenchJvm.start(command);
        final Map<String, Double> measured = new LinkedHashMap<>();
        String problem = null;
        try {
            final CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> text(process));
            final double limitSeconds = workload.warmupSeconds() + workload.seconds() + GRACE_SECONDS;
            if (!process.waitFor((long) (limitSeconds * TimeUnit.SECONDS.toMillis(1)), TimeUnit.MILLISECONDS)) {
                problem = "it did not end within " + limitSeconds + " s";
            } else if (process.exitValue() != 0) {
                problem = "its process ended with exit code " + process.exitValue();
            } else {
                output.join().lines().filter(line -> line.indexOf('=') > 0)
                        .forEach(line -> measured.put(line.substring(0, line.indexOf('=')),
                                Double.valueOf(line.substring(line.indexOf('=') + 1))));
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        final boolean sendsNothing = client.equals("none");
        final BrokerTotals totals = sendsNothing
                ? BrokerTotals.NONE
                : broker.totals(topicPrefix, workload.topics());
        if (problem == null) {
            problem = difference(measured, totals, sendsNothing);
        }
        return new CompareResult(client, round, problem, measured, totals, load, command);
    }

    /** What speaks against the run, or {@code null}. */
    static String difference(final Map<String, Double> measured, final BrokerTotals totals,
            final boolean sendsNothing) {
        final Double sent = measured.get("sent");
        if (sent == null) {
            return "it told no results";
        }
        if (!sent.equals(measured.get("acknowledged")) || measured.get("failed") != 0
                || !sendsNothing && totals.records() != sent.longValue()) {
            return String.format(Locale.ROOT,
                    "sent %,.0f records, of which %,.0f were acknowledged and %,.0f failed; the broker has %,d", sent,
                    measured.get("acknowledged"), measured.get("failed"), totals.records());
        }
        return null;
    }

    private void tell(final CompareResult result) {
        out.print(String.format(Locale.ROOT, "round %d, %-7s  ", result.round(), result.client()));
        if (result.counts() && settings.workload().hold()) {
            out.println(String.format(Locale.ROOT, "%,12.0f B held  %,10.0f B by each partition",
                    result.value("heldBytes"), result.value("heldBytesPerPartition")));
        } else if (result.counts()) {
            out.println(String.format(Locale.ROOT, "%,12.0f records/s  %,10.0f ns CPU/record  load before: %.1f",
                    result.value("recordsPerSecond"), result.value("cpuNsPerRecord"), result.loadAverage()));
        } else {
            out.println("FAILED: " + result.problem());
        }
        out.flush();
    }

    private static String text(final Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
