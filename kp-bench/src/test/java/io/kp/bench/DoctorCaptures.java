package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runs {@code kp doctor} in this process, and holds what it says against docs/doctor.md. */
final class DoctorCaptures {
    private DoctorCaptures() {
    }

    static DoctorReport examine(final String topic, final boolean send, final String... settings) {
        final Map<String, String> config = new LinkedHashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            config.put(settings[i], settings[i + 1]);
        }
        final long startNs = System.nanoTime();
        final Duration limit = Duration.ofSeconds(20);
        final DoctorReport report = new Doctor(config, topic, send, limit).run();
        assertTrue(System.nanoTime() - startNs < 2 * limit.toNanos(), "bounded: " + report.text());
        return report;
    }

    /** What differs from run to run made the same. */
    static String normal(final String text) {
        return text.replaceAll("\\s+", " ").replaceAll("(127\\.0\\.0\\.1|localhost|\\.invalid):\\d+", "$1:PORT")
                .replaceAll("\\d+ ms", "N ms")
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "DATE").replaceAll("serial=[0-9a-f]+", "serial=S")
                .replaceAll("\\(\\d+\\.\\d s of at most \\d+ s\\)", "(N s)").replaceAll("cluster \\S+,", "cluster C,")
                .replaceAll("verified with \\S+", "verified with FILE")
                .replaceAll("ends in \\d+ days", "ends in N days")
                .replaceAll("trusted=\\S+:", "trusted=FILE:")
                .replaceAll("partition \\d, offset \\d+", "partition P, offset O").strip();
    }

    /** The capture under a heading of docs/doctor.md says the same. */
    static void assertDocumented(final String heading, final DoctorReport report) {
        final String page;
        try {
            page = Files.readString(Path.of("..", "docs", "doctor.md"));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        String capture = "";
        for (final String section : page.split("\n## ")) {
            if (section.startsWith(heading + "\n")) {
                // Behind the command, of which the first line of the block is made.
                capture = section.split("```console\n", 2)[1].split("\n```", 2)[0].split("\n", 2)[1];
            }
        }
        assertEquals(normal(capture), normal(report.text()), () -> heading + "\n" + report.text());
    }
}
