package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code kp produce} makes of lines. */
class InputFormatTest {
    private static final InputFormat JSON = new JsonRecords(null, false, List.of());

    @Test
    void shouldReadJson() throws Exception {
        final InputRecord record = read(JSON, """
                {"key":"k\\u00e4","value":{"a": [1,2.50,"x"]},"partition":3,"timestamp":1700000000000,\
                "headers":{"h":"1","n":null}}""");
        assertEquals("kä", text(record.key()));
        assertEquals("{\"a\": [1,2.50,\"x\"]}", text(record.value()), "as it stands there");
        assertEquals(3, record.partition());
        assertEquals(1_700_000_000_000L, record.timestampMs());
        assertEquals("h=1 n=null", headers(record));
        final InputRecord other = read(JSON,
                "{\"valueBase64\":\"AP8=\",\"timestamp\":\"2023-11-14T22:13:20Z\",\"headers\":[{\"key\":\"h\",\"value\":\"1\"},{\"key\":\"h\",\"valueBase64\":\"Mg==\"}]}");
        assertArrayEquals(new byte[]{0, (byte) 0xff}, other.value());
        assertNull(other.key());
        assertEquals(1_700_000_000_000L, other.timestampMs());
        assertEquals("h=1 h=2", headers(other));
        assertNull(read(JSON, "{\"value\":null}").value());
        assertEquals("12.50", text(read(JSON, "{\"value\":12.50}").value()));
    }

    @Test
    void shouldReadWhatKcatPrints() throws Exception {
        final InputRecord record = read(JSON,
                "{\"topic\":\"t\",\"partition\":1,\"offset\":7,\"tstype\":\"create\",\"ts\":1700000000000,\"broker\":1,\"headers\":[\"a\",\"1\",\"b\",null],\"key\":\"k\",\"payload\":\"v\"}");
        assertEquals("k v 1 1700000000000 a=1 b=null", text(record.key()) + ' ' + text(record.value()) + ' '
                + record.partition() + ' ' + record.timestampMs() + ' ' + headers(record));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"value\":\"v\",\"vlaue\":1} | unknown field: vlaue; known are key, keyBase64, value",
            "{\"key\":\"k\"} | the record has no value; \"value\": null sends a tombstone",
            "{\"value\":1,\"value\":2} | not JSON: Duplicate",
            "{\"value\":1,\"valueBase64\":\"\"} | the record has two values",
            "[1] | is to be a JSON object, and begins with a list",
            "{\"value\":\"v\" | not JSON: Unexpected end-of-input",
            "{\"value\":\"v\"} {} | something stands behind the object: column=",
            "{\"value\":\"v\",\"partition\":-1} | partition is to be a whole number from 0 on: partition=-1",
            "{\"value\":\"v\",\"partition\":99999999999} | partition is to be a whole number from 0 on",
            "{\"value\":\"v\",\"timestamp\":\"noon\"} | timestamp is to be milliseconds since 1970, or a time such as",
            "{\"value\":\"v\",\"headers\":[\"a\"]} | the last header has no value: header=a",
            "{\"value\":\"v\",\"headers\":3} | headers is to be an object or a list, not a number",
            "{\"valueBase64\":\"*\"} | valueBase64 is not Base64"})
    void shouldSayWhichRuleJsonBreaks(final String line, final String rule) {
        final String message = assertThrows(InputFormat.BadInputException.class, () -> read(JSON, line)).getMessage();
        assertTrue(message.contains(rule), message);
    }

    @Test
    void shouldReadHeadersAndKeysAsKafkasConsoleProducerWritesThem() throws Exception {
        final InputFormat format = new LineFormat(bytes("\t"), "key.separator", null, bytes("\t"), bytes(","),
                bytes(":"),
                bytes("NULL"), false, false, List.of());
        final InputRecord record = read(format, "a:1,b:NULL\tk\tv\tw");
        assertEquals("k v\tw a=1 b=null", text(record.key()) + ' ' + text(record.value()) + ' ' + headers(record));
        assertNull(read(format, "NULL\tNULL\tNULL").value());
        assertEquals("", headers(read(format, "NULL\tk\tv")));
        assertTrue(assertThrows(InputFormat.BadInputException.class, () -> read(format, "a\tk\tv")).getMessage()
                .contains("a header has no key separator: headers.key.separator=:, header=a"));
        assertTrue(assertThrows(InputFormat.BadInputException.class, () -> read(format, "a:1\tk")).getMessage()
                .contains("the line has no key separator: key.separator=\\t"));
    }

    @Test
    void shouldReadKeysAsKcatWritesThem() throws Exception {
        final InputFormat format = new LineFormat(bytes("::"), "-K", null, null, bytes(","), bytes(":"), null, true,
                true,
                List.of());
        assertEquals("k v::w", text(read(format, "k::v::w").key()) + ' ' + text(read(format, "k::v::w").value()));
        assertNull(read(format, "::v").key());
        assertNull(read(format, "k::").value());
        assertEquals("all", text(read(format, "all").value()));
        assertArrayEquals(new byte[]{'\t', 0, (byte) 0xfe, '\\', 'q', '\\'},
                LineFormat.separator("\\t\\0\\xfe\\q\\\\"));
    }

    /** With buffers so small that delimiters lie across their ends. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 64})
    void shouldCutAtDelimitersOfSeveralBytes(final int bufferBytes) throws IOException {
        final String text = "one==-two==-====-" + "y".repeat(20) + "==-" + "x".repeat(50) + "==-last=-=";
        final LineReader reader = new LineReader(
                Channels.newChannel(new ByteArrayInputStream(bytes(text))), bufferBytes, 20, bytes("==-"));
        final List<String> lines = new ArrayList<>();
        while (reader.next()) {
            lines.add(reader.tooLong()
                    ? "too long: " + reader.lengthBytes()
                    : new String(reader.buffer(), reader.start(), (int) reader.lengthBytes(), StandardCharsets.UTF_8));
        }
        assertEquals(List.of("one", "two", "==", "y".repeat(20), "too long: 50", "last=-="), lines);
    }

    private static InputRecord read(final InputFormat format, final String line) throws InputFormat.BadInputException {
        // Something around it, so that offsets count.
        final byte[] bytes = bytes("## " + line + "##");
        return format.read(bytes, 3, bytes.length - 2);
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(final byte[] bytes) {
        return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
    }

    private static String headers(final InputRecord record) {
        return record.headers().stream()
                .map((final Map.Entry<String, byte[]> each) -> each.getKey() + '=' + text(each.getValue()))
                .collect(Collectors.joining(" "));
    }
}
