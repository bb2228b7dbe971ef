package io.kp.accumulator;

import static io.kp.accumulator.RecordBatchDescriptor.HEADER_LENGTH;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One compressor: its contexts, its working memory, and the task that it is.
 *
 * <pre>
 *   segments of the batch    | header | records ... |  | records ... |  | records |
 *                                  |  gathered, if there are several and the codec does not take pieces
 *                                  v
 *   input area               | records ..................................... |
 *                                  |  codec
 *                                  v
 *   output area              | compressed stream | ledger |                            see CompletionLedger
 *                                  |  copied back, unless it is larger than before
 *                                  v
 *   segments of the batch    | header | compressed.. |  | ..stream | ledger |   the rest goes back to the pool
 * </pre>
 *
 * Nothing of the batch changes before it is clear that the result fits. The completion objects move with it: the segments that are kept have slots for all.
 */
final class CompressionWorker implements Runnable {
    private static final int RESTING = 0;
    private static final int RUNNING = 1;
    private static final int ENDED = 2;
    /** Of a batch that is compressed where it lies: 4 MiB in segments of 64 KiB. */
    private static final int MOST_PIECES = 64;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(CompressionWorker.class, "state", int.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final CompressionStage stage;
    private final ByteBuffer input;
    private final ByteBuffer output;
    private final ByteBuffer[] pieces = new ByteBuffer[MOST_PIECES];
    private final List<Compression.Kind> kinds = new ArrayList<>();
    private final List<Compressor> compressors = new ArrayList<>();
    private int state = RESTING;

    CompressionWorker(final CompressionStage stage, final int inputBytes, final int outputBytes) {
        this.stage = stage;
        input = ByteBuffer.allocateDirect(inputBytes);
        output = ByteBuffer.allocateDirect(outputBytes);
    }

    /** Whether the caller is to have it run. */
    boolean tryStart() {
        return (int) STATE.getOpaque(this) == RESTING && STATE.compareAndSet(this, RESTING, RUNNING);
    }

    void rest() {
        STATE.setVolatile(this, RESTING);
        if (stage.hasEnded()) {
            endIfResting();
        }
    }

    void endIfResting() {
        if (STATE.compareAndSet(this, RESTING, ENDED)) {
            compressors.forEach(Compressor::close);
            compressors.clear();
            kinds.clear();
        }
    }

    @Override
    public void run() {
        do {
            for (Batch batch = stage.take(); batch != null; batch = stage.take()) {
                process(batch);
            }
            rest();
        } while (stage.hasWork() && tryStart());
    }

    /**
     * Compresses one batch; after {@link #tryStart}.
     *
     * @return false if there was none.
     */
    boolean help() {
        try {
            final Batch batch = stage.take();
            if (batch != null) {
                process(batch);
            }
            return batch != null;
        } finally {
            rest();
        }
    }

    private void process(final Batch batch) {
        final long startNs = stage.nanoTime();
        try {
            compress(batch);
        } catch (final Throwable e) {
            stage.failed(e);
        } finally {
            stage.finished(batch, stage.nanoTime() - startNs);
        }
    }

    private void compress(final Batch batch) {
        final Compression.Kind kind = batch.queue.compression().kind;
        final int recordsBytes = batch.sizeInBytes() - HEADER_LENGTH;
        final int compressedBytes = compress(batch, recordsBytes, compressor(kind));
        if (compressedBytes < 0 || compressedBytes >= recordsBytes) {
            return;
        }
        output.clear().position(compressedBytes);
        if (CompletionLedger.write(batch, output)) {
            batch.replaceRecords(kind.codec().id(), output.flip(), compressedBytes);
        }
    }

    /** Compresses the records to the output area; the bytes written, or negative if they do not fit into an area. */
    private int compress(final Batch batch, final int recordsBytes, final Compressor compressor) {
        output.clear();
        final int count = pieces(batch, compressor.leastPieceBytes());
        if (count > 1) {
            return compressor.compressPieces(pieces, count, output);
        }
        final ByteBuffer source = source(batch, recordsBytes);
        return source == null ? Compressor.DOES_NOT_FIT : compressor.compress(source, output);
    }

    /** The records where they lie; 0 if they are to be joined. */
    private int pieces(final Batch batch, final int leastBytes) {
        int start = HEADER_LENGTH;
        int count = 0;
        for (SegmentNode node = batch.first; node != null; node = node.next) {
            if (count == pieces.length || node.next != null && node.used - start < leastBytes) {
                return 0;
            }
            pieces[count++] = node.buffer.limit(node.used).position(start);
            start = 0;
        }
        return count;
    }

    /** The records in one piece, or null if they do not fit into the input area. */
    private ByteBuffer source(final Batch batch, final int recordsBytes) {
        final SegmentNode first = batch.first;
        if (first.next == null) {
            return first.buffer.limit(first.used).position(HEADER_LENGTH);
        }
        if (recordsBytes > input.capacity()) {
            return null;
        }
        batch.copyRecords(input.clear(), 0);
        return input.limit(recordsBytes).position(0);
    }

    private Compressor compressor(final Compression.Kind kind) {
        final int index = kinds.indexOf(kind);
        if (index >= 0) {
            return compressors.get(index);
        }
        final Compressor opened = kind.open();
        kinds.add(kind);
        compressors.add(opened);
        return opened;
    }
}
