package io.kp.bench;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.kp.bench.CompareFigures.Target;
import io.kp.bench.CompareFigures.Workload;

/**
 * What was measured, as tables within pages in Markdown: each between the lines {@code <!-- kp report: NAME -->} and {@code <!-- /kp report -->}. What stands there is replaced,
 * so that no figure in such a page is typed by hand.
 */
final class MarkdownTables {
    private static final Pattern PLACE = Pattern
            .compile("(?s)(<!-- kp report: ([\\w-]+) -->\\R).*?(<!-- /kp report -->)");
    private static final String KP = "kp";
    private static final String JMH = "jmh-";
    private static final String KAFKA = "kafka";
    private static final double MOST_DISTURBANCE = 0.1;
    private static final int GOAL_DIGITS = 3;

    /** Columns of the table of all workloads: a figure and how it is headed. */
    private static final Map<String, String> FIGURES = inOrder("recordsPerSecond", "records/s", "cpuNsPerRecord",
            "CPU ns/record", "allocatedBytesPerRecord", "allocated B/record", "sendUs.p99.9", "`send` p99.9",
            "ackUs.p50", "acknowledged after, p50", "ackUs.p99.9", "p99.9");
    private static final Map<String, String> SWEPT = inOrder("recordsPerSecond", "records/s", "cpuNsPerRecord",
            "CPU ns/record", "recordsPerBatch", "records/batch", "batchBytesPerRecord", "bytes sent/record",
            "ackUs.p50", "acknowledged after, p50", "ackUs.p99", "p99");

    private MarkdownTables() {
    }

    /**
     * Puts the tables into a page.
     *
     * @param page    the page
     * @param figures what was measured end to end
     * @param modules what was measured of the modules
     * @param missing takes the names of places for which nothing was measured; they stay as they are
     * @return the page with what was measured
     * @throws IllegalArgumentException
     *                                      if it has no place for a table, or one whose name means nothing
     */
    static String update(final String page, final CompareFigures figures, final JmhFigures modules,
            final List<String> missing) {
        final Matcher places = PLACE.matcher(page);
        final StringBuilder updated = new StringBuilder();
        boolean found = false;
        while (places.find()) {
            found = true;
            final String table = table(places.group(2), figures, modules);
            if (table.isEmpty()) {
                missing.add(places.group(2));
            }
            places.appendReplacement(updated, Matcher.quoteReplacement(
                    table.isEmpty() ? places.group() : places.group(1) + table + places.group(3)));
        }
        if (!found) {
            throw new IllegalArgumentException(
                    "no line <!-- kp report: NAME --> with a line <!-- /kp report --> behind it");
        }
        return places.appendTail(updated).toString();
    }

    private static String table(final String name, final CompareFigures figures, final JmhFigures modules) {
        if (name.equals("run")) {
            return runs(figures);
        } else if (name.equals("targets")) {
            return targets(figures.targets());
        } else if (name.equals("workloads")) {
            return workloads(figures.workloads());
        } else if (name.startsWith("sweep-") && !ComparePreset.named(name).isEmpty()) {
            return sweep(name, figures.workloads());
        } else if (name.startsWith(JMH)) {
            return modules.table(name.substring(JMH.length()));
        }
        throw new IllegalArgumentException(
                "no such table: " + name
                        + "; there are run, targets, workloads, the names of sweeps, and jmh- with a module");
    }

    /** When, where and what: a line for each combination. */
    private static String runs(final CompareFigures figures) {
        final Set<String> lines = new LinkedHashSet<>();
        for (final Workload workload : figures.workloads()) {
            final Map<String, Object> source = workload.source();
            final Map<?, ?> machine = (Map<?, ?>) source.get("machine");
            lines.add(String.format(Locale.ROOT, "- %s: %s, %s cores, %s; commit %s%n",
                    Objects.toString(source.get("at")).replaceFirst("T.*", ""), machine.get("cpu"),
                    Objects.toString(machine.get("cores")).replaceFirst("\\.0$", ""),
                    Objects.toString(machine.get("jdk")).replaceFirst(".*VM ", "JDK ").replaceFirst(",.*", ""),
                    commit(workload)));
        }
        return lines.isEmpty() ? "" : "\n" + String.join("", lines) + "\n";
    }

