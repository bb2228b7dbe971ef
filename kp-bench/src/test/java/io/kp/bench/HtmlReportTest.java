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
    private static final JmhFigures NO_MODULES = new JmhFigures();

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
                .charts(figures("sweep-linger-0", "sweep-linger-5", "sweep-batch-4096"));
        // One point is no curve, and these are in no other chart.
        assertEquals(Set.of("sweep-linger"), charts.keySet());
        assertWellFormed(charts.get("sweep-linger"));
        assertTrue(charts.get("sweep-linger").contains("acknowledged after, p50"), charts.get("sweep-linger"));
        // Nobody measured it here.
        assertFalse(charts.get("sweep-linger").contains(">p99<"), charts.get("sweep-linger"));
    }

    @Test
    void shouldDrawValuesWithoutAnOrderAsBars() {
        final String chart = HtmlReport.charts(figures("sweep-compression-none", "sweep-compression-zstd"))
                .get("sweep-compression");
        assertWellFormed(chart);
        assertTrue(chart.contains("compression.type zstd: ") && chart.contains(">zstd</text>"), chart);
        assertFalse(chart.contains("<path"), chart);
    }

    @Test
    void shouldShowWorkloadsInTheOrderOfTheirListWhateverTheFilesSay() {
        assertEquals(List.of("10B", "keyed", "cold-start"), figures("cold-start", "keyed", "10B").workloads().stream()
                .map(CompareFigures.Workload::name).toList());
    }

    @Test
    void shouldDrawEachChartAsAWholeFile() {
        final Map<String, String> charts = HtmlReport.charts(figures("100B", "paced-10k-linger5", "cold-start"));
        assertEquals(List.of("cpu-ratio", "cpu-breakdown", "throughput", "latency"), List.copyOf(charts.keySet()));
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
        assertTrue(page.contains("<code>kp compare &lt;&amp;&quot;&gt;</code>"), page);
        assertTrue(page.contains(
                "<td>100B</td><td class=\"text\">CPU ns/record</td><td>0.250</td><td>≤ 0.32</td><td class=\"good\">✓ met</td>"
                        + "<td>150</td><td>600 (kafka)</td><td>0.22</td><td>2</td>"),
                page);
    }

    @Test
    void shouldHoldKpAgainstItsOwnFiguresToo() {
        final CompareFigures figures = figures("idle-none", "idle-10000");
        assertEquals("""
                | workload | figure | kp | against | measured | must | aim | | runs |
                |---|---|---|---|---|---|---|---|---|
                | idle-10000 | CPU ns/record | 150 | 150 (own idle-none) | 1.000 | 1.10 | 1.02 | aim reached | 2 |
                """, figures.targetTable());
        assertTrue(HtmlReport.page(figures).contains("<td>150 (own idle-none)</td><td>1.02</td>"));
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
    void shouldPutTablesIntoAPage() {
        final List<String> missing = new ArrayList<>();
        final String page = "# A\n\n<!-- kp report: %s -->\nold\n<!-- /kp report -->\n\nB\n";
        assertEquals(
                """
                        # A

                        <!-- kp report: targets -->

                        | workload | figure | kp / against | measured | must | aim | | runs of each |
                        |---|---|---|---|---|---|---|---|
                        | `100B`: values of 100 B, one thread | CPU ns/record | 150 / 600 (kafka) | 0.25 | 0.32 | 0.22 | met | 2 |
                        | … | records/s | 6 M / 1.5 M (kafka) | 4.00 | 2.5 | 4 | aim reached | 2 |
                        | `keyed`: 100 B, keys at random, 4 partitions | CPU ns/record | 150 / 600 (kafka) | 0.25 | 0.35 | 0.25 | aim reached | 2; others used 0.5 cores |

                        <!-- /kp report -->

                        B
                        """,
                MarkdownTables.update(String.format(page, "targets"), figures("100B", "keyed"), NO_MODULES, missing));
        assertTrue(MarkdownTables.update(String.format(page, "workloads"), figures("100B"), NO_MODULES, missing)
                .contains("\n| `100B` | 6 M / 1.5 M | 150 / 600 |  |  | 135 µs / 540 µs | 13.5 ms / 54 ms | 2 |\n"));
        assertTrue(MarkdownTables.update(String.format(page, "sweep-batch"),
                figures("sweep-batch-4096", "sweep-batch-65536"), NO_MODULES, missing).contains(
                        "| batch.size | records/s | CPU ns/record | acknowledged after, p50 | runs |\n|---|---|---|---|---|\n"
                                + "| 4,096 | 6 M | 150 | 135 µs | 2 |\n| 65,536 | 6 M | 150 | 135 µs | 2 |\n"));
        assertEquals(List.of(), missing);
        // Nothing of it was measured: what stands there stays.
        assertEquals(String.format(page, "sweep-batch"),
                MarkdownTables.update(String.format(page, "sweep-batch"), figures("100B"), NO_MODULES, missing));
        assertEquals(List.of("sweep-batch"), missing);
        for (final String bad : new String[]{"# A\n", String.format(page, "other"), String.format(page, "sweep-x")}) {
            assertThrows(IllegalArgumentException.class,
                    () -> MarkdownTables.update(bad, figures("100B"), NO_MODULES, missing));
        }
    }

    @Test
    void shouldPutBenchmarksOfAModuleBesideItsRivals() {
        final JmhFigures modules = new JmhFigures();
        for (final String who : new String[]{"kafka", "kp"}) {
            modules.add((List<?>) Json.parse("""
                    [{"benchmark": "a.b.NetworkBenchmark.encode", "params": {"codec": "%s", "batches": "1000"},
                      "primaryMetric": {"score": %s, "scoreError": "NaN", "scoreUnit": "ns/op", "scorePercentiles": %s},
                      "secondaryMetrics": {"gc.alloc.rate.norm": {"score": %s}}}]""".formatted(who,
                    who.equals("kp") ? "120.04" : "12345",
                    who.equals("kp") ? "{}" : "{\"0.0\": 12000, \"100.0\": 12500}",
                    who.equals("kp") ? "0.001" : "96.0")));
        }
        assertEquals("""
                <!-- kp report: jmh-network -->

                | benchmark | unit | kp | kafka | kp: allocated B | kafka: allocated B |
                |---|---|---|---|---|---|
                | encode, batches 1,000 | ns/op | 120 | 12.3 k (12 k – 12.5 k) | 0 | 96 |

                <!-- /kp report -->
                """, MarkdownTables.update("<!-- kp report: jmh-network -->\n<!-- /kp report -->\n", figures(), modules,
                new ArrayList<>()));
        assertEquals("", modules.table("memory"));
        assertThrows(IllegalArgumentException.class, () -> modules.add(List.of(Map.of("benchmark", "x"))));
    }

    @Test
    void shouldWriteNoFolderOfThisMachine() {
        assertEquals(
                List.of("java", "--module-path", "classes:a.jar:b.jar", "-cp", "-Xlog:gc:file=gc.log", "bootstrap=h:1",
                        "--json=x.json"),
                CompareResult.portable(List.of("/usr/lib/jvm/x/bin/java", "--module-path",
                        "/home/me/kp/classes:/m2/a.jar:/m2/b/b.jar", "-cp", "-Xlog:gc:file=/tmp/gc.log",
                        "bootstrap=h:1", "--json=/tmp/x.json")));
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
