package io.kp.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What JMH has written as JSON: kp beside its rivals, as a table in Markdown. */
final class JmhFigures {
    private static final String KP = "kp";
    /** The values of the parameter that says who does the work, whatever its name. */
    private static final Set<String> WHO = Set.of(KP, "kafka", "locked", "queue", "blocking", "uncounted");
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    /** A benchmark with its other parameters, and the unit of its figures. */
    private record Row(String name, String parameters, String unit) {
    }

    /** A figure, the least and the most of its iterations, and the bytes allocated for an operation. */
    private record Score(double value, double least, double most, double allocatedBytes) {
    }

    private final Map<String, Map<Row, Map<String, Score>>> byModule = new TreeMap<>();

    /**
     * Adds a file's results.
     *
     * @param results a list, as {@code -rf json} writes it
     * @throws IllegalArgumentException
     *                                      if it is something else
     */
    void add(final List<?> results) {
        for (final Object each : results) {
            if (!(each instanceof Map<?, ?> result) || !(result.get("benchmark") instanceof String benchmark)
                    || !(result.get("primaryMetric") instanceof Map<?, ?> metric)) {
                throw new IllegalArgumentException("not the results of JMH");
            }
            final Map<String, String> parameters = new LinkedHashMap<>();
            if (result.get("params") instanceof Map<?, ?> given) {
                given.forEach((name, value) -> parameters.put(name.toString(), value.toString()));
            }
            final String who = parameters.values().stream().filter(WHO::contains).findFirst().orElse(KP);
            parameters.values().remove(who);
            final String[] names = benchmark.split("\\.");
            final String module = names[names.length - 2].replaceFirst("Benchmark$", "").toLowerCase(Locale.ROOT);
            final Row row = new Row(names[names.length - 1], parameters.entrySet().stream()
                    .map(entry -> entry.getKey() + " " + Charts.grouped(entry.getValue()))
                    .collect(Collectors.joining(", ")), metric.get("scoreUnit").toString());
            byModule.computeIfAbsent(module, key -> new LinkedHashMap<>())
                    .computeIfAbsent(row, key -> new LinkedHashMap<>())
                    .put(who, new Score(number(metric.get("score")), percentile(metric, "0.0"),
                            percentile(metric, "100.0"), allocated(result.get("secondaryMetrics"))));
        }
    }

    private static double percentile(final Map<?, ?> metric, final String name) {
        return metric.get("scorePercentiles") instanceof Map<?, ?> all ? number(all.get(name)) : Double.NaN;
    }

    private static double allocated(final Object secondary) {
        return secondary instanceof Map<?, ?> all && all.get(ALLOCATED) instanceof Map<?, ?> metric
                ? number(metric.get("score"))
                : Double.NaN;
    }

    private static double number(final Object value) {
        // JMH writes "NaN" as a text.
        return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /** The table of a module; empty if nothing of it was measured. */
    String table(final String module) {
        final Map<Row, Map<String, Score>> rows = byModule.getOrDefault(module, Map.of());
        final Set<String> clients = new LinkedHashSet<>();
        if (!rows.isEmpty()) {
            clients.add(KP);
        }
        rows.values().forEach(scores -> clients.addAll(scores.keySet()));
        final List<String> columns = new ArrayList<>(List.of("benchmark", "unit"));
        columns.addAll(clients);
        clients.forEach(client -> columns.add(client + ": allocated B"));
        final StringBuilder table = new StringBuilder("\n| " + String.join(" | ", columns) + " |\n"
                + "|---".repeat(columns.size()) + "|\n");
        rows.forEach((row, scores) -> {
            table.append("| ").append(row.name()).append(row.parameters().isEmpty() ? "" : ", " + row.parameters())
                    .append(" | ").append(row.unit());
            clients.forEach(client -> table.append(" | ").append(score(scores.get(client))));
            clients.forEach(client -> table.append(" | ").append(scores.containsKey(client)
                    ? bytes(scores.get(client).allocatedBytes())
                    : ""));
            table.append(" |\n");
        });
        return rows.isEmpty() ? "" : table.append('\n').toString();
    }

    private static String score(final Score score) {
        return score == null
                ? ""
                : Charts.compact(score.value()) + (score.least() < score.most()
                        ? " (" + Charts.compact(score.least()) + " – " + Charts.compact(score.most()) + ")"
                        : "");
    }

    private static String bytes(final double value) {
        // Less than that is JMH's own.
        return value < 0.05 ? "0" : Charts.compact(value);
    }
}
