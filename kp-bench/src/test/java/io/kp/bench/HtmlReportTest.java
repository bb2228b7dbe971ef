package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;

class HtmlReportTest {
    private static CompareFigures figures(final String... names) {
        final List<CompareReport> reports = new ArrayList<>();
        for (final String name : names) {
            final ComparePreset preset = ComparePreset.named(name).get(0);
            final CompareSettings settings = CompareOptions.parse(new CommandLine(new CompareOptions()), preset,
                    List.of(), List.of("compare", "--workload", name));
            final List<CompareResult> results = new ArrayList<>();
            for (int round = 1; round <= 2; round++) {
                for (final String client : settings.clients()) {
                    final double scale = (client.equals("kp") ? 1 : 4) * round;
                    results.add(new CompareResult(client, round, null,
                            Map.of("cpuNsPerRecord", client.equals("none") ? 1.0 : 100 * scale,
                                    "cpuNsPerRecord.callers", 60 * scale, "cpuNsPerRecord.io", 40 * scale,
                                    "disturbingCores", name.equals("keyed") && client.equals("kp") ? 0.5 : 0.05,
                                    "recordsPerSecond", 8e6 / scale, "ackUs.p50", 90 * scale, "ackUs.p99.9",
                                    9_000 * scale, "firstAckMs", 300.0 * scale),
                            BrokerTotals.NONE, 0.1, List.of("java")));
                }
            }
            results.add(new CompareResult("kp", 3, "<it> failed & ended", Map.of("cpuNsPerRecord", 1e9),
                    BrokerTotals.NONE, 0.1, List.of()));
            reports.add(new CompareReport(settings, results, false));
        }
        return CompareFigures.of(
                List.of(Json.parse(Json.text(CompareReport.asMap(List.of("compare", "<&\">"), reports)))));
    }

    private static void assertWellFormed(final String xml) {
        final Deque<String> open = new ArrayDeque<>();
        final Matcher tags = Pattern.compile("<(/?)(\\w+)((?: [\\w:-]+=\"[^\"<>]*\")*)(/?)>|[<>]").matcher(xml);
        while (tags.find()) {
            assertTrue(tags.group(2) != null, () -> "not a tag at " + xml.substring(tags.start()));
            if (!tags.group(1).isEmpty()) {
                assertEquals(open.pop(), tags.group(2));
            } else if (tags.group(4).isEmpty()) {
                open.push(tags.group(2));
            }
        }
        assertTrue(open.isEmpty(), open::toString);
        assertFalse(Pattern.compile("&(?!amp;|lt;|gt;|quot;)").matcher(xml).find(), xml);
    }

    @Test
    void shouldDrawWhatASettingDoes() {
        final Map<String, String> charts = HtmlReport
                .charts(figures("sweep-linger-0", "sweep-linger-5", "sweep-batch-1024"));
        // One point is no curve, and these are in no other chart.
        assertEquals(Set.of("sweep-linger"), charts.keySet());
        assertWellFormed(charts.get("sweep-linger"));
        assertTrue(charts.get("sweep-linger").contains("latency, p50"), charts.get("sweep-linger"));
        // Nobody measured it here.
        assertFalse(charts.get("sweep-linger").contains("latency, p99"), charts.get("sweep-linger"));
    }

    @Test
    void shouldDrawEachChartAsAWholeFile() {
        final Map<String, String> charts = HtmlReport.charts(figures("100B", "paced-10k-linger5", "cold-start"));
        assertEquals(List.of("cpu-ratio", "throughput-ratio", "cpu", "cpu-breakdown", "throughput", "latency",
                "cold-start"), List.copyOf(charts.keySet()));
        for (final String chart : charts.values()) {
            assertWellFormed(chart);
            assertFalse(chart.contains("NaN"), chart);
        }
        assertTrue(charts.get("cpu-ratio").contains(">0.25</text>"), charts.get("cpu-ratio"));
        // 150 and 600, less the driver's own 1.
        assertTrue(charts.get("cpu-ratio").contains("paced-10k-linger5: 0.249"), charts.get("cpu-ratio"));
        assertTrue(charts.get("latency").contains("paced-10k-linger5, kafka, p99.9: 54 ms"), charts.get("latency"));
    }

    @Test
    void shouldWriteOnePageThatLoadsNothing() {
        final String page = HtmlReport.page(figures("100B", "keyed"));
        assertFalse(page.contains("http") || page.contains("src=") || page.contains("href="), page);
        assertTrue(page.contains("2 of 10 runs failed"), page);
        assertTrue(page.contains("which spoils: keyed.</p>"), page);
        assertFalse(page.contains("The compiler"), page);
        assertTrue(page.contains("<code>kp compare &lt;&amp;&quot;&gt; </code>"), page);
        assertTrue(page.contains(
                "<td>100B</td><td>CPU ns/record</td><td>150</td><td>kafka 600</td><td>0.250</td><td>≤ 0.32</td><td>0.22</td>"
                        + "<td class=\"good\">✓ met</td>"),
                page);
    }

    @Test
    void shouldHoldKpAgainstItsOwnFiguresToo() {
        final CompareFigures figures = figures("idle-none", "idle-10000");
        assertEquals("""
                | workload | figure | kp | against | measured | must | aim | |
                |---|---|---|---|---|---|---|---|
                | idle-10000 | CPU ns/record | 150 | 150 (own idle-none) | 1.000 | 1.10 | 1.02 | aim reached |
                """, figures.targetTable());
        assertTrue(HtmlReport.page(figures).contains("<td>own idle-none 150</td><td>1.000</td>"));
        // What it is held against was not measured.
        assertEquals("", figures("idle-10000").targetTable());
    }

    @Test
    void shouldTakeTheLastOfAWorkloadThatWasMeasuredTwice() {
        final Object first = Json.parse("{\"format\": 2, \"workloads\": [{\"name\": \"a\", \"description\": \"old\"},"
                + "{\"name\": \"b\"}]}");
        final Object second = Json
                .parse("{\"format\": 2, \"workloads\": [{\"name\": \"a\", \"description\": \"new\"}]}");
        final CompareFigures figures = CompareFigures.of(List.of(first, second));
        assertEquals(List.of("a", "b"), figures.workloads().stream().map(CompareFigures.Workload::name).toList());
        assertEquals("new", figures.workloads().get(0).description());
    }

    @Test
    void shouldRefuseWhatIsNotItsOwn() {
        for (final String text : new String[]{"{}", "[1]", "{\"format\": 1, \"workload\": {}}"}) {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> CompareFigures.of(List.of(Json.parse(text))));
            assertEquals("not the results of kp compare, or of another version of it", e.getMessage());
        }
    }

    @Test
    void shouldReadTheJsonThatItWrites() {
        final String text = Json.text(Map.of("a \"b\"\n\\\u0001ä",
                List.of(1.5, -3, true, false, "x", List.of(), Map.of(), 1e300)));
        assertEquals(text, Json.text(Json.parse(text)));
        assertEquals(" /\b\f\r\t\u00e9", Json.parse(" \" \\/\\b\\f\\r\\t\\u00e9\" "));
        assertEquals(null, Json.parse("null"));
        for (final String bad : new String[]{"", "{", "[1,", "[1 2]", "{\"a\" 1}", "{\"a\":1,}", "\"a", "\"\\",
                "\"\\u12",
                "nul", "1x", "-", "{} {}", "{1:2}"}) {
            assertThrows(IllegalArgumentException.class, () -> Json.parse(bad), bad);
        }
    }
}
