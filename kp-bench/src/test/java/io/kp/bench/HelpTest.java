package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;

/** What each command says of itself. */
class HelpTest {
    private static final Map<String, CommandLine> COMMANDS = Kp.commandLine(new Interruption(Thread.currentThread()))
            .getSubcommands();

    @Test
    void shouldTellExitCodesAndExamplesThatCanBeParsed() {
        assertTrue(COMMANDS.size() >= 9, COMMANDS.keySet()::toString);
        final DocumentShell shell = new DocumentShell(Path.of(System.getProperty("kp.test.root")));
        COMMANDS.forEach((name, command) -> {
            final String help = command.getUsageMessage();
            assertTrue(help.contains("\nExit codes:\n") && help.contains("\nExamples:\n"), help);
            final List<String> examples = examples(help);
            assertFalse(examples.isEmpty(), help);
            for (final String example : examples) {
                assertTrue(example.startsWith("kp " + name), example);
                assertEquals(List.of(), shell.problems(example));
            }
        });
    }

    /** Those below the heading, with lines that end with a backslash put together. */
    private static List<String> examples(final String help) {
        final List<String> examples = new ArrayList<>();
        final String[] lines = help.substring(help.indexOf("\nExamples:\n") + 11).split("\n");
        for (int i = 0; i < lines.length && lines[i].startsWith("  kp "); i++) {
            final StringBuilder example = new StringBuilder(lines[i].strip());
            while (example.toString().endsWith("\\")) {
                example.setLength(example.length() - 1);
                example.append(lines[++i].strip());
            }
            examples.add(example.toString());
        }
        return examples;
    }

    @Test
    void shouldWriteJsonOnRequestByAnyCommandThatHasAResult() {
        COMMANDS.forEach((name, command) -> assertTrue(command.getCommandSpec().optionsMap().containsKey("--json"),
                name));
    }
}
