package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.FakeCluster.Produce;
import io.kp.client.ProducerRig.Told;

/** Flush, close, abort and the end of the I/O thread, each with records at every stage. */
class CloseTest {
    @Test
    void shouldDeliverEverythingBeforeACloseReturns() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "60000").warmUp()) {
            rig.cluster.scripts.add(request -> request.fail(Errors.NOT_ENOUGH_REPLICAS));
            final Told one = rig.send("v");
            final Told two = rig.send(0, "w");
            rig.producer.close();
            assertEquals(0, one.offset());
            assertEquals(1, two.offset());
            assertTrue(rig.producer.isEnded());
            rig.producer.close();
            rig.producer.close(Duration.ZERO);
        }
    }

    @Test
    void shouldFailWhatIsLeftAtTheDeadline() {
        try (ProducerRig rig = ProducerRig.open("max.in.flight.requests.per.connection", "1").warmUp()) {
            rig.cluster.always = Produce::hold;
            final Told inFlight = rig.send("v");
            rig.settle();
            final Told queued = rig.send("w");
            final long startNs = rig.cluster.nowNs;
            rig.producer.close(Duration.ofSeconds(2));
            final DeliveryAbortedException first = inFlight.failure(DeliveryAbortedException.class);
            assertEquals(Stage.IN_FLIGHT, first.stage());
            assertEquals(Persistence.POSSIBLY_PERSISTED, first.persistence());
            assertEquals(1, first.attempts());
            assertTrue(first.getMessage()
                    .contains("the producer was closed before the record was delivered; topic=orders,"
                            + " partition=0, stage=IN_FLIGHT, broker=1 (localhost:1), attempts=1, elapsedMs=2000,"
                            + " stageElapsedMs=2000, persistence=POSSIBLY_PERSISTED"),
                    first.getMessage());
            final DeliveryAbortedException second = queued.failure(DeliveryAbortedException.class);
            assertEquals(Stage.QUEUED, second.stage());
            assertEquals(Persistence.NOT_PERSISTED, second.persistence());
            assertEquals(2_000, (rig.cluster.nowNs - startNs) / FakeCluster.MS);
        }
    }

    @Test
    void shouldFailEverythingAtOnceWithZero() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "1000").warmUp()) {
            final Told one = rig.send("v");
            rig.producer.close(Duration.ZERO);
            one.failure(DeliveryAbortedException.class);
            assertEquals(0, rig.cluster.requests.size());
        }
    }

    @Test
    void shouldRefuseANegativeTimeout() {
        try (ProducerRig rig = ProducerRig.open()) {
            assertEquals("timeout must not be negative: timeout=PT-1S", assertThrows(IllegalArgumentException.class,
                    () -> rig.producer.close(Duration.ofSeconds(-1))).getMessage());
            assertThrows(IllegalArgumentException.class, () -> rig.producer.flush(Duration.ofNanos(-1)));
        }
    }

    @Test
    void shouldCloseFromACallback() {
        try (ProducerRig rig = ProducerRig.open("max.in.flight.requests.per.connection", "1").warmUp()) {
            final Told one = rig.send("v");
            one.also = told -> rig.producer.close();
            rig.cluster.always = Produce::hold;
            rig.settle();
            final Told left = rig.send("w");
            rig.cluster.request(0).accept();
            rig.runUntil(rig.producer::isEnded);
            assertEquals(0, one.offset());
            left.failure(DeliveryAbortedException.class);
            assertThrows(ProducerClosedException.class, () -> rig.send("x"));
        }
    }

    @Test
    void shouldRefuseCallsOfACallbackThatWouldWaitForItself() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            final List<Throwable> thrown = new ArrayList<>();
            final Told one = rig.send("v");
            one.also = told -> {
                thrown.add(assertThrows(IllegalStateException.class, rig.producer::flush));
                thrown.add(assertThrows(IllegalStateException.class, rig.producer::invoke));
            };
            rig.runUntilAllTold();
            assertEquals(2, thrown.size());
            assertTrue(thrown.get(0).getMessage().startsWith("flush would wait for itself"), thrown::toString);
        }
    }

    @Test
    void shouldFlushWhatWasAcceptedBefore() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "60000").warmUp()) {
            final Told one = rig.send("v");
            rig.producer.flush();
            assertEquals(0, one.offset());
            final Told two = rig.send("w");
            rig.runMs(100);
            assertEquals(0, two.count, "lingers again");
        }
    }

    @Test
    void shouldCountWhatAFlushDidNotFinish() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "60000").warmUp()) {
            rig.cluster.scripts.add(Produce::hold);
            for (int i = 0; i < 7; i++) {
                rig.send("v" + i);
            }
            assertEquals(7, rig.producer.flush(Duration.ofMillis(100)));
            rig.cluster.request(0).accept();
            assertEquals(0, rig.producer.flush(Duration.ofMillis(100)));
            assertEquals(7, rig.told.size());
            assertEquals(0, rig.producer.flush(Duration.ZERO), "nothing to wait for");
        }
    }

    @Test
    void shouldCountRecordsOfOpenBatchesInTheMetrics() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "60000").warmUp()) {
            rig.send("v");
            rig.send("w");
            assertEquals(2, rig.producer.metrics().recordsSent());
            assertEquals(2, rig.producer.metrics().recordsPending());
        }
    }

    @Test
    void shouldFlushFailedRecordsToo() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            rig.cluster.scripts.add(request -> request.fail(Errors.POLICY_VIOLATION));
            final Told one = rig.send("v");
            rig.producer.flush();
            rig.delivery(one);
            rig.producer.close();
            rig.producer.flush();
        }
    }

    @Test
    void shouldEndOnlyTheWaitWhenAFlushOrCloseIsInterrupted() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "60000").warmUp()) {
            rig.cluster.always = Produce::hold;
            final Told one = rig.send("v");
            Thread.currentThread().interrupt();
            assertThrows(InterruptException.class, rig.producer::flush);
            assertTrue(Thread.interrupted(), "the flag is restored");
            assertEquals(0, one.count);
            Thread.currentThread().interrupt();
            assertThrows(InterruptException.class, () -> rig.producer.close(Duration.ofSeconds(2)));
            Thread.interrupted();
            assertEquals(0, one.count);
            final long startNs = rig.cluster.nowNs;
            rig.runUntil(rig.producer::isEnded);
            one.failure(DeliveryAbortedException.class);
            assertEquals(2_000, (rig.cluster.nowNs - startNs) / FakeCluster.MS);
            assertEquals(1, rig.producer.close(Duration.ZERO).unknown());
        }
    }

    @Test
    void shouldRefuseEverythingAfterClose() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            rig.producer.close();
            assertEquals("producer is closed",
                    assertThrows(ProducerClosedException.class,
                            () -> rig.producer.send(new ProducerRecord<>(TOPIC, "v")))
                            .getMessage());
            assertEquals(SendResult.CLOSED, rig.producer.trySend(new ProducerRecord<>(TOPIC, "v"), null));
            assertEquals(1, rig.producer.partitionsFor(TOPIC).size(), "known topics are still answered");
            assertThrows(ProducerClosedException.class, () -> rig.producer.partitionsFor("other"));
            assertEquals(0, rig.producer.flush(Duration.ofSeconds(1)));
            assertEquals(0, rig.producer.invoke());
        }
    }

    @Test
    void shouldTellWaitersForMetadataThatTheProducerCloses() {
        try (ProducerRig rig = ProducerRig.open()) {
            final int[] turns = {0};
            rig.cluster.onSelect = () -> {
                if (++turns[0] == 5) {
                    rig.cluster.onSelect = () -> {
                    };
                    new Thread(() -> rig.producer.close(Duration.ZERO)).start();
                    while (rig.producer.trySend(new ProducerRecord<>(TOPIC, "v"), null) != SendResult.CLOSED) {
                        Thread.onSpinWait();
                    }
                }
            };
            assertThrows(ProducerClosedException.class, () -> rig.producer.send(new ProducerRecord<>("missing", "v")));
            rig.runUntil(rig.producer::isEnded);
        }
    }

    /** A network that breaks the I/O thread when told to. */
    @Test
    void shouldGiveEveryRecordAnEndWhenTheIoThreadDies() {
        try (ProducerRig rig = ProducerRig.open("max.in.flight.requests.per.connection", "1").warmUp()) {
            rig.cluster.always = Produce::hold;
            final Told inFlight = rig.send("v");
            rig.settle();
            final Told queued = rig.send("w");
            final OutOfMemoryError error = new OutOfMemoryError("of the test");
            rig.cluster.onSelect = () -> {
                throw error;
            };
            rig.runMs(10);
            assertTrue(rig.producer.isEnded());
            final DeliveryAbortedException failure = inFlight.failure(DeliveryAbortedException.class);
            assertEquals(Persistence.POSSIBLY_PERSISTED, failure.persistence());
            assertTrue(failure.getMessage().contains("I/O thread has failed"), failure.getMessage());
            assertSame(error, failure.getCause().getCause());
            assertEquals(Persistence.NOT_PERSISTED, queued.failure(DeliveryAbortedException.class).persistence());
            final ProducerClosedException refusal = assertThrows(ProducerClosedException.class, () -> rig.send("x"));
            assertTrue(refusal.getMessage().contains("of the test"), refusal.getMessage());
            assertEquals(SendResult.CLOSED, rig.producer.trySend(new ProducerRecord<>(TOPIC, "v"), null));
            assertEquals(0, rig.producer.metrics().bufferUsedBytes());
        }
    }

    // ---- with a thread of its own

    static Producer<String, String> threaded(final FakeCluster cluster, final Map<String, Object> more) {
        final Map<String, Object> settings = new java.util.HashMap<>(more);
        settings.put("bootstrap.servers", "localhost:1");
        settings.putIfAbsent("linger.ms", "0");
        return threaded(cluster, ProducerConfig.of(settings), new StringSerializer());
    }

    static Producer<String, String> threaded(final FakeCluster cluster, final ProducerConfig config,
            final Serializer<? super String> values) {
        return Producer.open(config, new StringSerializer(), values,
                new ProducerContext().transport(new SleepingTransport(cluster))
                        .hostResolver(host -> new InetAddress[]{InetAddress.getLoopbackAddress()}));
    }

    /** The fake cluster in real time: a select that finds nothing sleeps, as it would in a system call, and an interrupt ends it. */
    private record SleepingTransport(FakeCluster cluster) implements io.kp.network.Transport {
        @Override
        public io.kp.network.TransportChannel connect(final java.net.InetSocketAddress address, final int send,
                final int receive, final Object attachment) throws java.io.IOException {
            return cluster.connect(address, send, receive, attachment);
        }

        @Override
        public int select(final long timeoutNs, final io.kp.network.SelectionHandler handler) {
            final int ready = cluster.select(0, handler);
            if (ready == 0 && timeoutNs > 0 && !Thread.currentThread().isInterrupted()) {
                java.util.concurrent.locks.LockSupport.parkNanos(Math.min(timeoutNs, 1_000_000));
            }
            return ready;
        }

        @Override
        public void wakeup() {
            cluster.wakeup();
        }

        @Override
        public void close() {
            cluster.close();
        }
    }

    static FakeCluster one() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, 1);
        return cluster;
    }

    static void await(final java.util.function.BooleanSupplier condition) {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadline < 0, "did not come true");
            Thread.onSpinWait();
        }
    }

    @Test
    @Timeout(60)
    void shouldSurviveInterruptsOfTheIoThread() {
        final FakeCluster cluster = one();
        final AtomicReference<Thread> io = new AtomicReference<>();
        cluster.onSelect = () -> io.set(Thread.currentThread());
        try (Producer<String, String> producer = threaded(cluster, Map.of())) {
            producer.send(new ProducerRecord<>(TOPIC, "a")).join();
            for (int i = 0; i < 200; i++) {
                io.get().interrupt();
                if (i % 20 == 0) {
                    assertEquals(1 + i / 20, producer.send(new ProducerRecord<>(TOPIC, "v")).join().offset());
                }
            }
            producer.send(new ProducerRecord<>(TOPIC, "b"), (metadata, failure) -> Thread.currentThread().interrupt());
            producer.flush();
            producer.send(new ProducerRecord<>(TOPIC, "c")).join();
        }
    }

    @Test
    @Timeout(60)
    void shouldEndEveryAcceptedRecordOnceWhileThreadsSendAndTheProducerCloses() throws InterruptedException {
        for (final Duration patience : List.of(Duration.ZERO, Duration.ofMillis(2), Duration.ofDays(1))) {
            final FakeCluster cluster = one();
            final Producer<String, String> producer = threaded(cluster, Map.of("buffer.memory", "65536"));
            final AtomicInteger accepted = new AtomicInteger();
            final AtomicInteger told = new AtomicInteger();
            final ConcurrentLinkedQueue<Throwable> unexpected = new ConcurrentLinkedQueue<>();
            final CountDownLatch started = new CountDownLatch(3);
            final List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                final Thread thread = new Thread(() -> {
                    try {
                        for (int i = 0;; i++) {
                            producer.send(new ProducerRecord<>(TOPIC, "v" + i), (metadata, failure) -> {
                                told.incrementAndGet();
                            });
                            accepted.incrementAndGet();
                            if (i == 50) {
                                started.countDown();
                            }
                        }
                    } catch (final ProducerClosedException e) {
                        return;
                    } catch (final Throwable e) {
                        unexpected.add(e);
                    }
                });
                thread.start();
                threads.add(thread);
            }
            assertTrue(started.await(20, TimeUnit.SECONDS));
            producer.close(patience);
            for (final Thread thread : threads) {
                thread.join(20_000);
                assertFalse(thread.isAlive());
            }
            assertEquals(List.of(), List.copyOf(unexpected));
            await(() -> producer.metrics().bufferUsedBytes() == 0);
            await(() -> told.get() >= accepted.get());
            assertEquals(accepted.get(), told.get(), "each accepted record is told once, a refused one never");
        }
    }
}
