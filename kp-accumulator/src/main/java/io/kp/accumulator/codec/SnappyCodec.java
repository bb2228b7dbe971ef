package io.kp.accumulator.codec;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import io.kp.accumulator.CodecUnavailableException;
import io.kp.accumulator.CompressionCodec;
import io.kp.accumulator.Compressor;
import io.kp.accumulator.Decompressor;

/**
 * snappy with snappy-java, in the framing of its streams, which Kafka's clients expect: a header, then blocks of up to 32 KiB of input, each behind its compressed
 * length. {@code Snappy.compress(ByteBuffer, ByteBuffer)} hands addresses to the native code; its streams want arrays.
 *
 * <p>
 * The library is called by method handles: its jar has no module name but the one that Java makes of the file's, which nobody should require.
 */
public final class SnappyCodec implements CompressionCodec {
    private static final int ID = 2;
    private static final String ARTIFACT = "org.xerial.snappy:snappy-java:1.1.10.7";
    private static final String MODULE = "snappy.java";
    private static final int NO_LEVEL = 0;
    private static final int BLOCK_BYTES = 32 * 1024;
    /** 0x82, "SNAPPY", 0; version 1, compatible with 1. */
    private static final long MAGIC = 0x82_53_4e_41_50_50_59_00L;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 16;

    /** For the service loader. */
    public SnappyCodec() {
    }

    @Override
    public String name() {
        return "snappy";
    }

    @Override
    public int id() {
        return ID;
    }

    @Override
    public String artifact() {
        return ARTIFACT;
    }

    @Override
    public int defaultLevel() {
        return NO_LEVEL;
    }

    @Override
    public Compressor compressor(final int level) {
        if (level != NO_LEVEL) {
            throw new IllegalArgumentException("snappy has no levels: level=" + level);
        }
        try {
            return new SnappyCompressor(new Library());
        } catch (final ReflectiveOperationException | LinkageError e) {
            throw CodecUnavailableException.of(this, MODULE, e);
        }
    }

    @Override
    public Decompressor decompressor() {
        try {
            return new SnappyDecompressor(new Library());
        } catch (final ReflectiveOperationException | LinkageError e) {
            throw CodecUnavailableException.of(this, MODULE, e);
        }
    }

    /** The functions of {@code org.xerial.snappy.Snappy}. */
    private static final class Library {
        private final MethodHandle maxCompressedLength;
        private final MethodHandle compress;
        private final MethodHandle uncompressedLength;
        private final MethodHandle uncompress;

        private Library() throws ReflectiveOperationException {
            final Class<?> snappy = Class.forName("org.xerial.snappy.Snappy");
            final MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            final MethodType pair = MethodType.methodType(int.class, ByteBuffer.class, ByteBuffer.class);
            maxCompressedLength = lookup.findStatic(snappy, "maxCompressedLength",
                    MethodType.methodType(int.class, int.class));
            compress = lookup.findStatic(snappy, "compress", pair);
            uncompressedLength = lookup.findStatic(snappy, "uncompressedLength",
                    MethodType.methodType(int.class, ByteBuffer.class));
            uncompress = lookup.findStatic(snappy, "uncompress", pair);
            // Loads the native code, or fails where that is expected.
            maxCompressedLength(0);
        }

        private int maxCompressedLength(final int bytes) {
            try {
                return (int) maxCompressedLength.invokeExact(bytes);
            } catch (final Throwable e) {
                throw failure(e);
            }
        }

        private int compress(final ByteBuffer from, final ByteBuffer to) {
            try {
                return (int) compress.invokeExact(from, to);
            } catch (final Throwable e) {
                throw failure(e);
            }
        }

        private int uncompressedLength(final ByteBuffer from) {
            try {
                return (int) uncompressedLength.invokeExact(from);
            } catch (final Throwable e) {
                throw failure(e);
            }
        }

        private int uncompress(final ByteBuffer from, final ByteBuffer to) {
            try {
                return (int) uncompress.invokeExact(from, to);
            } catch (final Throwable e) {
                throw failure(e);
            }
        }

        /** What the library throws are IOExceptions, of data that it does not understand. */
        private static RuntimeException failure(final Throwable e) {
            if (e instanceof Error) {
                throw (Error) e;
            }
            return new IllegalArgumentException("snappy has failed", e);
        }
    }

    private static final class SnappyCompressor implements Compressor {
        private final Library snappy;
        private final int maxBlockBytes;

        private SnappyCompressor(final Library snappy) {
            this.snappy = snappy;
            this.maxBlockBytes = Integer.BYTES + snappy.maxCompressedLength(BLOCK_BYTES);
        }

        @Override
        public int maxCompressedBytes(final int inputBytes) {
            return HEADER_BYTES + (inputBytes / BLOCK_BYTES + 1) * maxBlockBytes;
        }

        @Override
        public int compress(final ByteBuffer input, final ByteBuffer output) {
            final int start = output.position();
            final int outputEnd = output.limit();
            final int end = input.limit();
            if (output.remaining() < HEADER_BYTES) {
                return DOES_NOT_FIT;
            }
            output.order(ByteOrder.BIG_ENDIAN).putLong(MAGIC).putInt(VERSION).putInt(VERSION);
            int to = output.position();
            for (int from = input.position(); from < end; from += BLOCK_BYTES) {
                final int block = Math.min(BLOCK_BYTES, end - from);
                // The native code knows no limit: without this check it would write beyond the buffer.
                if (outputEnd - to < Integer.BYTES + snappy.maxCompressedLength(block)) {
                    return DOES_NOT_FIT;
                }
                final int written = snappy.compress(input.limit(from + block).position(from),
                        output.limit(outputEnd).position(to + Integer.BYTES));
                output.putInt(to, written);
                to += Integer.BYTES + written;
            }
            return to - start;
        }

        @Override
        public void close() {
            // Nothing is kept.
        }
    }

    private static final class SnappyDecompressor implements Decompressor {
        private final Library snappy;

        private SnappyDecompressor(final Library snappy) {
            this.snappy = snappy;
        }

        @Override
        public int decompress(final ByteBuffer input, final ByteBuffer output) {
            input.order(ByteOrder.BIG_ENDIAN);
            final int end = input.limit();
            final int outputEnd = output.limit();
            final int start = output.position();
            int to = start;
            if (input.remaining() < HEADER_BYTES || input.getLong(input.position()) != MAGIC) {
                throw new IllegalArgumentException("not a snappy stream");
            }
            for (int from = input.position() + HEADER_BYTES; from < end;) {
                final int block = input.getInt(from);
                from += Integer.BYTES;
                if (block < 0 || block > end - from) {
                    throw new IllegalArgumentException("snappy stream ends early: blockBytes=" + block);
                }
                input.limit(from + block).position(from);
                if (snappy.uncompressedLength(input) > outputEnd - to) {
                    throw new IllegalArgumentException("snappy stream is longer than expected");
                }
                to += snappy.uncompress(input, output.limit(outputEnd).position(to));
                input.limit(end);
                from += block;
            }
            return to - start;
        }

        @Override
        public void close() {
            // Nothing is kept.
        }
    }
}
