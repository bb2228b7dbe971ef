package io.kp.accumulator;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * A way to compress the records of a batch, as a service: {@link #named} finds what is there. kp brings those of Kafka; others would need a number that brokers
 * and consumers know. Implementations are stateless; their compressors and decompressors are not.
 *
 * <p>
 * A codec whose library is an optional dependency is found without it too, and says what is missing when it is to be used.
 */
public interface CompressionCodec {
    /**
     * The name in {@code compression.type}.
     *
     * @return the name, in lower case.
     */
    String name();

    /**
     * The number in a batch's attributes.
     *
     * @return the number, from 1 to 7.
     */
    int id();

    /**
     * The library that the codec stands on.
     *
     * @return groupId:artifactId:version as tested, or null if the JDK is enough.
     */
    String artifact();

    /**
     * The level that is meant if none is given.
     *
     * @return the level.
     */
    int defaultLevel();

    /**
     * Opens a compressor.
     *
     * @param level
     *            of the codec's own scale; a codec without levels takes its default only.
     * @return a new compressor, to be closed.
     * @throws CodecUnavailableException
     *             if the library is missing or cannot be loaded.
     * @throws IllegalArgumentException
     *             if there is no such level.
     */
    Compressor compressor(int level);

    /**
     * Opens a decompressor.
     *
     * @return a new decompressor, to be closed.
     * @throws CodecUnavailableException
     *             if the library is missing or cannot be loaded.
     */
    Decompressor decompressor();

    /**
     * Finds a codec among the services.
     *
     * @param name
     *            the name in {@code compression.type}.
     * @return the first codec of that name.
     * @throws IllegalArgumentException
     *             if there is none.
     */
    static CompressionCodec named(final String name) {
        final Iterator<CompressionCodec> codecs = ServiceLoader
                .load(CompressionCodec.class, CompressionCodec.class.getClassLoader()).iterator();
        while (codecs.hasNext()) {
            try {
                final CompressionCodec codec = codecs.next();
                if (codec.name().equals(name)) {
                    return codec;
                }
            } catch (final ServiceConfigurationError e) {
                // Somebody's service that does not work must not hide the others.
                continue;
            }
        }
        throw new IllegalArgumentException("codec is unknown: name=" + name);
    }
}
