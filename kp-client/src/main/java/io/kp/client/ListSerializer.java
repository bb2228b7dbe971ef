package io.kp.client;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Serializes lists, in the format of Kafka's serializer of the same name (KIP-466):
 *
 * <pre>
 * entries of one size:  0 (byte), count of nulls (i32), their indexes (i32 each), size of the list (i32), the entries that are not null
 * other entries:        1 (byte), size of the list (i32), for each entry its length (i32, -1 for null) and its bytes
 * </pre>
 *
 * <p>The entries' serializer is given to the constructor, or named by {@code default.list.key.serde.inner} or {@code default.list.value.serde.inner}: a class that
 * implements {@link Serializer}, or one of Kafka's own {@code Serdes}.
 *
 * @param <T> the type of the entries
 */
public final class ListSerializer<T> implements Serializer<List<T>> {
    private static final int ONE_SIZE = 0;
    private static final int ANY_SIZE = 1;
    private static final int NULL_LENGTH = -1;
    private static final String KAFKA_SERDES = "org.apache.kafka.common.serialization.Serdes$";

    private static final Set<Class<?>> ONE_SIZE_SERIALIZERS = Set.of(ShortSerializer.class, IntegerSerializer.class,
            LongSerializer.class,
            FloatSerializer.class, DoubleSerializer.class, UUIDSerializer.class);

    private volatile Serializer<? super T> inner;

    /** Takes the entries' serializer from the configuration. */
    public ListSerializer() {
    }

    /**
     * Serializes the entries with a serializer of the caller's.
     *
     * @param inner serializes an entry
     */
    public ListSerializer(Serializer<? super T> inner) {
        this.inner = requireNonNull(inner, "inner");
    }

    /**
     * Makes the entries' serializer.
     *
     * @param configs the configuration
     * @param isKey whether this serializer is for keys
     * @throws ConfigException if the configuration names no serializer, or one although the constructor was given another
     */
    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        final String key = isKey ? "default.list.key.serde.inner" : "default.list.value.serde.inner";
        final Object named = configs.get(key);
        if (inner != null) {
            if (named != null) {
                throw new ConfigException(key, named,
                        "contradicts the serializer that the constructor was given: " + inner.getClass().getName());
            }
            return;
        }
        if (named == null) {
            throw new ConfigException(key, null,
                    "must name the serializer of the list's entries, since the constructor was given none");
        }
        @SuppressWarnings("unchecked")
        final Serializer<? super T> made = (Serializer<? super T>) Classes.newInstance(key, innerClass(key, named),
                Serializer.class);
        made.configure(configs, isKey);
        inner = made;
    }

    /**
     * Serializes one list.
     *
     * @param topic handed to the entries' serializer
     * @param headers handed to the entries' serializer
     * @param data the list, or {@code null}
     * @return its bytes, {@code null} for {@code null}
     * @throws SerializationException if there is no serializer for the entries
     */
    @Override
    public byte[] serialize(String topic, Headers headers, List<T> data) {
        if (data == null) {
            return null;
        }
        final Serializer<? super T> inner = this.inner;
        if (inner == null) {
            throw new SerializationException(
                    "ListSerializer has no serializer for the entries: call configure, or give it to the constructor");
        }
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            final boolean oneSize = ONE_SIZE_SERIALIZERS.contains(inner.getClass());
            out.writeByte(oneSize ? ONE_SIZE : ANY_SIZE);
            if (oneSize) {
                writeNullIndexes(out, data);
            }
            out.writeInt(data.size());
            for (final T entry : data) {
                final byte[] entryBytes = entry == null ? null : inner.serialize(topic, headers, entry);
                if (!oneSize) {
                    out.writeInt(entryBytes == null ? NULL_LENGTH : entryBytes.length);
                }
                if (entryBytes != null) {
                    out.write(entryBytes);
                }
            }
        } catch (final IOException e) {
            throw new SerializationException("list could not be serialized: size=" + data.size(), e);
        }
        return bytes.toByteArray();
    }

    /** Closes the entries' serializer. */
    @Override
    public void close() {
        final Serializer<? super T> inner = this.inner;
        if (inner != null) {
            inner.close();
        }
    }

    private static void writeNullIndexes(DataOutputStream out, List<?> data) throws IOException {
        int nulls = 0;
        for (final Object entry : data) {
            if (entry == null) {
                nulls++;
            }
        }
        out.writeInt(nulls);
        int index = 0;
        for (final Object entry : data) {
            if (entry == null) {
                out.writeInt(index);
            }
            index++;
        }
    }

    private static Class<?> innerClass(String key, Object named) {
        if (named instanceof Class<?> type) {
            return type;
        }
        String name = String.valueOf(named);
        if (name.startsWith(KAFKA_SERDES) && name.endsWith("Serde")) {
            name = "org.apache.kafka.common.serialization."
                    + name.substring(KAFKA_SERDES.length(), name.length() - "Serde".length())
                    + "Serializer";
        }
        return Classes.forName(key, name);
    }
}
