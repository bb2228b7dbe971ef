package io.kp.client;

import java.lang.reflect.InvocationTargetException;
import java.util.Map;

import io.kp.partition.RoundRobinPartitioner;

/** Finds and makes the plug-ins that a configuration names. */
final class Classes {
    private static final String KAFKA_ROUND_ROBIN = "org.apache.kafka.clients.producer.RoundRobinPartitioner";
    private static final String KAFKA_SERIALIZERS = "org.apache.kafka.common.serialization.";

    /** Kafka's serializers by the simple names that kp's share, so that a configuration written for Kafka's producer works. */
    private static final Map<String, Class<?>> SERIALIZERS = Map.ofEntries(entry(StringSerializer.class),
            entry(ByteArraySerializer.class),
            entry(ByteBufferSerializer.class), entry(ShortSerializer.class), entry(IntegerSerializer.class),
            entry(LongSerializer.class),
            entry(FloatSerializer.class), entry(DoubleSerializer.class), entry(BooleanSerializer.class),
            entry(UUIDSerializer.class),
            entry(VoidSerializer.class), entry(ListSerializer.class));

    private Classes() {
    }

    /** Loads a class by the context class loader, as Kafka does, or else by kp's own. */
    static Class<?> forName(String key, String name) {
        if (name.startsWith(KAFKA_SERIALIZERS)) {
            final Class<?> own = SERIALIZERS.get(name.substring(KAFKA_SERIALIZERS.length()));
            if (own != null) {
                return own;
            }
        }
        if (name.equals(KAFKA_ROUND_ROBIN)) {
            return RoundRobinPartitioner.class;
        }
        final ClassLoader context = Thread.currentThread().getContextClassLoader();
        try {
            return Class.forName(name, true, context == null ? Classes.class.getClassLoader() : context);
        } catch (final ClassNotFoundException | LinkageError e) {
            throw new ConfigException(key, name, "must be a class that can be loaded: " + e, e);
        }
    }

    /** Makes an instance by the public constructor without arguments. */
    static <T> T newInstance(String key, Class<?> type, Class<T> contract) {
        requireContract(key, type, contract);
        try {
            return contract.cast(type.getConstructor().newInstance());
        } catch (final InvocationTargetException e) {
            throw new ConfigException(key, type.getName(), "its constructor threw " + e.getCause(), e.getCause());
        } catch (final ReflectiveOperationException e) {
            throw new ConfigException(key, type.getName(),
                    "must be a public class with a public constructor without arguments, in a package that is exported or opened to "
                            + Classes.class.getModule() + ": " + e,
                    e);
        }
    }

    static void requireContract(String key, Class<?> type, Class<?> contract) {
        if (!contract.isAssignableFrom(type)) {
            throw new ConfigException(key, type.getName(), "must be a class that implements " + contract.getName());
        }
    }

    private static Map.Entry<String, Class<?>> entry(Class<?> type) {
        return Map.entry(type.getSimpleName(), type);
    }
}
