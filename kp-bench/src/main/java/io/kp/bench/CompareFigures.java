package io.kp.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The results of one or more commands, as they stand in their JSON. */
final class CompareFigures {
    private static final int FORMAT = 2;
    private static final String UNNAMED = "unnamed";

    private final List<Map<String, Object>> sources;
    private final List<Workload> workloads;

    private CompareFigures(final List<Map<String, Object>> sources, final List<Workload> workloads) {
        this.sources = sources;
        this.workloads = workloads;
    }

    /**
     * Puts results together; of a workload that was measured more than once the last one counts.
     *
     * @param files what was read from files
     * @throws IllegalArgumentException
     *                                      if one of them is something else
     */
    static CompareFigures of(final List<Object> files) {
        final List<Map<String, Object>> sources = new ArrayList<>();
        final Map<String, Workload> byName = new LinkedHashMap<>();
        for (final Object file : files) {
            if (!(file instanceof Map<?, ?> map) || !Double.valueOf(FORMAT).equals(map.get("format"))) {
                throw new IllegalArgumentException("not the results of kp compare, or of another version of it");
            }
            final Map<String, Object> source = map(file);
            sources.add(source);
            for (final Object each : (List<?>) source.get("workloads")) {
                final Workload workload = new Workload(map(each), source);
                final String name = workload.name();
                byName.put(name.equals(UNNAMED) ? name + byName.size() : name, workload);
            }
        }
        final List<String> order = Stream.concat(ComparePreset.all().stream(), ComparePreset.ofSweeps().stream())
                .map(ComparePreset::name).toList();
        // As --list shows them, whatever the order of the files; others behind.
        final List<Workload> workloads = byName.values().stream().sorted(Comparator.comparingInt(
                workload -> order.contains(workload.name()) ? order.indexOf(workload.name()) : order.size())).toList();
        return new CompareFigures(sources, workloads);
    }

    /** The commands' results as they are, but for what was measured. */
    List<Map<String, Object>> sources() {
        return sources;
    }

    List<Workload> workloads() {
        return workloads;
    }

    /** What was measured for each goal, in the order of the workloads; those that cannot be told are left out. */
    List<Target> targets() {
        final List<Target> targets = new ArrayList<>();
        for (final Workload workload : workloads) {
            for (final ComparePreset.Goal goal : workload.goals().values()) {
                final double own = workload.median("kp", goal.figure());
                final double other = goal.against() == null
                        ? workload.median("kafka", goal.figure())
                        : goal.against().isEmpty()
                                ? 1
                                : workloads.stream().filter(each -> each.name().equals(goal.against())).findFirst()
                                        .map(each -> each.median("kp", goal.figure())).orElse(Double.NaN);
                if (Double.isFinite(own / other)) {
                    targets.add(new Target(workload, goal, own, other, own / other));
                }
            }
        }
        return targets;
    }

    /**
     * A goal and what was measured.
     *
     * @param workload its workload
     * @param goal     what was wanted
     * @param own      kp's figure
     * @param other    what it is divided by; 1 if by nothing
     * @param value    what is held against the goal
     */
    record Target(Workload workload, ComparePreset.Goal goal, double own, double other, double value) {
        String verdict() {
            return goal.isAimReached(value) ? "aim reached" : goal.isMet(value) ? "met" : "MISSED";
        }

        /** What it was held against, with its figure if it has one. */
        String against() {
            return goal.against() != null && goal.against().isEmpty()
                    ? "-"
                    : Charts.reading(goal.figure(), other) + " (" + goal.reference() + ")";
        }

        Map<String, Object> asMap() {
            final Map<String, Object> map = new LinkedHashMap<>();
            map.put("workload", workload.name());
            map.put("figure", goal.figure());
            map.put("kp", own);
            map.put("against", goal.reference());
            map.put("other", other);
            map.put("measured", value);
            map.put("must", goal.must());
            map.put("aim", goal.aim());
            map.put("verdict", verdict());
            map.put("runs", workload.runs("kp"));
            return map;
        }
    }

    /** All targets as a table in Markdown; empty if there are none. */
    String targetTable() {
        final StringBuilder table = new StringBuilder();
        for (final Target target : targets()) {
            table.append(String.format(Locale.ROOT, "| %s | %s | %s | %s | %.3f | %.2f | %.2f | %s | %d |%n",
                    target.workload.name(), CompareReport.label(target.goal.figure()).replaceFirst(" us$", ""),
                    Charts.reading(target.goal.figure(), target.own),
                    target.against(), target.value, target.goal.must(), target.goal.aim(), target.verdict(),
                    target.workload.runs("kp")));
        }
        return table.isEmpty()
                ? ""
                : "| workload | figure | kp | against | measured | must | aim | | runs |\n"
                        + "|---|---|---|---|---|---|---|---|---|\n"
                        + table;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(final Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }

    private static double number(final Object value) {
        return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /** One workload's results. */
    static final class Workload {
        private final Map<String, Object> results;
        private final Map<String, Object> source;

        private Workload(final Map<String, Object> results, final Map<String, Object> source) {
            this.results = results;
            this.source = source;
        }

        /** The results that it stands in. */
        Map<String, Object> source() {
            return source;
        }

        /** How many runs of a client count. */
        int runs(final String client) {
            return (int) ((List<?>) results.get("runs")).stream().filter(run -> client.equals(map(run).get("client"))
                    && Boolean.TRUE.equals(map(run).get("counts"))).count();
        }

        String name() {
            return Objects.toString(results.get("name"));
        }

        String description() {
            return Objects.toString(results.get("description"));
        }

        String options() {
            return Objects.toString(results.get("options"), "");
        }

        String broker() {
            return Objects.toString(results.get("broker"));
        }

        boolean paced() {
            return number(map(results.get("workload")).get("rate")) > 0;
        }

        List<String> clients() {
            return ((List<?>) results.get("clients")).stream().map(Object::toString).toList();
        }

        /** The median of a client's runs, or not a number. */
        double median(final String client, final String figure) {
            return number(map(map(results.get("medians")).get(client)).get(figure));
        }

        /** The names of all figures. */
        List<String> figures() {
            return List.copyOf(map(map(results.get("medians")).get(clients().get(0))).keySet());
        }

        /** kp to Kafka's client, or not a number. */
        double ratio(final String figure) {
            return median("kp", figure) / median("kafka", figure);
        }

        /** A figure of each run that counts. */
        List<Double> each(final String client, final String figure) {
            final List<Double> values = new ArrayList<>();
            for (final Object run : (List<?>) results.get("runs")) {
                final double value = number(map(map(run).get("measured")).get(figure));
                if (client.equals(map(run).get("client")) && Boolean.TRUE.equals(map(run).get("counts"))
                        && Double.isFinite(value)) {
                    values.add(value);
                }
            }
            return values;
        }

        long failedRuns() {
            return ((List<?>) results.get("runs")).stream()
                    .filter(run -> !Boolean.TRUE.equals(map(run).get("counts"))).count();
        }

        int runs() {
            return ((List<?>) results.get("runs")).size();
        }

        /** What the ratios are to be, by figure. */
        Map<String, ComparePreset.Goal> goals() {
            final Map<String, ComparePreset.Goal> goals = new LinkedHashMap<>();
            map(results.get("goals")).forEach((figure, goal) -> goals.put(figure,
                    ComparePreset.Goal.of(figure, number(map(goal).get("must")), number(map(goal).get("aim")))));
            return goals;
        }
    }
}
