package io.kp.network;

import java.io.IOException;

/** Where bearer tokens come from. Thread-safe. */
@FunctionalInterface
public interface SaslTokenSource {
    /**
     * A token that is valid now. May block; called on an executor, for each authentication.
     *
     * @return the token
     * @throws SaslRefusedException if there is none for this client
     * @throws IOException          if there is none now and perhaps later
     */
    SaslToken token() throws IOException;
}
