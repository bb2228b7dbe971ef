package io.kp.network;

/**
 * The header in front of every response: the correlation id, and tags from header version 1 on.
 */
final class ResponseHeader {
    /** The field that every header version begins with. */
    static final int CORRELATION_ID_OFFSET = 0;

    private ResponseHeader() {
    }

    /**
     * Reads the header and leaves the reader at the body.
     *
     * @param in      a reader at the beginning of the frame, told the API and version of the oldest request in flight.
     * @return the correlation id.
     */
    static int decode(FrameReader in) {
        int correlationId = in.i32("header.correlationId");
        if (in.apiKey().responseHeaderVersion(in.version()) >= 1) {
            in.skipTags("header.tags");
        }
        return correlationId;
    }
}
