package io.kp.accumulator.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

import io.kp.accumulator.CodecUnavailableException;
import io.kp.accumulator.CompressionCodec;
import io.kp.accumulator.Compressor;
import io.kp.accumulator.Decompressor;

/**
 * lz4 with lz4-java's block functions, which take direct buffers, in a frame written here: version 01, independent blocks of up to 64 KiB, no checksums but the
 * header's. lz4-java's frame stream and Kafka's own want arrays. Level 9 is the fast compressor, every other one the high compressor, as in Kafka (KIP-390).
 *
 * <pre>
 *  +-------------+-----+-----+----+-------------------------+-----------+
 *  | magic, LE   | FLG | BD  | HC | { size u32 LE | block } | 0, u32 LE |
 *  | 0x184D2204  | 60  | 40  | 82 |    top bit: stored      |           |
 *  +-------------+-----+-----+----+-------------------------+-----------+
 * </pre>
 */
public final class Lz4Codec implements CompressionCodec {
    private static final int ID = 3;
    private static final String ARTIFACT = "at.yawk.lz4:lz4-java:1.10.2";
    private static final String MODULE = "org.lz4.java";
    private static final int MIN_LEVEL = 1;
    private static final int MAX_LEVEL = 17;
    private static final int FAST_LEVEL = 9;

    private static final int MAGIC = 0x184D2204;
    private static final byte FLAGS = 0x60;
    private static final byte BLOCK_DESCRIPTOR = 0x40;
    /** Second byte of the xxHash32 of the two bytes before, with seed 0: the same for every frame of this kind. */
    private static final byte HEADER_CHECKSUM = (byte) 0x82;
    private static final int HEADER_BYTES = 7;
    private static final int BLOCK_BYTES = 64 * 1024;
    /** Blocks know nothing of each other, and each begins without anything to refer to: a little less than a full one costs little. */
    private static final int LEAST_PIECE_BYTES = 48 * 1024;
    private static final int STORED = 1 << 31;
    private static final int END_BYTES = Integer.BYTES;

    /** For the service loader. */
    public Lz4Codec() {
    }

    @Override
    public String name() {
        return "lz4";
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
        return FAST_LEVEL;
    }

    @Override
    public Compressor compressor(final int level) {
        if (level < MIN_LEVEL || level > MAX_LEVEL) {
            throw new IllegalArgumentException(
                    "level of lz4 must be from " + MIN_LEVEL + " to " + MAX_LEVEL + ": level=" + level);
        }
        try {
            return new Lz4Compressor(level);
        } catch (final LinkageError e) {
            throw CodecUnavailableException.of(this, MODULE, e);
        }
    }

    @Override
    public Decompressor decompressor() {
        try {
            return new Lz4Decompressor();
        } catch (final LinkageError e) {
            throw CodecUnavailableException.of(this, MODULE, e);
        }
    }

    private static final class Lz4Compressor implements Compressor {
        private final LZ4Compressor compressor;

        private Lz4Compressor(final int level) {
            final LZ4Factory factory = LZ4Factory.fastestInstance();
            compressor = level == FAST_LEVEL ? factory.fastCompressor() : factory.highCompressor(level);
        }

        @Override
        public int maxCompressedBytes(final int inputBytes) {
            // For the last block as for the others, since the compressor is given the room for the worst case.
            return HEADER_BYTES + (inputBytes / BLOCK_BYTES + 1)
                    * (Integer.BYTES + compressor.maxCompressedLength(BLOCK_BYTES)) + END_BYTES;
        }

        @Override
        public int compress(final ByteBuffer input, final ByteBuffer output) {
            final int start = output.position();
            return begin(output) ? end(blocks(input, output, start + HEADER_BYTES), output, start) : DOES_NOT_FIT;
        }

        @Override
        public int leastPieceBytes() {
            return LEAST_PIECE_BYTES;
        }

        @Override
        public int compressPieces(final ByteBuffer[] pieces, final int count, final ByteBuffer output) {
            final int start = output.position();
            if (!begin(output)) {
                return DOES_NOT_FIT;
            }
            int to = start + HEADER_BYTES;
            for (int i = 0; i < count && to >= 0; i++) {
                to = blocks(pieces[i], output, to);
            }
            return end(to, output, start);
        }

        private static boolean begin(final ByteBuffer output) {
            if (output.remaining() < HEADER_BYTES) {
                return false;
            }
            output.order(ByteOrder.LITTLE_ENDIAN).putInt(MAGIC).put(FLAGS).put(BLOCK_DESCRIPTOR).put(HEADER_CHECKSUM);
            return true;
        }

        /** The blocks of an input; the index after them, or DOES_NOT_FIT. */
        private int blocks(final ByteBuffer input, final ByteBuffer output, final int at) {
            final int outputEnd = output.limit();
            final int end = input.limit();
            int to = at;
            for (int from = input.position(); from < end; from += BLOCK_BYTES) {
                final int block = Math.min(BLOCK_BYTES, end - from);
                final int most = compressor.maxCompressedLength(block);
                if (outputEnd - to < Integer.BYTES + most + END_BYTES) {
                    return DOES_NOT_FIT;
                }
                final int written = compressor.compress(input, from, block, output, to + Integer.BYTES, most);
                if (written < block) {
                    output.putInt(to, written);
                    to += Integer.BYTES + written;
                } else {
                    output.putInt(to, block | STORED).put(to + Integer.BYTES, input, from, block);
                    to += Integer.BYTES + block;
                }
            }
            return to;
        }

        private static int end(final int to, final ByteBuffer output, final int start) {
            if (to < 0 || output.limit() - to < END_BYTES) {
                return DOES_NOT_FIT;
            }
            output.putInt(to, 0);
            return to + END_BYTES - start;
        }

        @Override
        public void close() {
            // Nothing is kept.
        }
    }

    private static final class Lz4Decompressor implements Decompressor {
        private final LZ4SafeDecompressor decompressor = LZ4Factory.fastestInstance().safeDecompressor();

        @Override
        public int decompress(final ByteBuffer input, final ByteBuffer output) {
            input.order(ByteOrder.LITTLE_ENDIAN);
            final int end = input.limit();
            int from = input.position();
            if (input.remaining() < HEADER_BYTES + END_BYTES || input.getInt(from) != MAGIC
                    || input.get(from + Integer.BYTES) != FLAGS) {
                throw new IllegalArgumentException("not an lz4 frame as this codec writes it");
            }
            from += HEADER_BYTES;
            final int start = output.position();
            int to = start;
            while (end - from >= Integer.BYTES) {
                final int size = input.getInt(from);
                final int block = size & ~STORED;
                from += Integer.BYTES;
                if (size == 0) {
                    return to - start;
                }
                if (block > end - from || size < 0 && block > output.limit() - to) {
                    throw new IllegalArgumentException("lz4 frame has a block of a wrong size: blockBytes=" + block);
                }
                if (size < 0) {
                    output.put(to, input, from, block);
                    to += block;
                } else {
                    try {
                        to += decompressor.decompress(input, from, block, output, to, output.limit() - to);
                    } catch (final LZ4Exception e) {
                        throw new IllegalArgumentException("lz4 frame is damaged", e);
                    }
                }
                from += block;
            }
            throw new IllegalArgumentException("lz4 frame ends early: bytes=" + (to - start));
        }

        @Override
        public void close() {
            // Nothing is kept.
        }
    }
}
