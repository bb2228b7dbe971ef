package io.kp.bench;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes maps, lists, strings, numbers and booleans as JSON, indented. */
final class Json {
    private static final String INDENT = "  ";

    private Json() {
    }

    static String text(final Object value) {
        final StringBuilder out = new StringBuilder();
        write(out, value, "\n");
        return out.append('\n').toString();
    }

    private static void write(final StringBuilder out, final Object value, final String lineStart) {
        if (value instanceof Map<?, ?> map) {
            final Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
            out.append('{');
            while (entries.hasNext()) {
                final Map.Entry<?, ?> entry = entries.next();
                out.append(lineStart).append(INDENT);
                string(out, entry.getKey().toString());
                out.append(": ");
                write(out, entry.getValue(), lineStart + INDENT);
                out.append(entries.hasNext() ? "," : lineStart);
            }
            out.append('}');
        } else if (value instanceof List<?> list) {
            out.append('[');
            for (int i = 0; i < list.size(); i++) {
                out.append(lineStart).append(INDENT);
                write(out, list.get(i), lineStart + INDENT);
                out.append(i + 1 < list.size() ? "," : lineStart);
            }
            out.append(']');
        } else if (value == null || value instanceof Double number && !Double.isFinite(number)) {
            out.append("null");
        } else if (value instanceof Double number && number == Math.rint(number)
                && Math.abs(number) < Long.MAX_VALUE) {
            out.append(number.longValue());
        } else if (value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            string(out, value.toString());
        }
    }

    private static void string(final StringBuilder out, final String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < ' ') {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
