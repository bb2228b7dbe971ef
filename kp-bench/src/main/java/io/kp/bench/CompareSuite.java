package io.kp.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs workloads one after the other. What is asked for is written after each, so that what was measured is kept whatever comes. */
final class CompareSuite {
    private final List<CompareSettings> all;
    private final CompareOutput output;
    private final Interruption interruption;
    private final PrintWriter out;
    private final PrintWriter err;
    private final List<CompareReport> reports = new ArrayList<>();

    CompareSuite(final List<CompareSettings> all, final CompareOutput output, final Interruption interruption,
            final PrintWriter out, final PrintWriter err) {
        this.all = all;
        this.output = output;
        this.interruption = interruption;
        this.out = out;
        this.err = err;
    }

    /** With librdkafka's tool where Kafka's client runs, the tool is there and can do it. */
    private CompareSettings withRdkafka(final CompareSettings settings) {
        if (!settings.clients().contains("kafka") || settings.clients().contains(RdkafkaRun.CLIENT)
                || !RdkafkaRun.installed()) {
            return settings;
        }
        final String missing = RdkafkaRun.missing(settings.workload());
        if (missing != null) {
            out.println("librdkafka is left out: " + missing);
            return settings;
        }
        return settings.withClient(RdkafkaRun.CLIENT);
    }

    int run() {
        if (all.get(0).clients().contains("kafka") && !RdkafkaRun.installed()) {
            out.println("librdkafka: rdkafka_performance is not on the PATH; no column of it");
        }
        for (int i = 0; i < all.size(); i++) {
            final CompareSettings settings = all.get(i);
            if (settings.preset() != null) {
                final double seconds = all.subList(i, all.size()).stream().mapToDouble(CompareSettings::seconds).sum();
                out.println(String.format(Locale.ROOT, "%n== %d of %d: %s: %s (%.0f min left, without starts)", i + 1,
                        all.size(), settings.preset().name(), settings.preset().description(),
                        seconds / TimeUnit.MINUTES.toSeconds(1)));
            }
            try {
                final CompareReport report = new CompareJob(withRdkafka(settings), out).run();
                reports.add(report);
                out.println();
                out.print(report.table());
                out.flush();
                output.write(CompareReport.asMap(settings.commandLine(), reports));
            } catch (final InterruptedException e) {
                return ExitCode.INTERRUPTED;
            } catch (final BrokerException e) {
                if (interruption.requested()) {
                    return ExitCode.INTERRUPTED;
                }
                err.println("kp: " + e.getMessage());
                return ExitCode.NO_BROKER;
            } catch (final IOException e) {
                err.println("kp: the results cannot be written, or a process cannot be started: " + e);
                return ExitCode.INCOMPLETE;
            }
        }
        if (!reports.isEmpty()) {
            final Map<String, Object> results = CompareReport.asMap(all.get(0).commandLine(), reports);
            output.writeLast(results);
            final String targets = CompareFigures.of(List.of(Json.parse(Json.text(results)))).targetTable();
            if (!targets.isEmpty()) {
                out.println();
                out.print(targets);
                out.flush();
            }
        }
        return reports.stream().anyMatch(CompareReport::failed) ? ExitCode.INCOMPLETE : ExitCode.OK;
    }

}
