package io.kp.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code kp doctor} has found, step by step. Used by one thread. */
final class DoctorReport {
    private static final int NAME_WIDTH = 15;
    private static final int STATUS_WIDTH = 6;
    private static final int WIDTH = 120;
    private static final String INDENT = " ".repeat(STATUS_WIDTH + NAME_WIDTH);
    private static final String REMEDY = "-> ";
    private static final double MS_PER_SECOND = 1e3;

    private final String servers;
    private final String topic;
    private final long limitMs;
    private final List<DoctorStep> steps = new ArrayList<>();
    private long elapsedMs;
    private boolean sent;
    private boolean refusedConfiguration;

    /**
     * Starts a report.
     *
     * @param servers the bootstrap servers as given
     * @param topic   the topic, or {@code null}
     * @param limitMs the time allowed
     */
    DoctorReport(final String servers, final String topic, final long limitMs) {
        this.servers = servers;
        this.topic = topic;
        this.limitMs = limitMs;
    }

    DoctorStep step(final String name) {
        final DoctorStep step = new DoctorStep(name);
        steps.add(step);
        return step;
    }

    void elapsedMs(final long ms) {
        elapsedMs = ms;
    }

    /** A record was sent and acknowledged. */
    void sent() {
        sent = true;
    }

    void refusedConfiguration() {
        refusedConfiguration = true;
    }

    List<DoctorStep> steps() {
        return steps;
    }

    boolean canProduce() {
        return steps.stream().noneMatch(step -> step.status() == DoctorStatus.FAIL);
    }

    int exitCode() {
        return canProduce() ? ExitCode.OK : refusedConfiguration ? ExitCode.USAGE : ExitCode.INCOMPLETE;
    }

    /** One sentence. */
    String verdict() {
        final List<String> failed = steps.stream().filter(step -> step.status() == DoctorStatus.FAIL)
                .map(DoctorStep::name).toList();
        if (!failed.isEmpty()) {
            return "cannot produce: " + String.join(", ", failed);
        }
        final long warnings = steps.stream().filter(step -> step.status() == DoctorStatus.WARN).count();
        return (sent
                ? "can produce: a record was sent and acknowledged"
                : topic == null
                        ? "can connect; no topic was looked at (-t TOPIC), no record was sent (--send)"
                        : "can produce, as far as can be seen without sending a record (--send)")
                + (warnings == 0 ? "" : "; see the warnings");
    }

    String text() {
        final StringBuilder out = new StringBuilder();
        out.append("kp doctor: ").append(servers).append(topic == null ? "" : ", topic " + topic).append("\n\n");
        final List<String> skipped = new ArrayList<>();
        String reason = null;
        for (final DoctorStep step : steps) {
            if (step.status() == DoctorStatus.SKIPPED) {
                skipped.add(step.name());
                reason = step.findings().get(0).text();
                continue;
            }
            String name = step.name();
            for (final DoctorFinding finding : step.findings()) {
                wrap(out, padded(finding.status().label(), STATUS_WIDTH) + padded(name, NAME_WIDTH), finding.text());
                if (finding.remedy() != null) {
                    wrap(out, INDENT + REMEDY, finding.remedy());
                }
                name = "";
            }
        }
        if (reason != null) {
            wrap(out, padded(DoctorStatus.SKIPPED.label(), STATUS_WIDTH), reason + ": " + String.join(", ", skipped));
        }
        return out.append('\n').append(canProduce() ? "OK: " : "FAIL: ").append(verdict())
                .append(String.format(Locale.ROOT, " (%.1f s of at most %.0f s)%n", elapsedMs / MS_PER_SECOND,
                        limitMs / MS_PER_SECOND))
                .toString();
    }

    /** Appends words behind a beginning, in lines that are not too long for a terminal. */
    private static void wrap(final StringBuilder out, final String beginning, final String text) {
        out.append(beginning);
        final int indent = beginning.length();
        int column = indent;
        for (final String word : text.split(" ")) {
            if (column > indent && column + 1 + word.length() > WIDTH) {
                out.append('\n').append(" ".repeat(indent));
                column = indent;
            }
            if (column > indent) {
                out.append(' ');
                column++;
            }
            out.append(word);
            column += word.length();
        }
        out.append('\n');
    }

    private static String padded(final String text, final int width) {
        return text + " ".repeat(Math.max(1, width - text.length()));
    }

    Map<String, Object> asMap() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("bootstrapServers", servers);
        map.put("topic", topic);
        map.put("canProduce", canProduce());
        map.put("recordSent", sent);
        map.put("verdict", verdict());
        map.put("exitCode", exitCode());
        map.put("elapsedMs", elapsedMs);
        map.put("limitMs", limitMs);
        final List<Object> all = new ArrayList<>();
        for (final DoctorStep step : steps) {
            final Map<String, Object> one = new LinkedHashMap<>();
            one.put("step", step.name());
            one.put("status", step.status().name());
            one.put("elapsedMs", step.elapsedMs());
            final List<Object> findings = new ArrayList<>();
            for (final DoctorFinding finding : step.findings()) {
                final Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("status", finding.status().name());
                entry.put("text", finding.text());
                entry.put("remedy", finding.remedy());
                findings.add(entry);
            }
            one.put("findings", findings);
            all.add(one);
        }
        map.put("steps", all);
        return map;
    }
}
