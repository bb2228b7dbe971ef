package io.kp.network;

/**
 * A request on its way: the frame, who waits for it, and until when. Pooled by {@link NetworkClient}; used by its thread.
 */
final class ConnectionRequest {
    // Produce requests of a few partitions and all others but large metadata requests fit.
    private static final int INITIAL_SCRATCH_BYTES = 512;

    final FrameWriter frame = new FrameWriter(INITIAL_SCRATCH_BYTES);
    int nodeId;
    ApiKey apiKey;
    short version;
    int correlationId;
    boolean expectsResponse;
    /** Has a limit of its own and does not count among the requests in flight. */
    boolean control;
    /** When it was written in full; when it was queued, until then. */
    long sentNs;
    long deadlineNs;
    ResponseHandler handler;
    /** Set once the request has failed and waits for its handler to be told. */
    RequestFailure failure;

    RequestFailure.Written written() {
        long remaining = frame.remainingBytes();
        if (remaining == 0) {
            return RequestFailure.Written.FULLY;
        }
        return remaining == frame.sizeInBytes() ? RequestFailure.Written.NONE : RequestFailure.Written.PARTLY;
    }

    void clear() {
        frame.clear();
        apiKey = null;
        handler = null;
        failure = null;
    }

    @Override
    public String toString() {
        return "api=" + apiKey.messageName() + ", version=" + version + ", correlationId=" + correlationId;
    }
}
