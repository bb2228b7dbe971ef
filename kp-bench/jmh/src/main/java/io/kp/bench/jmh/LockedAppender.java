package io.kp.bench.jmh;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

import io.kp.memory.BufferPool;
import io.kp.memory.PoolExhaustedException;
import io.kp.memory.Segment;

/**
 * What kp's accumulator is measured against: the same memory and the same bytes, but a lock for each partition in place of compare-and-set. As simple as it can
 * be: a batch is one segment, and batches that end are told to the I/O thread through one queue.
 */
final class LockedAppender implements Appender {
    private static final int BATCH_HEADER_BYTES = 61;
    // Length, attributes, time, index, no key, value length, no headers: at most.
    private static final int RECORD_OVERHEAD_BYTES = 5 + 1 + 10 + 5 + 1 + 5 + 1;
    private static final int CRC_FROM = 21;

    private final BufferPool pool;
    private final AppenderLimits limits;
    private final Partition[] partitions;
    private final Queue<Batch> closed = new ConcurrentLinkedQueue<>();
    private final CRC32C crc = new CRC32C();
    private final Object completion = new Object();
    private volatile Thread sleeper;

    LockedAppender(final int partitionCount, final AppenderLimits limits) {
        this.limits = limits;
        pool = BufferPool.builder().capacityBytes(limits.memoryBytes()).segmentBytes(limits.batchBytes()).build();
        partitions = new Partition[partitionCount];
        for (int i = 0; i < partitionCount; i++) {
            partitions[i] = new Partition();
        }
    }

    private static final class Partition {
        private final ReentrantLock lock = new ReentrantLock();
        private Batch open;
    }

    private static final class Batch {
        private final Segment segment;
        private final long createdNs = System.nanoTime();
        private final ArrayDeque<Object> completions = new ArrayDeque<>();
        private final long baseTimestampMs;
        private int position = BATCH_HEADER_BYTES;

        private Batch(final Segment segment, final long baseTimestampMs) {
            this.segment = segment;
            this.baseTimestampMs = baseTimestampMs;
        }

        private boolean hasRoom(final int valueBytes) {
            return segment.capacity() - position >= valueBytes + RECORD_OVERHEAD_BYTES;
        }

        private void append(final long timestampMs, final byte[] value, final Object completion) {
            final int index = completions.size();
            final long delta = timestampMs - baseTimestampMs;
            varint(1 + varintBytes(delta) + varintBytes(index) + 1 + varintBytes(value.length) + value.length + 1);
            segment.putByte(position++, (byte) 0);
            varint(delta);
            varint(index);
            varint(-1);
            varint(value.length);
            segment.putBytes(position, value, 0, value.length);
            position += value.length;
            varint(0);
            completions.add(completion);
        }

        private void varint(final long value) {
            long rest = value << 1 ^ value >> Long.SIZE - 1;
            while ((rest & ~0x7fL) != 0) {
                segment.putByte(position++, (byte) (rest | 0x80));
                rest >>>= 7;
            }
            segment.putByte(position++, (byte) rest);
        }

        private static int varintBytes(final long value) {
            final long zigzag = value << 1 ^ value >> Long.SIZE - 1;
            return (Long.SIZE - Long.numberOfLeadingZeros(zigzag | 1) + 6) / 7;
        }
    }

    @Override
    public boolean append(final int number, final byte[] value) throws InterruptedException {
        final long timestampMs = System.currentTimeMillis();
        final Partition partition = partitions[number];
        Segment spare = null;
        while (true) {
            boolean wake = false;
            partition.lock.lock();
            try {
                if (partition.open != null && !partition.open.hasRoom(value.length)) {
                    closed.add(partition.open);
                    partition.open = null;
                    wake = true;
                }
                if (partition.open == null && spare != null) {
                    partition.open = new Batch(spare, timestampMs);
                    spare = null;
                    // Its linger time has begun.
                    wake = true;
                }
                if (partition.open != null) {
                    partition.open.append(timestampMs, value, completion);
                    if (spare != null) {
                        // Another thread was faster.
                        spare.release();
                    }
                    return true;
                }
            } finally {
                partition.lock.unlock();
                if (wake) {
                    wake();
                }
            }
            // Never wait for memory under the lock.
            spare = pool.tryAcquire(limits.batchBytes());
            if (spare == null) {
                try {
                    spare = pool.acquire(limits.batchBytes(), limits.maxBlockNs());
                } catch (final PoolExhaustedException e) {
                    return false;
                }
            }
        }
    }

    @Override
    public int drain() {
        return drain(System.nanoTime() - limits.lingerNs());
    }

    private int drain(final long createdBeforeNs) {
        for (final Partition partition : partitions) {
            partition.lock.lock();
            try {
                if (partition.open != null && partition.open.createdNs - createdBeforeNs <= 0) {
                    closed.add(partition.open);
                    partition.open = null;
                }
            } finally {
                partition.lock.unlock();
            }
        }
        int drained = 0;
        for (Batch batch = closed.poll(); batch != null; batch = closed.poll()) {
            crc.reset();
            crc.update(batch.segment.byteBuffer().clear().limit(batch.position).position(CRC_FROM));
            batch.segment.putInt(CRC_FROM - Integer.BYTES, (int) crc.getValue());
            batch.completions.clear();
            batch.segment.release();
            drained++;
        }
        return drained;
    }

    @Override
    public long drainedBytes() {
        throw new IllegalStateException("not counted");
    }

    @Override
    public void awaitWork() {
        sleeper = Thread.currentThread();
        if (closed.isEmpty()) {
            LockSupport.parkNanos(this, Math.max(1, limits.lingerNs()));
        }
    }

    @Override
    public void wake() {
        LockSupport.unpark(sleeper);
    }

    @Override
    public long close() {
        drain(Long.MAX_VALUE);
        drain(System.nanoTime());
        final long missing = pool.usedBytes();
        pool.close();
        return missing;
    }
}
