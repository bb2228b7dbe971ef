package io.kp.bench;

import java.util.Locale;

/** One drawing under construction: shapes with classes, whose colours are the style sheet's. */
final class Svg {
    /** Colours for both a light and a dark background; the same in a page and in a file of its own. */
    static final String STYLE = """
            .viz{--ink:#0b0b0b;--soft:#52514e;--muted:#898781;--grid:#e1e0d9;--axis:#c3c2b7;--surface:#fcfcfb;--kp:#2a78d6;\
            --kafka:#eb6834;--c1:#2a78d6;--c2:#1baf7a;--c3:#eda100;--c4:#4a3aa7;--c5:#a3a19a;--c6:#d6538f;font:13px system-ui,sans-serif}
            @media (prefers-color-scheme:dark){.viz{--ink:#fff;--soft:#c3c2b7;--muted:#898781;--grid:#2c2c2a;--axis:#4a4a47;\
            --surface:#1a1a19;--kp:#3987e5;--kafka:#d95926;--c1:#3987e5;--c2:#199e70;--c3:#c98500;--c4:#9085e9;--c5:#6f6d68;--c6:#c2497f}}
            .viz text{fill:var(--soft)}.viz .name{fill:var(--ink)}.viz .tick{fill:var(--muted);font-size:11px}
            .viz .value,.viz .tick,.viz .name{paint-order:stroke;stroke:var(--surface);stroke-width:4px;stroke-linejoin:round}
            .viz .value{fill:var(--ink);font-size:12px;font-variant-numeric:tabular-nums}.viz .grid{stroke:var(--grid)}
            .viz .title{fill:var(--ink);font-weight:600}.viz .ref{stroke:var(--soft);stroke-dasharray:3 3}
            .viz .kp{fill:var(--kp)}.viz .kafka{fill:var(--kafka)}.viz .link{stroke:var(--axis);stroke-width:2}
            .viz .each{fill-opacity:.35}.viz .dot{stroke:var(--surface);stroke-width:2}
            .viz .goal{stroke:var(--ink);stroke-width:2}.viz .aim{stroke:var(--muted);stroke-width:2}
            .viz .line{fill:none;stroke-width:2}.viz .line.kp{stroke:var(--kp)}.viz .line.kafka{stroke:var(--kafka)}
            .viz .c1{fill:var(--c1)}.viz .c2{fill:var(--c2)}.viz .c3{fill:var(--c3)}.viz .c4{fill:var(--c4)}.viz .c5{fill:var(--c5)}.viz .c6{fill:var(--c6)}
            """;

    private final StringBuilder shapes = new StringBuilder();
    private final String description;
    private final double width;
    private final double height;

    Svg(final String description, final double width, final double height) {
        this.description = description;
        this.width = width;
        this.height = height;
    }

    Svg text(final double x, final double y, final String style, final String anchor, final String text) {
        shapes.append(
                format("<text x=\"%s\" y=\"%s\" class=\"%s\" text-anchor=\"%s\">%s</text>\n", number(x), number(y),
                        style, anchor, escape(text)));
        return this;
    }

    Svg line(final double x1, final double y1, final double x2, final double y2, final String style) {
        shapes.append(format("<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" class=\"%s\"/>\n", number(x1), number(y1),
                number(x2), number(y2), style));
        return this;
    }

    Svg rect(final double x, final double y, final double width, final double height, final String style,
            final String tip) {
        shapes.append(format(
                "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"2\" class=\"%s\"><title>%s</title></rect>\n",
                number(x), number(y), number(Math.max(0, width)), number(height), style, escape(tip)));
        return this;
    }

    Svg circle(final double x, final double y, final double radius, final String style, final String tip) {
        shapes.append(
                format("<circle cx=\"%s\" cy=\"%s\" r=\"%s\" class=\"%s\"><title>%s</title></circle>\n", number(x),
                        number(y), number(radius), style, escape(tip)));
        return this;
    }

    Svg path(final String path, final String style) {
        shapes.append(format("<path d=\"%s\" class=\"%s\"/>\n", path, style));
        return this;
    }

    /** For a page that has the style. */
    String inline() {
        return format("<svg class=\"viz\" viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s\">\n%s</svg>\n",
                number(width),
                number(height), escape(description), shapes);
    }

    /** As a file. */
    String file() {
        return format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"viz\" width=\"%1$s\" height=\"%2$s\" viewBox=\"0 0 %1$s %2$s\" "
                        + "role=\"img\" aria-label=\"%3$s\">\n<style>%4$s</style>\n"
                        + "<rect width=\"100%%\" height=\"100%%\" style=\"fill:var(--surface)\"/>\n%5$s</svg>\n",
                number(width), number(height), escape(description), STYLE, shapes);
    }

    static String number(final double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : format("%.1f", value);
    }

    static String escape(final String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
