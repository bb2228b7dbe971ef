package io.kp.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each module's README says what is so: its example is the program that ConsumersIT runs, its links lead somewhere, its size is the jar's. */
class ReadmeIT {
    private static final Pattern EXAMPLE = Pattern.compile("```java\n(package .*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]+)");
    private static final Pattern SIZE = Pattern.compile("The jar has (\\d+) kB\\.");
    private static final Pattern BENCH = Pattern.compile("`bin/kp (bench|simulate)( \\w+)?");

    static List<String> modules() {
        return Checkout.MODULES;
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldShowTheProgramThatIsRun(final String module) throws IOException {
        final Path sources = Checkout.ROOT.resolve("kp-checks/src/it/consumers").resolve(module)
                .resolve("src/main/java/example");
        final List<Path> programs;
        try (Stream<Path> files = Files.walk(sources)) {
            programs = files.filter(Files::isRegularFile).toList();
        }
        assertEquals(1, programs.size(), programs::toString);
        final Matcher example = EXAMPLE.matcher(readme(module));
        assertTrue(example.find(), "no example");
        assertEquals(Files.readString(programs.get(0)), example.group(1),
                () -> module + "/README.md shows another program than " + programs.get(0) + ": copy it there");
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldHaveAllSections(final String module) {
        assertEquals(List.of("## Example", "## Guarantees", "## How fast, how large"),
                readme(module).lines().filter(line -> line.startsWith("## ")).limit(3).toList());
        for (final String guarantee : List.of("- **Threads.** ", "- **Blocking.** ", "- **Memory.** ")) {
            assertTrue(readme(module).contains(guarantee), guarantee);
        }
        assertTrue(readme(module)
                .contains("Artifact `io.kp:" + module + "`, module `" + Layering.root(module).replace("..", "") + "`"));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldLinkToWhatIsThere(final String module) {
        final Matcher links = LINK.matcher(readme(module));
        int count = 0;
        while (links.find()) {
            final Path target = Checkout.ROOT.resolve(module).resolve(links.group(1));
            assertTrue(Files.exists(target), target::toString);
            count++;
        }
        assertTrue(count >= 3, "links: " + count);
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldNameABenchmarkThatThereIs(final String module) {
        final Matcher command = BENCH.matcher(readme(module));
        assertTrue(command.find());
        if (command.group(1).equals("bench")) {
            final String name = command.group(2).strip();
            final Path source = Checkout.ROOT.resolve("kp-bench/jmh/src/main/java/io/kp/bench/jmh")
                    .resolve(Character.toUpperCase(name.charAt(0)) + name.substring(1) + "Benchmark.java");
            assertTrue(Files.exists(source), source::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldSayHowLargeTheJarIs(final String module) throws IOException {
        checkSize(module, readme(module), Files.size(Checkout.jar(module)));
    }

    @Test
    void shouldRefuseASizeThatIsWrong() throws IOException {
        checkSize("any", "The jar has 100 kB.", 109_999);
        assertThrows(AssertionError.class, () -> checkSize("any", "The jar has 100 kB.", 111_112));
        assertThrows(AssertionError.class, () -> checkSize("any", "The jar has 100 kB.", 89_000));
        assertThrows(AssertionError.class, () -> checkSize("any", "It is small.", 100_000));
    }

    /** To a tenth: so that it need not follow every change, and yet stays true. */
    private static void checkSize(final String module, final String readme, final long bytes) {
        final Matcher size = SIZE.matcher(readme);
        assertTrue(size.find(), "no size");
        final long said = Long.parseLong(size.group(1)) * 1000;
        assertTrue(Math.abs(said - bytes) <= bytes / 10,
                () -> module + "/README.md says that the jar has " + said / 1000 + " kB, it has "
                        + Math.round(bytes / 1000.0));
    }

    private static String readme(final String module) {
        return Checkout.read(module + "/README.md");
    }
}
