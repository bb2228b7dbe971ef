package io.kp.bench;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.kp.testkit.ScriptedBroker;

/**
 * Compiles the Java blocks of pages, all at once, and runs those that are programs or marked {@code run} against a {@link ScriptedBroker}. A block with a type of its own is a
 * source file; one that begins with a modifier or an annotation is members of a class; any other is the body of a method. The latter two may use the page's prelude and the
 * {@link #IMPORTS}.
 */
final class DocumentJava implements AutoCloseable {
    /** What blocks that are no source files need not import. */
    static final List<String> IMPORTS = List.of("io.kp.client.*", "java.io.*", "java.nio.*", "java.nio.file.*",
            "java.time.*", "java.util.*", "java.util.concurrent.*");

    private static final String ONLY_COMPILED = "compiled only:";
    private static final String ADDRESS = "localhost:9092";
    private static final Pattern TYPE = Pattern.compile(
            "(?m)^(?:public |final |abstract |sealed )*(?:class|interface|record|enum|@interface) +(\\w+)");
    private static final Pattern PUBLIC_TYPE = Pattern
            .compile("(?m)^public (?:final |abstract |sealed )*(?:class|interface|record|enum|@interface) +(\\w+)");
    private static final Pattern MODULE = Pattern.compile("(?m)^(?:open )?module +[\\w.]+");
    private static final Pattern MAIN = Pattern.compile("static void main\\(");
    private static final Pattern MEMBERS = Pattern.compile("^(?:@Override|@Test|public |private |protected |static )");
    private static final Pattern IMPORT = Pattern.compile("(?m)^import [^;]+;[ \\t]*$");
    private static final Pattern ERROR = Pattern.compile("^(.+\\.java):(\\d+): (error: .*)$");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Path work;
    private final List<String> problems = new ArrayList<>();
    private final Map<String, Unit> units = new LinkedHashMap<>();
    private final List<ScriptedBroker> brokers = new ArrayList<>();
    private int count;

    /** A block as a source file. */
    private record Unit(Document.Block block, Path file, String main, boolean program, ScriptedBroker broker) {
    }

    DocumentJava(final Path work) {
        this.work = work;
    }

    /** Where compilers and class loaders find kp and all that it is built and tested with. */
    private static String path() {
        return List.of(System.getProperty("jdk.module.path", ""), System.getProperty("java.class.path", "")).stream()
                .filter(each -> !each.isEmpty()).collect(Collectors.joining(File.pathSeparator));
    }

    void add(final Document.Block block) throws IOException {
        if (MODULE.matcher(block.text()).find()) {
            module(block);
            return;
        }
        final String folder = "block" + ++count;
        final String text = block.text();
        final Matcher type = TYPE.matcher(text);
        if (type.find()) {
            final Matcher visible = PUBLIC_TYPE.matcher(text);
            final String name = visible.find() ? visible.group(1) : type.group(1);
            final boolean packaged = text.contains("\npackage ") || text.startsWith("package ");
            write(block, folder, name, packaged ? "" : "package " + folder + "; ", text, "",
                    MAIN.matcher(text).find() ? main(text, folder, packaged) : null, true);
            return;
        }
        final Matcher imports = IMPORT.matcher(text);
        final StringBuilder head = new StringBuilder("package " + folder + "; ");
        IMPORTS.forEach(each -> head.append("import ").append(each).append("; "));
        final Matcher ofPrelude = IMPORT.matcher(block.prelude());
        while (ofPrelude.find()) {
            head.append(ofPrelude.group().strip()).append(' ');
        }
        while (imports.find()) {
            head.append(imports.group().strip()).append(' ');
        }
        // Blank lines in the place of imports, so that the others keep their numbers.
        final String code = IMPORT.matcher(text).replaceAll("");
        final boolean members = MEMBERS.matcher(code.strip()).find();
        head.append("@SuppressWarnings(\"all\") class Block { ")
                .append(IMPORT.matcher(block.prelude()).replaceAll("").replace('\n', ' '))
                .append(members ? "" : " void run() throws Exception { ");
        write(block, folder, "Block", head.toString(), code, members ? "}" : "} }", folder + ".Block", false);
    }

