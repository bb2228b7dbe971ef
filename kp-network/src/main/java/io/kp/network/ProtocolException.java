package io.kp.network;

/**
 * The bytes of a frame are not what the protocol says they must be.
 * <p>
 * After this the connection cannot be trusted any more and is closed. The message and the fields say where the frame went wrong:
 * {@code "malformed Metadata response: version=12, field=brokers, offset=9, claimed=1000000, available=17: …"}.
 */
public final class ProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The API of the response, or null. */
    private final ApiKey apiKey;
    /** The version of the response. */
    private final short version;
    /** The field that could not be read. */
    private final String field;
    /** Where the field begins in the frame. */
    private final int offset;
    /** What the frame claims. */
    private final long claimed;
    /** What there is. */
    private final long available;

    ProtocolException(ApiKey apiKey, short version, String field, int offset,
            long claimed,
            long available, String rule) {
        super("malformed " + (apiKey == null ? "frame" : apiKey.messageName() + " response") + ": version=" + version
                + ", field=" + field + ", offset=" + offset + ", claimed=" + claimed + ", available=" + available + ": "
                + rule);
        this.apiKey = apiKey;
        this.version = version;
        this.field = field;
        this.offset = offset;
        this.claimed = claimed;
        this.available = available;
    }

    /**
     * Which API the response belonged to.
     *
     * @return the API, or {@code null} if the frame went wrong before that was known.
     */
    public ApiKey apiKey() {
        return apiKey;
    }

    /**
     * The version in which the response was read.
     *
     * @return the version.
     */
    public short version() {
        return version;
    }

    /**
     * The field that could not be read.
     *
     * @return the field's name, with dots for nesting.
     */
    public String field() {
        return field;
    }

    /**
     * Where the field begins.
     *
     * @return the offset in bytes from the beginning of the frame, its size field not counted.
     */
    public int offset() {
        return offset;
    }

    /**
     * The length, count or value that the frame claims.
     *
     * @return what the frame claims.
     */
    public long claimed() {
        return claimed;
    }

    /**
     * What would have been acceptable: the number of bytes left, or the bound of the value.
     *
     * @return what there is.
     */
    public long available() {
        return available;
    }
}
