package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.kp.client.ProducerMetrics;

/** What the documents say is so: their code compiles and runs, their commands parse, their links lead somewhere. And what is not so is found. */
class DocumentsTest {
    private static final Path ROOT = Path.of(System.getProperty("kp.test.root", "..")).toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    @Test
    void shouldSayWhatIsSo() throws IOException {
        final DocumentChecks checks = new DocumentChecks(ROOT);
        assertTrue(checks.pages().size() > 5, "pages found: " + checks.pages().size());
        final List<String> problems = checks.problems(folder);
        assertEquals(List.of(), problems, () -> DocumentChecks.report(problems));
    }

    @Test
    void shouldExplainEveryMetric() throws IOException {
        final String page = Files.readString(ROOT.resolve("docs/operations.md"));
        for (final RecordComponent component : ProducerMetrics.class.getRecordComponents()) {
            assertTrue(page.contains("\n| `" + component.getName() + "` |"), component.getName());
        }
    }

    private List<String> problems(final String... page) throws IOException {
        final Path root = folder.resolve("root");
        Files.createDirectories(root.resolve("docs"));
        Files.createDirectories(root.resolve("kp-bench"));
        Files.createDirectories(root.resolve("kp-client"));
        Files.writeString(root.resolve("kp-client/Sender.java"), "class Sender { int cycle; } // kp.known.key");
        Files.writeString(root.resolve("kp-client/SenderTest.java"), "class SenderTest { void shouldSend() { } }");
        Files.writeString(root.resolve("kp-client/pom.xml"), "<artifactId>kp-client</artifactId><id>fuzz</id>");
        Files.writeString(root.resolve("docs/page.md"), String.join("\n", page) + "\n");
        return new DocumentChecks(root).problems(Files.createTempDirectory(folder, "work"));
    }

    private void shouldFind(final String problem, final String... page) throws IOException {
        final List<String> found = problems(page);
        assertEquals(1, found.size(), found::toString);
        assertTrue(found.get(0).startsWith("docs/page.md:") && found.get(0).contains(problem), found::toString);
    }

    private void shouldAccept(final String... page) throws IOException {
        assertEquals(List.of(), problems(page));
    }

    @Test
    void shouldFindJavaThatDoesNotCompile() throws IOException {
        shouldFind("docs/page.md:4: error: incompatible types", "# Title", "```java", "int a = 1;",
                "String b = a;", "```");
        shouldFind("error: ';' expected", "```java", "public class A {", "    int b", "}", "```");
        shouldFind("error: cannot find symbol", "```java", "Producer<String, String> p = producer;", "```");
        shouldFind("module not found: io.kp.clint", "```java", "module a {", "    requires io.kp.clint;", "}", "```");
        shouldAccept("<!-- prelude", "import org.slf4j.Logger;", "Producer<String, String> producer;", "-->", "Text.",
                "```java", "import java.util.function.Supplier;",
                "Supplier<Producer<String, String>> p = () -> producer;", "```");
        shouldAccept("```java", "module a {", "    requires io.kp.client;", "}", "```");
        shouldAccept("```java", "@Override", "public String toString() {", "    return \"\";", "}", "```");
    }

    @Test
    void shouldFindAProgramThatFails() throws IOException {
        shouldFind("run: java.lang.IllegalStateException: no", "<!-- run -->", "```java",
                "if (true) {", "    throw new IllegalStateException(\"no\");", "}", "```");
        shouldFind("the program printed something else", "```java", "class A {",
                "    public static void main(String[] args) {", "        System.out.println(\"one\");", "    }", "}",
                "```",
                "", "<!-- output -->", "```text", "two", "```");
        shouldFind("threads are left behind: [kp-forgotten]", "<!-- run -->", "```java",
                "Thread t = new Thread(() -> { try { Thread.sleep(6_000); } catch (InterruptedException e) { } }, \"kp-forgotten\");",
                "t.start();", "```");
        shouldFind("the broker was not asked for anything", "<!-- run -->", "```java",
                "String address = \"localhost:9092\";", "```");
    }

