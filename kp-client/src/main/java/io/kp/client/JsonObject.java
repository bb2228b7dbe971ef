package io.kp.client;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The plain members of a JSON object (texts, numbers, booleans), for the answers of identity providers and the claims of tokens; objects and arrays within are skipped. Says
 * nothing of the content when it fails, as that may be secret.
 */
final class JsonObject {
    private static final int MAX_DEPTH = 32;

    private final String text;
    private final Map<String, String> members = new LinkedHashMap<>();
    private int at;

    private JsonObject(final String text) {
        this.text = text;
    }

    /**
     * Reads an object.
     *
     * @throws IllegalArgumentException if the text is no JSON object
     */
    static Map<String, String> parse(final String text) {
        final JsonObject json = new JsonObject(text);
        json.skipBlanks();
        json.object(0);
        json.skipBlanks();
        if (json.at != text.length()) {
            throw json.malformed();
        }
        return json.members;
    }

    private IllegalArgumentException malformed() {
        return new IllegalArgumentException("not a JSON object: offset=" + at + ", length=" + text.length());
    }

    private char peek() {
        if (at >= text.length()) {
            throw malformed();
        }
        return text.charAt(at);
    }

    private void expect(final char wanted) {
        if (peek() != wanted) {
            throw malformed();
        }
        at++;
    }

    private void skipBlanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void object(final int depth) {
        expect('{');
        skipBlanks();
        if (peek() == '}') {
            at++;
            return;
        }
        while (true) {
            skipBlanks();
            final String name = string();
            skipBlanks();
            expect(':');
            final String value = value(depth);
            if (depth == 0 && value != null) {
                members.put(name, value);
            }
            skipBlanks();
            if (peek() == '}') {
                at++;
                return;
            }
            expect(',');
        }
    }

    /** A plain value as text; null for others. */
    private String value(final int depth) {
        if (depth >= MAX_DEPTH) {
            throw malformed();
        }
        skipBlanks();
        switch (peek()) {
            case '{' :
                object(depth + 1);
                return null;
            case '[' :
                array(depth + 1);
                return null;
            case '"' :
                return string();
            default :
                final int start = at;
                while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
                    at++;
                }
                if (start == at) {
                    throw malformed();
                }
                final String plain = text.substring(start, at);
                return plain.equals("null") ? null : plain;
        }
    }

    private void array(final int depth) {
        expect('[');
        skipBlanks();
        if (peek() == ']') {
            at++;
            return;
        }
        while (true) {
            value(depth);
            skipBlanks();
            if (peek() == ']') {
                at++;
                return;
            }
            expect(',');
        }
    }

    private String string() {
        expect('"');
        final StringBuilder value = new StringBuilder();
        while (peek() != '"') {
            final char c = text.charAt(at++);
            value.append(c == '\\' ? escape() : c);
        }
        at++;
        return value.toString();
    }

    private char escape() {
        final char c = peek();
        at++;
        switch (c) {
            case 'n' :
                return '\n';
            case 't' :
                return '\t';
            case 'r' :
                return '\r';
            case 'b' :
                return '\b';
            case 'f' :
                return '\f';
            case 'u' :
                if (at + 4 > text.length()) {
                    throw malformed();
                }
                try {
                    final char unit = (char) Integer.parseInt(text, at, at + 4, 16);
                    at += 4;
                    return unit;
                } catch (final NumberFormatException e) {
                    throw malformed();
                }
            default :
                return c;
        }
    }
}
