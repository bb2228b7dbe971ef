package io.kp.network;

/**
 * A request of Kafka's protocol that can write its own body.
 * <p>
 * The transport picks the version (within the broker's range, this client's range of the {@link #apiKey() API} and the range
 * that the request itself can be expressed in), writes the header and then calls {@link #encodeBody}. The same request may be
 * encoded more than once, for another broker or another version. Implementations are used by one thread at a time.
 */
public interface Request {
    /**
     * Which API this request belongs to.
     *
     * @return the API.
     */
    ApiKey apiKey();

    /**
     * The lowest version that can carry what this request says.
     *
     * @return the lowest version, inclusive.
     */
    default short minVersion() {
        return apiKey().minVersion();
    }

    /**
     * The highest version that this request may be sent in.
     *
     * @return the highest version, inclusive.
     */
    default short maxVersion() {
        return apiKey().maxVersion();
    }

    /**
     * Whether the broker answers this request.
     *
     * @return {@code false} only for a produce request with {@code acks=0}.
     */
    default boolean expectsResponse() {
        return true;
    }

    /**
     * Writes the body, everything after the request header.
     *
     * @param out     where to write to.
     * @param version the version to write, within {@link #minVersion()} and {@link #maxVersion()}.
     */
    void encodeBody(FrameWriter out, short version);
}
