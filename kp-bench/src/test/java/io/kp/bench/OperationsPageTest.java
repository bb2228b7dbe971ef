package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import io.kp.client.Metric;
import io.kp.client.ProducerMetrics;

/** {@code docs/operations.md} names each counter and each warning that there is, and none that there is not. */
class OperationsPageTest {
    private static final Path ROOT = Path.of(System.getProperty("kp.test.root", "..")).toAbsolutePath().normalize();
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Pattern LOGGED = Pattern.compile("LOG\\.(?:warn|error)\\(\\s*\"([^\"]+)\"");
    private static final int LEAST_WORDS = 5;

    private final List<Document.Line> prose = Document.read(ROOT, ROOT.resolve("docs/operations.md")).prose();

    /** The tables under a heading, each as its rows, without their heads. */
    private List<List<String>> tables(final String heading) {
        final List<List<String>> tables = new ArrayList<>();
        boolean inside = false;
        boolean body = false;
        for (final Document.Line line : prose) {
            inside = line.text().startsWith("## ") ? line.text().equals("## " + heading) : inside;
            if (!line.text().startsWith("|")) {
                body = false;
            } else if (inside && line.text().startsWith("|---")) {
                body = true;
                tables.add(new ArrayList<>());
            } else if (inside && body) {
                tables.get(tables.size() - 1).add(line.text());
            }
        }
        return tables;
    }

    private static Set<String> firstColumn(final List<String> rows) {
        return rows.stream().flatMap(row -> QUOTED.matcher(row.split("\\|")[1]).results()).map(name -> name.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldSayOfEachCounterWhatToDo() {
        assertEquals(
                Arrays.stream(ProducerMetrics.class.getRecordComponents()).map(RecordComponent::getName)
                        .collect(Collectors.toCollection(TreeSet::new)),
                firstColumn(tables("Metrics").get(0)));
    }

    @Test
    void shouldNameMetricsThatThereAre() {
        final Set<String> known = Metric.all().stream().map(Metric::name).collect(Collectors.toSet());
        final Set<String> named = firstColumn(tables("Metrics").get(1));
        named.removeAll(Set.of("producer-node-metrics", "linger.ms", "batch.size", "metadata.max.age.ms"));
        assertTrue(named.size() > 12 && known.containsAll(named), () -> named + " of " + known);
    }

    private static String sources() {
        try (Stream<Path> files = Files.walk(ROOT.resolve("kp-client/src/main"))) {
            final StringBuilder all = new StringBuilder();
            for (final Path file : files.filter(each -> each.toString().endsWith(".java")).sorted().toList()) {
                all.append(Files.readString(file));
            }
            return all.toString();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldNameMessagesThatTheCodeHas() {
        final String sources = sources();
        int messages = 0;
        for (final String message : firstColumn(tables("What the log says").get(0))) {
            for (final String part : message.split("…")) {
                final String words = part.replaceAll("^[ ,:]+|[ :]+$", "");
                assertTrue(sources.contains(words), () -> "no such message: " + message);
            }
            messages++;
        }
        assertTrue(messages > 25, "messages=" + messages);
    }

    @Test
    void shouldNameEachWarningAndError() {
        final String page = tables("What the log says").get(0).stream().collect(Collectors.joining("\n"));
        final Matcher logged = LOGGED.matcher(sources());
        int messages = 0;
        while (logged.find()) {
            messages++;
            // "{} does not know …, numbering anew": the first words.
            final String words = Arrays
                    .stream(logged.group(1).replaceFirst("^client\\.id=\\{\\}: (?=\\w)", "").split("\\{\\}|[,:]"))
                    .map(String::strip).filter(part -> part.length() > LEAST_WORDS).findFirst().orElseThrow();
            assertTrue(page.contains(words), () -> "not on the page: " + words + " of " + logged.group(1));
        }
        assertTrue(messages > 25, "messages=" + messages);
    }
}
