package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.ProducerRig.Told;

/** A producer with compression, from send to acknowledgement. */
class CompressedDeliveryTest {
    private static String value(final int i) {
        return "{\"customer\":\"" + i % 10 + "\",\"amount\":" + i + ",\"currency\":\"EUR\"}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
    void shouldDeliver(final String codec) {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5", "compression.type", codec).warmUp()) {
            final List<String> sent = new ArrayList<>();
            for (int i = 0; i < 3_000; i++) {
                sent.add(rig.send(value(i)).value);
            }
            rig.runUntilAllTold();
            assertEquals(sent, rig.cluster.log(TOPIC, 0));
            for (int i = 0; i < sent.size(); i++) {
                final Told told = rig.all.get(i);
                assertEquals(i, told.offset());
                assertEquals(value(i).length(), told.metadata.serializedValueBytes());
                assertEquals(-1, told.metadata.serializedKeyBytes());
                assertEquals(1_700_000_000_000L, told.metadata.timestampMs());
            }
            assertEquals(sent, rig.told.stream().map(one -> one.value).toList());
            assertTrue(rig.producer.metrics().batchBytesSent() < 3_000 * value(0).length() / 2);
        }
    }

    @Test
    void shouldTakeWorkingMemoryOutOfTheBudget() {
        final int each = (1 << 20) + (1 << 17);
        try (ProducerRig rig = ProducerRig.open("compression.type", "gzip", "kp.compression.threads", "2",
                "kp.compression.callers", "0")) {
            assertEquals((32 << 20) - 2 * each, rig.producer.metrics().bufferCapacityBytes());
        }
        try (ProducerRig rig = ProducerRig.open("compression.type", "gzip", "kp.compression.threads", "2")) {
            assertEquals((32 << 20) - 4 * each, rig.producer.metrics().bufferCapacityBytes(), "callers' too");
        }
    }

    @Test
    void shouldRefuseZstdAndNothingElseBelowProduce7() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, 1);
        cluster.topic("plain", 1);
        cluster.produceVersion = 6;
        try (ProducerRig rig = ProducerRig.builder().on(cluster).with("linger.ms", "5").with("compression.type", "zstd")
                .with("kp.compression.topics", "plain=none").open().warmUp()) {
            rig.producer.partitionsFor("plain");
            for (int round = 0; round < 3; round++) {
                final Told refused = rig.send(value(1).repeat(20));
                final Told plain = rig.send("plain", 0, "v");
                rig.runUntilAllTold();
                assertEquals(round, plain.offset());
                final BrokerException failure = refused.failure(BrokerException.class);
                assertEquals("UNSUPPORTED_COMPRESSION_TYPE", failure.errorName());
                assertEquals(KpException.Category.FIX_CONFIGURATION, failure.category());
                assertEquals(DeliveryException.Persistence.NOT_PERSISTED, failure.persistence());
                assertTrue(failure.getMessage().contains("zstd needs Produce 7, and the broker speaks up to 6"),
                        failure.getMessage());
            }
            assertEquals(List.of(), rig.cluster.log(TOPIC, 0));
        }
    }

    @Test
    void shouldRunEveryTaskAndEnd() throws InterruptedException {
        final int count = 2_000;
        final CountDownLatch done = new CountDownLatch(count);
        final AtomicInteger running = new AtomicInteger();
        final AtomicInteger atOnce = new AtomicInteger();
        final CompressorThreads threads = new CompressorThreads(2, "test").start();
        for (int i = 0; i < count; i++) {
            final Runnable task = () -> {
                atOnce.accumulateAndGet(running.incrementAndGet(), Math::max);
                running.decrementAndGet();
                done.countDown();
            };
            while (true) {
                try {
                    threads.execute(task);
                    break;
                } catch (final RejectedExecutionException e) {
                    // More than there can be compressors.
                    Thread.onSpinWait();
                }
            }
            if (i % 100 == 0) {
                // So that the threads fall asleep now and then.
                final long before = done.getCount();
                while (done.getCount() > count - i - 1 && before > 0) {
                    Thread.onSpinWait();
                }
            }
        }
        assertTrue(done.await(20, TimeUnit.SECONDS));
        assertTrue(atOnce.get() <= 2);
        threads.close();
        assertThrows(RejectedExecutionException.class, () -> threads.execute(() -> {
        }));
        assertFalse(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().endsWith(" | test") && !ends(thread)));
    }

    private static boolean ends(final Thread thread) {
        try {
            thread.join(20_000);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
