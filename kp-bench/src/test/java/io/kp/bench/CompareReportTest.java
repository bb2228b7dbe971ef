package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

class CompareReportTest {
    private static final CompareWorkload WORKLOAD = new CompareWorkload(100, true, 4, 2, 3, 5, 6, 8, true, true, true,
            false,
            true, true,
            0.5, 7,
            Map.of("linger.ms", "0", "a", "b=c"));

    @Test
    void shouldReadWorkloadFromItsArguments() {
        final Map<String, String> arguments = new LinkedHashMap<>();
        for (final String argument : WORKLOAD.arguments()) {
            arguments.put(argument.substring(0, argument.indexOf('=')),
                    argument.substring(argument.indexOf('=') + 1));
        }
        assertEquals(WORKLOAD, CompareWorkload.of(arguments));
    }

    @Test
    void shouldTakeTheMiddleOfOrderedValues() {
        assertEquals(Double.NaN, CompareReport.median());
        assertEquals(3, CompareReport.median(3));
        assertEquals(3.5, CompareReport.median(3, 4));
        assertEquals(4, CompareReport.median(3, 4, 100));
        assertEquals(6, CompareReport.median(3, 4, 8, 100));
    }

    @Test
    void shouldFindFaultWithRunsWhoseCountsDiffer() {
        assertNull(CompareJob.difference(counts(5, 5, 0), totals(5), false));
        assertNull(CompareJob.difference(counts(5, 5, 0), BrokerTotals.NONE, true));
        assertEquals("sent 5 records, of which 5 were acknowledged and 0 failed; the broker has 4",
                CompareJob.difference(counts(5, 5, 0), totals(4), false));
        assertEquals("sent 5 records, of which 5 were acknowledged and 0 failed; the broker has 6",
                CompareJob.difference(counts(5, 5, 0), totals(6), false));
        assertEquals("sent 5 records, of which 4 were acknowledged and 1 failed; the broker has 5",
                CompareJob.difference(counts(5, 4, 1), totals(5), false));
        assertEquals("it told no results", CompareJob.difference(Map.of(), totals(5), false));
    }

    @Test
    void shouldCompareMediansOfTheRunsThatCount() {
        final List<CompareResult> results = new ArrayList<>();
        for (final double cpu : new double[]{10, 30, 20}) {
            results.add(result("kp", null, cpu));
            results.add(result("kafka", null, 4 * cpu));
        }
        results.add(result("kp", "the broker has 4", 1_000_000));
        final CompareReport report = new CompareReport(new CompareSettings(null, WORKLOAD, List.of("kp", "kafka"), 3,
                false, "0", List.of("-Xmx1g"), true, false, true, List.of("compare", "--rounds", "3")), results, false);
        final String table = report.table();
        assertTrue(table.lines().anyMatch(line -> line.matches(
                "CPU ns/record +\\| 20\\.0 \\(10\\.0 - 30\\.0\\) +\\| 80\\.0 \\(40\\.0 - 120\\.0\\) +\\| 0\\.250")),
                table);
        assertTrue(table.endsWith("1 of 7 runs FAILED and are not in the table\n"), table);
        final String json = Json.text(CompareReport.asMap(List.of("compare", "--rounds", "3"), List.of(report)));
        assertTrue(json.contains("\"ratioOf\": \"kp/kafka\""), json);
        assertTrue(json.contains("\"cpuNsPerRecord\": 0.25"), json);
        assertTrue(json.contains("\"problem\": \"the broker has 4\""), json);
        assertTrue(json.contains("\"commandLine\": [\n    \"compare\",\n    \"--rounds\",\n    \"3\"\n  ]"), json);
    }

    @Test
    void shouldWriteJson() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("a \"quoted\"\n\\", List.of(1, 2.5, true, List.of(), Map.of()));
        map.put("nothing", null);
        map.put("not a number", Double.NaN);
        map.put("whole", 3e9);
        map.put("control", "\u0001\t");
        assertEquals("""
                {
                  "a \\"quoted\\"\\n\\\\": [
                    1,
                    2.5,
                    true,
                    [],
                    {}
                  ],
                  "nothing": null,
                  "not a number": null,
                  "whole": 3000000000,
                  "control": "\\u0001\\t"
                }
                """, Json.text(map));
    }

    private static Map<String, Double> counts(final double sent, final double acknowledged, final double failed) {
        return Map.of("sent", sent, "acknowledged", acknowledged, "failed", failed);
    }

    private static BrokerTotals totals(final long records) {
        return new BrokerTotals(records, BrokerTotals.UNKNOWN, BrokerTotals.UNKNOWN, BrokerTotals.UNKNOWN);
    }

    private static CompareResult result(final String client, final String problem, final double cpuNs) {
        return new CompareResult(client, 1, problem, Map.of("cpuNsPerRecord", cpuNs), totals(4), 0.5, List.of("java"));
    }
}
