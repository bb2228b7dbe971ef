package io.kp.client;

/**
 * A configuration is refused: a value that its key does not allow, a contradiction between two keys, or a feature that this version of kp does not have. The
 * message names key, value and rule; the value of a password is never shown.
 */
public final class ConfigException extends KpException {
    private static final long serialVersionUID = 1L;

    /** The key at fault. */
    private final String key;
    /** Its value as text. */
    private final String value;
    /** The rule that is broken. */
    private final String rule;

    /**
     * A value breaks a rule.
     *
     * @param key the key at fault
     * @param value its value; shown as text, so pass no password
     * @param rule the rule that is broken, as a clause such as {@code "must be at least 0"}
     */
    public ConfigException(String key, Object value, String rule) {
        this(key, value, rule, null);
    }

    /**
     * A value breaks a rule.
     *
     * @param key the key at fault
     * @param value its value; shown as text, so pass no password
     * @param rule the rule that is broken, as a clause such as {@code "must be at least 0"}
     * @param cause the failure underneath, or {@code null}
     */
    public ConfigException(String key, Object value, String rule, Throwable cause) {
        super(Category.FIX_CONFIGURATION, "invalid configuration: " + key + "=" + value + ": " + rule, cause);
        this.key = key;
        this.value = String.valueOf(value);
        this.rule = rule;
    }

    /**
     * The key at fault.
     *
     * @return the key; of two that contradict each other the one that was set explicitly
     */
    public String key() {
        return key;
    }

    /**
     * The value at fault.
     *
     * @return its text, {@code "[hidden]"} for a password
     */
    public String value() {
        return value;
    }

    /**
     * The rule that is broken.
     *
     * @return a clause that names the allowed values, or the other key and its value
     */
    public String rule() {
        return rule;
    }
}
