package io.kp.network;

import java.io.IOException;

/**
 * A way to tell brokers who this client is. {@link Sasl} has those of Kafka. Thread-safe: connections authenticate side by side.
 */
public interface SaslMechanism {
    /**
     * The mechanism's name.
     *
     * @return as brokers know it, for example {@code SCRAM-SHA-256}
     */
    String name();

    /**
     * Who this client says it is, for messages; no secret.
     *
     * @return a name, or something that stands for one
     */
    String user();

    /**
     * Begins to authenticate one connection, with the credentials as they are now. May block; called on an executor.
     *
     * @param host the broker's host as it was asked for
     * @return this side of the exchange
     * @throws SaslRefusedException if there are no credentials, or they cannot be used
     * @throws IOException          if credentials cannot be had now and perhaps later
     */
    SaslExchange begin(String host) throws IOException;
}
