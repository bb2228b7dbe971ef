package io.kp.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import io.kp.bench.CompareFigures.Workload;

/** A comparison as one page that needs nothing else, and its charts as files. */
final class HtmlReport {
    private static final String STYLE = """
            :root{color-scheme:light dark;--page:#f9f9f7;--card:#fcfcfb;--ink:#0b0b0b;--soft:#52514e;--rule:#e1e0d9;--good:#006300;\
            --bad:#b3261e}
            @media (prefers-color-scheme:dark){:root{--page:#0d0d0d;--card:#1a1a19;--ink:#fff;--soft:#c3c2b7;--rule:#2c2c2a;\
            --good:#5fbf6a;--bad:#ff8a80}}
            body{margin:0 auto;padding:24px;max-width:1080px;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
            h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:36px 0 8px}p{margin:6px 0;color:var(--soft)}
            section{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:16px;margin:12px 0;overflow-x:auto}
            svg.viz{width:100%;height:auto;min-width:640px;display:block}
            table{border-collapse:collapse;font-size:13px;width:100%;font-variant-numeric:tabular-nums}
            th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
            th{color:var(--soft);font-weight:500}th:first-child,td:first-child,.text{text-align:left}
            .good{color:var(--good)}.bad{color:var(--bad);font-weight:600}code{font-size:12px;overflow-wrap:anywhere}
            @media (max-width:700px){body{padding:12px}section{padding:10px}th,td{padding:3px 6px;font-size:12px}.text{white-space:normal}}
            details{margin:6px 0}summary{cursor:pointer}
            """;
    private static final String CPU = "cpuNsPerRecord";
    private static final String[] PACED_COSTS = {CPU + ":CPU ns/record", "ackUs.p50:acknowledged after, p50",
            "ackUs.p99:p99"};
    private static final String[] COSTS = {"recordsPerSecond:records/s", CPU + ":CPU ns/record"};
    private static final Map<String, Sweep> SWEEPS = sweeps();
    private static final double MOST_DISTURBANCE = 0.1;
    private static final double MOST_COMPILING = 0.1;

    private HtmlReport() {
    }

    /** What one setting does: the setting's name, the chart's title, whether its values have no order, and the figures. */
    private record Sweep(String setting, String title, boolean bars, String... asked) {
    }

    private static Map<String, Sweep> sweeps() {
        final Map<String, Sweep> sweeps = new LinkedHashMap<>();
        sweeps.put("sweep-linger", new Sweep("linger.ms", "linger.ms, at 20,000 records/s of 100 B", false,
                PACED_COSTS));
        sweeps.put("sweep-batch", new Sweep("batch.size", "batch.size in bytes, 1,000 B as fast as possible", false,
                COSTS));
        sweeps.put("sweep-compression", new Sweep("compression.type",
                "compression.type, 1,000 B of JSON as fast as possible, batches of 64 KiB", true, COSTS[0], COSTS[1],
                "batchBytesPerRecord:bytes sent/record"));
        sweeps.put("sweep-size", new Sweep("bytes of a value", "Size of the values in bytes, as fast as possible",
                false, COSTS));
        sweeps.put("sweep-partitions", new Sweep("partitions",
                "Partitions, 100 B with keys at random, as fast as possible", false, COSTS[0], COSTS[1],
                "recordsPerBatch:records/batch"));
        return sweeps;
    }

    /** The charts by their names, each a whole file. */
    static Map<String, String> charts(final CompareFigures figures) {
        final Map<String, String> files = new LinkedHashMap<>();
        drawings(figures).forEach((name, drawing) -> files.put(name, drawing.file()));
        return files;
    }

    private static Map<String, Svg> drawings(final CompareFigures figures) {
        final Predicate<Workload> all = workload -> !isOfItsOwn(workload) && !isSweep(workload);
        final Predicate<Workload> flatOut = workload -> !workload.paced() && all.test(workload);
        final Predicate<Workload> paced = workload -> workload.paced() && all.test(workload);
        final Map<String, Svg> drawings = new LinkedHashMap<>();
        put(drawings, "cpu-ratio", Charts.ratios(figures,
                "CPU per record of the client's process, in proportion (less is better)", CPU, all));
        put(drawings, "cpu-breakdown", Charts.breakdown(figures,
                "Where that time goes; all of kafka-clients' is 100 % (less is better)", all));
        put(drawings, "throughput", Charts.figures(figures, "Records per second, as fast as possible (more is better)",
                "recordsPerSecond", flatOut));
        put(drawings, "allocation", Charts.figures(figures, "Bytes allocated per record (less is better)",
                "allocatedBytesPerRecord", all));
        put(drawings, "latency", Charts.latencies(figures,
                "From the time at which a record was to be sent to its acknowledgement, paced (less is better)",
                paced));
        put(drawings, "send", Charts.figures(figures,
                "How long the call of send kept its caller, p99.9, µs (less is better)", "sendUs.p99.9", all));
        SWEEPS.forEach((name, sweep) -> put(drawings, name,
                Charts.sweep(figures, sweep.title, named(figures, name + "-"), sweep.bars, sweep.asked)));
        return drawings;
    }

