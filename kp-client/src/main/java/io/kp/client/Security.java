package io.kp.client;

import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.network.Sasl;
import io.kp.network.SaslMechanism;
import io.kp.network.TlsConfigException;
import io.kp.network.TlsContext;
import io.kp.network.TlsListener;
import io.kp.network.TlsTransport;
import io.kp.network.Transport;

/**
 * What a producer needs to be believed by brokers and to believe them, made from its configuration: certificates, and threads for what takes long. Without state of its
 * own for plaintext.
 */
final class Security {
    private static final Logger LOG = LoggerFactory.getLogger(Security.class);
    private static final int WORKERS = 2;
    private static final long WORKER_IDLE_SECONDS = 10;

    private final ProducerConfig config;
    private final TlsContext tls;
    /** {@code null} if connections are not authenticated. */
    private final Sasl sasl;
    private final Executor executor;
    /** {@code null} if the executor is not this producer's. */
    private final ThreadPoolExecutor workers;

    private Security(final ProducerConfig config, final TlsContext tls, final SaslMechanism mechanism,
            final Executor executor,
            final ThreadPoolExecutor workers) {
        this.config = config;
        this.tls = tls;
        this.sasl = mechanism == null ? null : Sasl.of(mechanism, executor);
        this.executor = executor;
        this.workers = workers;
    }

    /** Reads what the configuration names, so that mistakes show at construction. */
    static Security of(final ProducerConfig config, final ProducerContext context, final boolean invoked) {
        final boolean authenticates = config.securityProtocol().startsWith("SASL");
        if (config.tls() == null && !authenticates) {
            return new Security(config, null, null, null, null);
        }
        final SaslMechanism mechanism = authenticates ? SaslMechanisms.of(config, context) : null;
        TlsContext tls = null;
        if (config.tls() != null) {
            try {
                tls = TlsContext.load(config.tls(), context.epochClockMs(), new TlsLog(config.clientId()));
            } catch (final TlsConfigException e) {
                throw config.refusal(e);
            }
        }
        if (context.executor() != null) {
            return new Security(config, tls, mechanism, context.executor(), null);
        }
        if (invoked) {
            return new Security(config, tls, mechanism, Runnable::run, null);
        }
        final ThreadPoolExecutor workers = new ThreadPoolExecutor(WORKERS, WORKERS, WORKER_IDLE_SECONDS,
                TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    final Thread thread = new Thread(task, "kp-security | " + config.clientId());
                    thread.setDaemon(true);
                    return thread;
                });
        workers.allowCoreThreadTimeOut(true);
        return new Security(config, tls, mechanism, workers, workers);
    }

    Transport transport(final ProducerContext context) {
        final Transport plain = context.openTransport();
        return tls == null
                ? plain
                : TlsTransport.over(plain, tls, executor, context.nanoClock(), config.sslReloadIntervalMs(),
                        config.sslReloadReconnect());
    }

    /** How connections are authenticated; {@code null} for not at all. */
    Sasl sasl() {
        return sasl;
    }

    void close() {
        if (workers != null) {
            workers.shutdown();
        }
    }

    /** Says in the log what becomes of certificates. */
    private record TlsLog(String clientId) implements TlsListener {
        @Override
        public void onReload(final String description) {
            LOG.info("client.id={}: certificates have changed, new connections use them: {}", clientId, description);
        }

        @Override
        public void onReloadFailure(final RuntimeException failure) {
            LOG.error("client.id={}: certificates have changed and cannot be used, the ones before stay: {}", clientId,
                    failure.getMessage());
        }

        @Override
        public void onExpiring(final String subject, final Instant notAfter, final long daysLeft) {
            if (daysLeft < 0) {
                LOG.error("client.id={}: the own certificate has expired: notAfter={}, subject={}", clientId, notAfter,
                        subject);
            } else {
                LOG.warn("client.id={}: the own certificate expires in less than {} days: notAfter={}, subject={}",
                        clientId, daysLeft + 1, notAfter, subject);
            }
        }
    }
}
