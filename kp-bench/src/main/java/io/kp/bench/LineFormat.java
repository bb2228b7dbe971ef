package io.kp.bench;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Lines with, if wanted, headers and key in front of the value: {@code name:value,name:value<delimiter>key<separator>value}, as Kafka's console producer and kcat write them.
 *
 * @param keySeparator       ends the key; {@code null} if lines have none
 * @param keyOption          the option that set it, for messages
 * @param fixedKey           the key where lines have none; may be {@code null}
 * @param headersDelimiter   ends the headers; {@code null} if lines have none
 * @param headersSeparator   stands between two headers
 * @param headerKeySeparator stands between a header's name and value
 * @param nullMarker         what stands for null in keys, values and headers; {@code null} if nothing does
 * @param emptyIsNull        whether an empty key or value is null
 * @param tolerant           whether a line without a separator is all value
 * @param common             the headers that all records have
 */
record LineFormat(byte[] keySeparator, String keyOption, byte[] fixedKey, byte[] headersDelimiter,
        byte[] headersSeparator, byte[] headerKeySeparator, byte[] nullMarker, boolean emptyIsNull, boolean tolerant,
        List<Map.Entry<String, byte[]>> common) implements InputFormat {

    /** Whole lines as values. */
    static LineFormat values() {
        return new LineFormat(null, "--key-separator", null, null, new byte[]{','}, new byte[]{':'}, null, false, false,
                List.of());
    }

    @Override
    public boolean ownHeaders() {
        return headersDelimiter != null;
    }

    @Override
    public InputRecord read(final byte[] bytes, final int start, final int end) throws BadInputException {
        int at = start;
        List<Map.Entry<String, byte[]>> headers = null;
        if (headersDelimiter != null) {
            final int delimiter = indexOf(bytes, at, end, headersDelimiter);
            if (delimiter >= 0) {
                headers = headers(bytes, at, delimiter);
                at = delimiter + headersDelimiter.length;
            } else if (!tolerant) {
                throw new BadInputException(
                        "the line has no headers delimiter: headers.delimiter=" + shown(headersDelimiter));
            }
        }
        byte[] key = fixedKey;
        if (keySeparator != null) {
            final int separator = indexOf(bytes, at, end, keySeparator);
            if (separator >= 0) {
                key = part(bytes, at, separator);
                at = separator + keySeparator.length;
            } else if (!tolerant) {
                throw new BadInputException(
                        "the line has no key separator: " + keyOption + "=" + shown(keySeparator));
            }
        }
        return new InputRecord(null, null, key, part(bytes, at, end), headers);
    }

    private List<Map.Entry<String, byte[]>> headers(final byte[] bytes, final int start, final int end)
            throws BadInputException {
        final List<Map.Entry<String, byte[]>> headers = new ArrayList<>(common);
        if (isMarker(bytes, start, end)) {
            return headers;
        }
        for (int at = start; at < end;) {
            final int next = indexOf(bytes, at, end, headersSeparator);
            final int until = next < 0 ? end : next;
            final int colon = indexOf(bytes, at, until, headerKeySeparator);
            if (colon < 0) {
                throw new BadInputException("a header has no key separator: headers.key.separator="
                        + shown(headerKeySeparator) + ", header="
                        + new String(bytes, at, until - at, StandardCharsets.UTF_8));
            }
            final int valueAt = colon + headerKeySeparator.length;
            headers.add(entry(new String(bytes, at, colon - at, StandardCharsets.UTF_8),
                    isMarker(bytes, valueAt, until) ? null : Arrays.copyOfRange(bytes, valueAt, until)));
            at = next < 0 ? end : next + headersSeparator.length;
        }
        return headers;
    }

    /** Unlike {@link Map#entry} it takes null for a value. */
    static Map.Entry<String, byte[]> entry(final String name, final byte[] value) {
        return new AbstractMap.SimpleImmutableEntry<>(name, value);
    }

    private boolean isMarker(final byte[] bytes, final int start, final int end) {
        return nullMarker != null && Arrays.equals(bytes, start, end, nullMarker, 0, nullMarker.length);
    }

    private byte[] part(final byte[] bytes, final int start, final int end) {
        return emptyIsNull && start == end || isMarker(bytes, start, end)
                ? null
                : Arrays.copyOfRange(bytes, start, end);
    }

    static int indexOf(final byte[] bytes, final int from, final int to, final byte[] wanted) {
        for (int i = from; i <= to - wanted.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    private static String shown(final byte[] separator) {
        return new String(separator, StandardCharsets.UTF_8).replace("\t", "\\t").replace("\n", "\\n");
    }

    /** What a separator on the command line means: {@code \t}, {@code \n}, {@code \r}, {@code \0}, {@code \\} and {@code \xHH} are bytes, all else is itself. */
    static byte[] separator(final String text) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '\\' || i + 1 == bytes.length) {
                out.write(bytes[i]);
                continue;
            }
            i++;
            switch (bytes[i]) {
                case 't' -> out.write('\t');
                case 'n' -> out.write('\n');
                case 'r' -> out.write('\r');
                case '0' -> out.write(0);
                case '\\' -> out.write('\\');
                case 'x' -> {
                    final int high = i + 1 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
                    final int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
                    if (high < 0 || low < 0) {
                        out.write('\\');
                        out.write('x');
                    } else {
                        out.write(high << 4 | low);
                        i += 2;
                    }
                }
                default -> {
                    out.write('\\');
                    out.write(bytes[i]);
                }
            }
        }
        return out.toByteArray();
    }
}