    private static String commit(final Workload workload) {
        return Objects.toString(((Map<?, ?>) workload.source().get("versions")).get("commit"), "not recorded");
    }

    private static String targets(final List<Target> targets) {
        final StringBuilder table = new StringBuilder();
        String before = "";
        for (final Target target : targets) {
            final Workload workload = target.workload();
            final String figure = target.goal().figure();
            table.append(String.format(Locale.ROOT, "| %s | %s | %s / %s | %.2f | %s | %s | %s | %d%s |%n",
                    workload.name().equals(before) ? "…" : "`" + workload.name() + "`: " + workload.description(),
                    CompareReport.label(figure).replaceFirst(" us$", ""), Charts.reading(figure, target.own()),
                    target.against(),
                    target.value(), number(target.goal().must()), number(target.goal().aim()),
                    target.verdict().equals("MISSED") ? "**missed**" : target.verdict(), workload.runs(KP),
                    disturbance(workload)));
            before = workload.name();
        }
        return table.isEmpty()
                ? ""
                : "\n| workload | figure | kp / against | measured | must | aim | | runs of each |\n"
                        + "|---|---|---|---|---|---|---|---|\n" + table + "\n";
    }

    private static String disturbance(final Workload workload) {
        final double own = workload.median(KP, "disturbingCores");
        final double other = workload.median(KAFKA, "disturbingCores");
        // Not everything is measured with both.
        final double cores = other > own ? other : own;
        return cores > MOST_DISTURBANCE ? String.format(Locale.ROOT, "; others used %.1f cores", cores) : "";
    }

    private static String workloads(final List<Workload> workloads) {
        final List<Workload> compared = workloads.stream()
                .filter(each -> each.clients().contains(KAFKA) && each.runs(KP) > 0 && !HtmlReport.isOfItsOwn(each))
                .toList();
        final StringBuilder table = new StringBuilder();
        for (final Workload workload : compared) {
            table.append("| `").append(workload.name()).append('`');
            for (final String figure : FIGURES.keySet()) {
                final double own = workload.median(KP, figure);
                final double other = workload.median(KAFKA, figure);
                table.append(" | ").append(Double.isFinite(own) || Double.isFinite(other)
                        ? Charts.reading(figure, own) + " / " + Charts.reading(figure, other)
                        : "");
            }
            table.append(" | ").append(workload.runs(KP)).append(" |\n");
        }
        return compared.isEmpty() ? "" : head("workload", FIGURES.values(), "runs of each") + table + "\n";
    }

    private static String sweep(final String name, final List<Workload> workloads) {
        final List<Workload> points = workloads.stream()
                .filter(each -> each.name().startsWith(name + "-") && each.runs(KP) > 0).toList();
        final List<String> shown = SWEPT.keySet().stream()
                .filter(figure -> points.stream().anyMatch(each -> Double.isFinite(each.median(KP, figure)))).toList();
        final StringBuilder table = new StringBuilder();
        for (final Workload point : points) {
            table.append("| ").append(Charts.grouped(point.name().substring(name.length() + 1)));
            shown.forEach(figure -> table.append(" | ").append(Charts.reading(figure, point.median(KP, figure))));
            table.append(" | ").append(point.runs(KP)).append(disturbance(point)).append(" |\n");
        }
        return points.isEmpty()
                ? ""
                : head(HtmlReport.setting(name), shown.stream().map(SWEPT::get).toList(), "runs") + table + "\n";
    }

    private static String head(final String first, final Iterable<String> columns, final String last) {
        final List<String> all = new ArrayList<>(List.of(first));
        columns.forEach(all::add);
        all.add(last);
        return "\n| " + String.join(" | ", all) + " |\n"
                + all.stream().map(column -> "|---").collect(Collectors.joining())
                + "|\n";
    }

    private static String number(final double value) {
        // A goal that was computed has the dust of binary fractions.
        return BigDecimal.valueOf(value).setScale(GOAL_DIGITS, RoundingMode.HALF_UP).stripTrailingZeros()
                .toPlainString();
    }

    private static Map<String, String> inOrder(final String... namesAndValues) {
        final Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }
}
