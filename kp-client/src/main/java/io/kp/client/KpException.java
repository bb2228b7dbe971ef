package io.kp.client;

import static java.util.Objects.requireNonNull;

/**
 * Root of the exceptions of kp-client. Unchecked; {@link #category()} tells the reader what to do about it, so that a caller need not know
 * each subclass.
 */
public class KpException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the reader of a failure should do. */
    public enum Category {
        /** This producer will not deliver any more: close it and open another. */
        FATAL,
        /** The cluster or the memory was not available in time: the same call may succeed later. */
        RETRY_LATER,
        /** This record will never be accepted as it is: change it or drop it; others are not affected. */
        FIX_RECORD,
        /** A setting of the producer, of the broker or of its access rules stands in the way: change it, then try again. */
        FIX_CONFIGURATION,
        /** The producer was closed by its owner. */
        CLOSED,
        /** The calling thread was interrupted while it waited: end the work it was doing. */
        INTERRUPTED
    }

    /** What the reader should do. */
    private final Category category;

    /**
     * A failure with a stack trace.
     *
     * @param category what the reader should do
     * @param message what happened, with the values involved
     */
    public KpException(Category category, String message) {
        this(category, message, null);
    }

    /**
     * A failure with a stack trace and a cause.
     *
     * @param category what the reader should do
     * @param message what happened, with the values involved
     * @param cause what led to it, or {@code null}
     */
    public KpException(Category category, String message, Throwable cause) {
        this(category, message, cause, true);
    }

    /**
     * A failure with or without a stack trace. One without is immutable (it takes no suppressed exceptions either) and may therefore be shared by
     * all the records of a batch.
     *
     * @param category what the reader should do
     * @param message what happened, with the values involved
     * @param cause what led to it, or {@code null}
     * @param stackTrace whether to record the stack of the constructing thread
     */
    protected KpException(Category category, String message, Throwable cause, boolean stackTrace) {
        super(message, cause, stackTrace, stackTrace);
        this.category = requireNonNull(category, "category");
    }

    /**
     * What the reader should do.
     *
     * @return the category, never {@code null}
     */
    public final Category category() {
        return category;
    }
}
