package io.kp.memory;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Programs that {@link ForkedJvmTest} runs in JVMs of their own. */
final class AccessProbe {
    private AccessProbe() {
    }

    public static void main(final String[] args) throws InterruptedException {
        if (args[0].equals("access")) {
            access();
        } else {
            directMemory();
            directMemoryForAWaiter();
        }
    }

    /** Uses a pool as its users do and says what it found. */
    private static void access() {
        final BufferPool pool = BufferPool.builder().build();
        final Segment segment = pool.tryAcquire(1);
        BufferPool.builder().build().tryAcquire(5000).release();
        segment.putLong(3, 0x0102030405060708L);
        segment.putBytes(11, ByteBuffer.wrap(new byte[]{9, 10}), 0, 2);
        final byte[] bytes = new byte[10];
        segment.getBytes(3, bytes, 0, 10);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != i + 1) {
                throw new AssertionError("wrong byte at " + i + ": " + bytes[i]);
            }
        }
        System.out.println(segment.getClass().getSimpleName());
        System.out.println(AccessProbe.class.getModule().isNamed() ? "module" : "class");
        try {
            System.out.println(segment.buffer().getLong(0));
        } catch (final IllegalStateException e) {
            System.out.println(e.getMessage());
        }
        segment.release();
        System.out.println(pool.usedBytes());
    }

    /** Runs a pool into the limit that the JVM sets to direct memory. */
    private static void directMemory() {
        final BufferPool pool = BufferPool.builder().capacityBytes(8 << 20).build();
        final List<Segment> held = new ArrayList<>();
        int refusals = 0;
        for (int i = 0; i < 5000; i++) {
            try {
                final Segment segment = pool.tryAcquire(i % 10 == 0 ? 10_000 : 1);
                if (segment == null) {
                    throw new AssertionError("null below the budget: " + pool);
                }
                held.add(segment);
            } catch (final OutOfMemoryError e) {
                refusals++;
                if (refusals == 3) {
                    break;
                }
            }
        }
        long heldBytes = 0;
        for (final Segment segment : held) {
            heldBytes += segment.capacity();
        }
        System.out.println(refusals);
        System.out.println(heldBytes == pool.usedBytes() && heldBytes > 1 << 19);
        held.forEach(Segment::release);
        System.out.println(pool.usedBytes());
        for (int i = 0; i < 100; i++) {
            held.set(i, pool.tryAcquire(1));
        }
        held.subList(0, 100).forEach(Segment::release);
        System.out.println(pool.usedBytes());
    }

    /** Lets a release serve a waiter when the JVM refuses the memory: the waiter is told, and only it. */
    private static void directMemoryForAWaiter() throws InterruptedException {
        final BufferPool pool = BufferPool.builder().capacityBytes(3 << 18).segmentBytes(1 << 18).build();
        final ByteBuffer other = ByteBuffer.allocateDirect(100_000);
        final Segment all = pool.tryAcquire(3 << 18);
        final ByteBuffer kept = all.byteBuffer(); // against the rules: keeps the memory from being freed
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread waiter = new Thread(() -> {
            try {
                pool.acquire(1, Long.MAX_VALUE).release();
            } catch (final Throwable e) {
                failure.set(e);
            }
        });
        waiter.start();
        while (pool.waiters() == 0) {
            Thread.onSpinWait();
        }
        all.release();
        waiter.join();
        System.out.println(failure.get().getClass().getSimpleName());
        System.out.println(pool.usedBytes() + pool.committedBytes());
        Reference.reachabilityFence(other);
        Reference.reachabilityFence(kept);
        Reference.reachabilityFence(all);
    }
}
