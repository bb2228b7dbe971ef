package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.ConnectException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

import io.kp.client.DeliveryException.Builder;
import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.KpException.Category;

class FailuresTest {
    private static Builder full() {
        return DeliveryException.builder(Stage.IN_FLIGHT, "orders", 3).detail("delivery.timeout.ms=120000")
                .broker(2, "b2:9092")
                .attempts(4).elapsed(120_004_999_999L, 30_001_000_000L).persistence(Persistence.POSSIBLY_PERSISTED)
                .error(7, "REQUEST_TIMED_OUT").cause(new ConnectException("Connection refused"));
    }

    @Test
    void shouldSayEverythingInOneMessage() {
        assertEquals(
                "record not delivered: delivery timed out: delivery.timeout.ms=120000; topic=orders, partition=3, stage=IN_FLIGHT, "
                        + "broker=2 (b2:9092), attempts=4, elapsedMs=120004, stageElapsedMs=30001, persistence=POSSIBLY_PERSISTED, "
                        + "error=REQUEST_TIMED_OUT(7), cause=java.net.ConnectException: Connection refused",
                full().build(DeliveryTimeoutException::new).getMessage());
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() {
        assertEquals(
                "record not delivered: topic or partition not present in metadata; topic=t, partition=none, stage=METADATA, broker=none, "
                        + "attempts=0, elapsedMs=0, stageElapsedMs=0, persistence=NOT_PERSISTED",
                DeliveryException.builder(Stage.METADATA, "t", DeliveryException.NO_PARTITION)
                        .build(UnknownTopicException::new)
                        .getMessage());
        assertTrue(DeliveryException.builder(Stage.METADATA, "t", 0).broker(DeliveryException.NO_BROKER, "b:1")
                .build(UnknownTopicException::new).getMessage().contains("broker=-1 (b:1),"));
        assertTrue(DeliveryException.builder(Stage.QUEUED, "t", 0).broker(5, null).build(DeliveryTimeoutException::new)
                .getMessage()
                .contains("broker=5,"));
    }

    @Test
    void shouldKeepEveryField() {
        final DeliveryException failure = full().build(DeliveryTimeoutException::new);
        assertEquals(Stage.IN_FLIGHT, failure.stage());
        assertEquals("orders", failure.topic());
        assertEquals(3, failure.partition());
        assertEquals(2, failure.brokerId());
        assertEquals("b2:9092", failure.brokerAddress());
        assertEquals(4, failure.attempts());
        assertEquals(120_004_999_999L, failure.elapsedNs());
        assertEquals(30_001_000_000L, failure.stageElapsedNs());
        assertEquals(Persistence.POSSIBLY_PERSISTED, failure.persistence());
        assertEquals(7, failure.errorCode());
        assertEquals("REQUEST_TIMED_OUT", failure.errorName());
        assertInstanceOf(ConnectException.class, failure.getCause());
        assertEquals(Category.RETRY_LATER, failure.category());
    }

    @Test
    void shouldBeImmutableWithoutAStackTrace() {
        final DeliveryException failure = full().build(DeliveryTimeoutException::new);
        assertEquals(0, failure.getStackTrace().length);
        failure.addSuppressed(new IOException());
        failure.setStackTrace(new Throwable().getStackTrace());
        assertEquals(0, failure.getSuppressed().length);
        assertEquals(0, failure.getStackTrace().length);
        assertNotEquals(0, full().withStackTrace().build(DeliveryTimeoutException::new).getStackTrace().length);
    }

    @Test
    void shouldSurviveSerialization() throws Exception {
        final DeliveryException failure = full().build(BrokerException::new);
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(failure);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            final DeliveryException copy = (DeliveryException) in.readObject();
            assertEquals(failure.getMessage(), copy.getMessage());
            assertEquals(failure.stage(), copy.stage());
            assertEquals(failure.category(), copy.category());
        }
    }

    @Test
    void shouldHaveTheCategoryOfItsType() {
        final Map<Category, List<Function<Builder, DeliveryException>>> types = Map.of(Category.RETRY_LATER,
                List.of(DeliveryTimeoutException::new, BufferExhaustedException::new, UnknownTopicException::new,
                        OutOfOrderSequenceException::new, BrokerException::new),
                Category.FIX_RECORD, List.of(RecordTooLargeException::new, InvalidTopicException::new),
                Category.FIX_CONFIGURATION,
                List.of(TopicAuthorizationException::new), Category.FATAL, List.of(ProducerFencedException::new),
                Category.CLOSED,
                List.of(DeliveryAbortedException::new));
        types.forEach((category, constructors) -> constructors.forEach(constructor -> {
            final DeliveryException failure = DeliveryException.builder(Stage.QUEUED, "t", 0).build(constructor);
            assertEquals(category, failure.category(), failure.getClass().getName());
            assertEquals(Category.FATAL,
                    DeliveryException.builder(Stage.QUEUED, "t", 0).category(Category.FATAL).build(constructor)
                            .category());
        }));
    }

