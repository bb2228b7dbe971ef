package io.kp.client;

import io.kp.metadata.Node;
import io.kp.network.ConnectionState;
import io.kp.network.RequestFailure;

/**
 * What went wrong with a connection to a broker; the cause of failures that come of it. Has no stack trace.
 */
public sealed class ConnectionException extends KpException permits AuthenticationException {
    private static final long serialVersionUID = 1L;

    ConnectionException(final RequestFailure failure) {
        super(category(failure.kind()), failure.message(), failure.cause(), false);
    }

    private ConnectionException(final String message) {
        super(Category.RETRY_LATER, message, null, false);
    }

    private static Category category(final RequestFailure.Kind kind) {
        return switch (kind) {
            case UNSUPPORTED_VERSION, AUTHENTICATION -> Category.FIX_CONFIGURATION;
            case CLOSED -> Category.CLOSED;
            default -> Category.RETRY_LATER;
        };
    }

    static ConnectionException of(final RequestFailure failure) {
        if (failure == null) {
            return null;
        }
        return failure.kind() == RequestFailure.Kind.AUTHENTICATION
                ? new AuthenticationException(failure)
                : new ConnectionException(failure);
    }

    /** Says that a connection was begun and is not ready; {@code CHECKING_API_VERSIONS} means that the other side has not answered since it accepted. */
    static ConnectionException awaited(final Node node, final ConnectionState state) {
        return new ConnectionException("the connection is not ready yet: broker=" + node + ", state=" + state);
    }
}
