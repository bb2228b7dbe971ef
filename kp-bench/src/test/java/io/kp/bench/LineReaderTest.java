package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
    @ParameterizedTest
    @CsvSource({"1", "2", "3", "7", "64"})
    void shouldCutAtNewlinesOnly(final int bufferBytes) throws IOException {
        assertEquals(List.of("a", "", "bc\r", "", "d"), lines("a\n\nbc\r\n\nd", bufferBytes, 100));
    }

    @Test
    void shouldFindNothingInNothing() throws IOException {
        assertEquals(List.of(), lines("", 8, 100));
    }

    @Test
    void shouldTakeALoneNewlineForAnEmptyLine() throws IOException {
        assertEquals(List.of(""), lines("\n", 8, 100));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 16})
    void shouldOnlyCountALineThatIsTooLong(final int bufferBytes) throws IOException {
        assertEquals(List.of("ab", "<9>", "abcd", "<5>", "x", "<7>"),
                lines("ab\n123456789\nabcd\n12345\nx\n1234567", bufferBytes, 4));
    }

    @Test
    void shouldKeepMemoryBoundedByTheLongestWantedLine() throws IOException {
        final long total = 50_000_000;
        final LineReader reader = new LineReader(new Repeated((byte) 'x', total), 1024, 4096);
        assertTrue(reader.next());
        assertTrue(reader.tooLong());
        assertEquals(total, reader.lengthBytes());
        assertTrue(reader.buffer().length <= 8192, "buffer of " + reader.buffer().length);
        assertFalse(reader.next());
        assertEquals(total, reader.bytesRead());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldCutAnyBytesAsASimpleLoopDoes(final long seed) throws IOException {
        final Random random = new Random(seed);
        final byte[] input = new byte[5_000];
        for (int i = 0; i < input.length; i++) {
            input[i] = random.nextInt(20) == 0 ? (byte) '\n' : (byte) random.nextInt(256);
        }
        final List<byte[]> expected = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < input.length; i++) {
            if (input[i] == '\n') {
                expected.add(Arrays.copyOfRange(input, start, i));
                start = i + 1;
            }
        }
        if (start < input.length) {
            expected.add(Arrays.copyOfRange(input, start, input.length));
        }
        final LineReader reader = new LineReader(
                new Dribble(Channels.newChannel(new ByteArrayInputStream(input)), random),
                1 + random.nextInt(50), 5_000);
        for (final byte[] line : expected) {
            assertTrue(reader.next());
            assertFalse(reader.tooLong());
            assertArrayEquals(line,
                    Arrays.copyOfRange(reader.buffer(), reader.start(), reader.start() + (int) reader.lengthBytes()),
                    "seed " + seed);
        }
        assertFalse(reader.next());
    }

    private static List<String> lines(final String text, final int bufferBytes, final int maxLineBytes)
            throws IOException {
        final LineReader reader = new LineReader(
                Channels.newChannel(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1))), bufferBytes,
                maxLineBytes);
        final List<String> lines = new ArrayList<>();
        while (reader.next()) {
            lines.add(reader.tooLong()
                    ? "<" + reader.lengthBytes() + ">"
                    : new String(reader.buffer(), reader.start(), (int) reader.lengthBytes(),
                            StandardCharsets.ISO_8859_1));
        }
        return lines;
    }

    /** Hands out a few bytes at a time, sometimes none. */
    private record Dribble(ReadableByteChannel in, Random random) implements ReadableByteChannel {
        @Override
        public int read(final ByteBuffer target) throws IOException {
            final ByteBuffer some = target.duplicate();
            some.limit(Math.min(some.limit(), some.position() + random.nextInt(9)));
            if (!some.hasRemaining()) {
                return 0;
            }
            final int read = in.read(some);
            target.position(some.position());
            return read;
        }

        @Override
        public boolean isOpen() {
            return in.isOpen();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** The same byte, many times. */
    private static final class Repeated implements ReadableByteChannel {
        private final byte value;
        private long left;

        Repeated(final byte value, final long count) {
            this.value = value;
            left = count;
        }

        @Override
        public int read(final ByteBuffer target) {
            if (left == 0) {
                return -1;
            }
            final int count = (int) Math.min(left, target.remaining());
            for (int i = 0; i < count; i++) {
                target.put(value);
            }
            left -= count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
