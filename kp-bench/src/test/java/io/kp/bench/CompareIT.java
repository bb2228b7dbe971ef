package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code kp compare} as a process, too short to mean anything. */
class CompareIT {
    private static final String[] SHORT = {"--seconds", "0.3", "--warmup", "0.2"};

    @TempDir
    private Path folder;

    @Test
    void shouldCompareInTurnsAndWriteJson() throws IOException {
        final Path json = folder.resolve("results.json");
        final Tool.Result result = Tool.runCommand("compare", "--rounds", "2", "--json", json.toString(), SHORT[0],
                SHORT[1], SHORT[2], SHORT[3]);
        assertEquals(0, result.code(), result::toString);
        assertTrue(Pattern.compile(
                "round 1, kp .*records/s.*\nround 1, kafka .*\nround 2, kafka .*\nround 2, kp .*\n\nmedian .*\nrecords/s ")
                .matcher(result.out()).find(), result::toString);
        assertEquals("", result.err(), "nothing to warn of");
        final String text = Files.readString(json);
        assertTrue(text.contains("\"ratioOf\": \"kp/kafka\""), text);
        assertTrue(text.contains("\"allocatedBytesPerRecord\""), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--broker real --rate 2000 --linger-ms 0",
            "--api future --threads 2 --topics 2 --keys random --ack-delay-ms 0,3",
            "--clients kafka -X compression.type=zstd",
            "--clients kp,bare --compression lz4 --broker real",
            "--hold --partitions 300 --linger-ms 10000 --class-path",
            "--rate 2000 --warmup-rate 20000 --class-path",
            "--rate 2000 --spin",
            "--api claim --threads 2 --keys random --topics 2",
            "--api fields --clients kp --partitions 10 --active-partitions 3 --keys random",
            "--records reuse --partitions 10 --active-partitions 3 --record-size 3000 --no-agrona --batch-size 50000"})
    void shouldRunOtherWorkloads(final String options) {
        final Tool.Result result = Tool.runCommand(("compare --rounds 1 " + String.join(" ", SHORT) + " " + options)
                .split(" "));
        assertEquals(0, result.code(), result::toString);
    }

    @Test
    void shouldRunNamedWorkloadsAndDrawThem() throws IOException {
        final Path json = folder.resolve("results.json");
        final Path html = folder.resolve("deep/results.html");
        final Tool.Result result = Tool.runCommand("compare", "--workload", "paced-1k-linger0,cold-start", "--rounds",
                "1", "--jvm-option=-XX:+UseSerialGC", "--json", json.toString(), "--html", html.toString(), SHORT[0],
                SHORT[1], SHORT[2], SHORT[3]);
        assertEquals(0, result.code(), result::toString);
        assertTrue(result.out().contains("== 2 of 2: cold-start"), result::toString);
        assertTrue(result.out().contains("without the driver's own"), result::toString);
        final String text = Files.readString(json);
        assertTrue(text.contains("\"name\": \"paced-1k-linger0\"") && text.contains("\"must\": 0.8"), text);
        assertTrue(text.contains("-XX:+UseSerialGC") && !text.contains("UseG1GC"), text);
        final Path page = folder.resolve("page.md");
        Files.writeString(page, "<!-- kp report: targets -->\n<!-- /kp report -->\n");
        final Tool.Result report = Tool.runCommand("report", json.toString(), "--html", folder + "/again.html",
                "--svg", folder + "/charts", "--update", page.toString(), "--json", "-");
        assertEquals(0, report.code(), report::toString);
        assertTrue(Json.parse(report.out()) instanceof Map<?, ?> map && map.containsKey("targets"), report::toString);
        assertTrue(report.err().contains("| cold-start | "), report::toString);
        assertTrue(Files.readString(page).contains("| `cold-start`: "), Files.readString(page));
        assertEquals(Files.readString(html), Files.readString(folder.resolve("again.html")));
        assertTrue(Files.exists(folder.resolve("charts/cpu-ratio.svg")));
    }

    @Test
    void shouldListWorkloadsAndRefuseOthers() {
        final Tool.Result list = Tool.runCommand("compare", "--list");
        assertEquals(0, list.code(), list::toString);
        assertTrue(list.out().contains("three-brokers-one-slow"), list::toString);
        final Tool.Result unknown = Tool.runCommand("compare", "--workload", "100B,101B");
        assertEquals(2, unknown.code(), unknown::toString);
        assertTrue(unknown.err().contains("--workload: a name that --list shows, not 101B"), unknown::toString);
    }

    @Test
    void shouldFailWhenARunFails() {
        final Tool.Result result = Tool.runCommand("compare", "--clients", "kp", "--rounds", "1", "-X", "acks=17",
                SHORT[0], SHORT[1], SHORT[2], SHORT[3]);
        assertEquals(1, result.code(), result::toString);
        assertTrue(result.out().contains("1 of 1 runs FAILED"), result::toString);
    }
}
