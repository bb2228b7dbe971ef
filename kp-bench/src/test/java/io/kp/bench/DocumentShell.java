package io.kp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Holds the commands of pages against the tools that they call: {@code bin/kp} by its own parser, Maven by the modules, profiles and tests that there are. */
final class DocumentShell {
    /** The mark of a block that is run in another form. */
    static final String RUN_WITH = "run with";

    /** Whose arguments are the reader's, or the system's. */
    private static final Set<String> OTHERS = Set.of("cat", "cd", "cp", "curl", "docker", "echo", "export", "git",
            "grep", "gunzip", "gzip", "head", "jar", "jcmd", "jfr", "jlink", "jps", "keytool", "kill", "mkdir",
            "nslookup",
            "openssl", "printf", "rm", "seq", "sort", "source", "tail", "tar", "tee", "unzip", "wc", "zstd",
            "apt-get");
    private static final List<String> GOALS = List.of("verify", "test", "install", "package", "clean", "compile",
            "test-compile", "validate", "dependency:tree", "formatter:format");
    private static final String ELLIPSIS = "…";
    private static final String REST_OF_COMMAND = "(.*?)(?=\\s+#\\s|\\s*$)";
    private static final Pattern NUMBER = Pattern.compile("\\d[\\d,.]*");
    private static final Pattern CLASS_AND_METHOD = Pattern.compile("(?s)class (\\w+)|@Benchmark.*?\\b(\\w+)\\(");

    private final Path root;

    DocumentShell(final Path root) {
        this.root = root;
    }

    /** The commands of a block: all lines, or those with a prompt. */
    static List<String> commands(final Document.Block block) {
        final boolean prompts = block.language().equals("console");
        final List<String> commands = new ArrayList<>();
        final String[] lines = block.text().split("\n");
        for (int i = 0; i < lines.length; i++) {
            if (prompts && !lines[i].startsWith("$ ")) {
                continue;
            }
            final StringBuilder command = new StringBuilder(prompts ? lines[i].substring(2) : lines[i]);
            while (command.toString().endsWith("\\") && i + 1 < lines.length) {
                command.setLength(command.length() - 1);
                command.append(lines[++i].strip());
            }
            if (!command.toString().isBlank()) {
                commands.add(command.toString());
            }
        }
        return commands;
    }

    /**
     * The commands of a block as they are run: with what is replaced by its mark {@code run with}, a line {@code TEXT => OTHER TEXT} for each replacement. An ellipsis at the end
     * of the text is the rest of the command, which one in the other text puts there again.
     *
     * @throws IllegalArgumentException
     *                                      if a line is no replacement, or there is nothing that it replaces
     */
    static List<String> commandsToRun(final Document.Block block) {
        List<String> commands = commands(block);
        final String replacements = block.argument(RUN_WITH);
        if (replacements == null) {
            return commands;
        }
        for (final String line : replacements.strip().split("\\s*\n\\s*")) {
            final String[] sides = line.split("\\s*=>\\s*", 2);
            final boolean rest = sides[0].endsWith(ELLIPSIS);
            final String text = rest ? sides[0].substring(0, sides[0].length() - ELLIPSIS.length()) : sides[0];
            if (sides.length < 2 || text.isEmpty()) {
                throw new IllegalArgumentException("not TEXT => OTHER TEXT: " + line);
            }
            final Pattern replaced = Pattern.compile(Pattern.quote(text) + (rest ? REST_OF_COMMAND : ""));
            final String by = Matcher.quoteReplacement(sides[1]).replace(ELLIPSIS, rest ? "$1" : ELLIPSIS);
            final List<String> before = commands;
            commands = before.stream().map(command -> replaced.matcher(command).replaceAll(by)).toList();
            if (commands.equals(before)) {
                throw new IllegalArgumentException("nothing to replace: " + line);
            }
        }
        return commands;
    }

    /** What is wrong with a line of commands; nothing if it can be run. */
    List<String> problems(final String line) {
        final List<String> problems = new ArrayList<>();
        for (final List<String> words : split(line)) {
            final List<String> command = new ArrayList<>(words);
            while (!command.isEmpty() && command.get(0).matches("[A-Za-z_]\\w*=.*")) {
                command.remove(0);
            }
            if (!command.isEmpty()) {
                final String problem = problem(command);
                if (problem != null) {
                    problems.add(problem + ": " + line);
                }
            }
        }
        return problems;
    }

    private String problem(final List<String> command) {
        final String name = command.get(0);
        final List<String> arguments = command.subList(1, command.size());
        if (command.stream().anyMatch(word -> word.contains(ELLIPSIS) || word.equals("..."))) {
            return "nobody can run an ellipsis";
        } else if (name.equals("bin/kp") || name.equals("kp")) {
            return kp(arguments);
        } else if (name.equals("mvn")) {
            return maven(arguments);
        } else if (name.equals("java") || name.endsWith("/bin/java")) {
            return java(arguments);
        } else if (OTHERS.contains(name)) {
            return null;
        } else if (name.contains("/")) {
            return Files.isExecutable(root.resolve(name)) ? null : "there is no program " + name;
        }
        return "not known how to check " + name;
    }

