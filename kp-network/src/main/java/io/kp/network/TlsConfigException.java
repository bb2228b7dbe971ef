package io.kp.network;

/**
 * A setting of {@link TlsConfig} is not valid, or what it names cannot be used: a file that is missing, a wrong password, a key without its certificate.
 */
public final class TlsConfigException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** The setting at fault. */
    private final String key;
    /** What is wrong. */
    private final String rule;

    TlsConfigException(String key, String rule, Throwable cause) {
        super(key + ": " + rule, cause);
        this.key = key;
        this.rule = rule;
    }

    TlsConfigException(String key, String rule) {
        this(key, rule, null);
    }

    /**
     * The setting at fault.
     *
     * @return its name as a Kafka configuration key, for example {@code ssl.keystore.location}
     */
    public String key() {
        return key;
    }

    /**
     * What is wrong with it.
     *
     * @return a clause without secrets
     */
    public String rule() {
        return rule;
    }
}