    @Test
    void shouldRunAgainstABroker() throws IOException {
        shouldAccept("```java", "import io.kp.client.*;", "class A {",
                "    public static void main(String[] args) {",
                "        ProducerConfig config = ProducerConfig.builder().bootstrapServers(\"localhost:9092\").build();",
                "        try (Producer<String, String> p = Producer.open(config, Serializers.string(), Serializers.string())) {",
                "            System.out.println(\"offset \" + p.send(new ProducerRecord<>(\"t\", 0, \"k\", \"v\")).join().offset());",
                "        }", "    }", "}", "```", "", "<!-- output -->", "```text", "offset 0", "```");
    }

    /** A block of commands that are parsed only. */
    private static String[] sh(final String... lines) {
        return Stream.of(List.of("<!-- not run: parsed only -->", "```sh"), List.of(lines), List.of("```"))
                .flatMap(List::stream).toArray(String[]::new);
    }

    @Test
    void shouldFindCommandsThatNobodyUnderstands() throws IOException {
        shouldFind("Unknown option: '--topicc'", sh("bin/kp produce --topic a --topicc a file"));
        shouldFind("Unmatched argument", "<!-- run -->", "```console", "$ seq 3 | bin/kp simulat --seeds 3", "3 seeds",
                "```");
        shouldFind("--workload: a name that --list shows", sh("bin/kp compare --workload nonsense"));
        shouldFind("there is no benchmark Nonsense", sh("bin/kp bench Nonsense"));
        shouldFind("there is no module kp-clint", sh("mvn test -pl kp-clint -am"));
        shouldFind("there is no profile fuz", sh("mvn test -Pfuz"));
        shouldFind("there is no test FooTest", sh("mvn test -Dtest=FooTest"));
        shouldFind("nobody can run an ellipsis", sh("mvn test … -Pfuzz"));
        shouldFind("there is no program .ci/ran", sh(".ci/ran"));
        shouldFind("not known how to check frobnicate", sh("frobnicate --all"));
        shouldFind("commands belong", "```text", "bin/kp compare", "```");
        shouldAccept(sh("FOO=1 bin/kp compare --record-size 10 \\",
                "    --rounds 1 2>&1 | tail -n 3 > out.txt  # three",
                "mvn test -pl kp-client -Pfuzz -Dtest=Sender#cycle"));
    }

    @Test
    void shouldFindCommandsThatNobodyRuns() throws IOException {
        shouldFind("exactly one of run, run with, run by and not run has to stand before commands, not []", "```sh",
                "bin/kp perf --help", "```");
        shouldFind("not [run, not run: an hour]", "<!-- run -->", "<!-- not run: an hour -->", "```sh",
                "bin/kp perf --help", "```");
        shouldFind("has to stand before commands", "<!-- unchecked: too long -->", "```console", "$ bin/kp perf --help",
                "```");
        shouldFind("not run: without a reason", "<!-- not run: -->", "```sh", "bin/kp perf --help", "```");
        shouldFind("there is no test SenderTest.shouldReceive",
                "<!-- run by: SenderTest.shouldSend, SenderTest.shouldReceive -->", "```sh", "bin/kp perf --help",
                "```");
        shouldFind("there is no test Sender.cycle", "<!-- run by: Sender.cycle -->", "```sh", "bin/kp perf --help",
                "```");
        shouldFind("not TEXT => OTHER TEXT: --rounds 1", "<!-- run with --rounds 1 -->", "```sh",
                "bin/kp compare --list", "```");
        shouldFind("nothing to replace: --rounds 5 => --rounds 1", "<!-- run with", "--list =>",
                "--rounds 5 => --rounds 1", "-->", "```sh", "bin/kp compare --list", "```");
        shouldFind("as it is run: Unknown option: '--lisst'", "<!-- run with --list => --lisst -->", "```sh",
                "bin/kp compare --list", "```");
        shouldFind("a mark without a block", "<!-- not run: an hour -->", "Text");
        shouldAccept("<!-- run by: SenderTest.shouldSend -->", "```sh", "bin/kp perf --help", "```");
    }

