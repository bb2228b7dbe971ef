package io.kp.client;

import io.kp.network.RequestFailure;

/**
 * What went wrong with a connection to a broker; the cause of failures that come of it. Has no stack trace.
 */
public final class ConnectionException extends KpException {
    private static final long serialVersionUID = 1L;

    ConnectionException(final RequestFailure failure) {
        super(category(failure.kind()), failure.message(), failure.cause(), false);
    }

    private static Category category(final RequestFailure.Kind kind) {
        return switch (kind) {
            case UNSUPPORTED_VERSION, AUTHENTICATION -> Category.FIX_CONFIGURATION;
            case CLOSED -> Category.CLOSED;
            default -> Category.RETRY_LATER;
        };
    }

    static ConnectionException of(final RequestFailure failure) {
        return failure == null ? null : new ConnectionException(failure);
    }
}
