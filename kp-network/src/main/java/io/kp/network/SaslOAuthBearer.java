package io.kp.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;

/** OAUTHBEARER, RFC 7628: one token; a broker that refuses says why in a challenge, which is answered by a dummy before the refusal proper comes. */
final class SaslOAuthBearer implements SaslMechanism {
    private static final char SEPARATOR = '\u0001';

    private final SaslTokenSource tokens;
    private volatile String principal = "of the token";

    SaslOAuthBearer(SaslTokenSource tokens) {
        this.tokens = tokens;
    }

    @Override
    public String name() {
        return "OAUTHBEARER";
    }

    @Override
    public String user() {
        return principal;
    }

    @Override
    public SaslExchange begin(String host) throws IOException {
        SaslToken token = tokens.token();
        principal = token.principal();
        StringBuilder message = new StringBuilder("n,,").append(SEPARATOR).append("auth=Bearer ").append(token.value());
        new TreeMap<>(token.extensions())
                .forEach((key, value) -> message.append(SEPARATOR).append(key).append('=').append(value));
        byte[] first = message.append(SEPARATOR).append(SEPARATOR).toString().getBytes(StandardCharsets.UTF_8);
        return new SaslExchange() {
            private boolean sent;
            private boolean accepted;

            @Override
            public byte[] respond(byte[] challenge) {
                if (!sent) {
                    sent = true;
                    return first;
                }
                if (challenge.length == 0) {
                    accepted = true;
                    return null;
                }
                return new byte[]{(byte) SEPARATOR};
            }

            @Override
            public boolean isComplete() {
                return accepted;
            }
        };
    }
}