    private static String main(final String text, final String folder, final boolean packaged) {
        // The type that holds it is the last one before it.
        final int at = text.indexOf("static void main(");
        String name = null;
        final Matcher types = TYPE.matcher(text);
        while (types.find() && types.start() < at) {
            name = types.group(1);
        }
        final Matcher own = Pattern.compile("(?m)^package ([\\w.]+);").matcher(text);
        return (packaged && own.find() ? own.group(1) : folder) + "." + name;
    }

    private void write(final Document.Block block, final String folder, final String name, final String head,
            final String code, final String tail, final String main, final boolean program) throws IOException {
        final Path file = work.resolve("src").resolve(folder).resolve(name + ".java");
        Files.createDirectories(file.getParent());
        // In the line that it has in the page: what the compiler says needs no translation.
        final boolean runs = block.is("run") || program && main != null && block.argument(ONLY_COMPILED) == null;
        final ScriptedBroker broker = runs ? broker(block) : null;
        // With the address of its own broker in the place of the one that readers see.
        final String addressed = runs ? code.replace(ADDRESS, broker.bootstrapServers()) : code;
        Files.writeString(file, head + "\n".repeat(block.line() - 1) + addressed + tail + "\n");
        units.put(file.toString(), new Unit(block, file, main, program, broker));
    }

    /** A broker of the block's own, or the one of the program before. */
    private ScriptedBroker broker(final Document.Block block) {
        if (!block.is("same broker")) {
            brokers.add(ScriptedBroker.start(1));
        }
        return brokers.get(brokers.size() - 1);
    }

