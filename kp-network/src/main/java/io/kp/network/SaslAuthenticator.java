package io.kp.network;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;

/**
 * The authentication of one connection, at its start or again later (KIP-368): SaslHandshake, then tokens in SaslAuthenticate until both sides are content.
 *
 * <p>Used by the client's thread. Each step of the mechanism is computed on the executor; meanwhile nothing else happens to the exchange, and a result that comes after the
 * connection has ended is dropped.
 */
final class SaslAuthenticator implements NetworkClient.Internal {
    private static final int FIRST_HANDSHAKE_WITH_AUTHENTICATE = 1;
    private static final byte[] NOTHING = {};

    private final NetworkClient client;
    private final Connection connection;
    private final TransportChannel channel;
    private final Sasl sasl;
    private final long deadlineNs;
    private SaslExchange exchange;
    private boolean computing;
    private long sessionLifetimeMs;

    SaslAuthenticator(NetworkClient client, Connection connection, Sasl sasl, long deadlineNs) {
        this.client = client;
        this.connection = connection;
        this.channel = connection.channel;
        this.sasl = sasl;
        this.deadlineNs = deadlineNs;
    }

    long deadlineNs() {
        return deadlineNs;
    }

    /** What it waits for, for people. */
    String awaited() {
        return "authentication was not completed: "
                + (computing ? "this side's answer is not computed" : "the broker did not answer") + who();
    }

    void begin(long nowNs) {
        ConnectionVersions versions = connection.versions;
        short version = versions.choose(ApiKey.SASL_HANDSHAKE, (short) FIRST_HANDSHAKE_WITH_AUTHENTICATE,
                ApiKey.SASL_HANDSHAKE.maxVersion());
        if (version == NetworkClient.NO_VERSION || authenticateVersion() == NetworkClient.NO_VERSION) {
            refused("the broker does not speak SASL", null, nowNs);
            return;
        }
        client.enqueue(connection, new SaslHandshakeRequest(sasl.mechanism().name()), version, this, deadlineNs);
    }

    private short authenticateVersion() {
        return connection.versions.choose(ApiKey.SASL_AUTHENTICATE, ApiKey.SASL_AUTHENTICATE.minVersion(),
                ApiKey.SASL_AUTHENTICATE.maxVersion());
    }

    @Override
    public void onResponse(FrameReader body, short version, long nowNs) {
        if (body.apiKey() == ApiKey.SASL_HANDSHAKE) {
            onHandshake(SaslHandshakeResponse.decode(body), nowNs);
        } else {
            onToken(SaslAuthenticateResponse.decode(body), nowNs);
        }
    }

    private void onHandshake(SaslHandshakeResponse response, long nowNs) {
        ErrorCode error = ErrorCode.forCode(response.errorCode());
        if (error == ErrorCode.NONE) {
            compute(NOTHING, nowNs);
        } else if (error == ErrorCode.UNSUPPORTED_SASL_MECHANISM) {
            refused("the broker does not offer this mechanism: offered=" + OneLine.of(response.mechanisms().toString()),
                    null, nowNs);
        } else if (error == ErrorCode.ILLEGAL_SASL_STATE) {
            refused("the listener does not use SASL: error=" + ErrorCode.describe(response.errorCode()), null, nowNs);
        } else {
            refused("error=" + ErrorCode.describe(response.errorCode()), null, nowNs);
        }
    }

    private void onToken(SaslAuthenticateResponse response, long nowNs) {
        if (response.errorCode() != ErrorCode.NONE.code()) {
            refused("error=" + ErrorCode.describe(response.errorCode())
                    + (response.errorMessage() == null
                            ? ""
                            : ", brokerSays=\"" + OneLine.of(response.errorMessage()) + '"'),
                    null,
                    nowNs);
            return;
        }
        sessionLifetimeMs = response.sessionLifetimeMs();
        if (exchange.isComplete()) {
            client.authenticated(connection, sessionLifetimeMs, nowNs);
        } else {
            compute(response.token(), nowNs);
        }
    }

    private void compute(byte[] challenge, long nowNs) {
        computing = true;
        try {
            sasl.executor().execute(() -> {
                byte[] token = null;
                Throwable failure = null;
                try {
                    if (exchange == null) {
                        exchange = sasl.mechanism().begin(connection.host);
                    }
                    token = exchange.respond(challenge);
                } catch (IOException | RuntimeException | Error e) {
                    failure = e;
                }
                byte[] computed = token;
                Throwable failed = failure;
                client.computed(laterNs -> onComputed(computed, failed, laterNs));
            });
        } catch (RejectedExecutionException e) {
            client.fail(connection, RequestFailure.Kind.DISCONNECTED, "authentication given up: its executor is closed",
                    e, nowNs);
        }
    }

    private void onComputed(byte[] token, Throwable failure, long nowNs) {
        if (connection.channel != channel || connection.authenticator != this) {
            return; // the connection has ended meanwhile
        }
        computing = false;
        if (failure instanceof IOException && !(failure instanceof SaslRefusedException)) {
            client.fail(connection, RequestFailure.Kind.DISCONNECTED,
                    "credentials cannot be had now: " + failure.getMessage() + who(),
                    failure, nowNs);
        } else if (failure != null) {
            refused(failure instanceof SaslRefusedException ? failure.getMessage() : failure.toString(), failure,
                    nowNs);
        } else if (token != null) {
            client.enqueue(connection, new SaslAuthenticateRequest(token), authenticateVersion(), this, deadlineNs);
        } else if (exchange.isComplete()) {
            client.authenticated(connection, sessionLifetimeMs, nowNs);
        } else {
            refused("the exchange has come to a stop", null, nowNs);
        }
    }

    private String who() {
        return ": mechanism=" + sasl.mechanism().name() + ", user=" + sasl.mechanism().user();
    }

    private void refused(String why, Throwable cause, long nowNs) {
        client.fail(connection, RequestFailure.Kind.AUTHENTICATION, "authentication failed" + who() + ", " + why, cause,
                nowNs);
    }

    @Override
    public void onFailure(RequestFailure failure, long nowNs) {
        if (connection.channel == channel && failure.kind() == RequestFailure.Kind.NOT_ENCODABLE) {
            client.fail(connection, failure.kind(), failure.reason(), failure.cause(), nowNs);
        }
    }
}
