package io.kp.network;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * The immutable settings of TLS. Names, defaults and rules are those of Kafka's {@code ssl.*} keys. The files are not read here but by {@link TlsContext}.
 */
public final class TlsConfig {
    /** The type of stores whose content is PEM text. */
    public static final String PEM = "PEM";

    private final String protocol;
    private final String provider;
    private final List<String> enabledProtocols;
    private final List<String> cipherSuites;
    private static final Set<String> ENDPOINT_IDENTIFICATION = Set.of("", "https", "ldaps");

    private final String endpointIdentificationAlgorithm;
    private final String keyManagerAlgorithm;
    private final String trustManagerAlgorithm;
    private final String secureRandomImplementation;
    private final String keystoreType;
    private final String keystoreLocation;
    private final String keystorePassword;
    private final String keyPassword;
    private final String keystoreCertificateChain;
    private final String keystoreKey;
    private final String truststoreType;
    private final String truststoreLocation;
    private final String truststorePassword;
    private final String truststoreCertificates;

    private TlsConfig(Builder builder) {
        protocol = builder.protocol;
        provider = builder.provider;
        enabledProtocols = builder.enabledProtocols;
        cipherSuites = builder.cipherSuites;
        endpointIdentificationAlgorithm = builder.endpointIdentificationAlgorithm;
        keyManagerAlgorithm = builder.keyManagerAlgorithm;
        trustManagerAlgorithm = builder.trustManagerAlgorithm;
        secureRandomImplementation = builder.secureRandomImplementation;
        keystoreType = builder.keystoreType;
        keystoreLocation = builder.keystoreLocation;
        keystorePassword = builder.keystorePassword;
        keyPassword = builder.keyPassword;
        keystoreCertificateChain = builder.keystoreCertificateChain;
        keystoreKey = builder.keystoreKey;
        truststoreType = builder.truststoreType;
        truststoreLocation = builder.truststoreLocation;
        truststorePassword = builder.truststorePassword;
        truststoreCertificates = builder.truststoreCertificates;
    }

    /**
     * Starts from the defaults: the JDK's authorities are trusted, names are verified, no certificate of our own.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Value of {@code ssl.protocol}.
     *
     * @return the {@code SSLContext}'s protocol
     */
    public String protocol() {
        return protocol;
    }

    /**
     * Value of {@code ssl.provider}.
     *
     * @return the JCA provider of the {@code SSLContext}, or {@code null} for the first that fits
     */
    public String provider() {
        return provider;
    }

    /**
     * Value of {@code ssl.enabled.protocols}.
     *
     * @return the TLS versions that may be agreed on; empty for the JDK's choice
     */
    public List<String> enabledProtocols() {
        return enabledProtocols;
    }

    /**
     * Value of {@code ssl.cipher.suites}.
     *
     * @return the cipher suites that may be agreed on; empty for the JDK's choice
     */
    public List<String> cipherSuites() {
        return cipherSuites;
    }

    /**
     * Value of {@code ssl.endpoint.identification.algorithm}.
     *
     * @return how a broker's name is held against its certificate; empty for not at all
     */
    public String endpointIdentificationAlgorithm() {
        return endpointIdentificationAlgorithm;
    }

    /**
     * Value of {@code ssl.keymanager.algorithm}.
     *
     * @return the key manager's algorithm
     */
    public String keyManagerAlgorithm() {
        return keyManagerAlgorithm;
    }

    /**
     * Value of {@code ssl.trustmanager.algorithm}.
     *
     * @return the trust manager's algorithm
     */
    public String trustManagerAlgorithm() {
        return trustManagerAlgorithm;
    }

    /**
     * Value of {@code ssl.secure.random.implementation}.
     *
     * @return the algorithm of the {@code SecureRandom}, or {@code null} for the JDK's choice
     */
    public String secureRandomImplementation() {
        return secureRandomImplementation;
    }

    /**
     * Value of {@code ssl.keystore.type}.
     *
     * @return the type of the key store: {@code PEM}, {@code PKCS12}, {@code JKS} or another that the JDK knows
     */
    public String keystoreType() {
        return keystoreType;
    }

