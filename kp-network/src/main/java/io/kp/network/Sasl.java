package io.kp.network;

import java.security.SecureRandom;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How a {@link NetworkClient} authenticates its connections: by which mechanism, and on which executor the steps are computed, since they may take milliseconds (SCRAM),
 * or wait for others (tokens, tickets). Also where Kafka's mechanisms are found.
 */
public final class Sasl {
    private final SaslMechanism mechanism;
    private final Executor executor;

    private Sasl(SaslMechanism mechanism, Executor executor) {
        this.mechanism = mechanism;
        this.executor = executor;
    }

    /**
     * Authentication by one mechanism.
     *
     * @param mechanism the mechanism
     * @param executor  computes its steps; {@code Runnable::run} does so on the client's thread, which then waits with the mechanism
     * @return the setting for {@link NetworkConfig.Builder#sasl}
     */
    public static Sasl of(SaslMechanism mechanism, Executor executor) {
        return new Sasl(Objects.requireNonNull(mechanism, "mechanism"), Objects.requireNonNull(executor, "executor"));
    }

    /**
     * PLAIN (RFC 4616): user and password as they are, so for encrypted connections only.
     *
     * @param credentials asked for each authentication, so that they can be replaced
     * @return the mechanism
     */
    public static SaslMechanism plain(Supplier<SaslCredentials> credentials) {
        return new SaslPlain(credentials);
    }

    /**
     * SCRAM-SHA-256 (RFC 5802, RFC 7677), computed with the JDK's own HMAC and digest.
     *
     * @param credentials asked for each authentication, so that they can be replaced
     * @return the mechanism
     */
    public static SaslMechanism scramSha256(Supplier<SaslCredentials> credentials) {
        return new SaslScram("SCRAM-SHA-256", "SHA-256", "HmacSHA256", credentials, new SecureRandom());
    }

    /**
     * SCRAM-SHA-512, as {@link #scramSha256}.
     *
     * @param credentials asked for each authentication, so that they can be replaced
     * @return the mechanism
     */
    public static SaslMechanism scramSha512(Supplier<SaslCredentials> credentials) {
        return new SaslScram("SCRAM-SHA-512", "SHA-512", "HmacSHA512", credentials, new SecureRandom());
    }

    /**
     * OAUTHBEARER (RFC 7628): a token that somebody else has issued.
     *
     * @param tokens asked for each authentication
     * @return the mechanism
     */
    public static SaslMechanism oauthBearer(SaslTokenSource tokens) {
        return new SaslOAuthBearer(tokens);
    }

    /**
     * GSSAPI (Kerberos, RFC 4752), by the JDK's own client and a JAAS login module.
     *
     * @param serviceName            the first part of the brokers' principals, usually {@code kafka}
     * @param loginModule            the class of the login module, in general {@code com.sun.security.auth.module.Krb5LoginModule}
     * @param options                the module's options
     * @param minTimeBeforeReloginMs how long a login is used before the next authentication makes a new one
     * @param epochClockMs           milliseconds since 1970
     * @return the mechanism
     */
    public static SaslMechanism gssapi(String serviceName, String loginModule, Map<String, String> options,
            long minTimeBeforeReloginMs,
            LongSupplier epochClockMs) {
        return new SaslGssapi(serviceName, loginModule, options, minTimeBeforeReloginMs, epochClockMs);
    }

    SaslMechanism mechanism() {
        return mechanism;
    }

    Executor executor() {
        return executor;
    }

    /**
     * The mechanism and the user.
     *
     * @return both, no secret
     */
    @Override
    public String toString() {
        return "Sasl[mechanism=" + mechanism.name() + ", user=" + mechanism.user() + ']';
    }
}
