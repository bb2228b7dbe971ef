package io.kp.network;

import java.util.Objects;

/** A user and a password. Immutable; the password is not shown. */
public final class SaslCredentials {
    private final String user;
    private final String password;
    private final boolean delegationToken;

    private SaslCredentials(String user, String password, boolean delegationToken) {
        this.user = Objects.requireNonNull(user, "user");
        this.password = Objects.requireNonNull(password, "password");
        this.delegationToken = delegationToken;
    }

    /**
     * Credentials of a user.
     *
     * @param user     the name
     * @param password the password
     * @return the credentials
     */
    public static SaslCredentials of(String user, String password) {
        return new SaslCredentials(user, password, false);
    }

    /**
     * Credentials of a delegation token (KIP-48), for the SCRAM mechanisms.
     *
     * @param tokenId the token's id
     * @param hmac    the token's HMAC in base64
     * @return the credentials
     */
    public static SaslCredentials ofDelegationToken(String tokenId, String hmac) {
        return new SaslCredentials(tokenId, hmac, true);
    }

    /**
     * The user.
     *
     * @return the name, or the id of a delegation token
     */
    public String user() {
        return user;
    }

    String password() {
        return password;
    }

    boolean isDelegationToken() {
        return delegationToken;
    }

    /**
     * The user.
     *
     * @return the name, without the password
     */
    @Override
    public String toString() {
        return "SaslCredentials[user=" + user + ']';
    }
}
