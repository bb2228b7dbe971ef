package io.kp.bench;

/** A broker process that did not start, did not answer in time, or ended by itself. The message ends with its last log lines. */
public final class BrokerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokerException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
