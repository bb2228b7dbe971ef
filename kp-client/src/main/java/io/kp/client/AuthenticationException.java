package io.kp.client;

import io.kp.network.RequestFailure;

/**
 * A broker and this client did not accept each other: certificates, protocols or credentials do not fit. The message names the cause and the broker, and no secret.
 * Waiting does not cure it; once certificates on disk or credentials are replaced, the next connection uses them. Has no stack trace.
 */
public final class AuthenticationException extends ConnectionException {
    private static final long serialVersionUID = 1L;

    AuthenticationException(final RequestFailure failure) {
        super(failure);
    }
}
