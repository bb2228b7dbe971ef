package io.kp.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.junit.jupiter.api.Test;

import io.kp.client.CloseReport;
import io.kp.client.DeliveryAbortedException;
import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.DeliveryTimeoutException;
import io.kp.client.KpException;
import io.kp.client.ProducerClosedException;
import io.kp.client.ProducerRecord;
import io.kp.client.ProducerState.Phase;
import io.kp.client.RecordMetadata;
import io.kp.client.SendResult;
import io.kp.client.SerializationException;
import io.kp.client.Serializers;

/** The producer whose outcomes a test decides. */
class MockProducerTest {
    private static final KpException FAILURE = new KpException(KpException.Category.RETRY_LATER, "out of luck");

    private final MockProducer<String, String> mock = MockProducer.holding(Serializers.string(), Serializers.string());
    private final List<Object> told = new ArrayList<>();

    private void send(final String value) {
        mock.send(ProducerRecord.of("orders", value),
                (metadata, failure) -> told.add(failure == null ? metadata.offset() : failure));
    }

    @Test
    void shouldLetTheTestDecideEachOutcome() {
        send("one");
        send("two");
        final CompletableFuture<RecordMetadata> three = mock.send(ProducerRecord.of("orders", "key", "three"));
        assertEquals(List.of(), told);
        assertEquals(List.of("one", "two", "three"), mock.sent().stream().map(one -> one.record().value()).toList());
        mock.next().acknowledge();
        mock.next().fail(FAILURE);
        assertEquals(List.of(0L, FAILURE), told);
        assertFalse(three.isDone());
        mock.next().acknowledge();
        assertEquals(1, three.join().offset());
        assertEquals(3, three.join().serializedKeyBytes());
        assertEquals(5, three.join().serializedValueBytes());
        assertThrows(IllegalStateException.class, mock::next);
        final MockProducer<String, String>.Sent first = mock.sent().get(0);
        assertFalse(first.isOpen());
        assertThrows(IllegalStateException.class, first::acknowledge);
        assertThrows(IllegalStateException.class, () -> first.fail(FAILURE));
        assertEquals(3, mock.metrics().recordsSent());
        assertEquals(2, mock.metrics().recordsAcknowledged());
        assertEquals(1, mock.metrics().recordsFailed());
    }

    @Test
    void shouldAcknowledgeAtOnceIfItIsTo() {
        try (MockProducer<String, String> producer = MockProducer.acknowledging(Serializers.string(),
                Serializers.string())) {
            assertEquals(0, producer.send(ProducerRecord.of("orders", "one")).join().offset());
            assertEquals(1, producer.send(ProducerRecord.of("orders", "two")).join().offset());
            assertEquals(0, producer.send(ProducerRecord.of("others", "one")).join().offset());
        }
    }

    @Test
    void shouldChoosePartitionsAsKafkaDoes() {
        mock.createTopic("orders", 6);
        final List<Integer> partitions = new ArrayList<>();
        for (final String key : List.of("customer-7", "customer-8", "customer-7")) {
            mock.send(ProducerRecord.of("orders", key, "v"));
            partitions.add(mock.sent().get(mock.sent().size() - 1).partition());
        }
        assertEquals(List.of(io.kp.partition.KeyPartitioner.partition("customer-7".getBytes(), 6),
                io.kp.partition.KeyPartitioner.partition("customer-8".getBytes(), 6),
                io.kp.partition.KeyPartitioner.partition("customer-7".getBytes(), 6)), partitions);
        mock.send(new ProducerRecord<>("orders", 5, null, "v"));
        assertEquals(5, mock.sent().get(3).partition());
        mock.send("orders", 4, ProducerRecord.NO_TIMESTAMP, null, "v", null);
        assertEquals(4, mock.sent().get(4).partition());
        assertThrows(IllegalArgumentException.class, () -> mock.send(new ProducerRecord<>("orders", 6, null, "v")));
        assertEquals(6, mock.partitionsFor("orders").size());
        assertThrows(IllegalStateException.class, () -> mock.createTopic("orders", 6));
        assertThrows(IllegalArgumentException.class, () -> mock.createTopic("none", 0));
    }

