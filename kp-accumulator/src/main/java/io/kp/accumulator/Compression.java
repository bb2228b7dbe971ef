package io.kp.accumulator;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Which topics' batches are compressed and how, by whom, and with how much working memory. Immutable, for one accumulator.
 *
 * <p>
 * A batch is compressed when it takes no more records and all of them are in place, on a thread of the executor, or on that of a caller that could as well
 * wait for memory if the executor's are behind; until then it counts as one that is not ready.
 * It is compressed in working memory that each compressor has for itself, and then copied back into its own segments, of which the superfluous ones go back to the
 * pool: so compressing never waits for memory. A batch that would not become smaller, or does not fit into the working memory, is sent as it is.
 */
public final class Compression {
    /** Level that stands for the codec's default. */
    public static final int DEFAULT_LEVEL = Integer.MIN_VALUE;

    /** Most compressors of one accumulator. */
    public static final int MAX_WORKERS = 64;

    private static final int MIN_INPUT_BYTES = 128 * 1024;
    private static final int INPUT_BATCHES = 4;
    private static final int INPUT_SHARE = 16;
    private static final int OUTPUT_SHARE = 8;
    private static final int MOST_INPUT_SHARE = 4;

    private final Kind global;
    private final Map<String, Kind> byTopic;
    private final Executor executor;
    private final Consumer<Throwable> onError;
    private final int workers;
    private final int callers;
    private final int inputBytes;
    private final int outputBytes;

    /** A codec with its level. */
    record Kind(CompressionCodec codec, int level) {
        Compressor open() {
            return codec.compressor(level);
        }
    }

    private Compression(final Builder builder) {
        global = builder.global;
        byTopic = Map.copyOf(builder.byTopic);
        executor = builder.executor;
        onError = builder.onError;
        workers = builder.workers;
        callers = builder.callers;
        inputBytes = builder.inputBytes;
        outputBytes = builder.outputBytes;
    }

    /**
     * A builder that compresses nothing.
     *
     * @return a new builder.
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Bytes of direct memory that the compressors' working areas take together, beside the pool. Native memory of the codecs is not in it.
     *
     * @return bytes.
     */
    public long workingBytes() {
        return (long) (workers + callers) * (inputBytes + outputBytes);
    }

    /** How a topic's batches are compressed, or null. */
    Kind of(final String topic) {
        final Kind own = byTopic.get(topic);
        return own == null ? global : own.codec == null ? null : own;
    }

    Executor executor() {
        return executor;
    }

    Consumer<Throwable> onError() {
        return onError;
    }

    int workers() {
        return workers;
    }

    int callers() {
        return callers;
    }

    int inputBytes() {
        return inputBytes;
    }

    int outputBytes() {
        return outputBytes;
    }

    /**
     * Settings of a compression.
     */
    public static final class Builder {
        private static final Kind NONE = new Kind(null, 0);

        private Kind global;
        private final Map<String, Kind> byTopic = new HashMap<>();
        private Executor executor;
        private Consumer<Throwable> onError = error -> {
        };
        private int workers = 1;
        private int callers;
        private int inputBytes = MIN_INPUT_BYTES;
        private int outputBytes = 2 * MIN_INPUT_BYTES;

        private Builder() {
        }

        /**
         * The codec of all topics that have none of their own.
         *
         * @param codec
         *            the codec, or null to compress nothing.
         * @param level
         *            on the codec's scale, or {@link #DEFAULT_LEVEL}.
         * @return this.
         * @throws CodecUnavailableException
         *             if the codec's library is missing.
         * @throws IllegalArgumentException
         *             if there is no such level.
         */
        public Builder codec(final CompressionCodec codec, final int level) {
            global = codec == null ? null : checked(codec, level);
            return this;
        }

        /**
         * The codec of one topic.
         *
         * @param topic
         *            name of the topic.
         * @param codec
         *            the codec, or null to compress nothing.
         * @param level
         *            on the codec's scale, or {@link #DEFAULT_LEVEL}.
         * @return this.
         * @throws CodecUnavailableException
         *             if the codec's library is missing.
         * @throws IllegalArgumentException
         *             if there is no such level.
         */
        public Builder topic(final String topic, final CompressionCodec codec, final int level) {
            byTopic.put(Objects.requireNonNull(topic, "topic"), codec == null ? NONE : checked(codec, level));
            return this;
        }