    /** How a sweep's setting is called. */
    static String setting(final String sweep) {
        return SWEEPS.get(sweep).setting;
    }

    /** The workloads of a beginning, each by the rest of its name. */
    private static Map<String, String> named(final CompareFigures figures, final String prefix) {
        final Map<String, String> values = new LinkedHashMap<>();
        figures.workloads().stream().map(Workload::name).filter(name -> name.startsWith(prefix))
                .forEach(name -> values.put(name, Charts.grouped(name.substring(prefix.length()))));
        return values;
    }

    /** What is measured once or before anything runs: not to be put beside the others. */
    static boolean isOfItsOwn(final Workload workload) {
        return isColdStart(workload) || isHeld(workload);
    }

    private static boolean isSweep(final Workload workload) {
        return workload.name().startsWith("sweep-");
    }

    private static boolean isHeld(final Workload workload) {
        return workload.name().startsWith("held-");
    }

    private static boolean isColdStart(final Workload workload) {
        return workload.name().equals("cold-start");
    }

    private static void put(final Map<String, Svg> drawings, final String name, final Svg drawing) {
        if (drawing != null) {
            drawings.put(name, drawing);
        }
    }

    /** The whole page. */
    static String page(final CompareFigures figures) {
        final StringBuilder page = new StringBuilder(
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width\">\n<title>kp and kafka-clients</title>\n<style>\n")
                .append(STYLE).append(Svg.STYLE).append("</style>\n</head>\n<body>\n<h1>kp and kafka-clients</h1>\n");
        sources(page, figures.sources());
        final long failed = figures.workloads().stream().mapToLong(Workload::failedRuns).sum();
        if (failed > 0) {
            page.append("<p class=\"bad\">").append(failed).append(" of ")
                    .append(figures.workloads().stream().mapToInt(Workload::runs).sum())
                    .append(" runs failed and are in no figure.</p>\n");
        }
        disturbed(page, figures.workloads());
        goals(page, figures.targets());
        page.append(
                "<h2>Charts</h2>\n<p>A large dot or a bar is the median of the runs, a small dot one run; axes that do not begin "
                        + "at 0 are logarithmic. Where the driver also ran without a client (paced), what it costs itself is taken off "
                        + "the proportion of CPU.</p>\n");
        drawings(figures)
                .forEach((name, drawing) -> page.append("<section>\n").append(drawing.inline()).append("</section>\n"));
        page.append("<h2>All figures</h2>\n<p>Medians of the runs, and kp's to kafka-clients'.</p>\n");
        figures.workloads().forEach(workload -> workload(page, workload));
        return page.append("</body>\n</html>\n").toString();
    }

    /** Each machine once, the commands folded away. */
    private static void sources(final StringBuilder page, final List<Map<String, Object>> sources) {
        sources.stream().map(HtmlReport::machine).distinct()
                .forEach(machine -> page.append("<p>").append(Svg.escape(machine)).append("</p>\n"));
        page.append("<details><summary>").append(sources.size() == 1 ? "The command" : sources.size() + " commands")
                .append("</summary>\n");
        for (final Map<String, Object> source : sources) {
            page.append("<p>").append(Svg.escape(text(source.get("at"), ""))).append("<br><code>kp ")
                    .append(Svg.escape(((List<?>) source.get("commandLine")).stream().map(Object::toString)
                            .collect(Collectors.joining(" "))))
                    .append("</code></p>\n");
        }
        page.append("</details>\n");
    }

    private static String machine(final Map<String, Object> source) {
        final Map<?, ?> machine = (Map<?, ?>) source.get("machine");
        final Map<?, ?> versions = (Map<?, ?>) source.get("versions");
        return text(machine.get("cpu"), "unknown processor") + ", "
                + text(machine.get("cores"), "?").replaceAll("\\.0$", "") + " cores, "
                + gibibytes(text(machine.get("memory"), "?")) + " · " + machine.get("os") + " · " + machine.get("jdk")
                + " · " + versions.get("kp")
                + (versions.get("commit") == null ? "" : " (" + versions.get("commit") + ")") + ", kafka-clients "
                + versions.get("kafka-clients");
    }