    @Test
    void shouldChooseTypeAndCategoryByTheBrokersError() {
        error(Errors.UNKNOWN_TOPIC_OR_PARTITION, UnknownTopicException.class, Category.RETRY_LATER);
        error(Errors.UNKNOWN_TOPIC_ID, UnknownTopicException.class, Category.RETRY_LATER);
        error(Errors.MESSAGE_TOO_LARGE, RecordTooLargeException.class, Category.FIX_RECORD);
        error(Errors.RECORD_LIST_TOO_LARGE, RecordTooLargeException.class, Category.FIX_RECORD);
        error(Errors.INVALID_TOPIC_EXCEPTION, InvalidTopicException.class, Category.FIX_RECORD);
        error(Errors.TOPIC_AUTHORIZATION_FAILED, TopicAuthorizationException.class, Category.FIX_CONFIGURATION);
        error(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, OutOfOrderSequenceException.class, Category.RETRY_LATER);
        error(Errors.UNKNOWN_PRODUCER_ID, OutOfOrderSequenceException.class, Category.RETRY_LATER);
        error(Errors.INVALID_PRODUCER_EPOCH, ProducerFencedException.class, Category.FATAL);
        error(Errors.PRODUCER_FENCED, ProducerFencedException.class, Category.FATAL);
        error(Errors.NOT_ENOUGH_REPLICAS, BrokerException.class, Category.RETRY_LATER);
        error(Errors.UNKNOWN_SERVER_ERROR, BrokerException.class, Category.RETRY_LATER);
        error(Errors.INVALID_RECORD, BrokerException.class, Category.FIX_RECORD);
        error(Errors.INVALID_TIMESTAMP, BrokerException.class, Category.FIX_RECORD);
        error(Errors.INVALID_REQUEST, BrokerException.class, Category.FIX_RECORD);
        error(Errors.POLICY_VIOLATION, BrokerException.class, Category.FIX_RECORD);
        error(Errors.CLUSTER_AUTHORIZATION_FAILED, BrokerException.class, Category.FIX_CONFIGURATION);
        error(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, BrokerException.class, Category.FIX_CONFIGURATION);
        error(Errors.INVALID_REQUIRED_ACKS, BrokerException.class, Category.FIX_CONFIGURATION);
        error(Errors.UNSUPPORTED_VERSION, BrokerException.class, Category.FIX_CONFIGURATION);
        error(Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT, BrokerException.class, Category.FIX_CONFIGURATION);
        error(Errors.UNSUPPORTED_COMPRESSION_TYPE, BrokerException.class, Category.FIX_CONFIGURATION);
        error(Errors.INVALID_PRODUCER_ID_MAPPING, BrokerException.class, Category.FATAL);
    }

    private static void error(Errors error, Class<?> type, Category category) {
        final DeliveryException failure = DeliveryException.builder(Stage.BROKER, "t", 0)
                .error(error.code(), error.name())
                .buildForError();
        assertEquals(type, failure.getClass(), error.name());
        assertEquals(category, failure.category(), error.name());
        assertTrue(failure.getMessage().contains("error=" + error.name() + "(" + error.code() + ")"),
                failure.getMessage());
    }

    /** A lost connection is no refusal. */
    @Test
    void shouldNotBlameTheBrokerForWhatItDidNotSay() {
        assertTrue(DeliveryException.builder(Stage.IN_FLIGHT, "t", 0).error(13, "NETWORK_EXCEPTION").buildForError()
                .getMessage()
                .startsWith("record not delivered: no usable answer from the broker;"));
        assertTrue(DeliveryException.builder(Stage.BROKER, "t", 0).error(19, "NOT_ENOUGH_REPLICAS").buildForError()
                .getMessage()
                .startsWith("record not delivered: refused by the broker;"));
        assertTrue(DeliveryException.builder(Stage.BROKER, "t", 0).error(3, "UNKNOWN_TOPIC_OR_PARTITION")
                .buildForError().getMessage()
                .startsWith("record not delivered: topic or partition unknown to the broker;"));
    }

    /** What Kafka calls retriable must not be called final here. */
    @Test
    void shouldAdviseToRetryWhateverKafkaCallsRetriable() {
        for (final Errors error : Errors.values()) {
            if (error.exception() instanceof org.apache.kafka.common.errors.RetriableException) {
                assertEquals(Category.RETRY_LATER,
                        DeliveryException.builder(Stage.BROKER, "t", 0).error(error.code(), error.name())
                                .buildForError().category(),
                        error.name());
            }
        }
    }

    @Test
    void shouldRestoreTheInterruptFlag() {
        final InterruptedException cause = new InterruptedException();
        final InterruptException interrupt = new InterruptException("waiting for metadata", cause);
        assertTrue(Thread.interrupted());
        assertSame(cause, interrupt.getCause());
        assertEquals(Category.INTERRUPTED, interrupt.category());
    }

    @Test
    void shouldNameKeyValueAndRule() {
        final ConfigException refusal = new ConfigException("linger.ms", -1, "must be at least 0");
        assertEquals("invalid configuration: linger.ms=-1: must be at least 0", refusal.getMessage());
        assertEquals("linger.ms", refusal.key());
        assertEquals("-1", refusal.value());
        assertEquals("must be at least 0", refusal.rule());
        assertEquals(Category.FIX_CONFIGURATION, refusal.category());
        assertNull(refusal.getCause());
    }

    @Test
    void shouldHaveCategoriesForCallersMistakes() {
        assertEquals(Category.CLOSED, new ProducerClosedException("send").category());
        assertEquals(Category.CLOSED, new ProducerClosedException("send", new IOException()).category());
        assertEquals(Category.FIX_RECORD, new SerializationException("value").category());
        assertEquals(Category.FIX_RECORD, new SerializationException("value", new IOException()).category());
        assertNotEquals(0, new SerializationException("value").getStackTrace().length);
        assertThrows(NullPointerException.class, () -> new KpException(null, "m"));
    }
}
