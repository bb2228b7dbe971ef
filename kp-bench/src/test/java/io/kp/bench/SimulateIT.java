package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kp simulate} as a process. */
class SimulateIT {
    @TempDir
    private Path folder;

    @Test
    void shouldCountFaultsAndOutcomesAndWriteJson() throws IOException {
        final Path json = folder.resolve("totals.json");
        final Tool.Result result = Tool.runCommand("simulate", "--seeds", "60", "--from", "7", "--json",
                json.toString());
        assertEquals(0, result.code(), result::toString);
        for (final String line : new String[]{"faults:", " [1-9][0-9,]*  connection reset", "records:",
                " [1-9][0-9,]*  acknowledged", " [1-9][0-9,]*  failed, stage \\w+, NOT_PERSISTED",
                "violations by seed: none", "60 seeds in .* 0 seeds with violations"}) {
            assertTrue(Pattern.compile(line).matcher(result.out()).find(), () -> line + ": " + result);
        }
        final String text = Files.readString(json);
        assertTrue(text.contains("\"firstSeed\": 7,") && text.contains("\"seeds\": 60,")
                && text.contains("\"seedsWithViolations\": 0,") && text.contains("\"connection reset\": "), text);
    }

    @Test
    void shouldRefuseWhatCannotBeRunBeforeItRuns() {
        final Tool.Result none = Tool.runCommand("simulate", "--seeds", "0");
        assertEquals(2, none.code(), none::toString);
        assertTrue(none.err().contains("seeds=0"), none::toString);
        final Tool.Result nowhere = Tool.runCommand("simulate", "--json", folder.resolve("a/b.json").toString());
        assertEquals(2, nowhere.code(), nowhere::toString);
        assertFalse(nowhere.out().contains("seeds in"), nowhere::toString);
    }
}
