package io.kp.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code kp top} shows of one producer at one moment: made of the JSON of its MBean, and of the one before for rates of what has only totals. */
final class TopFrame {
    private static final int MIN_WIDTH = 40;
    private static final int MAX_BAR = 40;
    private static final int MAX_PARTITIONS = 16;
    private static final int MAX_NODES = 12;
    private static final int MAX_TOPICS = 3;
    private static final double MB = 1e6;
    private static final String BOLD = "\u001b[1m";
    private static final String ALARM = "\u001b[1;33m";
    private static final String PLAIN = "\u001b[0m";

    /** One metric's value and what it is of. */
    private record Value(Map<String, Object> of, double value) {
        String tag(final String name) {
            return (String) of.get(name);
        }
    }

    private final String client;
    private final String limit;
    private final String explanation;
    private final List<Value> values = new ArrayList<>();
    private final long atNs;
    private final TopFrame before;

    /**
     * @param before the frame before, {@code null} for the first
     */
    TopFrame(final Map<?, ?> json, final long atNs, final TopFrame before) {
        this.client = (String) json.get("client-id");
        this.limit = (String) json.get("limit");
        this.explanation = (String) json.get("explanation");
        for (final Object one : (List<?>) json.get("values")) {
            final Map<String, Object> of = new LinkedHashMap<>();
            ((Map<?, ?>) one).forEach((name, value) -> of.put((String) name, value));
            final Object value = of.remove("value");
            values.add(new Value(of, value == null ? Double.NaN : (Double) value));
        }
        this.atNs = atNs;
        this.before = before;
    }

    /** This frame without the one before, to be the one before the next. */
    TopFrame alone() {
        return new TopFrame(this);
    }

    private TopFrame(final TopFrame shown) {
        client = shown.client;
        limit = shown.limit;
        explanation = shown.explanation;
        values.addAll(shown.values);
        atNs = shown.atNs;
        before = null;
    }

    private double whole(final String name) {
        return values.stream().filter(v -> name.equals(v.tag("name")) && v.of.size() == 2).mapToDouble(Value::value)
                .findFirst().orElse(Double.NaN);
    }

    private double of(final String name, final String tag, final String which) {
        return values.stream().filter(v -> name.equals(v.tag("name")) && which.equals(v.tag(tag)) && v.of.size() == 3)
                .mapToDouble(Value::value).findFirst().orElse(Double.NaN);
    }

    private List<Value> named(final String group, final String name) {
        return values.stream().filter(v -> group.equals(v.tag("group")) && name.equals(v.tag("name"))).toList();
    }

    /** Per second since the frame before; NaN if there is none, or it did not have it. */
    private double perSecond(final Value total) {
        if (before == null) {
            return Double.NaN;
        }
        return before.values.stream().filter(v -> v.of.equals(total.of))
                .mapToDouble(v -> (total.value - v.value) / ((atNs - before.atNs) / 1e9)).findFirst()
                .orElse(Double.NaN);
    }

    /**
     * The text.
     *
     * @param columns width of the terminal; no line is longer
     * @param colour whether to mark with escape sequences
     */
    List<String> lines(final int columns, final boolean colour) {
        final int width = Math.max(MIN_WIDTH, columns);
        final List<String> out = new ArrayList<>();
        final boolean fine = limit.equals("nothing") || limit.equals("idle");
        out.add(marked(cut("kp top | " + client + " | limit: " + limit.replace('_', ' '), width),
                fine ? BOLD : ALARM, colour));
        wrap(out, explanation, width);
        out.add("");
        out.add(cut(String.format(Locale.ROOT, "records/s %s   MB/s %s   pending %s   in flight %s",
                number(whole("records-acknowledged-rate")), decimal(whole("outgoing-byte-rate") / MB),
                number(whole("records-pending")), number(whole("requests-in-flight"))), width));
        out.add(cut(String.format(Locale.ROOT, "acknowledged %s   failed %s   retried %s   request ms avg %s max %s",
                number(whole("records-acknowledged-total")), number(whole("records-failed-total")),
                number(whole("record-retry-total")), decimal(whole("request-latency-avg")),
                decimal(whole("request-latency-max"))), width));
        final double total = whole("buffer-total-bytes");
        final double used = total - whole("buffer-available-bytes");
        out.add(cut("memory " + bar(used / total, width - 36) + String.format(Locale.ROOT,
                " %3.0f %% of %.1f MB, %s wait", 100 * used / total, total / MB, number(whole("waiting-threads"))),
                width));
        stages(out, width, colour);
        nodes(out, width, colour);
        partitions(out, width, colour);
        return out;
    }

