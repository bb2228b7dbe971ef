package io.kp.network;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** PLAIN, RFC 4616: one token {@code NUL user NUL password}, without an authorization identity. */
final class SaslPlain implements SaslMechanism {
    private final Supplier<SaslCredentials> credentials;

    SaslPlain(Supplier<SaslCredentials> credentials) {
        this.credentials = credentials;
    }

    @Override
    public String name() {
        return "PLAIN";
    }

    @Override
    public String user() {
        return credentials.get().user();
    }

    @Override
    public SaslExchange begin(String host) throws SaslRefusedException {
        SaslCredentials now = credentials.get();
        if (now.user().indexOf('\0') >= 0 || now.password().indexOf('\0') >= 0) {
            throw new SaslRefusedException("user and password must not contain the character NUL");
        }
        return new SaslExchange() {
            private boolean sent;

            @Override
            public byte[] respond(byte[] challenge) {
                if (sent) {
                    return null;
                }
                sent = true;
                return ('\0' + now.user() + '\0' + now.password()).getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public boolean isComplete() {
                return sent;
            }
        };
    }
}
