package io.kp.client;

import static io.kp.client.CloseTest.one;
import static io.kp.client.CloseTest.threaded;
import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.kp.client.FakeCluster.Produce;
import io.kp.client.ProducerRig.Told;
import io.kp.client.ProducerState.Phase;
import io.kp.memory.Parker;

/** What a close reports, and that it keeps its deadline whatever user code does. */
class CloseReportTest {
    @Test
    void shouldReportWhatBecameOfEveryRecord() {
        try (ProducerRig rig = ProducerRig.open("max.in.flight.requests.per.connection", "1").warmUp()) {
            rig.send("before");
            rig.runUntilAllTold();
            rig.cluster.scripts.add(Produce::accept);
            rig.cluster.scripts.add(Produce::hold);
            final Told delivered = rig.send("delivered");
            rig.producer.metrics();
            final CompletableFuture<CloseReport> report = new CompletableFuture<>();
            rig.settle();
            final Told inFlight = rig.send("in flight");
            rig.settle();
            final Told queued = rig.send("queued");
            final CompletableFuture<RecordMetadata> future = rig.producer.send(new ProducerRecord<>(TOPIC, "future"));
            rig.producer.send(new ProducerRecord<>(TOPIC, "nobody asks"), null);
            report.complete(rig.producer.close(Duration.ofSeconds(1)));
            final CloseReport told = report.join();
            assertEquals(0, delivered.failure == null ? 0 : 1);
            assertEquals(0, told.delivered(), "was delivered before the close");
            assertEquals(3, told.failed());
            assertEquals(1, told.unknown());
            assertEquals(0, told.open());
            assertEquals(1, told.undeliveredOmitted(), "the one that nobody asks for");
            assertFalse(told.isAllDelivered());
            assertTrue(told.isComplete());
            assertEquals(3, told.undelivered().size());
            assertSame(inFlight, told.undelivered().get(0).handle());
            assertSame(inFlight.failure, told.undelivered().get(0).failure());
            assertSame(queued, told.undelivered().get(1).handle());
            assertSame(future, told.undelivered().get(2).handle());
            assertEquals(TOPIC, told.undelivered().get(2).topic());
            assertEquals(0, told.undelivered().get(2).partition());
            assertEquals("delivered=0, failed=3, unknown=1, open=0, callbacksPending=0", told.toString());
            assertEquals(told, rig.producer.close(Duration.ZERO), "a later close reports the same");
        }
    }

