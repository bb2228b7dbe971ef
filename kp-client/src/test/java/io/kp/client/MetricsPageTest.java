package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

/** {@code docs/metrics.md} is what this class makes of the table of metrics; with {@code -Dkp.docs.write=true} it is written anew. */
class MetricsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "metrics.md");
    private static final String HEAD = """
            # Metrics

            All metrics of `Producer.snapshot()`, JMX and the binders, made from `Metric.all()` of kp-client by `MetricsPageTest`, which fails when they differ. After a change there:

            <!-- not run: it writes this page; the test that it runs holds the page against the code in every build -->
            ```sh
            mvn test -pl kp-client -am -Dtest=MetricsPageTest -Dsurefire.failIfNoSpecifiedTests=false -Dkp.docs.write=true
            ```

            How to read them, and their names in Micrometer and OpenTelemetry: [observability.md](observability.md). What to do when one of them is not as it should be: [operations.md](operations.md#metrics).
            A *gauge* is a level of this moment, a *counter* only grows, a *window* is of the last `metrics.num.samples` windows of `metrics.sample.window.ms` unless the meaning says another time.
            """;
    private static final Map<String, String> GROUPS = new LinkedHashMap<>();

    static {
        GROUPS.put(MetricTable.PRODUCER, "Of the producer, under Kafka's names.");
        GROUPS.put(MetricTable.TOPIC, "Of each topic, under Kafka's names.");
        GROUPS.put(MetricTable.NODE, "Of each broker, under Kafka's names.");
        GROUPS.put(MetricTable.KP, "Of the producer, kp's own.");
        GROUPS.put(MetricTable.KP_PARTITION, "Of each partition, kp's own.");
        GROUPS.put(MetricTable.KP_NODE, "Of each broker, kp's own.");
        GROUPS.put(MetricTable.KP_STAGE, "Of each topic and stage of a batch's way, kp's own.");
    }

    private static String page() {
        final StringBuilder page = new StringBuilder(HEAD);
        GROUPS.forEach((group, whose) -> {
            page.append("\n## ").append(group).append("\n\n").append(whose)
                    .append("\n\n| name | unit | kind | meaning |\n|---|---|---|---|\n");
            for (final Metric metric : Metric.all()) {
                if (metric.group().equals(group)) {
                    page.append("| `").append(metric.name()).append("` | ").append(metric.unit()).append(" | ")
                            .append(metric.kind().name().toLowerCase(java.util.Locale.ROOT)).append(" | ")
                            .append(metric.description()).append(" |\n");
                }
            }
        });
        return page.toString();
    }

    @Test
    void shouldBeThePageInTheDocuments() throws IOException {
        if (Boolean.getBoolean("kp.docs.write")) {
            Files.writeString(PAGE, page());
        }
        assertEquals(page(), Files.readString(PAGE),
                "docs/metrics.md is not what the table of metrics says; write it anew");
        assertEquals(List.copyOf(GROUPS.keySet()).size(), Metric.all().stream().map(Metric::group).distinct().count());
    }
}
