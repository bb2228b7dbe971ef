package io.kp.client;

import java.util.List;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The chain of interceptors. What they throw is logged and affects nobody else. */
final class Interceptors<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(Interceptors.class);

    private final List<ProducerInterceptor<K, V>> chain;

    Interceptors(final List<ProducerInterceptor<K, V>> chain) {
        this.chain = List.copyOf(chain);
    }

    boolean isEmpty() {
        return chain.isEmpty();
    }

    ProducerRecord<K, V> onSend(final ProducerRecord<K, V> record) {
        ProducerRecord<K, V> current = record;
        for (final ProducerInterceptor<K, V> interceptor : chain) {
            try {
                final ProducerRecord<K, V> next = interceptor.onSend(current);
                if (next == null) {
                    LOG.warn("interceptor returned no record, its change is left out: interceptor={}, topic={}",
                            interceptor.getClass().getName(),
                            record.topic());
                } else {
                    current = next;
                }
            } catch (final Throwable e) {
                LOG.warn("interceptor failed, its change is left out: interceptor={}, topic={}",
                        interceptor.getClass().getName(), record.topic(), e);
            }
        }
        return current;
    }

    void onAcknowledgement(final RecordMetadata metadata, final Exception failure, final Headers headers) {
        // A record that was refused is its owner's again.
        final Headers seen = headers.readOnlyView();
        for (final ProducerInterceptor<K, V> interceptor : chain) {
            try {
                interceptor.onAcknowledgement(metadata, failure, seen);
            } catch (final Throwable e) {
                LOG.warn("interceptor failed on an outcome: interceptor={}", interceptor.getClass().getName(), e);
            }
        }
    }

    void forEach(final Consumer<AutoCloseable> action) {
        chain.forEach(action);
    }
}