    @Test
    void shouldCountWhatIsDeliveredDuringTheClose() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "60000").warmUp()) {
            rig.send("v");
            rig.send("w");
            final CloseReport report = rig.producer.close(Duration.ofSeconds(1));
            assertEquals(2, report.delivered());
            assertTrue(report.isAllDelivered());
            assertTrue(report.isComplete());
            assertEquals(List.of(), report.undelivered());
        }
    }

    @Test
    void shouldListAtMostSoMany() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "60000").warmUp()) {
            for (int i = 0; i < CloseReport.MAX_UNDELIVERED + 5; i++) {
                rig.send("v" + i);
            }
            final CloseReport report = rig.producer.close(Duration.ZERO);
            assertEquals(CloseReport.MAX_UNDELIVERED + 5, report.failed());
            assertEquals(CloseReport.MAX_UNDELIVERED, report.undelivered().size());
            assertEquals(5, report.undeliveredOmitted());
        }
    }

    @Test
    void shouldSayInWhichStateItIs() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            assertEquals(Phase.OPEN, rig.producer.state().phase());
            assertTrue(rig.producer.state().isOpen());
            rig.cluster.always = Produce::hold;
            final Told one = rig.send("v");
            one.also = told -> assertEquals(Phase.CLOSING, rig.producer.state().phase());
            rig.settle();
            rig.producer.close(Duration.ofSeconds(1));
            assertEquals(Phase.CLOSED, rig.producer.state().phase());
            assertNull(rig.producer.state().cause());
            assertEquals("CLOSED: close was called", rig.producer.state().toString());
        }
    }

    @Test
    void shouldSayWhyItHasFailed() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            final Error error = new AssertionError("of the test");
            rig.cluster.onSelect = () -> {
                throw error;
            };
            rig.runMs(1);
            final ProducerState state = rig.producer.state();
            assertEquals(Phase.FAILED, state.phase());
            assertTrue(state.reason().contains("of the test"), state.reason());
            assertSame(error, state.cause().getCause());
            assertFalse(state.isOpen());
            rig.producer.close();
            assertEquals(Phase.FAILED, rig.producer.state().phase(), "closed, and the reason is not forgotten");
        }
    }

    /** The closing thread is the first to go on when a process that was suspended does. */
    @Test
    void shouldLetTheIoThreadEndAfterTheProcessWasSuspended() {
        final FakeCluster cluster = one();
        final List<InvokedProducer<String, String>> opened = new ArrayList<>();
        final boolean[] wasSuspended = new boolean[1];
        final Parker suspension = new Parker() {
            @Override
            public void park(final Object blocker, final long nanos) {
                if (wasSuspended[0]) {
                    cluster.nowNs += Math.min(nanos, FakeCluster.MS);
                    opened.get(0).invoke();
                } else {
                    wasSuspended[0] = true;
                    cluster.nowNs += 3_600_000 * FakeCluster.MS;
                }
            }

            @Override
            public void unpark(final Thread thread) {
            }
        };
        final InvokedProducer<String, String> producer = Producer.openInvoked(
                ProducerConfig.of(Map.of("bootstrap.servers", "localhost:1", "linger.ms", "0")),
                new StringSerializer(), new StringSerializer(),
                new ProducerContext().transport(cluster).nanoClock(() -> cluster.nowNs).random(new SplittableRandom(1))
                        .hostResolver(host -> new InetAddress[]{InetAddress.getLoopbackAddress()}).parker(suspension));
        opened.add(producer);
        while (producer.trySend(new ProducerRecord<>(TOPIC, "v"), null) != SendResult.ACCEPTED) {
            producer.invoke();
        }
        final CloseReport report = producer.close(Duration.ofMillis(300));
        assertTrue(wasSuspended[0]);
        assertEquals(0, report.open());
        assertTrue(report.isComplete());
        assertTrue(producer.isEnded());
    }

    /** Somebody has stopped to invoke the producer: what waits must not wait for ever, and nothing is lost if it goes on. */
    @Test
    void shouldKeepItsDeadlinesWhenNobodyInvokesTheProducer() {
        final FakeCluster cluster = one();
        final Parker timePasses = new Parker() {
            @Override
            public void park(final Object blocker, final long nanos) {
                cluster.nowNs += Math.min(nanos, 10 * FakeCluster.MS);
            }

            @Override
            public void unpark(final Thread thread) {
            }
        };
        final InvokedProducer<String, String> producer = Producer.openInvoked(
                ProducerConfig.of(Map.of("bootstrap.servers", "localhost:1", "linger.ms", "0")),
                new StringSerializer(), new StringSerializer(),
                new ProducerContext().transport(cluster).nanoClock(() -> cluster.nowNs).random(new SplittableRandom(1))
                        .hostResolver(host -> new InetAddress[]{InetAddress.getLoopbackAddress()}).parker(timePasses));
        while (producer.trySend(new ProducerRecord<>(TOPIC, "v"), null) != SendResult.ACCEPTED) {
            producer.invoke();
        }
        final CompletableFuture<RecordMetadata> future = producer.send(new ProducerRecord<>(TOPIC, "w"));
        assertEquals(2, producer.flush(Duration.ofMillis(200)));
        final long startNs = cluster.nowNs;
        final CloseReport report = producer.close(Duration.ofMillis(300));
        assertTrue(cluster.nowNs - startNs <= 400 * FakeCluster.MS, "close took too long");
        assertEquals(2, report.open());
        assertFalse(report.isComplete());
        assertEquals(Phase.CLOSING, producer.state().phase());
        while (!producer.isEnded()) {
            producer.invoke();
        }
        assertTrue(future.isCompletedExceptionally());
        assertEquals(Phase.CLOSED, producer.state().phase());
        assertEquals(0, producer.metrics().bufferUsedBytes());
        assertEquals(2, producer.close(Duration.ZERO).failed());
    }

    // ---- with a thread of its own

    /** Blocks for ever, as far as the producer can know. */
    static final class Blocker implements Callback {
        final CountDownLatch entered = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);

        @Override
        public void onCompletion(final RecordMetadata metadata, final KpException failure) {
            block();
        }

        void block() {
            entered.countDown();
            while (true) {
                try {
                    release.await();
                    return;
                } catch (final InterruptedException e) {
                    continue;
                }
            }
        }

        void awaitEntered() throws InterruptedException {
            assertTrue(entered.await(20, TimeUnit.SECONDS));
        }
    }

    @Test
    @Timeout(60)
    void shouldLeaveABlockedCallbackBehindAndNameIt() throws Exception {
        final FakeCluster cluster = one();
        final Blocker blocker = new Blocker();
        final Producer<String, String> producer = threaded(cluster, Map.of());
        producer.send(new ProducerRecord<>(TOPIC, "v"), blocker);
        blocker.awaitEntered();
        final CompletableFuture<RecordMetadata> left = producer.send(new ProducerRecord<>(TOPIC, "w"));
        assertEquals(1, producer.flush(Duration.ofMillis(1)));
        final CloseReport report = producer.close(Duration.ofMillis(50));
        assertEquals(1, report.open());
        assertFalse(report.isComplete());
        assertEquals(List.of(Blocker.class.getName() + " on the I/O thread, partition=orders-0"), report.heldUpBy());
        assertEquals(Phase.CLOSING, producer.state().phase());
        blocker.release.countDown();
        CloseTest.await(left::isDone);
        assertTrue(left.isCompletedExceptionally());
        CloseTest.await(() -> producer.state().phase() == Phase.CLOSED);
        assertTrue(producer.close(Duration.ofSeconds(20)).isComplete());
    }

    @Test
    @Timeout(60)
    void shouldNotWaitForASerializerThatBlocksInASendingThread() throws Exception {
        final Blocker blocker = new Blocker();
        final Serializer<String> values = (topic, headers, data) -> {
            if (data.equals("block")) {
                blocker.block();
            }
            return data.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        };
        final Producer<String, String> producer = threaded(one(),
                ProducerConfig.of(Map.of("bootstrap.servers", "localhost:1")), values);
        final AtomicReference<Throwable> thrown = new AtomicReference<>();
        final Thread sending = new Thread(() -> {
            try {
                producer.send(new ProducerRecord<>(TOPIC, "block"));
            } catch (final Throwable e) {
                thrown.set(e);
            }
        });
        sending.start();
        blocker.awaitEntered();
        final CompletableFuture<RecordMetadata> other = producer.send(new ProducerRecord<>(TOPIC, "v"));
        final CloseReport report = producer.close(Duration.ofSeconds(20));
        assertTrue(other.isDone());
        assertEquals(0, report.open());
        assertTrue(report.isComplete(), report::toString);
        blocker.release.countDown();
        sending.join();
        assertInstanceOf(ProducerClosedException.class, thrown.get());
    }

    /** An interceptor whose close blocks. */
    public static final class Unclosable implements ProducerInterceptor<String, String> {
        static final AtomicReference<Blocker> BLOCKER = new AtomicReference<>();

        @Override
        public ProducerRecord<String, String> onSend(final ProducerRecord<String, String> record) {
            return record;
        }

        @Override
        public void close() {
            BLOCKER.get().block();
        }
    }

    @Test
    @Timeout(60)
    void shouldLeaveAnInterceptorBehindThatDoesNotClose() throws Exception {
        final Blocker blocker = new Blocker();
        Unclosable.BLOCKER.set(blocker);
        final Producer<String, String> producer = threaded(one(),
                Map.of("interceptor.classes", Unclosable.class.getName()));
        final CompletableFuture<RecordMetadata> sent = producer.send(new ProducerRecord<>(TOPIC, "v"));
        assertEquals(0, sent.join().offset());
        final CloseReport report = producer.close(Duration.ofMillis(1_000));
        blocker.awaitEntered();
        assertEquals(List.of("close of " + Unclosable.class.getName()), report.heldUpBy());
        assertEquals(0, producer.metrics().bufferUsedBytes());
        blocker.release.countDown();
        assertTrue(producer.close(Duration.ofSeconds(20)).isComplete());
    }

    @Test
    @Timeout(60)
    void shouldGoOnToCloseWhenTheWaitIsInterrupted() throws Exception {
        final FakeCluster cluster = one();
        cluster.always = Produce::hold;
        final Producer<String, String> producer = threaded(cluster, Map.of());
        final CompletableFuture<RecordMetadata> record = producer.send(new ProducerRecord<>(TOPIC, "v"));
        CloseTest.await(() -> producer.metrics().requestsInFlight() == 1);
        Thread.currentThread().interrupt();
        assertThrows(InterruptException.class, producer::close);
        assertTrue(Thread.interrupted());
        assertEquals(Phase.CLOSING, producer.state().phase());
        assertFalse(record.isDone(), "only the wait has ended");
        producer.close(Duration.ofMillis(10));
        CloseTest.await(() -> producer.state().phase() == Phase.CLOSED);
        assertEquals(1, producer.close(Duration.ZERO).unknown());
        assertTrue(record.isCompletedExceptionally());
    }
}
