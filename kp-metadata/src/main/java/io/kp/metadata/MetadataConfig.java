package io.kp.metadata;

import java.util.Objects;

/**
 * The times by which {@link Metadata} acts.
 *
 * <p>
 * Immutable; start with {@link #DEFAULTS} and change what differs.
 *
 * @param refreshBackoffMs     {@code retry.backoff.ms}: the pause after an update and after the first failure, in milliseconds
 * @param refreshBackoffMaxMs  {@code retry.backoff.max.ms}: the longest pause, in milliseconds; if it is below the first, all pauses
 *                             are as long as this
 * @param maxAgeMs             {@code metadata.max.age.ms}: after this time everything is fetched again, in milliseconds
 * @param maxIdleMs            {@code metadata.max.idle.ms}: a topic unused for this time is forgotten, in milliseconds
 * @param rebootstrapTriggerMs {@code metadata.recovery.rebootstrap.trigger.ms}: the time without any metadata after which to go back to the
 *                             bootstrap addresses, in milliseconds
 * @param recoveryStrategy     {@code metadata.recovery.strategy}
 */
public record MetadataConfig(long refreshBackoffMs, long refreshBackoffMaxMs, long maxAgeMs, long maxIdleMs,
        long rebootstrapTriggerMs, RecoveryStrategy recoveryStrategy) {

    /** Kafka's defaults: 100 ms to 1 s, 5 min, 5 min, 5 min, rebootstrap. */
    public static final MetadataConfig DEFAULTS = new MetadataConfig(100, 1_000, 300_000, 300_000, 300_000,
            RecoveryStrategy.REBOOTSTRAP);

    /**
     * Checks the values.
     *
     * @param refreshBackoffMs     the pause after an update and after the first failure, in milliseconds
     * @param refreshBackoffMaxMs  the longest pause, in milliseconds
     * @param maxAgeMs             the time after which everything is fetched again, in milliseconds
     * @param maxIdleMs            the time after which an unused topic is forgotten, in milliseconds
     * @param rebootstrapTriggerMs the time without metadata before going back to the bootstrap addresses, in milliseconds
     * @param recoveryStrategy     what to do when no known broker answers
     * @throws IllegalArgumentException if a time is negative
     */
    public MetadataConfig {
        notNegative("refreshBackoffMs", refreshBackoffMs);
        notNegative("refreshBackoffMaxMs", refreshBackoffMaxMs);
        notNegative("maxAgeMs", maxAgeMs);
        notNegative("maxIdleMs", maxIdleMs);
        notNegative("rebootstrapTriggerMs", rebootstrapTriggerMs);
        Objects.requireNonNull(recoveryStrategy, "recoveryStrategy");
    }

    private static void notNegative(final String name, final long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must not be negative: " + name + "=" + value + ", min=0");
        }
    }

    /**
     * Changes the pauses between updates.
     *
     * @param firstMs the pause after an update and after the first failure, in milliseconds
     * @param maxMs   the longest pause, in milliseconds
     * @return a changed copy
     * @throws IllegalArgumentException if a time is negative
     */
    public MetadataConfig withRefreshBackoffMs(final long firstMs, final long maxMs) {
        return new MetadataConfig(firstMs, maxMs, maxAgeMs, maxIdleMs, rebootstrapTriggerMs, recoveryStrategy);
    }

    /**
     * Changes the age at which everything is fetched again.
     *
     * @param ms the age, in milliseconds
     * @return a changed copy
     * @throws IllegalArgumentException if the time is negative
     */
    public MetadataConfig withMaxAgeMs(final long ms) {
        return new MetadataConfig(refreshBackoffMs, refreshBackoffMaxMs, ms, maxIdleMs, rebootstrapTriggerMs,
                recoveryStrategy);
    }

    /**
     * Changes the time after which an unused topic is forgotten.
     *
     * @param ms the time, in milliseconds
     * @return a changed copy
     * @throws IllegalArgumentException if the time is negative
     */
    public MetadataConfig withMaxIdleMs(final long ms) {
        return new MetadataConfig(refreshBackoffMs, refreshBackoffMaxMs, maxAgeMs, ms, rebootstrapTriggerMs,
                recoveryStrategy);
    }

    /**
     * Changes what happens when no known broker answers.
     *
     * @param strategy  what to do
     * @param triggerMs the time without any metadata after which to do it, in milliseconds
     * @return a changed copy
     * @throws IllegalArgumentException if the time is negative
     */
    public MetadataConfig withRecovery(final RecoveryStrategy strategy, final long triggerMs) {
        return new MetadataConfig(refreshBackoffMs, refreshBackoffMaxMs, maxAgeMs, maxIdleMs, triggerMs, strategy);
    }
}
