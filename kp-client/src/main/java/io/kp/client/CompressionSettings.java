package io.kp.client;

import static io.kp.client.ProducerConfig.COMPRESSION_GZIP_LEVEL;
import static io.kp.client.ProducerConfig.COMPRESSION_LZ4_LEVEL;
import static io.kp.client.ProducerConfig.COMPRESSION_TYPE;
import static io.kp.client.ProducerConfig.COMPRESSION_ZSTD_LEVEL;
import static io.kp.client.ProducerConfig.KP_COMPRESSION_TOPICS;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import io.kp.accumulator.CodecUnavailableException;
import io.kp.accumulator.Compression;
import io.kp.accumulator.CompressionCodec;

/** From configuration keys to the accumulator's compression. */
final class CompressionSettings {
    static final String NONE = "none";
    /** The codecs' names, {@code none} first. */
    static final List<String> TYPES = List.of(NONE, "gzip", "snappy", "lz4", "zstd");
    private static final int MAX_THREADS = 4;
    private static final int MAX_CALLERS = 2;
    private static final long MEMORY_FOR_CALLERS = 16L << 20;

    /** A codec by name. */
    record Choice(String type, int level) {
    }

    private CompressionSettings() {
    }

    /**
     * The entries of {@code kp.compression.topics}, each {@code topic=codec} or {@code topic=codec:level}.
     *
     * @param globalLevel the level of a codec whose entry names none
     */
    static Map<String, Choice> topics(final List<?> entries, final Map<String, Integer> globalLevel) {
        final Map<String, Choice> topics = new LinkedHashMap<>();
        for (final Object entry : entries) {
            final String text = String.valueOf(entry);
            final int equals = text.indexOf('=');
            final int colon = text.indexOf(':', equals + 1);
            final String topic = text.substring(0, Math.max(0, equals)).trim();
            final String type = text.substring(equals + 1, colon < 0 ? text.length() : colon).trim();
            if (topic.isEmpty() || !TYPES.contains(type) || type.equals(NONE) && colon >= 0) {
                throw new ConfigException(KP_COMPRESSION_TOPICS, text,
                        "must be topic=codec or topic=codec:level, with one of " + String.join(", ", TYPES));
            }
            final Choice choice;
            try {
                choice = new Choice(type,
                        colon < 0 ? level(type, globalLevel) : Integer.parseInt(text.substring(colon + 1).trim()));
            } catch (final NumberFormatException e) {
                throw new ConfigException(KP_COMPRESSION_TOPICS, text, "must have a number behind the colon", e);
            }
            if (topics.put(topic, choice) != null) {
                throw new ConfigException(KP_COMPRESSION_TOPICS, text, "must not name a topic twice");
            }
        }
        return topics;
    }

    /** The levels of the configuration's own keys, by codec. */
    static Map<String, Integer> levels(final ProducerConfig config) {
        return Map.of("gzip", config.compressionGzipLevel(), "lz4", config.compressionLz4Level(), "zstd",
                config.compressionZstdLevel());
    }

    private static int level(final String type, final Map<String, Integer> levels) {
        return levels.getOrDefault(type, Compression.DEFAULT_LEVEL);
    }

    /** How many compressors there are if the configuration leaves it open: half of the processors, four at most. */
    static int threads(final ProducerConfig config) {
        return config.compressionThreads() > 0
                ? config.compressionThreads()
                : Math.max(1, Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors() / 2));
    }

    /** How many callers may compress if the configuration leaves it open: with little memory what they work in is better used for records. */
    static int callers(final ProducerConfig config) {
        return config.compressionCallers() >= 0
                ? config.compressionCallers()
                : config.bufferMemory() < MEMORY_FOR_CALLERS ? 0 : Math.min(MAX_CALLERS, threads(config));
    }

    /** Whether anything is to be compressed. */
    static boolean isWanted(final ProducerConfig config) {
        for (final Choice choice : config.topicCompression().values()) {
            if (!choice.type().equals(NONE)) {
                return true;
            }
        }
        return !config.compressionType().equals(NONE);
    }

    /**
     * The accumulator's compression; {@code null} if there is none.
     *
     * @throws ConfigException if a codec's library is missing, or a level is out of range
     */
    static Compression compression(final ProducerConfig config, final Executor executor,
            final Consumer<Throwable> onError) {
        final Compression.Builder builder = Compression.builder().executor(executor, threads(config))
                .callers(callers(config)).onError(onError);
        final String type = config.compressionType();
        final Map<String, Integer> levels = levels(config);
        try {
            if (!type.equals(NONE)) {
                builder.codec(CompressionCodec.named(type), level(type, levels));
            }
        } catch (final CodecUnavailableException e) {
            throw new ConfigException(COMPRESSION_TYPE, type, e.getMessage(), e);
        } catch (final IllegalArgumentException e) {
            throw new ConfigException(levelKey(type), levels.get(type), e.getMessage(), e);
        }
        config.topicCompression().forEach((topic, choice) -> {
            try {
                builder.topic(topic, choice.type().equals(NONE) ? null : CompressionCodec.named(choice.type()),
                        choice.level());
            } catch (final CodecUnavailableException | IllegalArgumentException e) {
                throw new ConfigException(KP_COMPRESSION_TOPICS, topic + "=" + choice.type(), e.getMessage(), e);
            }
        });
        return builder.workingMemory(config.bufferMemory(), config.batchSize(), config.maxRequestSize()).build();
    }

    private static String levelKey(final String type) {
        return switch (type) {
            case "gzip" -> COMPRESSION_GZIP_LEVEL;
            case "lz4" -> COMPRESSION_LZ4_LEVEL;
            default -> COMPRESSION_ZSTD_LEVEL;
        };
    }

    static String[] types() {
        return TYPES.toArray(new String[0]);
    }

}
