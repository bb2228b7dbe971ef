package io.kp.metadata;

/**
 * What to do when no known broker answers any more (KIP-899, KIP-1102), Kafka's {@code metadata.recovery.strategy}.
 */
public enum RecoveryStrategy {

    /** Go back to the bootstrap addresses, which may name other brokers by now. */
    REBOOTSTRAP,

    /** Keep trying the brokers that are known. */
    NONE
}
