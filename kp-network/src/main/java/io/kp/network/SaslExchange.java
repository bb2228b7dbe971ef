package io.kp.network;

import java.io.IOException;

/** This side of one authentication. Used by one thread at a time; its calls may block. */
public interface SaslExchange {
    /**
     * Answers the broker.
     *
     * @param challenge the broker's token; empty at first
     * @return the token to send, {@code null} if there is nothing more to send
     * @throws SaslRefusedException if the broker's token is not acceptable, or the broker said in it that it refuses
     * @throws IOException          if an answer cannot be had now and perhaps later
     */
    byte[] respond(byte[] challenge) throws IOException;

    /**
     * Whether this side has what it needs. The broker's answer to what was sent last is still waited for.
     *
     * @return true from the last token on
     */
    boolean isComplete();
}
