package io.kp.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where results go.
 *
 * @param json where all results go
 * @param html the file for a page with charts, or {@code null}
 * @param svg  the folder for the charts, or {@code null}
 */
record CompareOutput(JsonOption json, Path html, Path svg) {

    /** Writes what is asked for; over what was there. */
    void write(final Map<String, Object> results) throws IOException {
        json.writeFile(results);
        if (html != null || svg != null) {
            final String text = Json.text(results);
            // From the text, as a later `kp report` would.
            final CompareFigures figures = CompareFigures.of(List.of(Json.parse(text)));
            if (html != null) {
                write(html, HtmlReport.page(figures));
            }
            if (svg != null) {
                for (final Map.Entry<String, String> chart : HtmlReport.charts(figures).entrySet()) {
                    write(svg.resolve(chart.getKey() + ".svg"), chart.getValue());
                }
            }
        }
    }

    /** As {@link #write(Map)}, but for what can be written only once. */
    void writeLast(final Map<String, Object> results) {
        json.writeOutput(results);
    }

    static void write(final Path file, final String text) throws IOException {
        if (file.toAbsolutePath().getParent() != null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
        }
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
