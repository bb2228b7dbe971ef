package io.kp.testkit;

import static io.kp.testkit.Rig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.DeliveryAbortedException;
import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.DeliveryTimeoutException;
import io.kp.client.KpException;
import io.kp.client.ProducerClosedException;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.network.ApiKey;
import io.kp.network.ErrorCode;

/** flush, close, callbacks that misbehave, and producer ids that are refused. */
class EndingTest {
    private static final long SECOND_NS = 1_000_000_000L;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 300})
    void shouldCloseInTimeWhileABrokerStalls(final int timeoutMs) {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            rig.script.produce().forever().then(Fault.stallAfterAppend());
            for (int i = 0; i < 500; i++) {
                rig.send(i % 4, "v" + i + "-".repeat(500));
            }
            rig.await("a request", () -> rig.cluster.requestCount(ApiKey.PRODUCE) > 4);
            final long startNs = System.nanoTime();
            rig.producer.close(Duration.ofMillis(timeoutMs));
            assertTrue(System.nanoTime() - startNs < 3 * SECOND_NS, "close took too long");
            rig.await("the memory", () -> rig.producer.metrics().bufferUsedBytes() == 0);
            for (final Rig.Sent record : rig.sent) {
                assertEquals(1, record.told.get());
                if (record.failure != null) {
                    assertInstanceOf(DeliveryAbortedException.class, record.failure);
                }
            }
            final Rig.Sent last = rig.sent.get(rig.sent.size() - 1);
            assertTrue(last.failure().stage() == Stage.QUEUED || last.failure().stage() == Stage.IN_FLIGHT);
            final Rig.Sent first = rig.sent.get(4);
            assertEquals(Stage.IN_FLIGHT, first.failure().stage());
            assertEquals(Persistence.POSSIBLY_PERSISTED, first.failure().persistence());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCloseInTimeWithoutAnyBroker(final boolean known) {
        try (Rig rig = new Rig()) {
            if (known) {
                rig.warmUp();
            }
            rig.cluster.failover(false).stopNode(0).stopNode(1).stopNode(2);
            if (known) {
                rig.send(1, "v");
            }
            final long startNs = System.nanoTime();
            rig.producer.close(Duration.ofMillis(100));
            assertTrue(System.nanoTime() - startNs < 3 * SECOND_NS, "close took too long");
        }
    }

    @Test
    void shouldDeliverEverythingBeforeAnUnlimitedClose() {
        try (Rig rig = new Rig(ProducerConfig.LINGER_MS, 10_000)) {
            rig.script.produce().times(3).then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
            for (int i = 0; i < 1000; i++) {
                rig.send(i % 4, "v" + i);
            }
            rig.producer.close();
            rig.sent.forEach(record -> assertTrue(record.failure == null, () -> record.failure.getMessage()));
            assertThrows(ProducerClosedException.class, () -> rig.producer.send(new ProducerRecord<>(TOPIC, "v")));
            rig.producer.close();
            rig.producer.flush();
        }
    }

    @Test
    void shouldSurviveCallbacksThatThrow() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            for (int i = 0; i < 100; i++) {
                final int number = i;
                rig.send(i % 4, "v" + i, (metadata, failure) -> {
                    switch (number % 4) {
                        case 0 -> throw new IllegalStateException("thrown by a callback");
                        case 1 -> throw new OutOfMemoryError("thrown by a callback");
                        case 2 -> throw new StackOverflowError("thrown by a callback");
                        default -> Thread.currentThread().interrupt();
                    }
                });
            }
            rig.producer.flush();
            rig.sent.forEach(Rig.Sent::offset);
            rig.send(1, "after").offset();
        }
    }

    @Test
    void shouldSendFromCallbacks() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            final AtomicInteger delivered = new AtomicInteger();
            final class Chain {
                void next(final int number) {
                    rig.producer.send(new ProducerRecord<>(TOPIC, 1, "k", "c" + number), (metadata, failure) -> {
                        delivered.incrementAndGet();
                        if (number < 50) {
                            next(number + 1);
                        }
                    });
                }
            }
            new Chain().next(1);
            rig.await("the chain", () -> delivered.get() == 50);
            assertEquals("c50", rig.log(1).get(50));
        }
    }

    @Test
    void shouldRefuseToFlushFromACallback() {
        try (Rig rig = new Rig()) {
            final AtomicReference<Throwable> thrown = new AtomicReference<>();
            rig.send(1, "v", (metadata, failure) -> {
                try {
                    rig.producer.flush();
                } catch (final Throwable e) {
                    thrown.set(e);
                }
            });
            rig.await("the callback", () -> thrown.get() != null);
            assertInstanceOf(IllegalStateException.class, thrown.get());
        }
    }

    @Test
    void shouldCloseFromACallback() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            rig.script.produce().partition(TOPIC, 2).forever().then(Fault.stall());
            rig.send(2, "stalled");
            rig.send(1, "v", (metadata, failure) -> rig.producer.close());
            rig.sent.forEach(Rig.Sent::await);
            rig.await("the memory", () -> rig.producer.metrics().bufferUsedBytes() == 0);
        }
    }

    @Test
    void shouldCloseFromSeveralThreads() throws Exception {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            for (int i = 0; i < 200; i++) {
                rig.send(i % 4, "v" + i);
            }
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(new Thread(rig.producer::close));
            }
            threads.forEach(Thread::start);
            for (final Thread thread : threads) {
                thread.join();
            }
            rig.sent.forEach(record -> assertEquals(1, record.told.get()));
        }
    }

    @Test
    void shouldEndOnlyTheWaitWhenInterrupted() throws Exception {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            final Script.Rule rule = rig.script.produce().forever().then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
            final Rig.Sent record = rig.send(1, "v");
            final AtomicReference<Throwable> thrown = new AtomicReference<>();
            final CountDownLatch flushing = new CountDownLatch(1);
            final Thread thread = new Thread(() -> {
                flushing.countDown();
                try {
                    rig.producer.flush();
                } catch (final Throwable e) {
                    thrown.set(e);
                }
            });
            thread.start();
            flushing.await();
            thread.interrupt();
            thread.join();
            assertInstanceOf(KpException.class, thrown.get());
            rule.remove();
            assertEquals(1, record.offset());
        }
    }

    @Test
    void shouldSayHowManyAreLeftAfterAFlush() {
        try (Rig rig = new Rig(ProducerConfig.LINGER_MS, 10_000)) {
            final Script.Rule rule = rig.script.produce().forever().then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
            rig.send(1, "v");
            rig.send(1, "w");
            assertEquals(2, rig.producer.flush(Duration.ofMillis(100)));
            rule.remove();
            assertEquals(0, rig.producer.flush(Duration.ofSeconds(10)));
        }
    }

    @Test
    void shouldFailWhatIsOutstandingWhenTheThreadDies() {
        final AtomicBoolean broken = new AtomicBoolean();
        final ProducerContext context = new ProducerContext().nanoClock(() -> {
            if (broken.get() && Thread.currentThread().getName().startsWith("kp-producer")
                    && broken.compareAndSet(true, false)) {
                throw new AssertionError("broken by the test");
            }
            return System.nanoTime();
        });
        try (Rig rig = new Rig(cluster -> {
        }, context)) {
            rig.warmUp();
            rig.script.produce().forever().then(Fault.stallAfterAppend());
            final Rig.Sent inFlight = rig.send(1, "in-flight");
            rig.await("the request", () -> rig.cluster.requestCount(ApiKey.PRODUCE) > 4);
            final Rig.Sent queued = rig.send(1, "queued");
            broken.set(true);
            for (final Rig.Sent record : List.of(inFlight, queued)) {
                final DeliveryException failure = record.failure();
                assertTrue(failure.getMessage().contains("I/O thread"), failure::getMessage);
            }
            assertEquals(Persistence.POSSIBLY_PERSISTED, inFlight.failure().persistence());
            rig.await("the end", () -> rig.producer.metrics().bufferUsedBytes() == 0);
            final ProducerClosedException closed = assertThrows(ProducerClosedException.class,
                    () -> rig.producer.send(new ProducerRecord<>(TOPIC, 1, "k", "late")));
            assertTrue(closed.getMessage().contains("broken by the test"), closed::getMessage);
            rig.producer.flush();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"COORDINATOR_LOAD_IN_PROGRESS", "COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR",
            "REQUEST_TIMED_OUT", "CONCURRENT_TRANSACTIONS"})
    void shouldAskAgainForAProducerId(final ErrorCode error) {
        try (Rig rig = new Rig(cluster -> cluster.script().initProducerId().times(3).then(Fault.error(error)))) {
            rig.send(1, "v").offset();
            assertEquals(4, rig.cluster.requestCount(ApiKey.INIT_PRODUCER_ID));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CLUSTER_AUTHORIZATION_FAILED", "INVALID_PRODUCER_EPOCH", "PRODUCER_FENCED",
            "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "UNKNOWN_SERVER_ERROR", "UNSUPPORTED_VERSION"})
    void shouldTellWhatWaitsForAProducerIdThatIsRefused(final ErrorCode error) {
        try (Rig rig = new Rig(cluster -> cluster.script().initProducerId().forever().then(Fault.error(error)))) {
            final DeliveryException failure = rig.send(1, "v").failure();
            assertTrue(failure.getMessage().contains(error.name()), failure::getMessage);
            assertEquals(Persistence.NOT_PERSISTED, failure.persistence());
            assertEquals(0, failure.attempts());
            rig.script.clear();
            rig.await("delivery after the cure", () -> {
                final Rig.Sent again = rig.send(1, "again" + rig.sent.size());
                again.await();
                return again.failure == null;
            });
        }
    }

    @Test
    void shouldSayThatAProducerIdIsMissingWhenRecordsExpire() {
        try (Rig rig = new Rig(
                cluster -> cluster.script().initProducerId().forever()
                        .then(Fault.error(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)),
                ProducerConfig.DELIVERY_TIMEOUT_MS, 600, ProducerConfig.REQUEST_TIMEOUT_MS, 300)) {
            final DeliveryException failure = rig.send(1, "v").failure();
            assertInstanceOf(DeliveryTimeoutException.class, failure);
            assertTrue(failure.getMessage().contains("producer id"), failure::getMessage);
            assertTrue(failure.getMessage().contains("COORDINATOR_LOAD_IN_PROGRESS"), failure::getMessage);
        }
    }
}