    @Test
    void shouldReplaceWhatIsTooLongOrOnlyAnExample() throws IOException {
        Files.writeString(folder.resolve("page.md"),
                String.join("\n", "<!-- run with", "4711 => $id", "kp compare… => kp compare… --rounds 1",
                        "--warmup 12 =>", "-->", "```sh", "kp compare   # all", "kp compare --warmup 12 --pin",
                        "kp top 4711",
                        "```"));
        assertEquals(List.of("kp compare --rounds 1   # all", "kp compare  --pin --rounds 1", "kp top $id"),
                DocumentShell.commandsToRun(Document.read(folder, folder.resolve("page.md")).blocks().get(0)));
    }

    @Test
    void shouldFindOtherBlocksThatAreWrong() throws IOException {
        shouldFind("a block without a language", "```", "a", "```");
        shouldFind("no check for the language cobol", "```cobol", "STOP RUN.", "```");
        shouldFind("unchecked: without a reason", "<!-- unchecked: -->", "```cobol", "STOP RUN.", "```");
        shouldAccept("<!-- unchecked: there is no compiler -->", "```cobol", "STOP RUN.", "```");
        shouldFind("the configuration is refused", "```properties", "acks=some", "```");
        shouldFind("unknown configuration key", "```properties", "linger.msec=3", "```");
        shouldFind("not JSON", "```json", "{\"a\": }", "```");
        shouldFind("there is no artifact kp-clint", "```xml", "<artifactId>kp-clint</artifactId>", "```");
        shouldFind("closes nothing", "```xml", "<a></b>", "```");
        shouldFind("does not end", "```text", "a");
        shouldFind("a block by indentation", "Text:", "", "    mvn verify");
        shouldFind("a mark without a block", "<!-- run -->", "Text");
    }

    @Test
    void shouldFindReferencesThatLeadNowhere() throws IOException {
        shouldFind("there is no file for the link nowhere.md", "See [there](nowhere.md).");
        shouldFind("there is no heading for the link #nowhere", "# Somewhere", "See [there](#nowhere).");
        shouldFind("there is no file for the link charts/a.svg", "![chart](charts/a.svg)");
        shouldAccept("# Some `where`, and 1", "See [there](#some-where-and-1), [`here`](page.md#some-where-and-1).");
        shouldFind("there is no file docs/none.md", "`docs/none.md`");
        shouldFind("no source knows the name kp.none.key", "`kp.none.key=1`");
        shouldAccept("`kp.known.key=1` and `docs/page.md`");
    }

    @Test
    void shouldFindPlacesOfTheMapThatAreNotThere() throws IOException {
        problems("");
        final Path design = folder.resolve("root/docs/DESIGN.md");
        final String head = "## 6. Where to find what\n\n| question | place |\n|---|---|\n| a | `Sender` |\n";
        Files.writeString(design, head + "| b | `Sender.cycle`, `docs/page.md` |\n");
        assertEquals(List.of(), problems(""));
        Files.writeString(design, head + "| b | `Sender.gone`, `Gone`, `io.kp.gone`, `docs/gone.md` |\n");
        final List<String> problems = problems("");
        // The file is found missing as a name, too.
        assertEquals(5, problems.size(), problems::toString);
        Files.writeString(design, "# Nothing\n");
        assertEquals(List.of("docs/DESIGN.md: the map was not found"), problems(""));
    }

    @Test
    void shouldCompareOutputButForNumbers() {
        assertTrue(DocumentShell.matches("delivered  1,200 of 1,200\n", "delivered 7 of 7"));
        assertTrue(DocumentShell.matches("first … last", "first 1\n2\nlast"));
        assertFalse(DocumentShell.matches("delivered 1 of 1", "refused 1 of 1"));
    }
}
