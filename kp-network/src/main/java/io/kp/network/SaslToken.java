package io.kp.network;

import java.util.Map;
import java.util.Objects;

/**
 * A bearer token for OAUTHBEARER. Immutable; the token is not shown.
 */
public final class SaslToken {
    private final String value;
    private final String principal;
    private final Map<String, String> extensions;

    /**
     * A token.
     *
     * @param value      the token as it is sent
     * @param principal  whom it stands for, for messages
     * @param extensions what is sent beside it (RFC 7628), maybe empty
     */
    public SaslToken(String value, String principal, Map<String, String> extensions) {
        this.value = Objects.requireNonNull(value, "value");
        this.principal = Objects.requireNonNull(principal, "principal");
        this.extensions = Map.copyOf(extensions);
    }

    String value() {
        return value;
    }

    /**
     * Whom the token stands for.
     *
     * @return a name for messages
     */
    public String principal() {
        return principal;
    }

    /**
     * What is sent beside the token.
     *
     * @return names and values
     */
    public Map<String, String> extensions() {
        return extensions;
    }

    /**
     * Whom the token stands for.
     *
     * @return the principal, without the token
     */
    @Override
    public String toString() {
        return "SaslToken[principal=" + principal + ']';
    }
}
