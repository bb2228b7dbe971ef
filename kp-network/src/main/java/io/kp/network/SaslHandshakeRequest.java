package io.kp.network;

import java.util.Objects;

/** Names the SASL mechanism that the connection wants to use. Immutable. */
public final class SaslHandshakeRequest implements Request {
    private final String mechanism;

    /**
     * Creates the request.
     *
     * @param mechanism the mechanism's name, for example {@code PLAIN}.
     */
    public SaslHandshakeRequest(String mechanism) {
        this.mechanism = Objects.requireNonNull(mechanism, "mechanism");
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.SASL_HANDSHAKE;
    }

    @Override
    public void encodeBody(FrameWriter out, short version) {
        out.string(mechanism);
    }
}
