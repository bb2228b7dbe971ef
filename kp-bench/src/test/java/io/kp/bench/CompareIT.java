package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
            "--records reuse --partitions 10 --active-partitions 3 --record-size 3000 --no-agrona --batch-size 50000"})
    void shouldRunOtherWorkloads(final String options) {
        final Tool.Result result = Tool.runCommand(("compare --rounds 1 " + String.join(" ", SHORT) + " " + options)
                .split(" "));
        assertEquals(0, result.code(), result::toString);
    }

    @Test
    void shouldFailWhenARunFails() {
        final Tool.Result result = Tool.runCommand("compare", "--clients", "kp", "--rounds", "1", "-X", "acks=17",
                SHORT[0], SHORT[1], SHORT[2], SHORT[3]);
        assertEquals(1, result.code(), result::toString);
        assertTrue(result.out().contains("1 of 1 runs FAILED"), result::toString);
    }
}
