package io.kp.client;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The serializers that come with kp. All write what Kafka's serializers for the same types write, and {@code null} for {@code null}; all are thread-safe.
 */
public final class Serializers {
    private static final Set<Class<?>> WITHOUT_HEADERS = Set.of(StringSerializer.class, ByteArraySerializer.class,
            ByteBufferSerializer.class,
            ShortSerializer.class, IntegerSerializer.class, LongSerializer.class, FloatSerializer.class,
            DoubleSerializer.class,
            BooleanSerializer.class, UUIDSerializer.class, VoidSerializer.class);

    private Serializers() {
    }

    /** Whether a serializer is known to leave headers alone, so that none have to be made for it. */
    static boolean ignoresHeaders(Serializer<?> serializer) {
        return WITHOUT_HEADERS.contains(serializer.getClass());
    }

    /**
     * Text in UTF-8.
     *
     * @return the serializer
     */
    public static Serializer<String> string() {
        return new StringSerializer();
    }

    /**
     * Text in a charset.
     *
     * @param charset the charset
     * @return the serializer
     */
    public static Serializer<String> string(Charset charset) {
        return new StringSerializer(charset);
    }

    /**
     * Byte arrays as they are.
     *
     * @return the serializer
     */
    public static Serializer<byte[]> byteArray() {
        return new ByteArraySerializer();
    }

    /**
     * Buffers, from 0 to their limit.
     *
     * @return the serializer
     */
    public static Serializer<ByteBuffer> byteBuffer() {
        return new ByteBufferSerializer();
    }

    /**
     * 16 bit numbers, big-endian.
     *
     * @return the serializer
     */
    public static Serializer<Short> int16() {
        return new ShortSerializer();
    }

    /**
     * 32 bit numbers, big-endian.
     *
     * @return the serializer
     */
    public static Serializer<Integer> int32() {
        return new IntegerSerializer();
    }

    /**
     * 64 bit numbers, big-endian.
     *
     * @return the serializer
     */
    public static Serializer<Long> int64() {
        return new LongSerializer();
    }

    /**
     * 32 bit floating point numbers, big-endian.
     *
     * @return the serializer
     */
    public static Serializer<Float> float32() {
        return new FloatSerializer();
    }

    /**
     * 64 bit floating point numbers, big-endian.
     *
     * @return the serializer
     */
    public static Serializer<Double> float64() {
        return new DoubleSerializer();
    }

    /**
     * Truth values, one byte.
     *
     * @return the serializer
     */
    public static Serializer<Boolean> bool() {
        return new BooleanSerializer();
    }

    /**
     * UUIDs as text.
     *
     * @return the serializer
     */
    public static Serializer<UUID> uuid() {
        return new UUIDSerializer();
    }

    /**
     * No data at all: for records without a key.
     *
     * @return the serializer
     */
    public static Serializer<Void> nulls() {
        return new VoidSerializer();
    }

    /**
     * Lists.
     *
     * @param <T> the type of the entries
     * @param inner serializes an entry
     * @return the serializer
     */
    public static <T> Serializer<List<T>> list(Serializer<? super T> inner) {
        return new ListSerializer<>(inner);
    }
}
