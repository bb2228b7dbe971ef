package io.kp.network;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import java.util.function.LongSupplier;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * What TLS connections are made of: keys, certificates and trust as they are on disk now. {@link #check()} looks whether the files have changed, compares their content
 * (so the swap of a symbolic link counts, and a new time stamp does not), and takes the new ones for new connections if they are valid together; else the ones
 * before stay.
 *
 * <p>Connections may be begun by any thread. {@link #check()} is for one thread at a time.
 */
public final class TlsContext {
    private static final long[] WARN_DAYS = {0, 1, 7, 30};

    private final TlsConfig config;
    private final LongSupplier epochClockMs;
    private final TlsListener listener;
    /** For engines whose broker has asked for a certificate: whether it got one. Forgotten with the engine. */
    private final Map<SSLEngine, Boolean> certificateAsked = Collections.synchronizedMap(new WeakHashMap<>());
    private volatile Loaded loaded;
    private byte[] refusedDigest;
    private String refusedReason;
    private long warnedDays = Long.MAX_VALUE;

    /** One consistent state of the stores. */
    private record Loaded(SSLContext context, X509Certificate certificate, byte[] digest, int generation, int trusted) {
    }

    private TlsContext(TlsConfig config, LongSupplier epochClockMs, TlsListener listener) {
        this.config = config;
        this.epochClockMs = epochClockMs;
        this.listener = listener;
    }

    /**
     * Reads the stores.
     *
     * @param config       the settings
     * @param epochClockMs milliseconds since 1970 in UTC, for warnings ahead of the expiry of the own certificate
     * @param listener     hears of changes and of the own certificate's end
     * @return what connections are made of
     * @throws TlsConfigException if a setting, a file or its content is not usable
     */
    public static TlsContext load(TlsConfig config, LongSupplier epochClockMs, TlsListener listener) {
        TlsContext context = new TlsContext(Objects.requireNonNull(config, "config"),
                Objects.requireNonNull(epochClockMs, "epochClockMs"),
                Objects.requireNonNull(listener, "listener"));
        context.loaded = context.open(TlsStores.read(config), 0);
        // Wrong names are to be known at the start, not with the first connection.
        context.newEngine("localhost", 0);
        context.warnOfExpiry();
        return context;
    }

    /**
     * Looks whether the files have changed and takes them if they are valid; reads files, so it is not for an I/O thread.
     *
     * @return whether new connections are made of something new now
     */
    public boolean check() {
        boolean changed = false;
        if (TlsStores.hasFiles(config)) {
            byte[] digest = null;
            try {
                TlsStores stores = TlsStores.read(config);
                digest = stores.digest();
                if (Arrays.equals(digest, loaded.digest)) {
                    forgetRefused();
                } else if (!Arrays.equals(digest, refusedDigest)) {
                    loaded = open(stores, loaded.generation + 1);
                    forgetRefused();
                    warnedDays = Long.MAX_VALUE;
                    changed = true;
                    listener.onReload(describe());
                }
            } catch (RuntimeException e) {
                // A file that is missing has no content to be recognized by; then the reason is.
                String reason = e.toString();
                if (digest != null || !reason.equals(refusedReason)) {
                    refusedDigest = digest;
                    refusedReason = reason;
                    listener.onReloadFailure(e);
                }
            }
        }
        warnOfExpiry();
        return changed;
    }

    private void forgetRefused() {
        refusedDigest = null;
        refusedReason = null;
    }

    private Loaded open(TlsStores stores, int generation) {
        stores.open();
        X509Certificate certificate = stores.certificate();
        if (generation > 0 && certificate != null && certificate.getNotAfter().getTime() < epochClockMs.getAsLong()) {
            throw new TlsConfigException("ssl.keystore.location", "the new certificate has expired already: notAfter="
                    + certificate.getNotAfter().toInstant() + ", " + TlsTrust.describe(certificate));
        }
        try {
            SSLContext context = config.provider() == null
                    ? SSLContext.getInstance(config.protocol())
                    : SSLContext.getInstance(config.protocol(), config.provider());
            TrustManager[] trust = trustManagers(stores);
            context.init(keyManagers(stores), trust, config.secureRandomImplementation() == null
                    ? null
                    : SecureRandom.getInstance(config.secureRandomImplementation()));
            int trusted = trust[0] instanceof X509ExtendedTrustManager x509 ? x509.getAcceptedIssuers().length : 0;
            return new Loaded(context, certificate, stores.digest(), generation, trusted);
        } catch (GeneralSecurityException e) {
            throw new TlsConfigException("ssl.protocol", "TLS cannot be set up: " + e, e);
        }
    }

    private KeyManager[] keyManagers(TlsStores stores) throws GeneralSecurityException {
        if (stores.keystore() == null) {
            // Not null, which would be the JDK's default from system properties that have nothing to do with this client.
            return new KeyManager[]{new TlsKeys(null, certificateAsked)};
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(config.keyManagerAlgorithm());
        factory.init(stores.keystore(), stores.keyPassword());
        KeyManager[] managers = factory.getKeyManagers();
        for (int i = 0; i < managers.length; i++) {
            if (managers[i] instanceof X509ExtendedKeyManager x509) {
                managers[i] = new TlsKeys(x509, certificateAsked);
            }
        }
        return managers;
    }

    private TrustManager[] trustManagers(TlsStores stores) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(config.trustManagerAlgorithm());
        factory.init(stores.truststore());
        String source = config.truststoreLocation() != null
                ? config.truststoreLocation()
                : config.truststoreCertificates() != null ? "ssl.truststore.certificates" : "the JDK's authorities";
        TrustManager[] managers = factory.getTrustManagers();
        for (int i = 0; i < managers.length; i++) {
            if (managers[i] instanceof X509ExtendedTrustManager x509) {
                managers[i] = new TlsTrust(x509, source);
            }
        }
        return managers;
    }

    /** An engine for one connection; the host is as configured or as the cluster says, never looked up backwards. */
    SSLEngine newEngine(String host, int port) {
        SSLEngine engine = loaded.context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        if (!config.enabledProtocols().isEmpty()) {
            parameters.setProtocols(
                    known("ssl.enabled.protocols", config.enabledProtocols(), engine.getSupportedProtocols()));
        }
        if (!config.cipherSuites().isEmpty()) {
            parameters.setCipherSuites(
                    known("ssl.cipher.suites", config.cipherSuites(), engine.getSupportedCipherSuites()));
        }
        if (!config.endpointIdentificationAlgorithm().isEmpty()) {
            parameters.setEndpointIdentificationAlgorithm(config.endpointIdentificationAlgorithm());
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    private static String[] known(String key, List<String> wanted, String[] supported) {
        List<String> all = Arrays.asList(supported);
        for (String name : wanted) {
            if (!all.contains(name)) {
                throw new TlsConfigException(key,
                        "the JDK does not know " + name + "; it has " + String.join(", ", all));
            }
        }
        return wanted.toArray(String[]::new);
    }

    /** Which state of the stores new connections are made of; grows with each change. */
    int generation() {
        return loaded.generation;
    }

    /** Whether the broker at the other end of an engine has got a certificate; null if it has not asked for one. */
    Boolean sentCertificate(SSLEngine engine) {
        return certificateAsked.get(engine);
    }

    /** The own certificate for people. */
    String certificateText() {
        X509Certificate certificate = loaded.certificate;
        return certificate == null
                ? "none"
                : TlsTrust.describe(certificate) + ", notAfter=" + certificate.getNotAfter().toInstant();
    }

    TlsConfig config() {
        return config;
    }

    /**
     * What connections are made of now.
     *
     * @return subject, serial number and expiry of the own certificate, and the number of trusted ones
     */
    public String describe() {
        return "certificate=" + certificateText() + ", trustedCertificates=" + loaded.trusted;
    }

    private void warnOfExpiry() {
        X509Certificate certificate = loaded.certificate;
        if (certificate == null) {
            return;
        }
        Instant notAfter = certificate.getNotAfter().toInstant();
        Duration left = Duration.between(Instant.ofEpochMilli(epochClockMs.getAsLong()), notAfter);
        long days = Math.floorDiv(left.toSeconds(), Duration.ofDays(1).toSeconds());
        for (long limit : WARN_DAYS) {
            if (days < limit) {
                if (limit < warnedDays) {
                    warnedDays = limit;
                    listener.onExpiring(certificate.getSubjectX500Principal().toString(), notAfter, days);
                }
                return;
            }
        }
    }
}
