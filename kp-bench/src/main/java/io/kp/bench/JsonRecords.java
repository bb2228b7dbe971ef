package io.kp.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;

/**
 * A JSON object a line: {@code {"key": …, "value": …, "partition": 1, "timestamp": 1700000000000, "headers": {"name": "value"}}}. {@code kcat -C -J} prints such lines too, with
 * {@code payload}, {@code ts} and headers as a flat list; what it tells besides (topic, offset, broker) is skipped. Used by one thread.
 */
final class JsonRecords implements InputFormat {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final String FIELDS = "key, keyBase64, value, valueBase64, partition, timestamp, headers";

    private final byte[] fixedKey;
    private final boolean emptyIsNull;
    private final List<Map.Entry<String, byte[]>> common;

    JsonRecords(final byte[] fixedKey, final boolean emptyIsNull, final List<Map.Entry<String, byte[]>> common) {
        this.fixedKey = fixedKey;
        this.emptyIsNull = emptyIsNull;
        this.common = common;
    }

    @Override
    public boolean ownHeaders() {
        return true;
    }

    @Override
    public InputRecord read(final byte[] bytes, final int start, final int end) throws BadInputException {
        try (JsonParser in = FACTORY.createParser(bytes, start, end - start)) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                throw new BadInputException(in.currentToken() == null
                        ? "the line is empty, and is to be a JSON object"
                        : "the line is to be a JSON object, and begins with " + words(in.currentToken()));
            }
            return object(in, bytes, start);
        } catch (final JsonProcessingException e) {
            throw new BadInputException("not JSON: " + e.getOriginalMessage().replaceAll("\\s+", " ")
                    + (e.getLocation() == null ? "" : ": column=" + e.getLocation().getColumnNr()));
        } catch (final IOException e) {
            throw new BadInputException("not JSON: " + e.getMessage());
        }
    }

    private InputRecord object(final JsonParser in, final byte[] bytes, final int start)
            throws IOException, BadInputException {
        byte[] key = fixedKey;
        byte[] value = null;
        boolean keySeen = false;
        boolean valueSeen = false;
        Integer partition = null;
        Long timestamp = null;
        List<Map.Entry<String, byte[]>> headers = common;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            final String field = in.currentName();
            in.nextToken();
            switch (field) {
                case "key", "keyBase64" -> {
                    once(keySeen, "key");
                    keySeen = true;
                    key = field.equals("key") ? content(in, bytes, start) : base64(in, field);
                }
                case "value", "payload", "valueBase64" -> {
                    once(valueSeen, "value");
                    valueSeen = true;
                    value = field.equals("valueBase64") ? base64(in, field) : content(in, bytes, start);
                }
                case "partition" -> partition = partition(in);
                case "timestamp", "ts" -> timestamp = timestamp(in, field);
                case "headers" -> headers = headers(in, bytes, start);
                case "topic", "offset", "broker", "tstype" -> in.skipChildren();
                default -> throw new BadInputException("unknown field: " + field + "; known are " + FIELDS);
            }
        }
        if (!valueSeen) {
            throw new BadInputException("the record has no value; \"value\": null sends a tombstone");
        }
        if (in.nextToken() != null) {
            throw new BadInputException("something stands behind the object: column="
                    + in.currentTokenLocation().getColumnNr());
        }
        return new InputRecord(partition, timestamp, key, value, headers);
    }

    private static void once(final boolean seen, final String what) throws BadInputException {
        if (seen) {
            throw new BadInputException("the record has two " + what + "s");
        }
    }

    /** A string's characters as UTF-8; of anything else its JSON as it stands there. */
    private byte[] content(final JsonParser in, final byte[] bytes, final int start) throws IOException {
        switch (in.currentToken()) {
            case VALUE_NULL :
                return null;
            case VALUE_STRING :
                final byte[] text = in.getText().getBytes(StandardCharsets.UTF_8);
                return emptyIsNull && text.length == 0 ? null : text;
            case START_OBJECT, START_ARRAY :
                final long from = in.currentTokenLocation().getByteOffset();
                in.skipChildren();
                return Arrays.copyOfRange(bytes, start + (int) from,
                        start + (int) in.currentLocation().getByteOffset());
            default :
                return in.getText().getBytes(StandardCharsets.UTF_8);
        }
    }

    private static byte[] base64(final JsonParser in, final String field) throws IOException, BadInputException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        if (in.currentToken() != JsonToken.VALUE_STRING) {
            throw new BadInputException(field + " is to be a string, not " + words(in.currentToken()));
        }
        try {
            return Base64.getDecoder().decode(in.getText());
        } catch (final IllegalArgumentException e) {
            throw new BadInputException(field + " is not Base64: " + e.getMessage());
        }
    }

    private static Integer partition(final JsonParser in) throws IOException, BadInputException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        if (in.currentToken() != JsonToken.VALUE_NUMBER_INT || in.getBigIntegerValue().bitLength() > 31
                || in.getIntValue() < 0) {
            throw new BadInputException("partition is to be a whole number from 0 on: partition=" + shown(in));
        }
        return in.getIntValue();
    }

    private static Long timestamp(final JsonParser in, final String field) throws IOException, BadInputException {
        switch (in.currentToken()) {
            case VALUE_NULL :
                return null;
            case VALUE_NUMBER_INT :
                if (in.getBigIntegerValue().bitLength() < Long.SIZE && in.getLongValue() >= 0) {
                    return in.getLongValue();
                }
                break;
            case VALUE_STRING :
                try {
                    return Instant.parse(in.getText()).toEpochMilli();
                } catch (final DateTimeParseException | ArithmeticException e) {
                    break;
                }
            default :
        }
        throw new BadInputException(
                field + " is to be milliseconds since 1970, or a time such as 2026-01-31T12:00:00Z: "
                        + field + "=" + shown(in));
    }

    /** An object, a list of objects with key and value (for names that occur twice), or kcat's list of names and values in turns. */
    private List<Map.Entry<String, byte[]>> headers(final JsonParser in, final byte[] bytes, final int start)
            throws IOException, BadInputException {
        final List<Map.Entry<String, byte[]>> headers = new ArrayList<>(common);
        switch (in.currentToken()) {
            case VALUE_NULL :
                return headers;
            case START_OBJECT :
                while (in.nextToken() == JsonToken.FIELD_NAME) {
                    final String name = in.currentName();
                    in.nextToken();
                    headers.add(LineFormat.entry(name, content(in, bytes, start)));
                }
                return headers;
            case START_ARRAY :
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    if (in.currentToken() == JsonToken.START_OBJECT) {
                        headers.add(header(in, bytes, start));
                    } else if (in.currentToken() == JsonToken.VALUE_STRING) {
                        final String name = in.getText();
                        if (in.nextToken() == JsonToken.END_ARRAY) {
                            throw new BadInputException("the last header has no value: header=" + name);
                        }
                        headers.add(LineFormat.entry(name, content(in, bytes, start)));
                    } else {
                        throw new BadInputException("a header is to be {\"key\": …, \"value\": …}, not "
                                + words(in.currentToken()));
                    }
                }
                return headers;
            default :
                throw new BadInputException("headers is to be an object or a list, not " + words(in.currentToken()));
        }
    }

    private Map.Entry<String, byte[]> header(final JsonParser in, final byte[] bytes, final int start)
            throws IOException, BadInputException {
        String name = null;
        byte[] value = null;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            final String field = in.currentName();
            in.nextToken();
            switch (field) {
                case "key" -> name = in.currentToken() == JsonToken.VALUE_STRING ? in.getText() : null;
                case "value" -> value = content(in, bytes, start);
                case "valueBase64" -> value = base64(in, field);
                default -> throw new BadInputException("unknown field of a header: " + field
                        + "; known are key, value, valueBase64");
            }
        }
        if (name == null) {
            throw new BadInputException("a header has no key, or one that is no string");
        }
        return LineFormat.entry(name, value);
    }

    private static String shown(final JsonParser in) throws IOException {
        return in.currentToken().isScalarValue() ? in.getText() : words(in.currentToken());
    }

    private static String words(final JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a truth value";
            case VALUE_NULL -> "null";
            default -> token.toString();
        };
    }
}