    private void module(final Document.Block block) throws IOException {
        final Path file = work.resolve("module" + ++count).resolve("module-info.java");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "\n".repeat(block.line() - 1) + block.text());
        // What it opens or exports is the reader's own and not here.
        final String said = javac(List.of("-Xlint:-opens,-exports", "--module-path", path(), "-d",
                work.resolve("modules" + count).toString(), file.toString()));
        said.lines().map(ERROR::matcher).filter(Matcher::matches)
                .filter(error -> !error.group(3).contains("package is empty or does not exist"))
                .forEach(error -> problems.add(block.at(Integer.parseInt(error.group(2))) + error.group(3)));
    }

    /** Compiles what was added. */
    void compile() throws IOException {
        if (units.isEmpty()) {
            return;
        }
        final List<String> arguments = new ArrayList<>(
                List.of("-nowarn", "-Xmaxerrs", "1000", "-cp", path(), "-d", work.resolve("classes").toString()));
        arguments.addAll(units.keySet());
        final String said = javac(arguments);
        final String[] lines = said.split("\n");
        for (int i = 0; i < lines.length; i++) {
            final Matcher error = ERROR.matcher(lines[i]);
            if (error.matches()) {
                final Unit unit = units.get(error.group(1));
                final StringBuilder message = new StringBuilder(error.group(3));
                for (int j = i + 1; j < lines.length && !ERROR.matcher(lines[j]).matches() && j < i + 5; j++) {
                    message.append("\n    ").append(lines[j].length() > 200 ? "(in the prelude)" : lines[j]);
                }
                problems.add(unit.block().at(Integer.parseInt(error.group(2))) + message);
            }
        }
        if (problems.isEmpty() && said.contains("error:")) {
            problems.add("javac: " + said);
        }
    }

    private String javac(final List<String> arguments) throws IOException {
        final Path file = work.resolve("javac" + ++count);
        Files.write(file, arguments.stream().map(each -> '"' + each.replace("\\", "\\\\") + '"').toList());
        final List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-J-XX:TieredStopAtLevel=1", "--release", "17", "-proc:none", "@" + file);
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0 && !said.contains("error:")) {
                problems.add("javac: " + said);
            }
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        return said;
    }

    /** Runs programs and what is marked so; what was printed is held against the block marked {@code output} that follows. */
    void run() throws IOException {
        for (final Unit unit : units.values()) {
            if (unit.broker() != null && problems.isEmpty()) {
                run(unit);
            }
        }
    }

    private void run(final Unit unit) throws IOException {
        final Document.Block block = unit.block();
        final String where = block.at(block.line()) + "run: ";
        if (unit.main() == null) {
            problems.add(where + "there is no main method");
            return;
        }
        unit.broker().cluster().autoCreateTopics(true, 4);
        final String printed = printed(unit);
        if (unit.broker().cluster().requests().isEmpty() && block.text().contains(ADDRESS)) {
            problems.add(where + "the broker was not asked for anything");
        }
        unit.broker().cluster().problems().forEach(problem -> problems.add(where + "the broker refused: " + problem));
        output(block, printed);
    }

    @Override
    public void close() {
        brokers.forEach(ScriptedBroker::close);
    }

    private String printed(final Unit unit) throws IOException {
        final Document.Block block = unit.block();
        final Set<Thread> before = Thread.getAllStackTraces().keySet();
        final PrintStream usual = System.out;
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final Throwable[] thrown = new Throwable[1];
        try (URLClassLoader loader = new URLClassLoader(
                new URL[]{work.resolve("classes").toUri().toURL()},
                DocumentJava.class.getClassLoader());
                PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(out);
            final Thread thread = new Thread(() -> {
                try {
                    invoke(unit, loader);
                } catch (final InvocationTargetException e) {
                    thrown[0] = e.getCause();
                } catch (final ReflectiveOperationException | RuntimeException | LinkageError e) {
                    thrown[0] = e;
                }
            }, "example");
            thread.setContextClassLoader(loader);
            thread.start();
            try {
                thread.join(LIMIT.toMillis());
                if (thread.isAlive()) {
                    problems.add(block.at(block.line()) + "run: not over after " + LIMIT + ", it is at "
                            + List.of(thread.getStackTrace()));
                    thread.interrupt();
                    thread.join(LIMIT.toMillis());
                }
                left(before).ifPresent(
                        left -> problems.add(block.at(block.line()) + "run: threads are left behind: " + left));
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        } finally {
            System.setOut(usual);
        }
        if (thrown[0] != null) {
            problems.add(block.at(block.line()) + "run: " + thrown[0]);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static void invoke(final Unit unit, final ClassLoader loader) throws ReflectiveOperationException {
        final Class<?> type = Class.forName(unit.main(), true, loader);
        if (unit.program()) {
            final Method main = type.getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            main.invoke(null, (Object) new String[0]);
        } else {
            final var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            final Method run = type.getDeclaredMethod("run");
            run.setAccessible(true);
            run.invoke(constructor.newInstance());
        }
    }

    /** The threads of producers that an example has left, after some time to end; daemons of the JDK's own do not count. */
    private static Optional<Set<String>> left(final Set<Thread> before) throws InterruptedException {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        Set<String> left;
        do {
            left = new TreeSet<>();
            for (final Thread thread : Thread.getAllStackTraces().keySet()) {
                if (!before.contains(thread) && thread.getName().matches("(?i).*(kp-|producer|kafka).*")) {
                    left.add(thread.getName());
                }
            }
            if (left.isEmpty()) {
                return Optional.empty();
            }
            TimeUnit.MILLISECONDS.sleep(20);
        } while (System.nanoTime() - deadlineNs < 0);
        return Optional.of(left);
    }

    private void output(final Document.Block block, final String printed) {
        final List<Document.Block> blocks = block.page().blocks();
        final int next = blocks.indexOf(block) + 1;
        if (next < blocks.size() && blocks.get(next).is("output")
                && !DocumentShell.matches(blocks.get(next).text(), printed)) {
            problems.add(blocks.get(next).at(blocks.get(next).line())
                    + "the program printed something else (… stands for anything):\n" + printed.indent(4));
        }
    }

    List<String> problems() {
        return problems;
    }
}