    @Test
    void shouldThrowAndRefuseAsTold() {
        mock.throwNext(FAILURE).refuseNext(SendResult.MEMORY_EXHAUSTED).refuseNext(SendResult.METADATA_UNAVAILABLE);
        assertSame(FAILURE, assertThrows(KpException.class, () -> send("one")));
        assertEquals(SendResult.MEMORY_EXHAUSTED, mock.trySend(ProducerRecord.of("orders", "two"), null));
        assertEquals(SendResult.METADATA_UNAVAILABLE, mock.trySend(ProducerRecord.of("orders", "two"), null));
        assertEquals(SendResult.ACCEPTED, mock.trySend(ProducerRecord.of("orders", "two"), null));
        assertThrows(IllegalArgumentException.class, () -> mock.refuseNext(SendResult.ACCEPTED));
        assertThrows(IllegalArgumentException.class,
                () -> mock.sendWithin(ProducerRecord.of("orders", "two"), Duration.ZERO));
        assertThrows(UnsupportedOperationException.class, () -> mock.tryClaim("orders", 0, -1, 1, null, null));
        assertThrows(UnsupportedOperationException.class, () -> mock.claim("orders", 0, -1, 1, null, null));
        assertEquals(1, mock.sent().size());
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void shouldSerializeWhatIsSent() {
        final SerializationException refused = assertThrows(SerializationException.class,
                () -> ((MockProducer) mock).send(new ProducerRecord<Object, Object>("orders", 7)));
        assertTrue(refused.getMessage().startsWith("value is not of the serializer's type: topic=orders, "
                + "type=java.lang.Integer"), refused::getMessage);
        assertEquals(List.of(), mock.sent());
    }

    @Test
    void shouldFlushAndRefuseToInACallback() {
        send("one");
        assertEquals(1, mock.flush(Duration.ofMillis(5)));
        mock.send(ProducerRecord.of("orders", "two"), (metadata, failure) -> {
            told.add(assertThrows(IllegalStateException.class, mock::flush).getMessage());
            send("three");
        });
        mock.flush();
        assertEquals(List.of(0L, "flush in a callback would wait for itself", 2L), told);
        assertEquals(0, mock.flush(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> mock.flush(Duration.ofMillis(-1)));
    }

    @Test
    void shouldKeepAnErrorOfACallbackFromOthers() {
        mock.send(ProducerRecord.of("orders", "one"), (metadata, failure) -> {
            throw new AssertionError("thrown by a callback");
        });
        send("two");
        mock.acknowledgeAll();
        assertEquals(List.of(1L), told);
    }

    @Test
    void shouldFailWhatIsOpenWhenItIsClosed() {
        send("one");
        final CompletableFuture<RecordMetadata> two = mock.send(ProducerRecord.of("orders", "two"));
        final CloseReport report = mock.close(Duration.ofSeconds(1));
        assertEquals(2, report.failed());
        assertEquals(2, report.undelivered().size());
        assertSame(told.get(0), report.undelivered().get(0).failure());
        assertInstanceOf(DeliveryAbortedException.class,
                assertThrows(CompletionException.class, two::join).getCause());
        assertSame(report, mock.close(Duration.ZERO));
        assertEquals(Phase.CLOSED, mock.state().phase());
        assertThrows(ProducerClosedException.class, () -> send("three"));
        assertEquals(SendResult.CLOSED, mock.trySend(ProducerRecord.of("orders", "three"), null));
    }

    @Test
    void shouldDeliverWhatIsOpenWhenItIsClosedWithoutALimit() {
        send("one");
        mock.close();
        assertEquals(List.of(0L), told);
    }

    @Test
    void shouldFailEverythingWhenItDies() {
        send("one");
        mock.die(FAILURE);
        assertEquals(List.of(FAILURE), told);
        assertEquals(Phase.FAILED, mock.state().phase());
        assertSame(FAILURE, mock.state().cause());
        assertSame(FAILURE, assertThrows(ProducerClosedException.class, () -> send("two")).getCause());
        assertTrue(mock.close(Duration.ZERO).isAllDelivered());
        assertEquals(Phase.FAILED, mock.state().phase());
    }

    @Test
    void shouldFailSomeOfThem() {
        send("one");
        send("two");
        send("three");
        final DeliveryException failure = DeliveryException.builder(Stage.QUEUED, "orders", 0)
                .build(DeliveryTimeoutException::new);
        assertEquals(2, mock.failAll(record -> record.value().startsWith("t"), failure));
        assertEquals(List.of(failure, failure), told);
        assertEquals("one", mock.next().record().value());
        assertTrue(mock.toString().startsWith("MockProducer[OPEN: open, sent=3, open=1"), mock::toString);
        assertTrue(mock.next().toString().endsWith("to partition 0, open"), mock.next()::toString);
    }
}
