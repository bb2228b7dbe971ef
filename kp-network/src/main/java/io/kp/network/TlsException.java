package io.kp.network;

import java.io.IOException;

/**
 * TLS with a broker is not possible as things are set: its certificate is not acceptable, or ours is not, or nothing is in common. Waiting does not cure it, so a
 * {@link NetworkClient} reports it as {@link RequestFailure.Kind#AUTHENTICATION}. The message names the cause and what to look at, and no secret.
 */
public final class TlsException extends IOException {
    private static final long serialVersionUID = 1L;

    TlsException(String message, Throwable cause) {
        super(message, cause);
    }
}