    private String kp(final List<String> arguments) {
        final CommandLine kp = Kp.commandLine(new Interruption(Thread.currentThread()));
        try {
            final CommandLine.ParseResult result = kp.parseArgs(arguments.toArray(new String[0]));
            if (result.hasSubcommand()) {
                final CommandLine.ParseResult sub = result.subcommand();
                final Object command = sub.commandSpec().userObject();
                if (command instanceof CompareCommand compare) {
                    compare.settings();
                } else if (command instanceof BenchCommand && !sub.unmatched().isEmpty()) {
                    return bench(sub.unmatched().get(0));
                }
                return null;
            }
            return result.isUsageHelpRequested() || result.isVersionHelpRequested() ? null : "a command is missing";
        } catch (final ParameterException e) {
            return e.getMessage();
        }
    }

    private String bench(final String name) {
        if (name.startsWith("-")) {
            return null;
        }
        final Pattern pattern = Pattern.compile(BenchCommand.pattern(name));
        try (Stream<Path> files = Files.walk(root.resolve("kp-bench"))) {
            for (final Path file : files.filter(each -> each.toString().endsWith("Benchmark.java")).toList()) {
                final Matcher found = CLASS_AND_METHOD.matcher(Files.readString(file));
                String type = "";
                while (found.find()) {
                    type = found.group(1) != null && found.group(1).endsWith("Benchmark") ? found.group(1) : type;
                    if (found.group(2) != null && pattern.matcher(type + "." + found.group(2)).find()) {
                        return null;
                    }
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return "there is no benchmark " + name;
    }

    private String maven(final List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            final String argument = arguments.get(i);
            if (argument.equals("-pl")) {
                i++;
                for (final String module : arguments.get(i).split(",")) {
                    if (!Files.exists(root.resolve(module.replaceFirst("^!", "")).resolve("pom.xml"))) {
                        return "there is no module " + module;
                    }
                }
            } else if (argument.startsWith("-P")) {
                if (!anyFile("pom.xml", "<id>" + argument.substring(2) + "</id>")) {
                    return "there is no profile " + argument.substring(2);
                }
            } else if (argument.matches("-D(it\\.)?test=.*")) {
                final String[] test = argument.substring(argument.indexOf('=') + 1).split("#");
                final String method = test.length > 1 ? test[1].replace("*", "") : "class";
                if (!anyFile(test[0] + ".java", method)) {
                    return "there is no test " + String.join("#", test);
                }
            } else if (argument.startsWith("-D")) {
                final String property = argument.substring(2).replaceFirst("=.*", "");
                if (property.startsWith("kp.") && !anyFile(null, property)) {
                    return "nobody reads the property " + property;
                }
            } else if (!argument.startsWith("-") && !GOALS.contains(argument)) {
                return "not known how to check the goal " + argument;
            }
        }
        return null;
    }

    private String java(final List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            final String argument = arguments.get(i);
            if (argument.startsWith("@") && !Files.exists(root.resolve(argument.substring(1)))) {
                return "there is no file " + argument.substring(1);
            }
            if (argument.equals("-jar") && i + 1 < arguments.size() && arguments.get(i + 1).contains("/target/")) {
                final String module = arguments.get(i + 1).replaceFirst("/target/.*", "");
                if (!Files.exists(root.resolve(module).resolve("pom.xml"))) {
                    return "there is no module " + module;
                }
            }
        }
        return null;
    }

    /** Whether a file of this name (or any Java source or POM) contains a text. */
    private boolean anyFile(final String name, final String text) {
        for (final Path file : DocumentChecks.files(root)) {
            final String fileName = file.getFileName().toString();
            if (name == null ? fileName.endsWith(".java") || fileName.equals("pom.xml") : fileName.equals(name)) {
                try {
                    if (Files.readString(file).contains(text)) {
                        return true;
                    }
                } catch (final IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return false;
    }

    /** The commands of a line, as words; redirections and comments are left out. */
    static List<List<String>> split(final String line) {
        final List<List<String>> commands = new ArrayList<>();
        List<String> words = new ArrayList<>();
        StringBuilder word = null;
        char quote = 0;
        boolean target = false;
        for (int i = 0; i <= line.length(); i++) {
            final char c = i < line.length() ? line.charAt(i) : '\n';
            if (quote != 0 && i < line.length()) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
                word = word == null ? new StringBuilder() : word;
            } else if (Character.isWhitespace(c) || "|;&<>".indexOf(c) >= 0) {
                if (c == '>' && word != null && word.toString().matches("\\d")) {
                    word = null;
                }
                if (word != null && !target) {
                    words.add(word.toString());
                }
                target = target && word == null || c == '<' || c == '>' || target && c == '&';
                word = null;
                if (!target && "|;&".indexOf(c) >= 0) {
                    commands.add(words);
                    words = new ArrayList<>();
                }
            } else if (c == '#' && word == null) {
                break;
            } else {
                word = word == null ? new StringBuilder() : word;
                word.append(c);
            }
        }
        commands.add(words);
        return commands.stream().filter(each -> !each.isEmpty()).toList();
    }

    /** Whether a program printed what a page says it does: numbers may differ, and an ellipsis stands for anything. */
    static boolean matches(final String expected, final String printed) {
        final String pattern = Arrays.stream(normal(expected).split("\\s*…\\s*", -1)).map(Pattern::quote)
                .collect(Collectors.joining("(?s:.*)"));
        return Pattern.matches(pattern, normal(printed));
    }

    private static String normal(final String text) {
        return NUMBER.matcher(text.strip()).replaceAll("N").replaceAll("(?m)[ \\t]+$", "").replaceAll("[ \\t]+", " ");
    }
}
