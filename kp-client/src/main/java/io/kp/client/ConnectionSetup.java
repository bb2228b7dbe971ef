package io.kp.client;

import java.io.IOException;
import java.util.Objects;

import io.kp.network.ConnectionListener;
import io.kp.network.NetworkClient;
import io.kp.network.Transport;

/**
 * The connections of a producer without the producer: certificates, credentials, timeouts and sockets made of a configuration in the way that
 * {@link Producer#open} makes them. For tools that want to see a broker as a producer would, say to tell why it cannot be reached.
 *
 * <p>Thread-safe; what {@link #openClient} and {@link #openTransport} return belongs to one thread each. Reading certificates and keys happens in {@link #of} and may
 * block; nothing else does.
 */
public final class ConnectionSetup implements AutoCloseable {
    private final ProducerConfig config;
    private final ProducerContext context;
    private final Security security;

    private ConnectionSetup(final ProducerConfig config, final ProducerContext context, final Security security) {
        this.config = config;
        this.context = context;
        this.security = security;
    }

    /**
     * Reads what the configuration names: certificates, keys, credentials. Connects nowhere.
     *
     * @param config  the configuration of a producer
     * @param context what else a producer would be given
     * @return the set-up, to be closed after what was opened from it
     * @throws ConfigException if a store, a key or a credential is missing or cannot be used
     */
    public static ConnectionSetup of(final ProducerConfig config, final ProducerContext context) {
        return new ConnectionSetup(Objects.requireNonNull(config, "config"), Objects.requireNonNull(context, "context"),
                Security.of(config, context, false));
    }

    /**
     * Byte streams to brokers as the producer has them: plain, or with TLS and its verification.
     *
     * @return a transport of the caller's, to be closed
     */
    public Transport openTransport() {
        return security.transport(context);
    }

    /**
     * The producer's network client: connects, negotiates versions, authenticates.
     *
     * @param listener hears what becomes of connections
     * @return a client of the caller's, to be closed
     */
    public NetworkClient openClient(final ConnectionListener listener) {
        final Transport transport = openTransport();
        try {
            return new NetworkClient(KpProducer.networkConfig(config, security.sasl()), transport,
                    context.hostResolver(), context.nanoClock(), context.random(), listener);
        } catch (final RuntimeException | Error e) {
            try {
                transport.close();
            } catch (final IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** Ends the threads that handshakes and authentication are computed on. */
    @Override
    public void close() {
        security.close();
    }
}
