package io.kp.client;

import static io.kp.client.ProducerRig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.kp.client.DeliveryException.Stage;
import io.kp.client.FakeCluster.Produce;
import io.kp.client.ProducerRig.Told;
import io.kp.metadata.TopicInfo;
import io.kp.partition.Partitioner;

/** The caller's half: what send takes, waits for, refuses and throws; callbacks and interceptors. */
class SendTest {
    private static DeliveryException failure(final ProducerRig rig, final ProducerRecord<String, String> record) {
        final CompletionException thrown = assertThrows(CompletionException.class,
                () -> rig.producer.send(record).join());
        return assertInstanceOf(DeliveryException.class, thrown.getCause());
    }

    private static void assertText(final Throwable failure, final String... parts) {
        for (final String part : parts) {
            assertTrue(failure.getMessage().contains(part), () -> "lacks \"" + part + "\": " + failure.getMessage());
        }
    }

    @Test
    void shouldThrowWhatTheProgramDidWrong() {
        try (ProducerRig rig = ProducerRig.open()) {
            assertEquals("record",
                    assertThrows(NullPointerException.class, () -> rig.producer.send(null)).getMessage());
            assertThrows(NullPointerException.class, () -> rig.producer.send(null, null));
            assertThrows(NullPointerException.class, () -> rig.producer.trySend(null, null));
            assertThrows(NullPointerException.class, () -> rig.producer.partitionsFor(null));
        }
    }

