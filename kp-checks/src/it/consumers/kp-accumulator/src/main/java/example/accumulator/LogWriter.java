package example.accumulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.kp.accumulator.Batch;
import io.kp.accumulator.DrainFilter;
import io.kp.accumulator.PartitionQueue;
import io.kp.accumulator.RecordAccumulator;
import io.kp.memory.BufferPool;
import io.kp.metadata.Cluster;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;

/** Writes a segment of a partition's log as a broker would: {@code LogWriter 00000000000000000000.log 500}. */
public final class LogWriter {
    public static void main(String[] args) throws Exception {
        int records = Integer.parseInt(args[1]);
        try (BufferPool pool = BufferPool.builder().capacityBytes(1 << 20).segmentBytes(2048).build();
                FileChannel log = FileChannel.open(Path.of(args[0]), CREATE_NEW, WRITE)) {
            RecordAccumulator accumulator = RecordAccumulator.builder().pool(pool).batchBytes(4096).lingerNs(0)
                    .nanoClock(System::nanoTime).build();
            // Batches are drained by the node that leads their partition; here there is one.
            accumulator.updateCluster(Cluster.of(1, "cluster", 0, List.of(new Node(0, "localhost", 9092)),
                    List.of(TopicInfo.of("orders", TopicId.ZERO, false, List.of(new PartitionInfo("orders", 0, 0, 0))))));

            // Any thread: takes no lock, waits for memory only.
            PartitionQueue orders = accumulator.topic("orders").partition(0);
            for (int i = 0; i < records; i++) {
                accumulator.append(orders, System.currentTimeMillis(), ("customer-" + i % 7).getBytes(UTF_8),
                        ("order " + i).getBytes(UTF_8), null, null, TimeUnit.SECONDS.toNanos(1));
            }

            // The one I/O thread: takes what is ready, and gives the memory back when it is written.
            long offset = 0;
            int batches = 0;
            List<Batch> drained = new ArrayList<>();
            while (offset < records) {
                accumulator.poll(System.nanoTime());
                accumulator.drain(0, 1 << 20, DrainFilter.ALL, drained, System.nanoTime());
                for (Batch batch : drained) {
                    batch.seal(-1, (short) -1, -1, false);
                    write(log, batch, offset);
                    offset += batch.recordCount();
                    batches++;
                    batch.complete((completion, index, record) -> { });
                    accumulator.release(batch);
                }
                drained.clear();
            }
            accumulator.close();
            System.out.println(offset + " records in " + batches + " batches, " + log.size() + " bytes, "
                    + pool.usedBytes() + " bytes in use");
        }
    }

    private static void write(FileChannel log, Batch batch, long offset) throws IOException {
        ByteBuffer[] buffers = new ByteBuffer[batch.bufferCount()];
        batch.buffers(buffers, 0);
        long start = log.position();
        while (log.position() < start + batch.sizeInBytes()) {
            log.write(buffers);
        }
        // The batch says offset 0: a broker puts in the one that it gives, before what the checksum covers.
        log.write(ByteBuffer.allocate(Long.BYTES).putLong(0, offset), start);
    }
}
