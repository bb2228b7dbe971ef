package io.kp.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes and configures what a configuration names by class. */
final class Plugins {
    private Plugins() {
    }

    @SuppressWarnings("unchecked") // What a configuration names by class cannot be checked against the type that the caller expects.
    static <T> Serializer<T> serializer(final ProducerConfig config, final boolean isKey) {
        final String key = isKey ? ProducerConfig.KEY_SERIALIZER : ProducerConfig.VALUE_SERIALIZER;
        final Class<?> type = (Class<?>) config.value(key);
        if (type == null) {
            throw new ConfigException(key, null, "must be set, unless a serializer is given to Producer.open");
        }
        final Serializer<T> serializer = Classes.newInstance(key, type, Serializer.class);
        serializer.configure(settings(config), isKey);
        return serializer;
    }

    @SuppressWarnings("unchecked") // As above.
    static <K, V> List<ProducerInterceptor<K, V>> interceptors(final ProducerConfig config) {
        final List<ProducerInterceptor<K, V>> interceptors = new ArrayList<>();
        for (final Object name : (List<?>) config.value(ProducerConfig.INTERCEPTOR_CLASSES)) {
            final Class<?> type = name instanceof Class<?> given
                    ? given
                    : Classes.forName(ProducerConfig.INTERCEPTOR_CLASSES, name.toString());
            final ProducerInterceptor<K, V> interceptor = Classes.newInstance(ProducerConfig.INTERCEPTOR_CLASSES, type,
                    ProducerInterceptor.class);
            interceptor.configure(settings(config));
            interceptors.add(interceptor);
        }
        return interceptors;
    }

    private static Map<String, ?> settings(final ProducerConfig config) {
        final Map<String, Object> settings = new HashMap<>(config.originals());
        settings.put(ProducerConfig.CLIENT_ID, config.clientId());
        return settings;
    }
}
