package io.kp.bench;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes maps, lists, strings, numbers and booleans as JSON, indented; reads JSON into such. */
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

    /**
     * Reads a text.
     *
     * @param text the text
     * @return a map, list, string, {@code Double}, {@code Boolean} or {@code null}
     * @throws IllegalArgumentException
     *                                      if it is not JSON
     */
    static Object parse(final String text) {
        final Parser parser = new Parser(text);
        final Object value = parser.value();
        parser.skipSpace();
        if (parser.at < text.length()) {
            throw parser.malformed("something after the end");
        }
        return value;
    }

    private static final class Parser {
        private static final int HEX_DIGITS = 4;
        private static final int HEX = 16;

        private final String text;
        private int at;

        Parser(final String text) {
            this.text = text;
        }

        IllegalArgumentException malformed(final String what) {
            return new IllegalArgumentException("not JSON: " + what + ": position=" + at);
        }

        private Object value() {
            skipSpace();
            if (at == text.length()) {
                throw malformed("a value is missing");
            }
            return switch (text.charAt(at)) {
                case '{' -> map();
                case '[' -> list();
                case '"' -> string();
                case 't' -> word("true", true);
                case 'f' -> word("false", false);
                case 'n' -> word("null", null);
                default -> number();
            };
        }

        private Map<String, Object> map() {
            final Map<String, Object> map = new LinkedHashMap<>();
            at++;
            for (boolean first = true; !take('}'); first = false) {
                if (!first) {
                    expect(',');
                    skipSpace();
                }
                final String key = string();
                expect(':');
                map.put(key, value());
            }
            return map;
        }

        private List<Object> list() {
            final List<Object> list = new ArrayList<>();
            at++;
            for (boolean first = true; !take(']'); first = false) {
                if (!first) {
                    expect(',');
                }
                list.add(value());
            }
            return list;
        }

        private String string() {
            if (at == text.length() || text.charAt(at) != '"') {
                throw malformed("a string is missing");
            }
            final StringBuilder string = new StringBuilder();
            for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
                final char c = text.charAt(at);
                string.append(c == '\\' ? escaped() : c);
            }
            expect('"');
            return string.toString();
        }

        private char escaped() {
            at++;
            if (at == text.length()) {
                throw malformed("a string does not end");
            }
            final char c = text.charAt(at);
            switch (c) {
                case 'n' :
                    return '\n';
                case 'r' :
                    return '\r';
                case 't' :
                    return '\t';
                case 'b' :
                    return '\b';
                case 'f' :
                    return '\f';
                case 'u' :
                    if (at + HEX_DIGITS >= text.length()) {
                        throw malformed("a string does not end");
                    }
                    at += HEX_DIGITS;
                    return (char) Integer.parseInt(text, at - HEX_DIGITS + 1, at + 1, HEX);
                default :
                    return c;
            }
        }

        private Object word(final String word, final Object value) {
            if (!text.startsWith(word, at)) {
                throw malformed("an unknown word");
            }
            at += word.length();
            return value;
        }

        private Double number() {
            final int from = at;
            while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            try {
                return Double.valueOf(text.substring(from, at));
            } catch (final NumberFormatException e) {
                throw malformed("a number is missing");
            }
        }

        private void expect(final char c) {
            if (!take(c)) {
                throw malformed("'" + c + "' is missing");
            }
        }

        private boolean take(final char c) {
            skipSpace();
            if (at < text.length() && text.charAt(at) == c) {
                at++;
                return true;
            }
            return false;
        }

        private void skipSpace() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }
    }
}