    /** What the kernel tells in kB, as people say it. */
    private static String gibibytes(final String memory) {
        return memory.matches("\\d{1,15} kB")
                ? Math.round(Long.parseLong(memory.substring(0, memory.length() - 3)) / (1024.0 * 1024)) + " GiB"
                : memory;
    }

    private static String text(final Object value, final String otherwise) {
        return Objects.toString(value, otherwise);
    }

    /** What README says of a quiet machine and of warming up, held against what was measured. */
    private static void disturbed(final StringBuilder page, final List<Workload> workloads) {
        warn(page, "Others used more than " + MOST_DISTURBANCE + " cores meanwhile, which spoils", workloads,
                (workload, client) -> workload.median(client, "disturbingCores") > MOST_DISTURBANCE);
        warn(page, "The compiler took more than a tenth of the time (warm up longer) in",
                workloads.stream().filter(workload -> !isColdStart(workload)).toList(),
                (workload, client) -> workload.median(client, "cpuNsPerRecord.jit") > MOST_COMPILING
                        * workload.median(client, CPU));
    }

    private static void warn(final StringBuilder page, final String warning, final List<Workload> workloads,
            final BiPredicate<Workload, String> condition) {
        final String names = workloads.stream()
                .filter(workload -> condition.test(workload, "kp") || condition.test(workload, "kafka"))
                .map(Workload::name).collect(Collectors.joining(", "));
        if (!names.isEmpty()) {
            page.append("<p class=\"bad\">").append(warning).append(": ").append(Svg.escape(names)).append(".</p>\n");
        }
    }

    private static void goals(final StringBuilder page, final List<CompareFigures.Target> targets) {
        if (targets.isEmpty()) {
            return;
        }
        page.append("<h2>What was wanted</h2>\n<section><table>\n<tr><th>workload</th><th class=\"text\">figure</th>"
                + "<th>measured</th><th>wanted</th><th></th><th>kp</th><th>against</th><th>hoped for</th><th>runs</th></tr>\n");
        for (final CompareFigures.Target target : targets) {
            final ComparePreset.Goal goal = target.goal();
            final boolean met = goal.isMet(target.value());
            page.append(Svg.format("<tr><td>%s</td><td class=\"text\">%s</td><td>%.3f</td><td>%s %.2f</td>",
                    Svg.escape(target.workload().name()), CompareReport.label(goal.figure()).replaceFirst(" us$", ""),
                    target.value(), goal.upwards() ? "≥" : "≤", goal.must()));
            page.append(Svg.format(
                    "<td class=\"%s\">%s</td><td>%s</td><td>%s</td><td>%.2f</td><td>%d</td></tr>\n",
                    met ? "good" : "bad",
                    goal.isAimReached(target.value()) ? "✓ as hoped" : met ? "✓ met" : "✗ missed",
                    Charts.reading(goal.figure(), target.own()), Svg.escape(target.against()), goal.aim(),
                    target.workload().runs("kp")));
        }
        page.append("</table></section>\n");
    }

    private static void workload(final StringBuilder page, final Workload workload) {
        page.append("<section><details><summary><b>").append(Svg.escape(workload.name())).append("</b> ")
                .append(Svg.escape(workload.description())).append("</summary>\n<p><code>")
                .append(Svg.escape(workload.options())).append("</code> · broker: ")
                .append(Svg.escape(workload.broker())).append("</p>\n<table>\n<tr><th></th>");
        workload.clients().forEach(client -> page.append("<th>").append(Svg.escape(client)).append("</th>"));
        page.append("<th>ratio</th></tr>\n");
        for (final String figure : workload.figures()) {
            if (workload.clients().stream().anyMatch(client -> Double.isFinite(workload.median(client, figure)))) {
                page.append("<tr><td>").append(CompareReport.label(figure)).append("</td>");
                workload.clients().forEach(client -> page.append("<td>")
                        .append(Charts.compact(workload.median(client, figure))).append("</td>"));
                final double ratio = workload.ratio(figure);
                page.append("<td>").append(Double.isFinite(ratio) ? Svg.format("%.3f", ratio) : "-")
                        .append("</td></tr>\n");
            }
        }
        page.append("</table></details></section>\n");
    }
}
