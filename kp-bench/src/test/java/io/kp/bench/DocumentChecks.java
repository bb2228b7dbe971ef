package io.kp.bench;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.kp.client.ConfigException;
import io.kp.client.ProducerConfig;

/** Holds the pages of a checkout against the code. */
final class DocumentChecks {
    static final String HOW_TO = """


            How blocks are checked (docs/README.md tells more):
              java        compiled; run if it has a main method or <!-- run --> stands before it
              sh          commands, parsed by the tools' own parsers; console: those are the lines that begin with "$ "
              properties  taken by ProducerConfig;  json, xml  parsed
              text        not code: output, drawings, messages
            A block of commands says, directly before it, how they are run: <!-- run -->, <!-- run with replacements -->, <!-- run by: TestClass.method -->, or <!-- not run: the reason -->.
            Any other block that cannot be checked has <!-- unchecked: the reason --> there.""";

    private static final Pattern KP_NAME = Pattern.compile("kp\\.[a-z][a-z0-9.]*[a-z0-9]");
    private static final Pattern PATH = Pattern.compile("(?:docs|bin|kp-[a-z]+|\\.ci)/[\\w./-]+");
    private static final Pattern TYPE = Pattern.compile("([A-Z]\\w+)(?:[.#](\\w+)(?:\\(.*\\))?)?");
    private static final Pattern TEST = Pattern.compile("(\\w+(?:Test|IT))\\.(\\w+)");
    private static final String RUN_BY = "run by:";
    private static final String NOT_RUN = "not run:";
    private static final Pattern WAY_TO_RUN = Pattern
            .compile("run$|" + DocumentShell.RUN_WITH + "\\s|" + RUN_BY + "|" + NOT_RUN);
    private static final Set<String> SKIPPED = Set.of("target", ".git", "node_modules");

    private final Path root;
    private final List<Document> pages = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Map<Path, Document> byFile = new HashMap<>();
    private String sources;

    DocumentChecks(final Path root) {
        this.root = root;
        for (final Path file : files(root)) {
            final String name = root.relativize(file).toString();
            if (name.matches("README\\.md|docs/.*\\.md|kp-[^/]+/README\\.md")) {
                final Document page = Document.read(root, file);
                pages.add(page);
                byFile.put(file, page);
            }
        }
    }

