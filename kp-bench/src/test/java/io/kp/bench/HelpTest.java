package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
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
    void shouldTakeKcatsHabitsOrSayWhyNot() {
        Kp.commandLine(new Interruption(Thread.currentThread())).parseArgs("produce", "-P", "-b", "h:1", "-t", "t",
                "-d", "broker,msg", "-v", "-E", "-l", "-K:",
                "-X", "topic.request.required.acks=1", "a.txt");
        assertEquals("acks", ClientOptions.translated("topic.request.required.acks"));
        assertEquals("linger.ms", ClientOptions.translated("queue.buffering.max.ms"));
        assertEquals("acks", ClientOptions.translated("acks"));
        assertEquals("kp: kp only produces: ", refusal("produce", "-L", "-b", "h:1").substring(0, 22));
        assertTrue(refusal("produce", "-b", "h:1").contains("-t, --topic: where to send"));
    }

    private static String refusal(final String... arguments) {
        final StringWriter err = new StringWriter();
        final CommandLine kp = Kp.commandLine(new Interruption(Thread.currentThread()))
                .setParameterExceptionHandler(Kp::usageError);
        kp.setErr(new PrintWriter(err, true));
        assertEquals(ExitCode.USAGE, kp.execute(arguments));
        return err.toString();
    }

    @Test
    void shouldWriteJsonOnRequestByAnyCommandThatHasAResult() {
        COMMANDS.forEach((name, command) -> assertTrue(command.getCommandSpec().optionsMap().containsKey("--json"),
                name));
    }
}
