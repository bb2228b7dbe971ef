package io.kp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page in Markdown, as far as it can be checked: its blocks of code, headings, links and names between backquotes. What a reader does not see stands in HTML comments:
 * marks before a block ({@code run}, {@code output}, {@code setup …}, {@code run with …}, {@code run by: …}, {@code not run: reason}, {@code unchecked: reason}) and
 * {@code prelude …}, which all later Java blocks of the page may use.
 */
final class Document {
    private static final Pattern FENCE = Pattern.compile("^( *)```+ *([^`\\s]*) *$");
    private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.*?) *#*$");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK = Pattern.compile("!?\\[[^\\]]*\\]\\(([^)\\s]+)(?: +\"[^\"]*\")?\\)");
    private static final Pattern SOURCE = Pattern
            .compile("<(?:img|source|a)\\b[^>]*\\b(?:src|srcset|href)=\"([^\"]+)\"");

    private final Path root;
    private final Path file;
    private final List<Block> blocks = new ArrayList<>();
    private final List<Reference> links = new ArrayList<>();
    private final List<Reference> names = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Set<String> anchors = new HashSet<>();
    private final List<Line> prose = new ArrayList<>();

    /**
     * A block of code.
     *
     * @param language what stands behind the opening fence
     * @param line     the number of its first line of code
     * @param text     the code
     * @param marks    the comments directly before it
     * @param prelude  what the page has set up for Java before it
     */
    record Block(Document page, String language, int line, String text, List<String> marks, String prelude) {
        boolean is(final String mark) {
            return marks.contains(mark);
        }

        /** What follows the word in a mark. */
        String argument(final String word) {
            return marks.stream().filter(mark -> mark.startsWith(word)).map(mark -> mark.substring(word.length()))
                    .findFirst().orElse(null);
        }

        /** Whether it is commands for a shell. */
        boolean isShell() {
            return language.equals("sh") || language.equals("console");
        }

        String at(final int lineOfPage) {
            return page.at(lineOfPage);
        }
    }

    /** A text that refers to something, and where. */
    record Reference(String text, int line) {
    }

    /** A line outside of blocks and comments. */
    record Line(String text, int number) {
    }

    private Document(final Path root, final Path file) {
        this.root = root;
        this.file = file;
    }

    static Document read(final Path root, final Path file) {
        final Document document = new Document(root, file);
        try {
            document.parse(Files.readAllLines(file));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return document;
    }

    private void parse(final List<String> lines) {
        final List<String> marks = new ArrayList<>();
        final Map<String, Integer> slugs = new HashMap<>();
        String prelude = "";
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i);
            final Matcher fence = FENCE.matcher(line);
            if (fence.matches()) {
                final int first = i + 1;
                final StringBuilder text = new StringBuilder();
                final String end = line.substring(0, line.lastIndexOf('`') + 1);
                for (i++; i < lines.size() && !lines.get(i).startsWith(end); i++) {
                    final String code = lines.get(i);
                    text.append(code.startsWith(fence.group(1)) ? code.substring(fence.group(1).length()) : code)
                            .append('\n');
                }
                if (i == lines.size()) {
                    problems.add(at(first) + "the block does not end");
                }
                blocks.add(new Block(this, fence.group(2), first + 1, text.toString(), List.copyOf(marks), prelude));
                marks.clear();
            } else if (line.strip().startsWith("<!--")) {
                final int first = i;
                final StringBuilder comment = new StringBuilder(line.strip().substring(4));
                while (comment.indexOf("-->") < 0 && i + 1 < lines.size()) {
                    comment.append('\n').append(lines.get(++i));
                }
                final int end = comment.indexOf("-->");
                if (end < 0) {
                    problems.add(at(first + 1) + "the comment does not end");
                } else {
                    final String text = comment.substring(0, end).strip();
                    if (text.startsWith("prelude")) {
                        prelude = text.substring("prelude".length());
                    } else {
                        marks.add(text);
                    }
                }
            } else {
                if (!line.isBlank()) {
                    if (!marks.isEmpty() && marks.stream().anyMatch(Document::isMark)) {
                        problems.add(at(i + 1) + "a mark without a block behind it: " + marks);
                    }
                    marks.clear();
                }
                prose(line, i, i == 0 || lines.get(i - 1).isBlank(), slugs);
            }
        }
    }

    private static boolean isMark(final String comment) {
        return comment.matches("run|output|(?s)(setup|unchecked|run with|run by:|not run:).*");
    }

    private void prose(final String line, final int index, final boolean afterBlank, final Map<String, Integer> slugs) {
        if (afterBlank && line.startsWith("    ") && prose.stream().reduce((a, b) -> b).isPresent()
                && !insideList()) {
            problems.add(at(index + 1) + "a block by indentation is not checked: put it between fences");
        }
        prose.add(new Line(line, index + 1));
        final Matcher heading = HEADING.matcher(line);
        if (heading.matches()) {
            final String slug = slug(heading.group(1));
            final int before = slugs.merge(slug, 1, Integer::sum) - 1;
            anchors.add(before == 0 ? slug : slug + "-" + before);
        }
        final Matcher code = CODE.matcher(line);
        while (code.find()) {
            names.add(new Reference(code.group(1), index + 1));
        }
        // Between backquotes nothing is a link; in the text of one there may be backquotes.
        final String plain = code.replaceAll(found -> "x".repeat(found.group().length()));
        for (final Pattern pattern : List.of(LINK, SOURCE)) {
            final Matcher link = pattern.matcher(plain);
            while (link.find()) {
                links.add(new Reference(link.group(1), index + 1));
            }
        }
    }

    private boolean insideList() {
        for (int i = prose.size() - 1; i >= 0; i--) {
            final String line = prose.get(i).text();
            if (!line.isBlank() && !line.startsWith(" ")) {
                return line.matches("([-*+]|\\d+\\.) .*");
            }
        }
        return false;
    }

    /** The name by which a heading is linked to, as GitHub makes it. */
    static String slug(final String heading) {
        return heading.replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1").toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
    }

    /** The page and a line of it, to begin a message with. */
    String at(final int line) {
        return name() + ":" + line + ": ";
    }

    String name() {
        return root.relativize(file).toString();
    }

    Path file() {
        return file;
    }

    List<Block> blocks() {
        return blocks;
    }

    List<Reference> links() {
        return links;
    }

    /** What stands between backquotes. */
    List<Reference> names() {
        return names;
    }

    List<Line> prose() {
        return prose;
    }

    Set<String> anchors() {
        return anchors;
    }

    /** What is wrong with the page's form. */
    List<String> problems() {
        return problems;
    }
}