    /** All files of a checkout that somebody wrote. */
    static List<Path> files(final Path root) {
        final List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(final Path folder, final BasicFileAttributes attributes) {
                    return SKIPPED.contains(String.valueOf(folder.getFileName()))
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes) {
                    files.add(file);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        files.sort(null);
        return files;
    }

    List<Document> pages() {
        return pages;
    }

    /** Everything that needs no other process than a compiler. */
    List<String> problems(final Path work) throws IOException {
        final DocumentShell shell = new DocumentShell(root);
        try (DocumentJava java = new DocumentJava(work)) {
            for (final Document page : pages) {
                problems.addAll(page.problems());
                for (final Document.Block block : page.blocks()) {
                    check(block, java, shell);
                }
                links(page);
                names(page);
            }
            java.compile();
            java.run();
            problems.addAll(java.problems());
        }
        map();
        return problems;
    }

    private void check(final Document.Block block, final DocumentJava java, final DocumentShell shell)
            throws IOException {
        final String reason = block.argument("unchecked:");
        if (reason != null && !block.isShell()) {
            if (reason.isBlank()) {
                problem(block, "unchecked: without a reason");
            }
            return;
        }
        switch (block.language()) {
            case "java" -> java.add(block);
            case "sh", "console" -> commands(block, shell);
            case "properties" -> properties(block);
            case "json" -> {
                try {
                    Json.parse(block.text());
                } catch (final IllegalArgumentException e) {
                    problem(block, "not JSON: " + e.getMessage());
                }
            }
            case "xml" -> xml(block);
            case "text" -> {
                if (block.text().lines().anyMatch(line -> line.matches("(\\$ )?bin/kp .*"))) {
                    problem(block, "commands belong into a block of language sh or console");
                }
            }
            case "" -> problem(block, "a block without a language");
            default -> problem(block, "no check for the language " + block.language());
        }
    }

    private void commands(final Document.Block block, final DocumentShell shell) {
        final List<String> commands = DocumentShell.commands(block);
        if (commands.isEmpty()) {
            problem(block, "no command in it");
        }
        for (final String command : commands) {
            shell.problems(command).forEach(problem -> problem(block, problem));
        }
        final List<String> ways = block.marks().stream().filter(mark -> WAY_TO_RUN.matcher(mark).lookingAt()).toList();
        if (ways.size() != 1) {
            problem(block,
                    "exactly one of run, run with, run by and not run has to stand before commands, not " + ways);
            return;
        }
        final String tests = block.argument(RUN_BY);
        final String reason = block.argument(NOT_RUN);
        if (tests != null) {
            for (final String test : tests.strip().split(",\\s*")) {
                if (!isTest(test)) {
                    problem(block, "there is no test " + test);
                }
            }
        } else if (reason != null && reason.isBlank()) {
            problem(block, "not run: without a reason");
        } else if (block.argument(DocumentShell.RUN_WITH) != null) {
            try {
                for (final String command : DocumentShell.commandsToRun(block)) {
                    shell.problems(command).forEach(problem -> problem(block, "as it is run: " + problem));
                }
            } catch (final IllegalArgumentException e) {
                problem(block, e.getMessage());
            }
        }
    }

    /** Whether a class that the build takes for tests has a method of this name. */
    private boolean isTest(final String name) {
        final Matcher test = TEST.matcher(name);
        return test.matches() && files(root).stream().filter(file -> file.endsWith(test.group(1) + ".java"))
                .anyMatch(file -> Pattern.compile("\\bvoid " + test.group(2) + "\\(").matcher(read(file)).find());
    }

    private void properties(final Document.Block block) throws IOException {
        final Properties properties = new Properties();
        properties.load(new StringReader(block.text()));
        if (properties.isEmpty()) {
            problem(block, "no property in it");
        }
        properties.putIfAbsent("bootstrap.servers", "localhost:9092");
        try {
            ProducerConfig.of(properties).warnings()
                    .forEach(warning -> problem(block, "the configuration is warned about: " + warning));
        } catch (final ConfigException e) {
            problem(block, "the configuration is refused: " + e.getMessage());
        }
    }

    private void xml(final Document.Block block) {
        final String text = block.text();
        // Well-formed is not enough: what is ours must be there under that name.
        final Matcher artifact = Pattern.compile("<artifactId>(kp-[\\w.-]+)</artifactId>").matcher(text);
        while (artifact.find()) {
            final String wanted = "<artifactId>" + artifact.group(1) + "</artifactId>";
            if (files(root).stream().filter(file -> file.endsWith("pom.xml"))
                    .noneMatch(file -> read(file).contains(wanted))) {
                problem(block, "there is no artifact " + artifact.group(1));
            }
        }
        final List<String> open = new ArrayList<>();
        final Matcher tag = Pattern.compile("<(/?)([\\w:.-]+)[^>]*?(/?)>")
                .matcher(text.replaceAll("(?s)<[!?].*?>", ""));
        while (tag.find()) {
            if (!tag.group(1).isEmpty()) {
                if (open.isEmpty() || !open.remove(open.size() - 1).equals(tag.group(2))) {
                    problem(block, "</" + tag.group(2) + "> closes nothing");
                    return;
                }
            } else if (tag.group(3).isEmpty()) {
                open.add(tag.group(2));
            }
        }
        if (!open.isEmpty()) {
            problem(block, "not closed: " + open);
        }
    }

    private void links(final Document page) {
        for (final Document.Reference link : page.links()) {
            if (link.text().matches("[a-z]+:.*")) {
                continue;
            }
            final int hash = link.text().indexOf('#');
            final String path = hash < 0 ? link.text() : link.text().substring(0, hash);
            final Path file = path.isEmpty() ? page.file() : page.file().resolveSibling(path).normalize();
            if (!Files.exists(file)) {
                problems.add(page.at(link.line()) + "there is no file for the link " + link.text());
            } else if (hash >= 0) {
                final Document target = byFile.get(file);
                if (target == null || !target.anchors().contains(link.text().substring(hash + 1))) {
                    problems.add(page.at(link.line()) + "there is no heading for the link " + link.text());
                }
            }
        }
    }

    private void names(final Document page) {
        for (final Document.Reference name : page.names()) {
            final String text = name.text().replaceFirst("[ =:].*", "");
            if (PATH.matcher(text).matches() && !text.contains("target/") && !Files.exists(root.resolve(text))) {
                problems.add(page.at(name.line()) + "there is no file " + text);
            }
            if (KP_NAME.matcher(text).matches() && !sources().contains(text)) {
                problems.add(page.at(name.line()) + "no source knows the name " + text);
            }
        }
    }

    private String sources() {
        if (sources == null) {
            final StringBuilder all = new StringBuilder();
            files(root).stream().filter(file -> file.toString().matches(".*\\.(java|xml)|.*/bin/[^.]*"))
                    .filter(file -> !file.getFileName().toString().startsWith("Document"))
                    .forEach(file -> all.append(read(file)).append('\n'));
            sources = all.toString();
        }
        return sources;
    }

    /** The design's map: each class, member, package and file of its second column is there. */
    private void map() {
        for (final Document page : pages) {
            if (!page.name().equals("docs/DESIGN.md")) {
                continue;
            }
            boolean inside = false;
            int rows = 0;
            for (final Document.Line line : page.prose()) {
                inside = line.text().startsWith("## ") ? line.text().contains("Where to find what") : inside;
                final String[] cells = line.text().split("(?<!\\\\)\\|");
                if (inside && cells.length > 2) {
                    rows++;
                    final Matcher code = Pattern.compile("`([^`]+)`").matcher(cells[2]);
                    while (code.find()) {
                        place(page, line.number(), code.group(1));
                    }
                }
            }
            if (rows < 3) {
                problems.add(page.name() + ": the map was not found");
            }
        }
    }

    private void place(final Document page, final int line, final String name) {
        final Matcher type = TYPE.matcher(name);
        final boolean there;
        if (name.contains("/")) {
            there = Files.exists(root.resolve(name));
        } else if (name.startsWith("io.kp.")) {
            there = files(root).stream().anyMatch(file -> file.getParent().endsWith(Path.of(name.replace('.', '/'))));
        } else if (type.matches()) {
            there = files(root).stream().filter(file -> file.endsWith(type.group(1) + ".java")).anyMatch(
                    file -> type.group(2) == null
                            || Pattern.compile("\\b" + type.group(2) + "\\b").matcher(read(file)).find());
        } else {
            there = sources().contains(name);
        }
        if (!there) {
            problems.add(page.at(line) + "the map names " + name + ", which is not there");
        }
    }

    private void problem(final Document.Block block, final String what) {
        problems.add(block.at(block.line()) + what);
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String report(final List<String> problems) {
        return Stream.concat(problems.stream(), Stream.of(HOW_TO)).reduce("", (all, each) -> all + "\n" + each);
    }
}
