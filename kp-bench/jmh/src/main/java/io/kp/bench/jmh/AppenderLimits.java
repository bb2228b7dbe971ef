package io.kp.bench.jmh;

import java.util.concurrent.TimeUnit;

/**
 * What all appenders have in common.
 *
 * @param memoryBytes memory for all batches
 * @param batchBytes  size of a batch
 * @param lingerNs    how long a batch waits for more records
 * @param maxBlockNs  how long an append waits for memory
 * @param codec       how batches are compressed, or {@code none}
 */
record AppenderLimits(long memoryBytes, int batchBytes, long lingerNs, long maxBlockNs, String codec) {
    private static final long MEMORY_BYTES = 32L << 20;
    private static final int BATCH_BYTES = 16 * 1024;
    private static final long MAX_BLOCK_NS = TimeUnit.SECONDS.toNanos(5);

    /** The clients' defaults, with a linger time of the caller's. */
    static AppenderLimits lingering(final long lingerNs) {
        return new AppenderLimits(MEMORY_BYTES, BATCH_BYTES, lingerNs, MAX_BLOCK_NS, "none");
    }

    /** Batches of a size that are compressed. */
    static AppenderLimits compressing(final String codec, final int batchBytes, final long lingerNs) {
        return new AppenderLimits(MEMORY_BYTES, batchBytes, lingerNs, MAX_BLOCK_NS, codec);
    }

    /** Makes one of {@code kp}, {@code locked}, {@code kafka}. */
    Appender appender(final String name, final int partitions) {
        return switch (name) {
            case "kp" -> new KpAppender(partitions, this);
            case "locked" -> new LockedAppender(partitions, this);
            case "kafka" -> new KafkaAppender(partitions, this);
            default -> throw new IllegalArgumentException("no such accumulator: accumulator=" + name);
        };
    }
}
