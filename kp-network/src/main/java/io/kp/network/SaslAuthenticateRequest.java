package io.kp.network;

import java.nio.ByteBuffer;

/** Carries a token of a SASL exchange to the broker. Its content is secret: it is not shown. */
public final class SaslAuthenticateRequest implements Request {
    private final byte[] token;

    /**
     * Creates the request.
     *
     * @param token the token as the mechanism makes it; not copied.
     */
    public SaslAuthenticateRequest(byte[] token) {
        this.token = token;
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.SASL_AUTHENTICATE;
    }

    @Override
    public void encodeBody(FrameWriter out, short version) {
        out.bytesLength(token.length);
        out.splice(ByteBuffer.wrap(token));
        out.emptyTags();
    }
}