    /**
     * Value of {@code ssl.keystore.location}.
     *
     * @return the key store's file, or {@code null}
     */
    public String keystoreLocation() {
        return keystoreLocation;
    }

    /**
     * Value of {@code ssl.keystore.password}.
     *
     * @return the key store's password, or {@code null}; a secret
     */
    public String keystorePassword() {
        return keystorePassword;
    }

    /**
     * Value of {@code ssl.key.password}.
     *
     * @return the private key's password, or {@code null} for that of the key store; a secret
     */
    public String keyPassword() {
        return keyPassword;
    }

    /**
     * Value of {@code ssl.keystore.certificate.chain}.
     *
     * @return the own certificate and those above it in PEM, or {@code null}
     */
    public String keystoreCertificateChain() {
        return keystoreCertificateChain;
    }

    /**
     * Value of {@code ssl.keystore.key}.
     *
     * @return the private key in PEM, PKCS#8, or {@code null}; a secret
     */
    public String keystoreKey() {
        return keystoreKey;
    }

    /**
     * Value of {@code ssl.truststore.type}.
     *
     * @return the type of the trust store: {@code PEM}, {@code PKCS12}, {@code JKS} or another that the JDK knows
     */
    public String truststoreType() {
        return truststoreType;
    }

    /**
     * Value of {@code ssl.truststore.location}.
     *
     * @return the trust store's file, or {@code null} for the authorities that the JDK trusts
     */
    public String truststoreLocation() {
        return truststoreLocation;
    }

    /**
     * Value of {@code ssl.truststore.password}.
     *
     * @return the trust store's password, or {@code null}; a secret
     */
    public String truststorePassword() {
        return truststorePassword;
    }

    /**
     * Value of {@code ssl.truststore.certificates}.
     *
     * @return the trusted certificates in PEM, or {@code null}
     */
    public String truststoreCertificates() {
        return truststoreCertificates;
    }

    /**
     * Where certificates come from, without secrets.
     *
     * @return types, locations and what else is no secret
     */
    @Override
    public String toString() {
        return "TlsConfig[enabledProtocols=" + enabledProtocols + ", keystore="
                + store(keystoreType, keystoreLocation, keystoreKey)
                + ", truststore=" + store(truststoreType, truststoreLocation, truststoreCertificates)
                + ", endpointIdentificationAlgorithm=" + endpointIdentificationAlgorithm + ']';
    }

    private static String store(String type, String location, String inline) {
        return location != null ? type + ':' + location : inline != null ? type + ":inline" : "none";
    }

    /** Collects the settings of a {@link TlsConfig}. */
    public static final class Builder {
        private String protocol = "TLSv1.3";
        private String provider;
        private List<String> enabledProtocols = List.of("TLSv1.2", "TLSv1.3");
        private List<String> cipherSuites = List.of();
        private String endpointIdentificationAlgorithm = "https";
        private String keyManagerAlgorithm = KeyManagerFactory.getDefaultAlgorithm();
        private String trustManagerAlgorithm = TrustManagerFactory.getDefaultAlgorithm();
        private String secureRandomImplementation;
        private String keystoreType = "JKS";
        private String keystoreLocation;
        private String keystorePassword;
        private String keyPassword;
        private String keystoreCertificateChain;
        private String keystoreKey;
        private String truststoreType = "JKS";
        private String truststoreLocation;
        private String truststorePassword;
        private String truststoreCertificates;

        private Builder() {
        }

        /**
         * Sets {@link TlsConfig#protocol()}.
         *
         * @param protocol the {@code SSLContext}'s protocol
         * @return this
         */
        public Builder protocol(String protocol) {
            this.protocol = Objects.requireNonNull(protocol, "protocol");
            return this;
        }

        /**
         * Sets {@link TlsConfig#provider()}.
         *
         * @param provider the JCA provider of the {@code SSLContext}, or {@code null} for the first that fits
         * @return this
         */
        public Builder provider(String provider) {
            this.provider = provider;
            return this;
        }

        /**
         * Sets {@link TlsConfig#enabledProtocols()}.
         *
         * @param enabledProtocols the TLS versions that may be agreed on; empty for the JDK's choice
         * @return this
         */
        public Builder enabledProtocols(List<String> enabledProtocols) {
            this.enabledProtocols = List.copyOf(enabledProtocols);
            return this;
        }

