package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands of the documents that are marked {@code run} or {@code run with} do what the page shows: in an empty folder, with {@code localhost:9092} a real broker. */
class DocumentsIT {
    private static final Path ROOT = Path.of(System.getProperty("kp.test.root")).toAbsolutePath().normalize();
    private static final String ADDRESS = "localhost:9092";
    private static final long LIMIT_SECONDS = 120;
    private static final Pattern TOPIC = Pattern.compile("\\s(?:-t|--topic) (\\w+)");

    @TempDir
    private Path folder;

    @Test
    void shouldDoWhatIsShown() throws IOException, InterruptedException {
        final List<Document.Block> blocks = new ArrayList<>();
        for (final Document page : new DocumentChecks(ROOT).pages()) {
            page.blocks().stream().filter(Document.Block::isShell)
                    .filter(block -> block.is("run") || block.argument(DocumentShell.RUN_WITH) != null)
                    .forEach(blocks::add);
        }
        assertFalse(blocks.isEmpty());
        final List<String> problems = new ArrayList<>();
        try (KafkaCluster cluster = KafkaCluster.builder().start()) {
            topics(blocks).forEach(topic -> cluster.createTopic(topic, 4, Map.of()));
            for (final Document.Block block : blocks) {
                problems.addAll(run(block, cluster.bootstrapServers()));
            }
        }
        assertEquals(List.of(), problems, () -> DocumentChecks.report(problems));
    }

    @Test
    void shouldFindCommandsThatFailOrSaySomethingElse() throws IOException, InterruptedException {
        Files.writeString(folder.resolve("page.md"),
                String.join("\n", "<!-- setup echo 3 cups > a.txt -->", "<!-- run -->",
                        "```console", "$ cat a.txt", "7 cups", "```", "<!-- run -->", "```console", "$ echo cups",
                        "plates", "```",
                        "<!-- run -->", "```sh", "cat none.txt", "```", "<!-- run with none => some -->", "```console",
                        "$ echo none", "none", "```"));
        final List<Document.Block> blocks = Document.read(folder, folder.resolve("page.md")).blocks();
        assertEquals(4, blocks.size());
        assertEquals(List.of(), run(blocks.get(0), ADDRESS));
        assertTrue(run(blocks.get(1), ADDRESS).get(0).startsWith("page.md:9: printed something else"));
        assertTrue(run(blocks.get(2), ADDRESS).get(0).startsWith("page.md:14: exit code 1"));
        assertTrue(run(blocks.get(3), ADDRESS).get(0).contains("printed something else"));
    }

    /** What commands send to is there. */
    private static Set<String> topics(final List<Document.Block> blocks) {
        final Set<String> topics = new TreeSet<>();
        for (final Document.Block block : blocks) {
            DocumentShell.commandsToRun(block).stream().map(TOPIC::matcher).flatMap(Matcher::results)
                    .forEach(found -> topics.add(found.group(1)));
        }
        return topics;
    }

    private List<String> run(final Document.Block block, final String address)
            throws IOException, InterruptedException {
        final Path here = Files.createTempDirectory(folder, "run");
        Files.createSymbolicLink(here.resolve("bin"), ROOT.resolve("bin"));
        final String setup = block.argument("setup");
        final Path out = here.resolve("out");
        final Path err = here.resolve("err");
        final String commands = "set -euo pipefail\n" + (setup == null ? "" : setup) + "\n"
                + String.join("\n", DocumentShell.commandsToRun(block));
        final ProcessBuilder builder = new ProcessBuilder("bash", "-c", commands.replace(ADDRESS, address))
                .directory(here.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("TMPDIR", here.toString());
        final Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            process.waitFor();
            return List.of(block.at(block.line()) + "not over after " + LIMIT_SECONDS + " s");
        }
        final String printed = Files.readString(out);
        if (process.exitValue() != 0) {
            return List.of(block.at(block.line()) + "exit code " + process.exitValue() + ":\n" + printed
                    + Files.readString(err));
        }
        final String shown = shown(block);
        return !block.language().equals("console") || DocumentShell.matches(shown, printed)
                ? List.of()
                : List.of(
                        block.at(block.line()) + "printed something else (numbers may differ, … stands for anything):\n"
                                + printed.indent(4));
    }

    /** What a console shows beside the commands; lines of the tool's build do not come here, since it is built. */
    private static String shown(final Document.Block block) {
        final StringBuilder shown = new StringBuilder();
        boolean command = false;
        for (final String line : block.text().split("\n")) {
            command = line.startsWith("$ ") || command && shown.isEmpty() && line.startsWith("    ");
            if (!command && !line.startsWith("kp: building")) {
                shown.append(line).append('\n');
            }
        }
        return shown.toString();
    }
}