    @Test
    void shouldSendWithoutAnybodyToTell() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5")) {
            rig.producer.send(new ProducerRecord<>(TOPIC, "a"), null);
            rig.send("b");
            rig.producer.send(new ProducerRecord<>(TOPIC, null, "k", null), null);
            rig.producer.flush();
            assertEquals(java.util.Arrays.asList("a", "b", null), rig.cluster.log(TOPIC, 0));
            assertEquals(1, rig.all.get(0).offset());
        }
    }

    @Test
    void shouldSendTheSameWithoutARecordObject() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5", "max.block.ms", "100", "max.request.size", "1000")) {
            final List<String> outcomes = new ArrayList<>();
            final Callback callback = (metadata, failure) -> outcomes.add(failure == null
                    ? metadata + " " + metadata.timestampMs() + " " + metadata.serializedKeyBytes()
                    : failure.getClass().getSimpleName());
            rig.producer.send(TOPIC, ProducerRecord.NO_PARTITION, 17, "key", "a", callback);
            rig.producer.send(TOPIC, 0, ProducerRecord.NO_TIMESTAMP, null, null, callback);
            rig.producer.send(TOPIC, 0, 0, "k", "c", null);
            rig.producer.send("missing", ProducerRecord.NO_PARTITION, ProducerRecord.NO_TIMESTAMP, null, "d", callback);
            rig.producer.send(TOPIC, 0, 0, null, "x".repeat(2_000), callback);
            rig.producer.flush();
            assertEquals(java.util.Arrays.asList("a", null, "c"), rig.cluster.log(TOPIC, 0));
            // The topic that does not exist was waited for while the first two were delivered.
            assertEquals(List.of(TOPIC + "-0@0 17 3", TOPIC + "-0@1 " + rig.epochMs + " -1", "UnknownTopicException",
                    "RecordTooLargeException"), outcomes);
            assertEquals("topic is null", assertThrows(IllegalArgumentException.class,
                    () -> rig.producer.send(null, -1, -1, null, "v", null)).getMessage());
            assertEquals("partition is negative: partition=-2, topic=" + TOPIC,
                    assertThrows(IllegalArgumentException.class,
                            () -> rig.producer.send(TOPIC, -2, -1, null, "v", null)).getMessage());
            assertEquals("timestamp is negative: timestampMs=-2, topic=" + TOPIC,
                    assertThrows(IllegalArgumentException.class,
                            () -> rig.producer.send(TOPIC, 0, -2, null, "v", null)).getMessage());
            rig.producer.close();
            assertThrows(ProducerClosedException.class, () -> rig.producer.send(TOPIC, 0, 0, null, "late", null));
        }
    }

    @Test
    void shouldShowInterceptorsARecordThatWasSentWithoutAnObject() {
        try (ProducerRig rig = watched()) {
            rig.producer.send(TOPIC, ProducerRecord.NO_PARTITION, ProducerRecord.NO_TIMESTAMP, null, "v", null);
            rig.producer.flush();
            assertEquals(List.of("v!"), rig.cluster.log(TOPIC, 0));
            assertEquals(List.of("send v", "ack 0 headers=1"), Watcher.SEEN);
        }
    }

    @Test
    void shouldFailAfterMaxBlockWhenTheTopicDoesNotExist() {
        try (ProducerRig rig = ProducerRig.open("max.block.ms", "3000")) {
            final long startNs = rig.cluster.nowNs;
            final DeliveryException failure = failure(rig, new ProducerRecord<>("missing", "v"));
            assertInstanceOf(UnknownTopicException.class, failure);
            assertEquals(Stage.METADATA, failure.stage());
            assertEquals(3_000, (rig.cluster.nowNs - startNs) / FakeCluster.MS);
            assertText(failure, "topic=missing", "partition=none", "stage=METADATA", "elapsedMs=3000",
                    "persistence=NOT_PERSISTED");
            assertNotNull(failure.getStackTrace()[0], "made on the calling thread");
        }
    }

    @Test
    void shouldNameTheConnectionErrorThatMetadataWaitsFor() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic(TOPIC, 1);
        cluster.stop(1);
        try (ProducerRig rig = ProducerRig.builder().on(cluster).with("max.block.ms", "2000").open()) {
            final DeliveryException failure = failure(rig, new ProducerRecord<>(TOPIC, "v"));
            assertInstanceOf(UnknownTopicException.class, failure);
            assertInstanceOf(ConnectionException.class, failure.getCause());
            assertText(failure, "onnection refused", "localhost:1");
            cluster.start(1);
            rig.send("w");
        }
    }

    @Test
    void shouldWaitForAPartitionThatIsNotThereYet() {
        try (ProducerRig rig = ProducerRig.open("max.block.ms", "2000").warmUp()) {
            final DeliveryException failure = failure(rig, new ProducerRecord<>(TOPIC, 7, null, "v"));
            assertInstanceOf(UnknownTopicException.class, failure);
            assertEquals(7, failure.partition());
            assertText(failure, "partition=7", "partition count 1");
            assertEquals("partition out of range: partition=7, partitionCount=1, topic=orders",
                    assertThrows(IllegalArgumentException.class,
                            () -> rig.producer.trySend(new ProducerRecord<>(TOPIC, 7, null, "v"), null)).getMessage());
        }
    }

    @Test
    void shouldFailAtOnceOnAnInvalidTopicAndOnAForbiddenOne() {
        final FakeCluster cluster = new FakeCluster(1);
        cluster.topic("bad name", 1).error = Errors.INVALID_TOPIC_EXCEPTION.code();
        cluster.topic("secret", 1).error = Errors.TOPIC_AUTHORIZATION_FAILED.code();
        try (ProducerRig rig = ProducerRig.builder().on(cluster).open()) {
            final long startNs = rig.cluster.nowNs;
            final DeliveryException invalid = failure(rig, new ProducerRecord<>("bad name", "v"));
            assertInstanceOf(InvalidTopicException.class, invalid);
            assertText(invalid, "error=INVALID_TOPIC_EXCEPTION(17)", "stage=METADATA");
            final DeliveryException forbidden = failure(rig, new ProducerRecord<>("secret", "v"));
            assertInstanceOf(TopicAuthorizationException.class, forbidden);
            assertText(forbidden, "error=TOPIC_AUTHORIZATION_FAILED(29)");
            assertTrue(rig.cluster.nowNs - startNs < 1_000 * FakeCluster.MS);
            assertThrows(InvalidTopicException.class,
                    () -> rig.producer.trySend(new ProducerRecord<>("bad name", "v"), null));
        }
    }

    @Test
    void shouldTryWithoutWaiting() {
        try (ProducerRig rig = ProducerRig.open("buffer.memory", "65536", "batch.size", "16384")) {
            final Told one = rig.new Told("v");
            final long startNs = rig.cluster.nowNs;
            assertEquals(SendResult.METADATA_UNAVAILABLE, rig.producer.trySend(new ProducerRecord<>(TOPIC, "v"), one));
            rig.runUntil(() -> rig.producer.trySend(new ProducerRecord<>(TOPIC, "v"), one) == SendResult.ACCEPTED);
            rig.all.add(one);
            rig.runUntilAllTold();
            assertEquals(startNs, rig.cluster.nowNs);
            rig.cluster.always = Produce::hold;
            SendResult result = SendResult.ACCEPTED;
            while (result == SendResult.ACCEPTED) {
                final Told next = rig.new Told("x".repeat(1_000));
                result = rig.producer.trySend(new ProducerRecord<>(TOPIC, next.value), next);
                if (result == SendResult.ACCEPTED) {
                    rig.all.add(next);
                } else {
                    assertEquals(SendResult.MEMORY_EXHAUSTED, result);
                }
                rig.settle();
            }
            assertTrue(rig.all.size() > 30);
            rig.cluster.always = Produce::accept;
            List.copyOf(rig.cluster.requests).stream().skip(1).forEach(Produce::accept);
            rig.runUntilAllTold();
        }
    }

    @Test
    void shouldSayHowMuchMemoryWasMissingAfterMaxBlock() {
        try (ProducerRig rig = ProducerRig.open("buffer.memory", "65536", "batch.size", "16384", "max.block.ms", "1500",
                "delivery.timeout.ms", "600000", "request.timeout.ms", "500000").warmUp()) {
            rig.cluster.always = Produce::hold;
            BufferExhaustedException refused = null;
            for (int i = 0; refused == null; i++) {
                final long startNs = rig.cluster.nowNs;
                final Told one = rig.send("x".repeat(1_000));
                if (one.count > 0) {
                    refused = one.failure(BufferExhaustedException.class);
                    assertEquals(1_500, (rig.cluster.nowNs - startNs) / FakeCluster.MS);
                }
                assertTrue(i < 100);
            }
            assertEquals(Stage.MEMORY, refused.stage());
            assertText(refused, "stage=MEMORY", "partition=0", "elapsedMs=1500", "stageElapsedMs=1500",
                    "capacityBytes=65536", "usedBytes=65536", "requestedBytes=");
            rig.cluster.always = Produce::accept;
            List.copyOf(rig.cluster.requests).forEach(Produce::accept);
            rig.send("fits again");
            rig.runUntilAllTold();
        }
    }

    @Test
    void shouldWakeASenderThatWaitsForMemory() {
        try (ProducerRig rig = ProducerRig.open("buffer.memory", "65536", "batch.size", "16384", "linger.ms", "60000")
                .warmUp()) {
            for (int i = 0; i < 300; i++) {
                rig.send("x".repeat(1_000));
            }
            rig.producer.flush();
            rig.all.forEach(Told::offset);
            assertEquals(300, rig.cluster.log(TOPIC, 0).size());
        }
    }

    @Test
    void shouldRefuseARecordThatIsTooLarge() {
        try (ProducerRig rig = ProducerRig.open("max.request.size", "1000", "batch.size", "500")) {
            final DeliveryException failure = failure(rig, new ProducerRecord<>(TOPIC, "x".repeat(1_000)));
            assertInstanceOf(RecordTooLargeException.class, failure);
            assertText(failure, "serializedBytes=1086 is more than max.request.size=1000");
            assertThrows(RecordTooLargeException.class,
                    () -> rig.producer.trySend(new ProducerRecord<>(TOPIC, "x".repeat(1_000)), null));
        }
        try (ProducerRig rig = ProducerRig.open("buffer.memory", "10000", "batch.size", "1000")) {
            assertText(failure(rig, new ProducerRecord<>(TOPIC, "x".repeat(20_000))), "is more than buffer.memory=");
        }
    }

    @Test
    void shouldThrowWhatSerializersThrow() {
        final IllegalStateException own = new IllegalStateException("mine");
        final Serializer<String> moody = (topic, headers, value) -> {
            if ("own".equals(value)) {
                throw own;
            }
            if ("cast".equals(value)) {
                throw new ClassCastException("not that");
            }
            return value.getBytes();
        };
        try (ProducerRig rig = ProducerRig.builder().values(moody).open()) {
            assertSame(own, assertThrows(IllegalStateException.class,
                    () -> rig.producer.send(new ProducerRecord<>(TOPIC, "own"))));
            final SerializationException cast = assertThrows(SerializationException.class,
                    () -> rig.producer.send(new ProducerRecord<>(TOPIC, "cast")));
            assertText(cast, "cannot serialize the value: class=java.lang.String, serializer=", ", topic=orders");
            assertThrows(SerializationException.class,
                    () -> rig.producer.trySend(new ProducerRecord<>(TOPIC, "cast"), null));
            rig.send("fine");
        }
    }

    /** Chooses what the test says. */
    public static final class Chooser implements Partitioner {
        static int choice;

        @Override
        public int partition(final String topic, final Object key, final byte[] keyBytes, final Object value,
                final byte[] valueBytes, final TopicInfo info) {
            return choice;
        }
    }

    @Test
    void shouldRefuseAPartitionersBadChoice() {
        try (ProducerRig rig = ProducerRig.open("partitioner.class", Chooser.class.getName())) {
            for (final int bad : new int[]{-1, 1}) {
                Chooser.choice = bad;
                final IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class,
                        () -> rig.producer.send(new ProducerRecord<>(TOPIC, "v")));
                assertEquals("partitioner's choice out of range: partition=" + bad
                        + ", partitionCount=1, topic=orders, partitioner=" + Chooser.class.getName(),
                        thrown.getMessage());
            }
            Chooser.choice = 0;
            rig.send(TOPIC, null, "v");
        }
    }

    @Test
    void shouldThrowWhenInterruptedWhileWaiting() {
        try (ProducerRig rig = ProducerRig.open("buffer.memory", "65536", "batch.size", "16384")) {
            Thread.currentThread().interrupt();
            final InterruptException forMetadata = assertThrows(InterruptException.class,
                    () -> rig.producer.send(new ProducerRecord<>(TOPIC, "v")));
            assertEquals("interrupted while waiting for metadata: topic=orders", forMetadata.getMessage());
            assertTrue(Thread.interrupted());
            rig.warmUp();
            rig.cluster.always = Produce::hold;
            Thread.currentThread().interrupt();
            InterruptException forMemory = null;
            while (forMemory == null) {
                try {
                    rig.send("x".repeat(1_000));
                } catch (final InterruptException e) {
                    forMemory = e;
                }
            }
            assertEquals("interrupted while waiting for memory: topic=orders", forMemory.getMessage());
            assertTrue(Thread.interrupted());
            rig.cluster.always = Produce::accept;
            List.copyOf(rig.cluster.requests).forEach(Produce::accept);
            rig.runUntilAllTold();
        }
    }

    // ---- callbacks

    @Test
    void shouldOutliveWhateverCallbacksThrow() {
        try (ProducerRig rig = ProducerRig.open("linger.ms", "5").warmUp()) {
            final List<Throwable> thrown = List.of(new IllegalStateException("of the test"),
                    new AssertionError("of the test"), new StackOverflowError("of the test"),
                    new OutOfMemoryError("of the test"));
            for (final Throwable each : thrown) {
                rig.send("v").also = told -> ProducerRigThrow.sneaky(each);
                rig.send("w");
            }
            rig.runUntilAllTold();
            rig.all.forEach(Told::offset);
            rig.cluster.scripts.add(request -> request.fail(Errors.POLICY_VIOLATION));
            rig.send("x").also = told -> ProducerRigThrow.sneaky(thrown.get(1));
            final Told last = rig.send("y");
            rig.runUntilAllTold();
            rig.delivery(last);
        }
    }

    private static final class ProducerRigThrow {
        @SuppressWarnings("unchecked")
        private static <T extends Throwable> void sneaky(final Throwable failure) throws T {
            throw (T) failure;
        }
    }

    @Test
    void shouldSendFromACallback() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            sendChain(rig, 0);
            rig.runUntilAllTold();
            assertEquals(List.of("v0", "v1", "v2", "v3", "v4"), rig.cluster.log(TOPIC, 0));
        }
    }

    private static void sendChain(final ProducerRig rig, final int index) {
        rig.send("v" + index).also = told -> {
            if (index < 4) {
                sendChain(rig, index + 1);
            }
        };
    }

    @Test
    void shouldNotWaitForItselfInACallback() {
        try (ProducerRig rig = ProducerRig.open("max.block.ms", "30000").warmUp()) {
            final Told first = rig.send("v");
            final List<Told> unknown = new ArrayList<>();
            final long startNs = rig.cluster.nowNs;
            first.also = told -> unknown.add(rig.send("not known", null, "w"));
            rig.runUntilAllTold();
            unknown.get(0).failure(UnknownTopicException.class);
            assertEquals(startNs, rig.cluster.nowNs);
        }
    }

    // ---- interceptors

    /** Says in a list what it sees; the second of them fails at everything. */
    public static class Watcher implements ProducerInterceptor<String, String> {
        static final List<String> SEEN = new ArrayList<>();

        @Override
        public ProducerRecord<String, String> onSend(final ProducerRecord<String, String> record) {
            SEEN.add("send " + record.value());
            record.headers().add("seen", new byte[]{1});
            return new ProducerRecord<>(record.topic(), null, null, record.key(), record.value() + "!",
                    record.headers());
        }

        @Override
        public void onAcknowledgement(final RecordMetadata metadata, final Exception failure, final Headers headers) {
            SEEN.add((failure == null ? "ack " + metadata.offset() : "fail " + failure.getClass().getSimpleName())
                    + " headers=" + headers.size());
            try {
                headers.add("late", new byte[0]);
                SEEN.add("headers are not read-only");
            } catch (final IllegalStateException e) {
                return;
            }
        }

        @Override
        public void close() {
            SEEN.add("close");
        }
    }

    /** Fails at everything. */
    public static final class Broken extends Watcher {
        @Override
        public ProducerRecord<String, String> onSend(final ProducerRecord<String, String> record) {
            throw new AssertionError("of the test");
        }

        @Override
        public void onAcknowledgement(final RecordMetadata metadata, final Exception failure, final Headers headers) {
            throw new AssertionError("of the test");
        }

        @Override
        public void close() {
            throw new AssertionError("of the test");
        }
    }

    @BeforeEach
    void forgetWhatWasSeen() {
        Watcher.SEEN.clear();
    }

    private static ProducerRig watched(final String... settings) {
        final ProducerRig.Builder builder = ProducerRig.builder().with("interceptor.classes",
                Broken.class.getName() + ',' + Watcher.class.getName());
        for (int i = 0; i < settings.length; i += 2) {
            builder.with(settings[i], settings[i + 1]);
        }
        return builder.open();
    }

    @Test
    void shouldTellInterceptorsBeforeTheCallback() {
        try (ProducerRig rig = watched()) {
            final Told one = rig.send("v");
            one.also = told -> Watcher.SEEN.add("callback");
            rig.runUntilAllTold();
            assertEquals(List.of("v!"), rig.cluster.log(TOPIC, 0));
            rig.producer.close();
            assertEquals(List.of("send v", "ack 0 headers=1", "callback", "close"), Watcher.SEEN);
        }
    }

    @Test
    void shouldTellInterceptorsOfRefusedAndThrownRecords() {
        try (ProducerRig rig = watched("max.block.ms", "100", "max.request.size", "1000", "batch.size", "500")) {
            rig.send("missing", null, "a");
            rig.send("x".repeat(2_000));
            assertEquals("fail UnknownTopicException headers=1", Watcher.SEEN.get(1));
            assertEquals("fail RecordTooLargeException headers=1", Watcher.SEEN.get(3));
            Watcher.SEEN.clear();
            Thread.currentThread().interrupt();
            assertThrows(InterruptException.class, () -> rig.producer.send(new ProducerRecord<>("missing", "c")));
            Thread.interrupted();
            assertEquals(2, Watcher.SEEN.size());
            assertTrue(Watcher.SEEN.get(1).startsWith("fail InterruptException"), Watcher.SEEN::toString);
            Watcher.SEEN.clear();
            assertEquals(SendResult.METADATA_UNAVAILABLE,
                    rig.producer.trySend(new ProducerRecord<>("missing", "c"), null));
            assertEquals(List.of("send c"), Watcher.SEEN, "a try that was not accepted has no outcome");
        }
    }

    @Test
    void shouldWarnOfSlowCallbacksByNameAndNotAllTheTime() {
        final List<String> warnings = new ArrayList<>();
        final SlowCallbacks slow = new SlowCallbacks(warnings::add, FlightEvents.NONE);
        final io.kp.metadata.TopicPartition partition = new io.kp.metadata.TopicPartition("t", 1);
        final Callback callback = new Named();
        final long ms = 1_000_000;
        final long startNs = Long.MAX_VALUE - 600 * ms;
        slow.took(startNs, startNs + 500 * ms, partition, 3, callback, false);
        assertEquals(List.of(), warnings);
        slow.took(startNs, startNs + 501 * ms, partition, 3, callback, false);
        assertEquals(List.of("slow callbacks keep the I/O thread from its work: tookMs=501, limitMs=500, records=3, "
                + "partition=t-1, class=" + Named.class.getName()), warnings);
        slow.took(startNs + 1_000 * ms, startNs + 9_000 * ms, partition, 3, callback, false);
        slow.took(startNs + 9_000 * ms, startNs + 10_500 * ms, partition, 3, callback, false);
        assertEquals(1, warnings.size());
        slow.took(startNs + 10_000 * ms, startNs + 10_501 * ms, partition, 1, new RecordFuture(), false);
        assertEquals("slow callbacks keep the I/O thread from its work: tookMs=501, limitMs=500, records=1, "
                + "partition=t-1, class=a stage that depends on the future of send, timesSinceLastWarning=2",
                warnings.get(1));
        slow.took(startNs, startNs + 60_000 * ms, partition, 1, null, false);
        slow.took(startNs + 21_000 * ms, startNs + 22_000 * ms, partition, 1,
                new InterceptedCompletion(null, null, callback), false);
        assertTrue(warnings.get(2).endsWith("class=" + Named.class.getName()), warnings::toString);
    }

    private static final class Named implements Callback {
        @Override
        public void onCompletion(final RecordMetadata metadata, final KpException failure) {
            assertNull(failure);
        }
    }

    @Test
    void shouldStayUsableWhenAWholeClusterIsAway() {
        try (ProducerRig rig = ProducerRig.open().warmUp()) {
            rig.send("before");
            rig.runUntilAllTold();
            rig.cluster.stop(1);
            for (int i = 0; i < 10; i++) {
                final long startNs = rig.cluster.nowNs;
                final Told one = rig.send("v" + i);
                assertEquals(startNs, rig.cluster.nowNs, "does not wait");
                assertEquals(0, one.count, () -> "accepted: " + one);
                rig.runMs(2_000);
            }
            assertFalse(rig.all.stream().allMatch(one -> one.count > 0));
            rig.cluster.start(1);
            rig.runUntilAllTold();
            assertEquals(11, rig.cluster.log(TOPIC, 0).size());
        }
    }
}
