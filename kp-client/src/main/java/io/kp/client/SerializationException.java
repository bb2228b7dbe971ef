package io.kp.client;

/**
 * A key or a value could not be turned into bytes, or a serializer could not be set up. {@code send} throws it; the record was not accepted. Serializers
 * throw it for data they refuse.
 */
public final class SerializationException extends KpException {
    private static final long serialVersionUID = 1L;

    /**
     * A value is refused.
     *
     * @param message what was refused and why
     */
    public SerializationException(String message) {
        super(Category.FIX_RECORD, message);
    }

    /**
     * A value is refused.
     *
     * @param message what was refused and why
     * @param cause the failure underneath, or {@code null}
     */
    public SerializationException(String message, Throwable cause) {
        super(Category.FIX_RECORD, message, cause);
    }
}
