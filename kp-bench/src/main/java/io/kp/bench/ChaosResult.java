package io.kp.bench;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.kp.client.ProducerMetrics;
import io.kp.testkit.DeliveryJournal;
import io.kp.testkit.DeliveryJournal.Violation;

/**
 * What one scenario of {@code kp chaos} came to.
 *
 * @param scenario    the scenario
 * @param totals      how the records ended
 * @param seconds     from the first record to the last outcome
 * @param partitions  how many the topic had in the end
 * @param read        records that the consumer read
 * @param readSeconds how long it read
 * @param watch       what was seen of the producer
 * @param metrics     what the producer says itself
 * @param timeline    what happened when
 * @param violations  what is wrong, by kind
 * @param first       the first violations, in words
 */
record ChaosResult(ChaosScenario scenario, DeliveryJournal.Totals totals, double seconds, int partitions, long read,
        double readSeconds, ProducerWatch watch, ProducerMetrics metrics, ChaosTimeline timeline,
        Map<Violation, Long> violations, List<String> first) {
    private static final double NS_PER_MS = 1e6;

    long violationCount() {
        return violations.values().stream().mapToLong(Long::longValue).sum();
    }

    void print(final PrintStream out) {
        line(out, "sent          %,d records to %d partitions in %.1f s: %,d acknowledged, %,d not persisted, "
                + "%,d possibly persisted, %,d refused", totals.sent(), partitions, seconds, totals.acknowledged(),
                totals.notPersisted(), totals.possiblyPersisted(), totals.refused());
        line(out, "longest       %,.0f ms without an acknowledgement, %,.0f ms from send to acknowledgement, "
                + "%,.0f ms in send", watch.longestGapNs() / NS_PER_MS, watch.longestLatencyNs() / NS_PER_MS,
                watch.longestSendNs() / NS_PER_MS);
        line(out, "attempts      %,d batches in %,d requests, %,d retries, %d leaders moved, errors %s",
                metrics.batchesSent(), metrics.requestsSent(), metrics.retries(), timeline.leaderMoves(),
                metrics.attemptErrors().isEmpty() ? "none" : new java.util.TreeMap<>(metrics.attemptErrors()));
        if (!watch.failures().isEmpty()) {
            line(out, "failed        %s", watch.failures());
        }
        if (violations.isEmpty()) {
            line(out, "verified      %,d records read by Kafka's consumer in %.1f s: each acknowledged one there once "
                    + "and in order, nothing else that should not be", read, readSeconds);
        } else {
            violations.forEach((kind, count) -> line(out, "VIOLATED      %,d records: %s", count, kind.words()));
            first.forEach(text -> line(out, "              %s", text));
        }
        out.flush();
    }

    private static void line(final PrintStream out, final String format, final Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }

    Map<String, Object> json() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("scenario", scenario.id());
        map.put("description", scenario.description());
        map.put("seconds", seconds);
        map.put("partitions", partitions);
        map.put("sent", totals.sent());
        map.put("acknowledged", totals.acknowledged());
        map.put("notPersisted", totals.notPersisted());
        map.put("possiblyPersisted", totals.possiblyPersisted());
        map.put("refused", totals.refused());
        map.put("open", totals.open());
        map.put("read", read);
        map.put("longestGapMs", watch.longestGapNs() / NS_PER_MS);
        map.put("longestAckMs", watch.longestLatencyNs() / NS_PER_MS);
        map.put("longestSendMs", watch.longestSendNs() / NS_PER_MS);
        map.put("batches", metrics.batchesSent());
        map.put("requests", metrics.requestsSent());
        map.put("retries", metrics.retries());
        map.put("leadersMoved", timeline.leaderMoves());
        map.put("errors", metrics.attemptErrors());
        map.put("failures", watch.failures());
        final Map<String, Object> wrong = new LinkedHashMap<>();
        violations.forEach((kind, count) -> wrong.put(kind.name(), count));
        map.put("violations", wrong);
        map.put("firstViolations", first);
        map.put("timeline", timeline.entries());
        return map;
    }
}