        /**
         * Sets {@link TlsConfig#cipherSuites()}.
         *
         * @param cipherSuites the cipher suites that may be agreed on; empty for the JDK's choice
         * @return this
         */
        public Builder cipherSuites(List<String> cipherSuites) {
            this.cipherSuites = List.copyOf(cipherSuites);
            return this;
        }

        /**
         * Sets {@link TlsConfig#endpointIdentificationAlgorithm()}.
         *
         * @param endpointIdentificationAlgorithm how a broker's name is held against its certificate; empty for not at all
         * @return this
         */
        public Builder endpointIdentificationAlgorithm(String endpointIdentificationAlgorithm) {
            this.endpointIdentificationAlgorithm = Objects.requireNonNull(endpointIdentificationAlgorithm,
                    "endpointIdentificationAlgorithm");
            return this;
        }

        /**
         * Sets {@link TlsConfig#keyManagerAlgorithm()}.
         *
         * @param keyManagerAlgorithm the key manager's algorithm
         * @return this
         */
        public Builder keyManagerAlgorithm(String keyManagerAlgorithm) {
            this.keyManagerAlgorithm = Objects.requireNonNull(keyManagerAlgorithm, "keyManagerAlgorithm");
            return this;
        }

        /**
         * Sets {@link TlsConfig#trustManagerAlgorithm()}.
         *
         * @param trustManagerAlgorithm the trust manager's algorithm
         * @return this
         */
        public Builder trustManagerAlgorithm(String trustManagerAlgorithm) {
            this.trustManagerAlgorithm = Objects.requireNonNull(trustManagerAlgorithm, "trustManagerAlgorithm");
            return this;
        }

        /**
         * Sets {@link TlsConfig#secureRandomImplementation()}.
         *
         * @param secureRandomImplementation the algorithm of the {@code SecureRandom}, or {@code null} for the JDK's choice
         * @return this
         */
        public Builder secureRandomImplementation(String secureRandomImplementation) {
            this.secureRandomImplementation = secureRandomImplementation;
            return this;
        }

        /**
         * Sets {@link TlsConfig#keystoreType()}.
         *
         * @param keystoreType the type of the key store: {@code PEM}, {@code PKCS12}, {@code JKS} or another that the JDK knows
         * @return this
         */
        public Builder keystoreType(String keystoreType) {
            this.keystoreType = Objects.requireNonNull(keystoreType, "keystoreType");
            return this;
        }

        /**
         * Sets {@link TlsConfig#keystoreLocation()}.
         *
         * @param keystoreLocation the key store's file, or {@code null}
         * @return this
         */
        public Builder keystoreLocation(String keystoreLocation) {
            this.keystoreLocation = keystoreLocation;
            return this;
        }

        /**
         * Sets {@link TlsConfig#keystorePassword()}.
         *
         * @param keystorePassword the key store's password, or {@code null}; a secret
         * @return this
         */
        public Builder keystorePassword(String keystorePassword) {
            this.keystorePassword = keystorePassword;
            return this;
        }

        /**
         * Sets {@link TlsConfig#keyPassword()}.
         *
         * @param keyPassword the private key's password, or {@code null} for that of the key store; a secret
         * @return this
         */
        public Builder keyPassword(String keyPassword) {
            this.keyPassword = keyPassword;
            return this;
        }

        /**
         * Sets {@link TlsConfig#keystoreCertificateChain()}.
         *
         * @param keystoreCertificateChain the own certificate and those above it in PEM, or {@code null}
         * @return this
         */
        public Builder keystoreCertificateChain(String keystoreCertificateChain) {
            this.keystoreCertificateChain = keystoreCertificateChain;
            return this;
        }

        /**
         * Sets {@link TlsConfig#keystoreKey()}.
         *
         * @param keystoreKey the private key in PEM, PKCS#8, or {@code null}; a secret
         * @return this
         */
        public Builder keystoreKey(String keystoreKey) {
            this.keystoreKey = keystoreKey;
            return this;
        }

