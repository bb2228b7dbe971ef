package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The codecs' streams, read by Kafka's code and by their own decompressors. */
class CodecTest {
    private static final byte GUARD = 0x5a;

    static Stream<String> names() {
        return Stream.of("gzip", "snappy", "lz4", "zstd");
    }

    /** Text-like, zeros, or noise, by the seed. */
    private static byte[] content(final long seed, final int length) {
        final SplittableRandom random = new SplittableRandom(seed);
        final byte[] content = new byte[length];
        switch ((int) (seed & 3)) {
            case 0 -> random.nextBytes(content);
            case 1 -> {
                for (int i = 0; i < length; i++) {
                    content[i] = (byte) "{\"customer\":0123456789,}".charAt(random.nextInt(8) == 0 ? i % 24 : i % 13);
                }
            }
            case 2 -> {
                for (int i = 0; i < length; i++) {
                    content[i] = (byte) (i < length / 2 ? random.nextInt() : 'x');
                }
            }
            default -> {
            }
        }
        return content;
    }

    private static ByteBuffer direct(final byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** Compresses into the middle of a buffer, and checks that nothing around it is touched. */
    private static byte[] compress(final Compressor compressor, final byte[] content, final int room) {
        final ByteBuffer input = ByteBuffer.allocateDirect(content.length + 9);
        input.put(3, content);
        final ByteBuffer output = ByteBuffer.allocateDirect(room + 20);
        for (int i = 0; i < output.capacity(); i++) {
            output.put(i, GUARD);
        }
        final int bytes = compressor.compress(input.limit(3 + content.length).position(3),
                output.limit(10 + room).position(10));
        output.clear();
        for (int i = 0; i < 10; i++) {
            assertEquals(GUARD, output.get(i));
            assertEquals(GUARD, output.get(10 + room + i));
        }
        if (bytes == Compressor.DOES_NOT_FIT) {
            return null;
        }
        final byte[] compressed = new byte[bytes];
        output.get(10, compressed);
        return compressed;
    }

    private static byte[] readByKafka(final CompressionCodec codec, final byte[] compressed) throws Exception {
        try (var in = Compression.of(CompressionType.forId(codec.id())).build()
                .wrapForInput(ByteBuffer.wrap(compressed), RecordBatch.MAGIC_VALUE_V2, BufferSupplier.NO_CACHING)) {
            return in.readAllBytes();
        }
    }

    private static byte[] decompress(final CompressionCodec codec, final byte[] compressed, final int length) {
        final ByteBuffer output = ByteBuffer.allocateDirect(length + 10);
        try (Decompressor decompressor = codec.decompressor()) {
            assertThrows(IllegalArgumentException.class,
                    () -> decompressor.decompress(direct(compressed), output.limit(length - 1).position(0)));
            assertEquals(length, decompressor.decompress(direct(compressed), output.limit(length).position(0)));
            assertEquals(length, decompressor.decompress(direct(compressed), output.clear()));
        }
        final byte[] content = new byte[length];
        output.get(0, content);
        return content;
    }

    @Property(tries = 60)
    void shouldBeReadByKafka(@ForAll @IntRange(max = 3) final int which, @ForAll final long seed,
            @ForAll @IntRange(min = 1, max = 300_000) final int length) throws Exception {
        final CompressionCodec codec = CompressionCodec.named(names().toList().get(which));
        final byte[] content = content(seed, length);
        try (Compressor compressor = codec.compressor(codec.defaultLevel())) {
            // Twice: the state of the first must not show in the second.
            compress(compressor, content(seed + 1, 5_000), compressor.maxCompressedBytes(5_000));
            final byte[] compressed = compress(compressor, content, compressor.maxCompressedBytes(length));
            assertArrayEquals(content, readByKafka(codec, compressed));
            assertArrayEquals(content, decompress(codec, compressed, length));
        }
    }

    @Property(tries = 60)
    void shouldCompressPiecesAsAWhole(@ForAll final long seed, @ForAll @IntRange(max = 200_000) final int more)
            throws Exception {
        final CompressionCodec codec = CompressionCodec.named("lz4");
        try (Compressor compressor = codec.compressor(codec.defaultLevel())) {
            final SplittableRandom random = new SplittableRandom(seed);
            final int least = compressor.leastPieceBytes();
            final byte[] content = content(seed, 2 * least + 1 + more);
            final List<ByteBuffer> pieces = new ArrayList<>();
            for (int at = 0; at < content.length; at += pieces.get(pieces.size() - 1).remaining()) {
                final int bytes = Math.min(content.length - at, least + random.nextInt(40_000));
                pieces.add(ByteBuffer.allocateDirect(bytes + 5).put(2, content, at, bytes).limit(2 + bytes)
                        .position(2));
            }
            final ByteBuffer[] array = pieces.toArray(ByteBuffer[]::new);
            final ByteBuffer output = ByteBuffer
                    .allocateDirect(array.length * 200 + compressor.maxCompressedBytes(content.length));
            final int bytes = compressor.compressPieces(array, array.length, output);
            final byte[] compressed = new byte[bytes];
            output.get(0, compressed);
            assertArrayEquals(content, readByKafka(codec, compressed));
            assertArrayEquals(content, decompress(codec, compressed, content.length));
            // Into too little room: said, and nothing behind it touched.
            final int room = random.nextInt(bytes);
            for (final ByteBuffer piece : array) {
                piece.position(2);
            }
            output.clear().put(room, GUARD);
            assertEquals(Compressor.DOES_NOT_FIT,
                    compressor.compressPieces(array, array.length, output.limit(room).position(0)));
            assertEquals(GUARD, output.clear().get(room));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "zstd"})
    void shouldWantPiecesJoined(final String name) {
        final CompressionCodec codec = CompressionCodec.named(name);
        try (Compressor compressor = codec.compressor(codec.defaultLevel())) {
            assertEquals(Integer.MAX_VALUE, compressor.leastPieceBytes());
            assertThrows(UnsupportedOperationException.class,
                    () -> compressor.compressPieces(new ByteBuffer[2], 2, ByteBuffer.allocateDirect(10)));
        }
    }

    /** The default level of zstd changes its tables with the size of the input, and back. */
    @Test
    void shouldCompressLargeAndSmallInTurn() throws Exception {
        final CompressionCodec codec = CompressionCodec.named("zstd");
        try (Compressor compressor = codec.compressor(codec.defaultLevel())) {
            for (final int length : new int[]{900_000, 1_000, 524_288, 524_289, 100_000, 900_000}) {
                final byte[] content = content(1, length);
                final byte[] compressed = compress(compressor, content, compressor.maxCompressedBytes(length));
                assertArrayEquals(content, readByKafka(codec, compressed));
            }
        }
    }

    static Stream<Object[]> levels() {
        return Stream.of(new Object[]{"gzip", -1}, new Object[]{"gzip", 1}, new Object[]{"gzip", 9},
                new Object[]{"snappy", 0}, new Object[]{"lz4", 1}, new Object[]{"lz4", 9}, new Object[]{"lz4", 17},
                new Object[]{"zstd", -131072}, new Object[]{"zstd", 1}, new Object[]{"zstd", 3},
                new Object[]{"zstd", 22});
    }

    @ParameterizedTest
    @MethodSource("levels")
    void shouldBeReadByKafkaAtEachLevel(final String name, final int level) throws Exception {
        final CompressionCodec codec = CompressionCodec.named(name);
        try (Compressor compressor = codec.compressor(level)) {
            for (int seed = 0; seed < 8; seed++) {
                final int length = 1 + seed * 16_384;
                final byte[] content = content(seed, length);
                final byte[] compressed = compress(compressor, content, compressor.maxCompressedBytes(length));
                assertArrayEquals(content, readByKafka(codec, compressed));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldSayThatItDoesNotFitAndGoOn(final String name) {
        final CompressionCodec codec = CompressionCodec.named(name);
        try (Compressor compressor = codec.compressor(codec.defaultLevel())) {
            for (int seed = 0; seed < 8; seed++) {
                final byte[] content = content(seed, 70_000);
                final byte[] whole = compress(compressor, content, compressor.maxCompressedBytes(content.length));
                for (final int room : new int[]{0, 1, 7, 11, 19, whole.length / 2, whole.length - 1}) {
                    assertEquals(null, compress(compressor, content, room));
                }
                assertArrayEquals(whole,
                        compress(compressor, content, compressor.maxCompressedBytes(content.length)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldRefuseDamagedStreams(final String name) {
        final CompressionCodec codec = CompressionCodec.named(name);
        try (Compressor compressor = codec.compressor(codec.defaultLevel())) {
            final byte[] content = content(1, 70_000);
            final byte[] whole = compress(compressor, content, compressor.maxCompressedBytes(content.length));
            assertThrows(IllegalArgumentException.class,
                    () -> decompress(codec, Arrays.copyOf(whole, whole.length / 2), content.length));
            assertThrows(IllegalArgumentException.class, () -> decompress(codec, new byte[100], content.length));
        }
    }

    @ParameterizedTest
    @CsvSource({"gzip, 0, 'level of gzip must be -1 or from 1 to 9: level=0'",
            "snappy, 1, 'snappy has no levels: level=1'", "lz4, 18, 'level of lz4 must be from 1 to 17: level=18'",
            "zstd, 23, 'level of zstd must be from -131072 to 22: level=23'"})
    void shouldRefuseOtherLevels(final String name, final int level, final String message) {
        assertEquals(message, assertThrows(IllegalArgumentException.class,
                () -> CompressionCodec.named(name).compressor(level)).getMessage());
    }

    @Test
    void shouldRefuseAnUnknownName() {
        assertEquals("codec is unknown: name=brotli",
                assertThrows(IllegalArgumentException.class, () -> CompressionCodec.named("brotli")).getMessage());
    }

    @Test
    void shouldHaveKafkasNumbers() {
        names().forEach(
                name -> assertEquals(CompressionType.forName(name).id, CompressionCodec.named(name).id(), name));
    }

    @ParameterizedTest
    @CsvSource({"Snappy, org.xerial.snappy:snappy-java:", "Lz4, at.yawk.lz4:lz4-java:",
            "Zstd, com.github.luben:zstd-jni:"})
    void shouldNameTheMissingArtifact(final String codec, final String artifact) throws Exception {
        try (URLClassLoader loader = new URLClassLoader(withoutLibraries(), null)) {
            final Class<?> type = loader.loadClass("io.kp.accumulator.codec." + codec + "Codec");
            final Object instance = type.getConstructor().newInstance();
            final int level = (int) type.getMethod("defaultLevel").invoke(instance);
            for (final String method : List.of("compressor", "decompressor")) {
                final Throwable thrown = assertThrows(InvocationTargetException.class, () -> {
                    if (method.equals("compressor")) {
                        type.getMethod(method, int.class).invoke(instance, level);
                    } else {
                        type.getMethod(method).invoke(instance);
                    }
                }).getCause();
                assertEquals("io.kp.accumulator.CodecUnavailableException", thrown.getClass().getName());
                assertTrue(thrown.getMessage().startsWith(
                        "compression with " + codec.toLowerCase(java.util.Locale.ROOT) + " needs " + artifact),
                        thrown.getMessage());
                assertTrue(thrown.getMessage().endsWith(", which is missing: add it to the dependencies"),
                        thrown.getMessage());
            }
        }
    }

    /** The module's own classes and nothing else; the platform's loader would find the libraries too, where they are modules. */
    private static URL[] withoutLibraries() throws Exception {
        final List<URL> urls = new ArrayList<>();
        urls.add(new File(System.getProperty("basedir", "."), "target/classes").toURI().toURL());
        return urls.toArray(new URL[0]);
    }
}
