package io.kp.client;

import static io.kp.client.CloseTest.threaded;
import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.kp.client.CloseReportTest.Blocker;
import io.kp.client.ProducerRig.Told;

/** Outcomes that are told on the user's executor. */
class CompletionExecutorTest {
    /** Runs what it has when the test says so. */
    private static final class Later implements Executor {
        final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        boolean refuses;

        @Override
        public void execute(final Runnable task) {
            if (refuses) {
                throw new RejectedExecutionException("full");
            }
            tasks.add(task);
        }

        void runAll() {
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
        }
    }

    private static FakeCluster cluster(final int... leaders) {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, leaders);
        return cluster;
    }

    @Test
    void shouldTellThroughTheExecutorAndFreeTheMemoryBefore() {
        final Later later = new Later();
        try (ProducerRig rig = ProducerRig.builder().executor(later).open().warmUp()) {
            final Told one = rig.send("v");
            final CompletableFuture<RecordMetadata> two = rig.producer.send(new ProducerRecord<>(TOPIC, "w"));
            rig.settle();
            assertEquals(0, one.count);
            assertFalse(two.isDone());
            assertEquals(0, rig.producer.metrics().bufferUsedBytes(), "does not wait for callbacks");
            assertEquals(2, rig.producer.flush(Duration.ofMillis(5)));
            later.runAll();
            assertEquals(0, one.offset());
            assertEquals(1, two.join().offset());
            assertEquals(0, rig.producer.flush(Duration.ofMillis(5)));
        }
    }

    @Test
    void shouldKeepOnlyOneTurnOfAPartitionInTheExecutor() {
        final Later later = new Later();
        try (ProducerRig rig = ProducerRig.builder().on(cluster(1, 1)).executor(later).open().warmUp()) {
            for (int i = 0; i < 40; i++) {
                rig.send(0, "v" + i);
                rig.settle();
            }
            rig.send(1, "other");
            rig.settle();
            assertEquals(2, later.tasks.size());
            later.tasks.remove().run();
            assertEquals(16, rig.told.size(), "then another partition has its turn");
            assertEquals(2, later.tasks.size());
            later.runAll();
            final List<String> order = new ArrayList<>();
            rig.told.forEach(told -> order.add(told.value));
            order.remove("other");
            for (int i = 0; i < 40; i++) {
                assertEquals("v" + i, order.get(i));
            }
        }
    }

    @Test
    void shouldTellInlineAndInOrderWhenTheExecutorRefuses() {
        final Later later = new Later();
        try (ProducerRig rig = ProducerRig.builder().executor(later).open().warmUp()) {
            rig.send("a");
            rig.settle();
            later.refuses = true;
            rig.send("b");
            rig.settle();
            assertEquals(List.of(), rig.told, "waits behind the first, which the executor has");
            later.runAll();
            assertEquals(rig.all, rig.told);
            rig.send("c");
            rig.settle();
            assertEquals(rig.all, rig.told, "told on the I/O thread");
            final Told failed = rig.send("d");
            rig.cluster.scripts.add(request -> request.fail(Errors.POLICY_VIOLATION));
            rig.settle();
            rig.delivery(failed);
        }
    }

    @Test
    void shouldReportCallbacksThatTheExecutorHasNotRun() {
        final Later later = new Later();
        final ProducerRig rig = ProducerRig.builder().executor(later).open().warmUp();
        final Told one = rig.send("v");
        final CloseReport report = rig.producer.close(Duration.ofSeconds(1));
        assertEquals(1, report.delivered());
        assertEquals(1, report.callbacksPending());
        assertFalse(report.isComplete());
        assertTrue(report.isAllDelivered());
        later.runAll();
        assertEquals(0, one.offset());
        assertTrue(rig.producer.close(Duration.ZERO).isComplete());
        rig.close();
    }

    @Test
    void shouldTellThroughTheExecutorWhenTheIoThreadDies() {
        final Later later = new Later();
        try (ProducerRig rig = ProducerRig.builder().executor(later).open().warmUp()) {
            final Told one = rig.send("v");
            rig.cluster.onSelect = () -> {
                throw new AssertionError("of the test");
            };
            rig.runMs(1);
            assertEquals(0, one.count);
            later.runAll();
            one.failure(DeliveryAbortedException.class);
        }
    }

    @Test
    void shouldWorkOnTheCallingThread() {
        try (ProducerRig rig = ProducerRig.builder().executor(Runnable::run).open().warmUp()) {
            final Told one = rig.send("v");
            one.also = told -> assertThrows(IllegalStateException.class, rig.producer::flush);
            rig.runUntilAllTold();
        }
    }

    @Test
    @Timeout(60)
    void shouldKeepTheOrderOfEachPartitionOnManyThreads() {
        final int partitions = 4;
        final int records = 2_000;
        final ExecutorService threads = Executors.newFixedThreadPool(4);
        final List<List<Integer>> told = new ArrayList<>();
        for (int p = 0; p < partitions; p++) {
            told.add(new ArrayList<>());
        }
        try (Producer<String, String> producer = threaded(cluster(1, 1, 1, 1),
                ProducerConfig.builder().bootstrapServers("localhost:1").lingerMs(0).batchSize(200)
                        .completionExecutor(threads).build(),
                new StringSerializer())) {
            for (int i = 0; i < records; i++) {
                final int number = i;
                // The lists are not thread-safe: one turn of a partition happens before the next.
                producer.send(new ProducerRecord<>(TOPIC, i % partitions, null, "v" + i),
                        (metadata, failure) -> told.get(number % partitions).add(failure == null ? number : -1));
            }
            assertEquals(0, producer.flush(Duration.ofSeconds(50)));
            for (int p = 0; p < partitions; p++) {
                assertEquals(records / partitions, told.get(p).size(), "exactly once, and before flush returns");
                for (int i = 0; i < records / partitions; i++) {
                    assertEquals(i * partitions + p, told.get(p).get(i));
                }
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    @Timeout(60)
    void shouldGoOnWhileACallbackBlocksAndNameIt() throws Exception {
        final ExecutorService threads = Executors.newFixedThreadPool(2);
        final Blocker blocker = new Blocker();
        final Producer<String, String> producer = threaded(cluster(1, 1),
                ProducerConfig.builder().bootstrapServers("localhost:1").lingerMs(0).completionExecutor(threads)
                        .build(),
                new StringSerializer());
        producer.send(new ProducerRecord<>(TOPIC, 0, null, "v"), blocker);
        blocker.awaitEntered();
        assertEquals(0, producer.send(new ProducerRecord<>(TOPIC, 1, null, "w")).get(20, TimeUnit.SECONDS).offset());
        final CompletableFuture<RecordMetadata> behind = producer.send(new ProducerRecord<>(TOPIC, 0, null, "x"));
        CloseTest.await(() -> producer.metrics().recordsAcknowledged() == 3);
        assertFalse(behind.isDone(), "after the blocked one, of its partition");
        final CloseReport report = producer.close(Duration.ofMillis(20));
        assertEquals(0, report.open());
        assertEquals(2, report.callbacksPending());
        assertEquals(List.of(Blocker.class.getName() + " on the completion executor, partition=orders-0"),
                report.heldUpBy());
        blocker.release.countDown();
        assertTrue(producer.close(Duration.ofSeconds(20)).isComplete());
        assertEquals(1, behind.join().offset());
        threads.shutdown();
    }

    @Test
    @Timeout(60)
    void shouldAnswerCallsFromACallbackOnTheExecutor() throws Exception {
        final ExecutorService threads = Executors.newFixedThreadPool(1);
        final Producer<String, String> producer = threaded(cluster(1),
                ProducerConfig.builder().bootstrapServers("localhost:1").lingerMs(0).completionExecutor(threads)
                        .build(),
                new StringSerializer());
        final ConcurrentLinkedQueue<Throwable> thrown = new ConcurrentLinkedQueue<>();
        final AtomicReference<CompletableFuture<RecordMetadata>> again = new AtomicReference<>();
        final AtomicReference<CloseReport> report = new AtomicReference<>();
        producer.send(new ProducerRecord<>(TOPIC, "v"), (metadata, failure) -> {
            try {
                // Waits for metadata of a topic that nobody knows; on the I/O thread it could not.
                again.set(producer.send(new ProducerRecord<>(TOPIC, "w")));
                producer.flush();
            } catch (final Throwable e) {
                thrown.add(e);
            }
        });
        CloseTest.await(() -> !thrown.isEmpty());
        assertTrue(thrown.peek().getMessage().endsWith("on its completion executor"), thrown::toString);
        assertEquals(1, again.get().get(20, TimeUnit.SECONDS).offset());
        producer.send(new ProducerRecord<>(TOPIC, "x"),
                (metadata, failure) -> report.set(producer.close(Duration.ofDays(1))));
        CloseTest.await(() -> report.get() != null);
        assertTrue(producer.close(Duration.ofSeconds(20)).isComplete());
        assertNull(producer.state().cause());
        threads.shutdown();
    }
}