        /**
         * Sets {@link TlsConfig#truststoreType()}.
         *
         * @param truststoreType the type of the trust store: {@code PEM}, {@code PKCS12}, {@code JKS} or another that the JDK knows
         * @return this
         */
        public Builder truststoreType(String truststoreType) {
            this.truststoreType = Objects.requireNonNull(truststoreType, "truststoreType");
            return this;
        }

        /**
         * Sets {@link TlsConfig#truststoreLocation()}.
         *
         * @param truststoreLocation the trust store's file, or {@code null} for the authorities that the JDK trusts
         * @return this
         */
        public Builder truststoreLocation(String truststoreLocation) {
            this.truststoreLocation = truststoreLocation;
            return this;
        }

        /**
         * Sets {@link TlsConfig#truststorePassword()}.
         *
         * @param truststorePassword the trust store's password, or {@code null}; a secret
         * @return this
         */
        public Builder truststorePassword(String truststorePassword) {
            this.truststorePassword = truststorePassword;
            return this;
        }

        /**
         * Sets {@link TlsConfig#truststoreCertificates()}.
         *
         * @param truststoreCertificates the trusted certificates in PEM, or {@code null}
         * @return this
         */
        public Builder truststoreCertificates(String truststoreCertificates) {
            this.truststoreCertificates = truststoreCertificates;
            return this;
        }

        /**
         * Makes the settings, after checking what contradicts each other.
         *
         * @return the settings
         * @throws TlsConfigException if two settings contradict each other
         */
        public TlsConfig build() {
            // The JDK would find out in the middle of each handshake.
            if (!ENDPOINT_IDENTIFICATION.contains(endpointIdentificationAlgorithm.toLowerCase(Locale.ROOT))) {
                throw new TlsConfigException("ssl.endpoint.identification.algorithm",
                        "must be https, or empty to connect to whoever has a certificate of a trusted authority");
            }
            if (keystoreKey != null || keystoreCertificateChain != null) {
                requirePem("ssl.keystore.type", keystoreType);
                if (keystoreKey == null) {
                    throw new TlsConfigException("ssl.keystore.certificate.chain",
                            "must come with ssl.keystore.key, the private key of its first certificate");
                }
                if (keystoreCertificateChain == null) {
                    throw new TlsConfigException("ssl.keystore.key", "must come with ssl.keystore.certificate.chain");
                }
                refuse("ssl.keystore.location", keystoreLocation, "ssl.keystore.key");
                refuse("ssl.keystore.password", keystorePassword,
                        "ssl.keystore.key; the key's own is ssl.key.password");
            } else if (keystoreLocation != null) {
                if (isPem(keystoreType)) {
                    refuse("ssl.keystore.password", keystorePassword,
                            "ssl.keystore.type=PEM; the key's own is ssl.key.password");
                } else if (keystorePassword == null) {
                    throw new TlsConfigException("ssl.keystore.location",
                            "must come with ssl.keystore.password for ssl.keystore.type=" + keystoreType);
                }
            } else if (keystorePassword != null) {
                throw new TlsConfigException("ssl.keystore.password", "must come with ssl.keystore.location");
            }
            if (truststoreCertificates != null) {
                requirePem("ssl.truststore.type", truststoreType);
                refuse("ssl.truststore.location", truststoreLocation, "ssl.truststore.certificates");
                refuse("ssl.truststore.password", truststorePassword, "ssl.truststore.certificates");
            } else if (truststoreLocation != null) {
                if (isPem(truststoreType)) {
                    refuse("ssl.truststore.password", truststorePassword, "ssl.truststore.type=PEM");
                }
            } else if (truststorePassword != null) {
                throw new TlsConfigException("ssl.truststore.password", "must come with ssl.truststore.location");
            }
            return new TlsConfig(this);
        }

        private static void requirePem(String key, String type) {
            if (!isPem(type)) {
                throw new TlsConfigException(key, "must be PEM for certificates given as text, not " + type);
            }
        }

        private static void refuse(String key, String value, String other) {
            if (value != null) {
                throw new TlsConfigException(key, "must not be set together with " + other);
            }
        }
    }

    static boolean isPem(String type) {
        return PEM.equalsIgnoreCase(type);
    }
}
