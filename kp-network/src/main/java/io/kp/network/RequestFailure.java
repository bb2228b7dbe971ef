package io.kp.network;

/**
 * Why a connection or a request has failed. Immutable.
 * <p>
 * What a failed request may have done follows from {@link #written()}: a broker cannot have acted on a request of which it did not get
 * every byte, so only {@link Written#FULLY} leaves the outcome open.
 */
public final class RequestFailure {

    /** What went wrong. */
    public enum Kind {
        /** The connection could not be made, or ended before the response came. */
        DISCONNECTED(true),
        /** The response, or the set-up of the connection, took longer than its timeout. */
        TIMED_OUT(true),
        /** The broker does not speak a version of the API that can carry the request; the connection is intact. */
        UNSUPPORTED_VERSION(false),
        /** The other side sent what a Kafka broker does not send at this point. */
        PROTOCOL_ERROR(true),
        /** The broker refused who we are or how we say so. */
        AUTHENTICATION(false),
        /** The response handler threw an exception on the response. */
        HANDLER_ERROR(false),
        /** The request could not be encoded; nothing was sent. */
        NOT_ENCODABLE(false),
        /** This client closed the connection: the node was disconnected, its address changed or the client is closed. */
        CLOSED(true);

        private final boolean retriable;

        Kind(boolean retriable) {
            this.retriable = retriable;
        }

        /**
         * Whether another attempt, here or at another broker, may succeed.
         *
         * @return true if so
         */
        public boolean retriable() {
            return retriable;
        }
    }

    /** How much of a request was handed to the socket. */
    public enum Written {
        /** Not a byte: the broker does not know of the request. */
        NONE,
        /** A part: the broker has no complete request and cannot act on it. */
        PARTLY,
        /** All of it: the broker may have acted on it. */
        FULLY
    }

    private final Kind kind;
    private final int nodeId;
    private final String address;
    private final String reason;
    private final Throwable cause;
    private final Written written;

    RequestFailure(Kind kind, int nodeId, String address, String reason, Throwable cause, Written written) {
        this.kind = kind;
        this.nodeId = nodeId;
        this.address = address;
        this.reason = reason;
        this.cause = cause;
        this.written = written;
    }

    RequestFailure withWritten(Written written) {
        return written == this.written
                ? this
                : new RequestFailure(kind, nodeId, address, reason, cause, written);
    }

    /**
     * What went wrong.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * The broker concerned.
     *
     * @return its node id; negative for a bootstrap server
     */
    public int nodeId() {
        return nodeId;
    }

    /**
     * The broker's address.
     *
     * @return {@code host:port}, followed by the resolved address if it was known
     */
    public String address() {
        return address;
    }

    /**
     * What happened, in words.
     *
     * @return for example {@code "connection refused"}
     */
    public String reason() {
        return reason;
    }

    /**
     * The exception behind the failure.
     *
     * @return the exception, or null if there is none
     */
    public Throwable cause() {
        return cause;
    }

    /**
     * How much of the request was handed to the socket; {@link Written#NONE} for a failed connection.
     *
     * @return how much
     */
    public Written written() {
        return written;
    }

    /**
     * The whole failure in one sentence.
     *
     * @return for example {@code "connection refused: node=1, address=localhost:9092/127.0.0.1"}
     */
    public String message() {
        return reason + ": node=" + nodeId + ", address=" + address;
    }

    @Override
    public String toString() {
        return kind + " (" + message() + ", written=" + written + ')';
    }
}
