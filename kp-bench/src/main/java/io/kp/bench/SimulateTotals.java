package io.kp.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.kp.testkit.SimulationReport;

/** Adds up simulations. What it keeps does not grow with their number. */
final class SimulateTotals {
    private static final int KEPT_VIOLATIONS = 1000;
    private static final double NS_PER_S = 1e9;

    private final Map<String, Long> faults = new TreeMap<>();
    private final Map<String, Long> outcomes = new TreeMap<>();
    private final List<Map<String, Object>> violations = new ArrayList<>();
    private long seeds;
    private long failed;
    private long simulatedNs;
    private long events;

    void add(final SimulationReport report) {
        seeds++;
        simulatedNs += report.simulatedNs();
        events += report.events();
        report.faults().forEach((kind, times) -> faults.merge(kind, (long) times, Long::sum));
        report.outcomes().forEach((kind, times) -> outcomes.merge(kind, (long) times, Long::sum));
        if (!report.isClean()) {
            violated(report.seed(), report.violations());
        }
    }

    /** The simulation itself has broken. */
    void broken(final long seed, final Throwable cause) {
        seeds++;
        violated(seed, List.of("the simulation broke: " + cause
                + (cause.getCause() == null ? "" : ", caused by " + cause.getCause())));
    }

    private void violated(final long seed, final List<String> lines) {
        if (++failed <= KEPT_VIOLATIONS) {
            final Map<String, Object> violation = new LinkedHashMap<>();
            violation.put("seed", seed);
            violation.put("violations", lines);
            violations.add(violation);
        }
    }

    long seeds() {
        return seeds;
    }

    long failed() {
        return failed;
    }

    String text(final long elapsedNs) {
        final StringBuilder text = new StringBuilder();
        list(text, "faults", faults);
        list(text, "records", outcomes);
        text.append("violations by seed:");
        violations.forEach(violation -> text.append(String.format("%n  seed %s: %s", violation.get("seed"),
                ((List<?>) violation.get("violations")).get(0))));
        text.append(violations.isEmpty() ? " none" : failed > KEPT_VIOLATIONS ? "\n  and more" : "");
        text.append(String.format("%n%,d seeds in %,.0f s (%.2f ms each), %,.0f s of simulated time, %,d events, %,d "
                + "faults; %,d seeds with violations", seeds, elapsedNs / NS_PER_S,
                elapsedNs / 1e6 / Math.max(1, seeds), simulatedNs / NS_PER_S, events, sum(faults), failed));
        return text.toString();
    }

    private static void list(final StringBuilder text, final String title, final Map<String, Long> counts) {
        text.append(title).append(':');
        counts.forEach((kind, times) -> text.append(String.format("%n%,16d  %s", times, kind)));
        text.append(System.lineSeparator());
    }

    private static long sum(final Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    Map<String, Object> asMap(final long firstSeed, final long elapsedNs) {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("firstSeed", firstSeed);
        map.put("seeds", seeds);
        map.put("seedsWithViolations", failed);
        map.put("violations", violations);
        map.put("seconds", elapsedNs / NS_PER_S);
        map.put("simulatedSeconds", simulatedNs / NS_PER_S);
        map.put("events", events);
        map.put("faults", faults);
        map.put("records", outcomes);
        map.put("java", System.getProperty("java.vm.version"));
        return map;
    }
}
