package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.WithNull;

/** Holds each serializer byte for byte against Kafka's. */
class SerializersTest {
    private static final String TOPIC = "t";

    private static <T> void assertSameBytes(org.apache.kafka.common.serialization.Serializer<? super T> oracle,
            Serializer<? super T> ours, T data) {
        assertArrayEquals(oracle.serialize(TOPIC, data), ours.serialize(TOPIC, new Headers(), data));
    }

    @Property(tries = 300)
    void shouldSerializeAnyTextAsKafkaDoes(
            @ForAll @WithNull @CharRange(from = 0, to = Character.MAX_VALUE) String data) {
        // The range has lone surrogates, which are replaced.
        assertSameBytes(new org.apache.kafka.common.serialization.StringSerializer(), Serializers.string(), data);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "ISO-8859-1", "US-ASCII", "utf8"})
    void shouldEncodeTextInTheConfiguredCharset(String charset) {
        for (final boolean isKey : new boolean[]{true, false}) {
            for (final Map<String, String> configs : List.of(Map.of("serializer.encoding", charset),
                    Map.of(isKey ? "key.serializer.encoding" : "value.serializer.encoding", charset,
                            "serializer.encoding", "UTF-32"),
                    Map.of(isKey ? "value.serializer.encoding" : "key.serializer.encoding", charset))) {
                final var oracle = new org.apache.kafka.common.serialization.StringSerializer();
                final var ours = new StringSerializer();
                oracle.configure(configs, isKey);
                ours.configure(configs, isKey);
                assertSameBytes(oracle, ours, "grüße, \uD83D\uDE00");
                final var uuidOracle = new org.apache.kafka.common.serialization.UUIDSerializer();
                final var uuids = new UUIDSerializer();
                uuidOracle.configure(configs, isKey);
                uuids.configure(configs, isKey);
                assertSameBytes(uuidOracle, uuids, new UUID(1, 2));
            }
        }
    }

    @Test
    void shouldEncodeTextInTheCharsetOfTheConstructor() {
        assertArrayEquals("ä".getBytes(StandardCharsets.UTF_16LE),
                Serializers.string(StandardCharsets.UTF_16LE).serialize(TOPIC, new Headers(), "ä"));
    }

    @Test
    void shouldNameTheCharsetThatDoesNotExist() {
        for (final String charset : List.of("no-such-charset", "not a charset's name")) {
            final var refusal = assertThrows(SerializationException.class,
                    () -> new StringSerializer().configure(Map.of("value.serializer.encoding", charset), false));
            assertEquals("no such charset: value.serializer.encoding=" + charset, refusal.getMessage());
        }
    }

    @Property(tries = 300)
    void shouldSerializeNumbersAsKafkaDoes(@ForAll @WithNull Short int16, @ForAll @WithNull Integer int32,
            @ForAll @WithNull Long int64,
            @ForAll @WithNull Boolean bool) {
        assertSameBytes(new org.apache.kafka.common.serialization.ShortSerializer(), Serializers.int16(), int16);
        assertSameBytes(new org.apache.kafka.common.serialization.IntegerSerializer(), Serializers.int32(), int32);
        assertSameBytes(new org.apache.kafka.common.serialization.LongSerializer(), Serializers.int64(), int64);
        assertSameBytes(new org.apache.kafka.common.serialization.BooleanSerializer(), Serializers.bool(), bool);
    }

    @Property(tries = 300)
    void shouldSerializeFloatingPointNumbersOfAnyBitsAsKafkaDoes(@ForAll int bits, @ForAll long longBits) {
        assertSameBytes(new org.apache.kafka.common.serialization.FloatSerializer(), Serializers.float32(),
                Float.intBitsToFloat(bits));
        assertSameBytes(new org.apache.kafka.common.serialization.DoubleSerializer(), Serializers.float64(),
                Double.longBitsToDouble(longBits));
    }

    @Test
    void shouldTreatNaNsAsKafkaDoes() {
        for (final int bits : new int[]{0x7fc00000, 0x7fc00001, 0xffc12345, 0x7f800000, 0x80000000}) {
            assertSameBytes(new org.apache.kafka.common.serialization.FloatSerializer(), Serializers.float32(),
                    Float.intBitsToFloat(bits));
        }
        for (final long bits : new long[]{0x7ff8000000000000L, 0x7ff8000000000001L, 0xfff8123456789abcL, 1L << 63}) {
            assertSameBytes(new org.apache.kafka.common.serialization.DoubleSerializer(), Serializers.float64(),
                    Double.longBitsToDouble(bits));
        }
    }

    @Property(tries = 300)
    void shouldSerializeUuidsAsKafkaDoes(@ForAll long most, @ForAll long least) {
        assertSameBytes(new org.apache.kafka.common.serialization.UUIDSerializer(), Serializers.uuid(),
                new UUID(most, least));
    }

    @Test
    void shouldNotCopyByteArrays() {
        final byte[] data = {1, 2};
        assertSame(data, Serializers.byteArray().serialize(TOPIC, new Headers(), data));
    }

    @Test
    void shouldSerializeNullAsNull() {
        for (final Serializer<?> serializer : List.of(Serializers.string(), Serializers.byteArray(),
                Serializers.byteBuffer(),
                Serializers.int16(), Serializers.int32(), Serializers.int64(), Serializers.float32(),
                Serializers.float64(),
                Serializers.bool(), Serializers.uuid(), Serializers.nulls(), Serializers.list(Serializers.string()))) {
            assertNull(serializer.serialize(TOPIC, new Headers(), null), serializer.getClass().getName());
            serializer.close();
        }
    }

    @Property(tries = 300)
    void shouldSerializeBuffersAsKafkaDoes(@ForAll byte[] content, @ForAll boolean direct, @ForAll boolean slice,
            @ForAll int seed) {
        final ByteBuffer left = buffer(content, direct, slice, seed);
        final ByteBuffer right = buffer(content, direct, slice, seed);
        final byte[] expected = new org.apache.kafka.common.serialization.ByteBufferSerializer().serialize(TOPIC, left);
        final byte[] actual = Serializers.byteBuffer().serialize(TOPIC, new Headers(), right);
        assertArrayEquals(expected, actual);
        assertEquals(left, right, "buffers afterwards");
        assertEquals(left.position(), right.position());
        assertEquals(left.hasArray() && left.array() == expected, right.hasArray() && right.array() == actual,
                "copied");
    }

    private static ByteBuffer buffer(byte[] content, boolean direct, boolean slice, int seed) {
        ByteBuffer buffer = direct
                ? ByteBuffer.allocateDirect(content.length).put(content).rewind()
                : ByteBuffer.wrap(content.clone());
        if (slice) {
            buffer.position(Math.floorMod(seed, content.length + 1));
            buffer = buffer.slice();
        }
        buffer.limit(Math.floorMod(seed / 7, buffer.capacity() + 1));
        return buffer.position(Math.floorMod(seed / 31, buffer.limit() + 1));
    }

    @Provide
    Arbitrary<List<String>> texts() {
        return Arbitraries.strings().ofMaxLength(5).injectNull(0.2).list().ofMaxSize(8);
    }

    @Provide
    Arbitrary<List<Long>> numbers() {
        return Arbitraries.longs().injectNull(0.2).list().ofMaxSize(8);
    }

    @Property(tries = 300)
    void shouldSerializeListsAsKafkaDoes(@ForAll("texts") List<String> texts, @ForAll("numbers") List<Long> numbers) {
        assertSameBytes(
                new org.apache.kafka.common.serialization.ListSerializer<>(
                        new org.apache.kafka.common.serialization.StringSerializer()),
                Serializers.list(Serializers.string()), texts);
        assertSameBytes(
                new org.apache.kafka.common.serialization.ListSerializer<>(
                        new org.apache.kafka.common.serialization.LongSerializer()),
                Serializers.list(Serializers.int64()), numbers);
    }

    @Test
    void shouldSerializeListsOfEveryTypeAsKafkaDoes() {
        list(new org.apache.kafka.common.serialization.ShortSerializer(), Serializers.int16(), (short) 1);
        list(new org.apache.kafka.common.serialization.IntegerSerializer(), Serializers.int32(), 1);
        list(new org.apache.kafka.common.serialization.FloatSerializer(), Serializers.float32(), 1f);
        list(new org.apache.kafka.common.serialization.DoubleSerializer(), Serializers.float64(), 1d);
        list(new org.apache.kafka.common.serialization.UUIDSerializer(), Serializers.uuid(), new UUID(3, 4));
        list(new org.apache.kafka.common.serialization.BooleanSerializer(), Serializers.bool(), true);
        list(new org.apache.kafka.common.serialization.ByteArraySerializer(), Serializers.byteArray(),
                new byte[]{1, 2});
    }

    private static <T> void list(org.apache.kafka.common.serialization.Serializer<T> oracle, Serializer<T> ours,
            T entry) {
        for (final List<T> data : List.of(Arrays.asList(entry, null, entry), Arrays.<T>asList((T) null),
                List.<T>of())) {
            assertSameBytes(new org.apache.kafka.common.serialization.ListSerializer<>(oracle), Serializers.list(ours),
                    data);
        }
    }

    @Test
    void shouldTakeTheListsInnerSerializerFromTheConfiguration() {
        for (final Object inner : List.of("org.apache.kafka.common.serialization.Serdes$LongSerde",
                "io.kp.client.LongSerializer",
                LongSerializer.class)) {
            final ListSerializer<Long> ours = new ListSerializer<>();
            ours.configure(Map.of("default.list.key.serde.inner", inner), true);
            assertSameBytes(new org.apache.kafka.common.serialization.ListSerializer<>(
                    new org.apache.kafka.common.serialization.LongSerializer()), ours, Arrays.asList(5L, null));
        }
    }

    @Test
    void shouldRefuseAListSerializerWithNoneOrTwoInnerSerializers() {
        final var none = assertThrows(ConfigException.class,
                () -> new ListSerializer<String>().configure(Map.of(), false));
        assertEquals("default.list.value.serde.inner", none.key());
        final var two = assertThrows(ConfigException.class, () -> new ListSerializer<>(Serializers.string())
                .configure(Map.of("default.list.value.serde.inner", "io.kp.client.LongSerializer"), false));
        assertTrue(two.getMessage().contains("io.kp.client.StringSerializer"), two.getMessage());
        assertThrows(SerializationException.class,
                () -> new ListSerializer<String>().serialize(TOPIC, new Headers(), List.of("a")));
        new ListSerializer<>(Serializers.string()).configure(Map.of(), false);
    }

    @Test
    void shouldKnowWhichSerializersLeaveHeadersAlone() {
        for (final Serializer<?> serializer : List.of(Serializers.string(), Serializers.byteArray(),
                Serializers.byteBuffer(),
                Serializers.int16(), Serializers.int32(), Serializers.int64(), Serializers.float32(),
                Serializers.float64(),
                Serializers.bool(), Serializers.uuid(), Serializers.nulls())) {
            assertTrue(Serializers.ignoresHeaders(serializer), serializer.getClass().getName());
        }
        final Serializer<String> users = (topic, headers, data) -> null;
        assertFalse(Serializers.ignoresHeaders(users));
        assertFalse(Serializers.ignoresHeaders(Serializers.list(users)));
    }

    @Test
    void shouldLetALambdaBeASerializer() {
        final Serializer<Charset> serializer = (topic, headers, charset) -> {
            headers.add("seen", null);
            return charset.name().getBytes(StandardCharsets.UTF_8);
        };
        final Headers headers = new Headers();
        assertEquals(5, serializer.serialize(TOPIC, headers, StandardCharsets.UTF_8).length);
        assertEquals(1, headers.size());
    }
}
