package io.kp.accumulator.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

import io.kp.accumulator.CompressionCodec;
import io.kp.accumulator.Compressor;
import io.kp.accumulator.Decompressor;

/**
 * gzip with the JDK's zlib: one member of RFC 1952 for a batch. {@link Deflater} takes direct buffers; {@link java.util.zip.GZIPOutputStream} would want arrays and a
 * new stream, with all its state, for each batch.
 */
public final class GzipCodec implements CompressionCodec {
    private static final int ID = 1;
    private static final int HEADER_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    /** Magic, deflate, no flags, no time; the operating system is not told. */
    private static final long HEADER_FIRST_8 = 0x1f8b_0800_0000_0000L;
    private static final short HEADER_LAST_2 = 0x00ff;
    /** What zlib's own bound adds for stored blocks, and some more. */
    private static final int BOUND_SHIFT = 10;
    private static final int BOUND_EXTRA = 64;

    /** For the service loader. */
    public GzipCodec() {
    }

    @Override
    public String name() {
        return "gzip";
    }

    @Override
    public int id() {
        return ID;
    }

    @Override
    public String artifact() {
        return null;
    }

    @Override
    public int defaultLevel() {
        return Deflater.DEFAULT_COMPRESSION;
    }

    @Override
    public Compressor compressor(final int level) {
        if (level != Deflater.DEFAULT_COMPRESSION
                && (level < Deflater.BEST_SPEED || level > Deflater.BEST_COMPRESSION)) {
            throw new IllegalArgumentException("level of gzip must be -1 or from " + Deflater.BEST_SPEED + " to "
                    + Deflater.BEST_COMPRESSION + ": level=" + level);
        }
        return new GzipCompressor(level);
    }

    @Override
    public Decompressor decompressor() {
        return new GzipDecompressor();
    }

    private static final class GzipCompressor implements Compressor {
        private final Deflater deflater;
        private final CRC32 crc = new CRC32();

        private GzipCompressor(final int level) {
            deflater = new Deflater(level, true);
        }

        @Override
        public int maxCompressedBytes(final int inputBytes) {
            return HEADER_BYTES + inputBytes + (inputBytes >> BOUND_SHIFT) + BOUND_EXTRA + TRAILER_BYTES;
        }

        @Override
        public int compress(final ByteBuffer input, final ByteBuffer output) {
            final int start = output.position();
            final int inputStart = input.position();
            final int inputBytes = input.remaining();
            if (output.remaining() < HEADER_BYTES + TRAILER_BYTES) {
                return DOES_NOT_FIT;
            }
            output.order(ByteOrder.BIG_ENDIAN).putLong(HEADER_FIRST_8).putShort(HEADER_LAST_2);
            crc.reset();
            crc.update(input);
            deflater.reset();
            deflater.setInput(input.position(inputStart));
            deflater.finish();
            final int end = output.limit();
            output.limit(end - TRAILER_BYTES);
            while (!deflater.finished()) {
                if (deflater.deflate(output) == 0) {
                    return DOES_NOT_FIT;
                }
            }
            output.limit(end).order(ByteOrder.LITTLE_ENDIAN).putInt((int) crc.getValue()).putInt(inputBytes);
            return output.position() - start;
        }

        @Override
        public void close() {
            deflater.end();
        }
    }

    private static final class GzipDecompressor implements Decompressor {
        private final Inflater inflater = new Inflater(true);

        @Override
        public int decompress(final ByteBuffer input, final ByteBuffer output) {
            if (input.remaining() < HEADER_BYTES || input.getLong(input.position()) != HEADER_FIRST_8) {
                throw new IllegalArgumentException("not a gzip stream as this codec writes it");
            }
            final int start = output.position();
            inflater.reset();
            inflater.setInput(input.position(input.position() + HEADER_BYTES));
            try {
                while (!inflater.finished()) {
                    if (inflater.inflate(output) == 0 && !inflater.finished()) {
                        throw new IllegalArgumentException("gzip stream ends early, or is longer than expected: bytes="
                                + (output.position() - start));
                    }
                }
            } catch (final DataFormatException e) {
                throw new IllegalArgumentException("not a gzip stream", e);
            }
            return output.position() - start;
        }

        @Override
        public void close() {
            inflater.end();
        }
    }
}