        private static Kind checked(final CompressionCodec codec, final int level) {
            final Kind kind = new Kind(codec, level == DEFAULT_LEVEL ? codec.defaultLevel() : level);
            kind.open().close();
            return kind;
        }

        /**
         * Who runs the compressors. A compressor is handed over as a task whenever there is work and it does not run; the task ends when there is none left.
         *
         * @param compressorExecutor
         *            runs tasks on other threads than the I/O thread; should have a thread for each compressor.
         * @param compressors
         *            how many tasks may run at a time.
         * @return this.
         * @throws IllegalArgumentException
         *             if the number is less than 1 or more than {@link #MAX_WORKERS}.
         */
        public Builder executor(final Executor compressorExecutor, final int compressors) {
            if (compressors < 1 || compressors > MAX_WORKERS) {
                throw new IllegalArgumentException("number of compressors must be from 1 to " + MAX_WORKERS
                        + ": compressors=" + compressors);
            }
            executor = compressorExecutor;
            workers = compressors;
            return this;
        }

        /**
         * How many callers may compress a batch themselves at a time, while more than four for each compressor wait, or half a megabyte. Only calls that may wait for memory do,
         * before their own record is claimed, and one batch each. Each has working memory as a compressor has. Default: none.
         *
         * @param mostCallers
         *            how many at a time.
         * @return this.
         * @throws IllegalArgumentException
         *             if the number is negative or more than {@link #MAX_WORKERS}.
         */
        public Builder callers(final int mostCallers) {
            if (mostCallers < 0 || mostCallers > MAX_WORKERS) {
                throw new IllegalArgumentException("number of callers that compress must be from 0 to " + MAX_WORKERS
                        + ": callers=" + mostCallers);
            }
            callers = mostCallers;
            return this;
        }

        /**
         * Who hears of failures; the batch is then sent as it is.
         *
         * @param handler
         *            called on the compressing thread, a caller's included, or on the I/O thread if the executor refuses; by default nobody.
         * @return this.
         */
        public Builder onError(final Consumer<Throwable> handler) {
            onError = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Chooses the working memory of each compressor: enough for batches that are several times the batch size before they are compressed, and for the compressed
         * form of the largest record, but a small part of the budget.
         *
         * @param budgetBytes
         *            memory that records and working areas have together.
         * @param batchBytes
         *            size at which batches are cut.
         * @param maxRecordBytes
         *            size of the largest record.
         * @return this.
         */
        public Builder workingMemory(final long budgetBytes, final int batchBytes, final int maxRecordBytes) {
            // For all compressors together: an eighth for what they write, a sixteenth for what they read, more only so that a full batch can be compressed at all.
            final long share = Math.max(1, budgetBytes / (workers + callers));
            final long full = Math.min(batchBytes, share / MOST_INPUT_SHARE);
            final long input = Math.max(full,
                    Math.min(share / INPUT_SHARE, Math.max(MIN_INPUT_BYTES, (long) INPUT_BATCHES * batchBytes)));
            final long output = Math.max(full,
                    Math.min(share / OUTPUT_SHARE, Math.max(2 * input, maxRecordBytes)));
            return workingMemory((int) Math.min(1 << 30, Math.max(1, input)),
                    (int) Math.min(1 << 30, Math.max(1, output)));
        }

        /** Sizes of the areas, for tests. */
        Builder workingMemory(final int input, final int output) {
            inputBytes = input;
            outputBytes = output;
            return this;
        }

        private boolean compressesAnything() {
            for (final Kind kind : byTopic.values()) {
                if (kind.codec != null) {
                    return true;
                }
            }
            return global != null;
        }

        /**
         * Builds the compression.
         *
         * @return a new compression, or null if nothing is to be compressed.
         * @throws NullPointerException
         *             if something is to be compressed and there is no executor.
         */
        public Compression build() {
            if (!compressesAnything()) {
                return null;
            }
            Objects.requireNonNull(executor, "executor");
            return new Compression(this);
        }
    }
}
