package io.kp.network;

import java.nio.ByteBuffer;

/** The broker's side of a step of a SASL exchange. Its token may be secret: it is not shown. */
public final class SaslAuthenticateResponse {
    private final short errorCode;
    private final String errorMessage;
    private final byte[] token;
    private final long sessionLifetimeMs;

    private SaslAuthenticateResponse(short errorCode, String errorMessage, byte[] token, long sessionLifetimeMs) {
        this.errorCode = errorCode;
        this.errorMessage = errorMessage;
        this.token = token;
        this.sessionLifetimeMs = sessionLifetimeMs;
    }

    /**
     * Reads a response.
     *
     * @param in a reader at the body, told the version of the request.
     * @return the response.
     * @throws ProtocolException if the bytes are not a response of that version.
     */
    public static SaslAuthenticateResponse decode(FrameReader in) {
        short errorCode = in.i16("errorCode");
        String errorMessage = in.nullableString("errorMessage");
        ByteBuffer bytes = in.bytes("authBytes");
        byte[] token = new byte[bytes.remaining()];
        bytes.get(token);
        long sessionLifetimeMs = in.version() >= 1 ? in.i64("sessionLifetimeMs") : 0;
        in.skipTags("tags");
        in.end();
        return new SaslAuthenticateResponse(errorCode, errorMessage, token, sessionLifetimeMs);
    }

    /**
     * Whether the broker refuses.
     *
     * @return a code for {@link ErrorCode#forCode}.
     */
    public short errorCode() {
        return errorCode;
    }

    /**
     * The broker's own words.
     *
     * @return the message, or {@code null}.
     */
    public String errorMessage() {
        return errorMessage;
    }

    /**
     * The broker's token.
     *
     * @return the bytes, maybe none; the caller's to keep.
     */
    public byte[] token() {
        return token;
    }

    /**
     * How long the connection may be used before it has to authenticate again (KIP-368).
     *
     * @return milliseconds, 0 for as long as it lives.
     */
    public long sessionLifetimeMs() {
        return sessionLifetimeMs;
    }
}