    private void stages(final List<String> out, final int width, final boolean colour) {
        String topic = null;
        int topics = 0;
        for (final Value batches : named("kp-stage-metrics", "batches")) {
            if (!batches.tag("topic").equals(topic)) {
                topic = batches.tag("topic");
                if (++topics > MAX_TOPICS) {
                    out.add(cut("(more topics: kp top --json)", width));
                    return;
                }
                out.add("");
                out.add(marked(cut(String.format(Locale.ROOT, "%-22s %9s %9s %9s %9s", topic + ", ms", "p50", "p99",
                        "p99.9", "max"), width), BOLD, colour));
            }
            final StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-20s", batches.tag("stage")));
            for (final String figure : List.of("p50", "p99", "p999", "max")) {
                final String stage = batches.tag("stage");
                final String of = topic;
                final double ms = named("kp-stage-metrics", figure).stream()
                        .filter(v -> v.tag("stage").equals(stage) && v.tag("topic").equals(of))
                        .mapToDouble(Value::value).findFirst().orElse(Double.NaN);
                line.append(String.format(Locale.ROOT, " %9s", batches.value == 0 ? "-" : decimal(ms)));
            }
            out.add(cut(line.toString(), width));
        }
    }

    private void nodes(final List<String> out, final int width, final boolean colour) {
        final List<Value> rates = named("producer-node-metrics", "outgoing-byte-rate").stream()
                .filter(v -> !v.tag("node-id").startsWith("node--")).toList();
        if (rates.isEmpty()) {
            return;
        }
        out.add("");
        out.add(marked(cut(String.format(Locale.ROOT, "%-12s %9s %9s %9s %9s", "broker", "MB/s", "in flight", "p50 ms",
                "p99 ms"), width), BOLD, colour));
        final double largest = rates.stream().mapToDouble(Value::value).max().orElse(0);
        for (final Value rate : rates.subList(0, Math.min(MAX_NODES, rates.size()))) {
            final String node = rate.tag("node-id");
            final boolean connected = of("connected", "node-id", node) > 0;
            out.add(cut(String.format(Locale.ROOT, "  %-10s %9s %9s %9s %9s ", node, decimal(rate.value / MB),
                    number(of("in-flight", "node-id", node)), decimal(of("request-latency-p50", "node-id", node)),
                    decimal(of("request-latency-p99", "node-id", node)))
                    + (connected ? bar(rate.value / largest, width - 54) : "not connected"), width));
        }
    }

    private void partitions(final List<String> out, final int width, final boolean colour) {
        final List<Value> totals = new ArrayList<>(named("kp-partition-metrics", "record-send-total"));
        if (totals.isEmpty()) {
            return;
        }
        final boolean rates = totals.stream().anyMatch(v -> !Double.isNaN(perSecond(v)));
        final Comparator<Value> byRate = Comparator
                .comparingDouble(v -> rates ? -zeroIfNaN(perSecond(v)) : -v.value);
        totals.sort(byRate);
        out.add("");
        out.add(marked(cut(String.format(Locale.ROOT, "%-22s %12s %9s", "partition", rates ? "records/s" : "records",
                "queued"), width), BOLD, colour));
        final double largest = rates ? zeroIfNaN(perSecond(totals.get(0))) : totals.get(0).value;
        for (final Value total : totals.subList(0, Math.min(MAX_PARTITIONS, totals.size()))) {
            final double shown = rates ? zeroIfNaN(perSecond(total)) : total.value;
            final double queued = named("kp-partition-metrics", "queued-batches").stream()
                    .filter(v -> v.tag("topic").equals(total.tag("topic"))
                            && v.tag("partition").equals(total.tag("partition")))
                    .mapToDouble(Value::value).findFirst().orElse(Double.NaN);
            out.add(cut(String.format(Locale.ROOT, "  %-20s %12s %9s ",
                    total.tag("topic") + "-" + total.tag("partition"), number(shown), number(queued))
                    + bar(shown / largest, width - 48), width));
        }
        if (totals.size() > MAX_PARTITIONS) {
            out.add(cut("  and " + (totals.size() - MAX_PARTITIONS) + " more", width));
        }
    }

    private static double zeroIfNaN(final double value) {
        return Double.isNaN(value) ? 0 : value;
    }

    private static String bar(final double part, final int room) {
        final int length = Math.max(0, Math.min(MAX_BAR, room));
        if (length < 5) {
            return "";
        }
        final int filled = (int) Math.round(Math.max(0, Math.min(1, zeroIfNaN(part))) * (length - 2));
        return "[" + "#".repeat(filled) + " ".repeat(length - 2 - filled) + "]";
    }

    private static void wrap(final List<String> out, final String text, final int width) {
        final StringBuilder line = new StringBuilder();
        for (final String word : text.split(" ")) {
            if (line.length() > 0 && line.length() + 1 + word.length() > width) {
                out.add(cut(line.toString(), width));
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        out.add(cut(line.toString(), width));
    }

    private static String cut(final String line, final int width) {
        return line.length() <= width ? line : line.substring(0, width);
    }

    private static String marked(final String line, final String how, final boolean colour) {
        return colour ? how + line + PLAIN : line;
    }

    private static String number(final double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%,.0f", value);
    }

    private static String decimal(final double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }
}
