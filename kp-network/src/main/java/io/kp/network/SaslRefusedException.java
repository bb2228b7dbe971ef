package io.kp.network;

import java.io.IOException;

/** Authentication is not possible with the credentials as they are. The message names the reason and no secret. */
public final class SaslRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * A refusal.
     *
     * @param message the reason, without secrets
     */
    public SaslRefusedException(String message) {
        super(message);
    }

    /**
     * A refusal with what led to it.
     *
     * @param message the reason, without secrets
     * @param cause   what led to it, without secrets
     */
    public SaslRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
