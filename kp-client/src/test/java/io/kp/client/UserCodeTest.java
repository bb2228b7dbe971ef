package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

import org.agrona.concurrent.AgentInvoker;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.kp.client.FakeCluster.Produce;
import io.kp.client.ProducerRig.Told;
import io.kp.client.ProducerState.Phase;
import io.kp.metadata.TopicInfo;
import io.kp.partition.Partitioner;

/** User code that throws, Errors too, hurts its own record alone; and calls from within it never wait for themselves. */
class UserCodeTest {
    static Stream<Throwable> thrown() {
        return Stream.of(new IllegalStateException("of the test"), new StackOverflowError("of the test"),
                new OutOfMemoryError("of the test"), new ClassNotFoundException("of the test"));
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneaky(final Throwable failure) throws T {
        throw (T) failure;
    }

    private static void assertUnharmed(final ProducerRig rig, final String... values) {
        rig.runUntilAllTold();
        rig.all.forEach(Told::offset);
        assertEquals(List.of(values), rig.cluster.log(TOPIC, 0));
        assertEquals(Phase.OPEN, rig.producer.state().phase());
        assertEquals(0, rig.producer.flush(Duration.ofSeconds(1)));
    }

    /** Hears of all outcomes. */
    public static final class Listener implements ProducerInterceptor<String, String> {
        static final List<Exception> FAILURES = new ArrayList<>();

        @Override
        public ProducerRecord<String, String> onSend(final ProducerRecord<String, String> record) {
            return record;
        }

        @Override
        public void onAcknowledgement(final RecordMetadata metadata, final Exception failure, final Headers headers) {
            FAILURES.add(failure);
        }
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void shouldThrowWhatASerializerThrowsAndTellInterceptors(final Throwable failure) {
        final Serializer<String> values = (topic, headers, data) -> {
            if (data.equals("bad")) {
                sneaky(failure);
            }
            return data.getBytes(StandardCharsets.UTF_8);
        };
        Listener.FAILURES.clear();
        try (ProducerRig rig = ProducerRig.builder().values(values)
                .with("interceptor.classes", Listener.class.getName()).open().warmUp()) {
            rig.send("a");
            assertSame(failure,
                    assertThrows(Throwable.class, () -> rig.producer.send(new ProducerRecord<>(TOPIC, "bad"))));
            assertSame(failure,
                    assertThrows(Throwable.class,
                            () -> rig.producer.trySend(new ProducerRecord<>(TOPIC, "bad"), null)));
            rig.send("b");
            assertUnharmed(rig, "a", "b");
            assertEquals(3, Listener.FAILURES.size(), "one for each send; a try that throws was none");
            final Exception told = Listener.FAILURES.get(0);
            assertSame(failure, failure instanceof Exception ? told : told.getCause());
        }
    }

    /** Throws what the test says. */
    public static final class Thrower implements Partitioner {
        static Throwable failure;

        @Override
        public int partition(final String topic, final Object key, final byte[] keyBytes, final Object value,
                final byte[] valueBytes, final TopicInfo info) {
            if (value.equals("bad")) {
                sneaky(failure);
            }
            return 0;
        }
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void shouldThrowWhatAPartitionerThrows(final Throwable failure) {
        Thrower.failure = failure;
        try (ProducerRig rig = ProducerRig.open("partitioner.class", Thrower.class.getName()).warmUp()) {
            rig.send(TOPIC, null, "a");
            assertSame(failure,
                    assertThrows(Throwable.class, () -> rig.producer.send(new ProducerRecord<>(TOPIC, "bad"))));
            rig.send(TOPIC, null, "b");
            assertUnharmed(rig, "a", "b");
        }
    }

    /** Throws at everything, what the test says. */
    public static final class BrokenInterceptor implements ProducerInterceptor<String, String> {
        static Throwable failure;

        @Override
        public ProducerRecord<String, String> onSend(final ProducerRecord<String, String> record) {
            sneaky(failure);
            return null;
        }

        @Override
        public void onAcknowledgement(final RecordMetadata metadata, final Exception reason, final Headers headers) {
            sneaky(failure);
        }

        @Override
        public void close() {
            sneaky(failure);
        }
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void shouldOutliveWhatInterceptorsThrow(final Throwable failure) {
        BrokenInterceptor.failure = failure;
        try (ProducerRig rig = ProducerRig.open("interceptor.classes", BrokenInterceptor.class.getName()).warmUp()) {
            rig.send("a");
            rig.send("b");
            assertUnharmed(rig, "a", "b");
            assertTrue(rig.producer.close(Duration.ofSeconds(1)).isComplete());
        }
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void shouldOutliveWhatCallbacksThrowOnAnExecutor(final Throwable failure) {
        final Executor executor = Runnable::run;
        try (ProducerRig rig = ProducerRig.builder().executor(executor).open().warmUp()) {
            rig.send("a").also = told -> sneaky(failure);
            rig.send("b");
            rig.producer.send(new ProducerRecord<>(TOPIC, "c")).thenRun(() -> sneaky(failure));
            assertUnharmed(rig, "a", "b", "c");
        }
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void shouldSurviveAnExecutorThatThrows(final Throwable failure) {
        final Executor executor = task -> sneaky(failure);
        try (ProducerRig rig = ProducerRig.builder().executor(executor).open().warmUp()) {
            rig.send("a");
            rig.send("b");
            assertUnharmed(rig, "a", "b");
        }
    }

    @Test
    void shouldAnswerEveryCallFromACallback() {
        try (ProducerRig rig = ProducerRig.open("max.block.ms", "30000").warmUp()) {
            final List<Throwable> refusals = new ArrayList<>();
            final Told first = rig.send("a");
            first.also = told -> {
                final long startNs = rig.cluster.nowNs;
                rig.send("b");
                refusals.add(assertThrows(IllegalStateException.class, rig.producer::flush));
                refusals.add(assertThrows(IllegalStateException.class,
                        () -> rig.producer.flush(Duration.ofSeconds(1))));
                refusals.add(assertThrows(UnknownTopicException.class, () -> rig.producer.partitionsFor("missing")));
                assertEquals(Phase.OPEN, rig.producer.state().phase());
                assertEquals(1, rig.producer.metrics().recordsAcknowledged());
                assertEquals(startNs, rig.cluster.nowNs, "nothing has waited");
                refusals.add(null);
            };
            assertUnharmed(rig, "a", "b");
            assertEquals(4, refusals.size(), "it came to its end");
        }
    }

    @Test
    void shouldReportWhatACallbackKnowsThatCloses() {
        try (ProducerRig rig = ProducerRig.open("max.in.flight.requests.per.connection", "1").warmUp()) {
            final List<CloseReport> reports = new ArrayList<>();
            final Told first = rig.send("a");
            first.also = told -> reports.add(rig.producer.close(Duration.ofDays(1)));
            rig.cluster.always = Produce::hold;
            rig.settle();
            rig.send("b");
            rig.cluster.request(0).accept();
            rig.runUntil(rig.producer::isEnded);
            assertEquals(1, reports.get(0).open());
            assertFalse(reports.get(0).isAllDelivered());
            assertEquals(1, rig.producer.close(Duration.ZERO).failed());
        }
    }

    /** Agrona's agent is closed by somebody else than the producer. */
    @Test
    void shouldFailEverythingWhenItsAgentIsStoppedFromOutside() throws Exception {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "60000").warmUp()) {
            final Told one = rig.send("v");
            final Field invoker = KpProducer.class.getDeclaredField("invoker");
            invoker.setAccessible(true);
            ((AgentInvoker) invoker.get(rig.producer)).close();
            final DeliveryAbortedException failure = one.failure(DeliveryAbortedException.class);
            assertTrue(failure.getMessage().contains("stopped from outside"), failure.getMessage());
            assertEquals(Phase.FAILED, rig.producer.state().phase());
            assertTrue(rig.producer.state().reason().contains("stopped from outside"));
            final ProducerClosedException refused = assertThrows(ProducerClosedException.class, () -> rig.send("w"));
            assertInstanceOf(KpException.class, refused.getCause());
            assertTrue(rig.producer.close(Duration.ZERO).isComplete());
        }
    }
}
