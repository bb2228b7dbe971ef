package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code kp chaos}; {@code DeliveryJournalTest} of kp-testkit shows that its check can fail. */
class ChaosIT {
    @TempDir
    private Path folder;

    @Test
    void shouldKeepItsPromisesWhenALeaderIsKilledAndAnotherIsStopped() throws IOException {
        final Path json = folder.resolve("chaos.json");
        final Path temporary = Files.createDirectory(folder.resolve("tmp"));
        final Tool.Result result = Tool.start(temporary, List.of("chaos", "--scenario", "short", "--records", "100000",
                "--rate", "5000", "--json", json.toString())).closeInput().await(Duration.ofSeconds(240));
        assertEquals(0, result.code(), result::toString);
        assertTrue(result.out().contains("* SIGKILL of node "), result::toString);
        assertTrue(result.out().contains("* SIGSTOP of node "), result::toString);
        assertTrue(result.out().contains(" 0 not persisted, 0 possibly persisted, 0 refused"), result::toString);
        assertTrue(result.out().contains(
                " records read by Kafka's consumer in "), result::toString);
        assertEquals("", result.err(), result::toString);
        final String machine = Files.readString(json);
        assertTrue(machine.contains("\"scenario\": \"short\""), machine);
        assertTrue(machine.contains("\"violations\": {}"), machine);
        assertTrue(machine.contains("SIGCONT of node "), machine);
        assertEquals(List.of(), content(temporary), result::toString);
    }

    @Test
    void shouldLeaveNothingWhenInterrupted() throws Exception {
        final Tool tool = Tool.start(folder, List.of("chaos", "--scenario", "all-down"));
        Tool.await("the tool has created its topic", () -> {
            try (Stream<Path> files = Files.walk(folder, 3)) {
                return files.anyMatch(file -> file.getFileName().toString().startsWith("chaos-"));
            } catch (final IOException | UncheckedIOException e) {
                return false;
            }
        });
        final List<ProcessHandle> brokers = brokers(tool);
        assertEquals(3, brokers.size());
        assertTrue(new ProcessBuilder("/bin/kill", "-INT", Long.toString(tool.process().pid())).start().waitFor(10,
                TimeUnit.SECONDS));
        final Tool.Result result = tool.await(Duration.ofSeconds(60));
        assertEquals(ExitCode.INTERRUPTED, result.code(), result::toString);
        assertTrue(result.err().contains("kp: interrupted after 0 of 1 scenarios"), result::toString);
        assertTrue(brokers.stream().noneMatch(ProcessHandle::isAlive), result::toString);
        assertEquals(List.of(), content(folder), result::toString);
    }

    @Test
    void shouldNameTheScenariosThatThereAre() {
        final Tool.Result result = Tool.runCommand("chaos", "--scenario", "leader-kill,flood");
        assertEquals(ExitCode.USAGE, result.code(), result::toString);
        assertTrue(result.err().contains("no such scenario: flood; there are leader-kill, leader-stop, "),
                result::toString);
    }

    private static List<ProcessHandle> brokers(final Tool tool) {
        return tool.process().children().filter(child -> child.info().command().orElse("").endsWith("java")).toList();
    }

    private static List<Path> content(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            // The JVM's own, which it removes with the next start of a JVM of the same user.
            return files.filter(file -> !file.getFileName().toString().startsWith("hsperfdata_")).toList();
        }
    }
}
