package io.kp.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.network.ApiKey;
import io.kp.network.ErrorCode;

/** Kafka's own producer finds that the scripted cluster behaves like Kafka. */
class KafkaClientConformanceTest {
    private static final String TOPIC = "orders";

    private final ScriptedBroker broker = ScriptedBroker.start(3);
    private final ScriptedCluster cluster = broker.cluster();

    @BeforeEach
    void createTopic() {
        cluster.createTopic(TOPIC, 4);
    }

    @AfterEach
    void close() {
        broker.close();
        assertEquals(0, broker.connectionsOpen());
        assertEquals(List.of(), cluster.problems());
    }

    private KafkaProducer<String, String> producer(final String... settings) {
        final Properties config = new Properties();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
        config.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, "5");
        config.put(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, "20");
        config.put(ProducerConfig.RECONNECT_BACKOFF_MS_CONFIG, "5");
        config.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "20");
        config.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, "false");
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, "5000");
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, "20000");
        for (int i = 0; i < settings.length; i += 2) {
            config.put(settings[i], settings[i + 1]);
        }
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    /** Sends numbered records to the partitions in turn and finds each once, in order. */
    private void deliver(final KafkaProducer<String, String> producer, final int records,
            final Consumer<Integer> before) throws Exception {
        final int partitions = 4;
        final List<Future<RecordMetadata>> futures = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            before.accept(i);
            futures.add(producer.send(new ProducerRecord<>(TOPIC, i % partitions, "k" + i, "v" + i)));
        }
        producer.flush();
        // With acks=0 the flush ends with the last write.
        broker.await("all records", Duration.ofSeconds(10), () -> cluster.recordCount(TOPIC) == records);
        for (int i = 0; i < records; i++) {
            final RecordMetadata metadata = futures.get(i).get(10, TimeUnit.SECONDS);
            assertEquals(i % partitions, metadata.partition());
        }
        for (int p = 0; p < partitions; p++) {
            final List<String> expected = new ArrayList<>();
            for (int i = p; i < records; i += partitions) {
                expected.add("v" + i);
            }
            assertEquals(expected, cluster.log(TOPIC, p).values());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "all"})
    void shouldTakeRecordsWithAnyAcks(final String acks) throws Exception {
        try (KafkaProducer<String, String> producer = producer("acks", acks, "enable.idempotence",
                acks.equals("all") ? "true" : "false")) {
            deliver(producer, 1000, i -> {
            });
            // acks=0: an offset is never known.
            final RecordMetadata last = producer.send(new ProducerRecord<>(TOPIC, 0, "k", "last")).get();
            assertEquals(acks.equals("0") ? -1 : 250, last.offset());
        }
        broker.await("the last record", Duration.ofSeconds(5), () -> cluster.recordCount(TOPIC) == 1001);
    }

    @Test
    void shouldKeepKeyValueHeadersAndTimestamp() throws Exception {
        try (KafkaProducer<String, String> producer = producer("compression.type", "gzip")) {
            producer.send(new ProducerRecord<>(TOPIC, 1, 1_700_000_000_000L, (String) null, "v\u00e4",
                    List.of(new RecordHeader(
                            "h", new byte[]{1, 2}), new RecordHeader("h", null))))
                    .get();
            producer.send(new ProducerRecord<>(TOPIC, 1, 1_700_000_000_001L, "", (String) null)).get();
        }
        final List<StoredRecord> records = cluster.log(TOPIC, 1).records();
        assertEquals(new StoredRecord(0, 1_700_000_000_000L, null, "v\u00e4".getBytes("UTF-8"), List.of(
                new StoredRecord.Header("h", new byte[]{1, 2}), new StoredRecord.Header("h", null)), 0),
                records.get(0));
        assertEquals(new StoredRecord(1, 1_700_000_000_001L, new byte[0], null, List.of(), 1), records.get(1));
    }

    @ParameterizedTest
    @CsvSource({"0,13,0,13,0,4,0,5", "0,12,0,12,0,3,0,4", "3,3,1,1,0,0,0,0", "3,7,1,7,0,2,0,1", "0,8,1,8,0,3,0,2",
            "0,9,0,9,0,3,0,3",
            "0,10,0,10,0,3,0,4", "0,11,0,11,0,3,0,5"})
    void shouldSpeakTheVersionsThatItOffers(final int produceMin, final int produceMax, final int metadataMin,
            final int metadataMax, final int versionsMin, final int versionsMax, final int idMin, final int idMax)
            throws Exception {
        cluster.versions(ApiKey.PRODUCE, produceMin, produceMax).versions(ApiKey.METADATA, metadataMin, metadataMax)
                .versions(ApiKey.API_VERSIONS, versionsMin, versionsMax)
                .versions(ApiKey.INIT_PRODUCER_ID, idMin, idMax);
        try (KafkaProducer<String, String> producer = producer()) {
            deliver(producer, 200, i -> {
            });
        }
        final HashSet<String> seen = new HashSet<>();
        cluster.requests().forEach(request -> seen.add(request.api() + " " + request.version()));
        assertTrue(seen.contains("PRODUCE " + produceMax), seen::toString);
        assertTrue(seen.contains("METADATA " + metadataMax), seen::toString);
        assertTrue(seen.contains("INIT_PRODUCER_ID " + idMax), seen::toString);
        assertTrue(seen.contains("API_VERSIONS " + versionsMax), seen::toString);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldServeAProducerWhileLeadersMove(final boolean hints) throws Exception {
        cluster.leaderHints(hints);
        try (KafkaProducer<String, String> producer = producer("linger.ms", "0")) {
            deliver(producer, 2000, i -> {
                if (i == 50) {
                    // A partition that does not know the producer takes any sequence. If it refuses the first batch and, being leader again,
                    // takes the second, this producer repeats the first until it expires.
                    producer.flush();
                }
                if (i % 100 == 50) {
                    cluster.moveLeader(TOPIC, i / 100 % 4, i / 100 % 3);
                }
            });
        }
    }

    @Test
    void shouldServeAProducerWhoseAnswersAreLost() throws Exception {
        final Script script = broker.script();
        script.produce().after(1).times(3).then(Fault.loseResponse());
        script.produce().after(7).times(2).then(Fault.resetAfterAppend());
        script.produce().after(10).times(2).then(Fault.disconnect());
        script.produce().after(13).times(2).then(Fault.errorAfterAppend(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND));
        script.produce().after(16).times(2).then(Fault.closeAfter(7));
        script.produce().partition(TOPIC, 2).times(3).then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
        try (KafkaProducer<String, String> producer = producer("linger.ms", "0", "batch.size", "200")) {
            deliver(producer, 1000, i -> {
            });
        }
        assertTrue(cluster.repeatedBatches() > 0);
    }

    @Test
    void shouldLetAProducerRaiseItsEpochAfterALostBatch() throws Exception {
        try (KafkaProducer<String, String> producer = producer("linger.ms", "0")) {
            producer.send(new ProducerRecord<>(TOPIC, 0, "k", "first")).get();
            broker.script().produce().once().then(Fault.error(ErrorCode.INVALID_TIMESTAMP));
            assertThrows(ExecutionException.class,
                    () -> producer.send(new ProducerRecord<>(TOPIC, 0, "k", "refused")).get());
            producer.send(new ProducerRecord<>(TOPIC, 0, "k", "third")).get();
        }
        final List<StoredBatch> batches = cluster.log(TOPIC, 0).batches();
        assertEquals(List.of("first", "third"), cluster.log(TOPIC, 0).values());
        assertEquals(1, batches.get(1).producerEpoch() - batches.get(0).producerEpoch());
        assertEquals(0, batches.get(1).baseSequence());
    }

    @Test
    void shouldCreateTopicsOnDemandAndRefuseWhatIsNoName() throws Exception {
        try (KafkaProducer<String, String> producer = producer()) {
            assertEquals(0, producer.send(new ProducerRecord<>("made-on-demand", "v")).get().offset());
            assertInstanceOf(InvalidTopicException.class, assertThrows(ExecutionException.class,
                    () -> producer.send(new ProducerRecord<>("not/a/name", "v")).get()).getCause());
        }
        assertEquals(List.of("v"), cluster.log("made-on-demand", 0).values());
    }

    @Test
    void shouldNotCreateTopicsIfToldSo() {
        cluster.autoCreateTopics(false, 1);
        try (KafkaProducer<String, String> producer = producer("max.block.ms", "300")) {
            assertInstanceOf(TimeoutException.class, assertThrows(ExecutionException.class,
                    () -> producer.send(new ProducerRecord<>("absent", "v")).get()).getCause());
        }
    }

    @Test
    void shouldRefuseBatchesAboveTheLimit() throws Exception {
        cluster.maxMessageBytes(TOPIC, 400);
        try (KafkaProducer<String, String> producer = producer("linger.ms", "1000", "batch.size", "2000")) {
            deliver(producer, 100, i -> {
            });
            assertInstanceOf(RecordTooLargeException.class, assertThrows(ExecutionException.class,
                    () -> producer.send(new ProducerRecord<>(TOPIC, 0, "k", "x".repeat(400))).get(10,
                            TimeUnit.SECONDS))
                    .getCause());
        }
    }

    @Test
    void shouldNameRefusedRecords() {
        broker.script().produce().once().then(Fault.refuseRecords(1).message("too blue"));
        try (KafkaProducer<String, String> producer = producer("linger.ms", "10000")) {
            final Future<RecordMetadata> first = producer.send(new ProducerRecord<>(TOPIC, 0, "k", "a"));
            final Future<RecordMetadata> second = producer.send(new ProducerRecord<>(TOPIC, 0, "k", "b"));
            producer.flush();
            final Throwable cause = assertThrows(ExecutionException.class, second::get).getCause();
            assertInstanceOf(InvalidRecordException.class, cause);
            assertEquals("too blue", cause.getMessage());
            assertThrows(ExecutionException.class, first::get);
        }
    }

    @Test
    void shouldServeAProducerAfterATopicWasRecreated() throws Exception {
        try (KafkaProducer<String, String> producer = producer("linger.ms", "0")) {
            producer.send(new ProducerRecord<>(TOPIC, 0, "k", "old")).get();
            cluster.recreateTopic(TOPIC, 4);
            producer.send(new ProducerRecord<>(TOPIC, 0, "k", "new")).get();
        }
        assertEquals(List.of("new"), cluster.log(TOPIC, 0).values());
    }

    @Test
    void shouldServeAProducerWhileNodesComeAndGo() throws Exception {
        try (KafkaProducer<String, String> producer = producer("linger.ms", "0")) {
            deliver(producer, 600, i -> {
                if (i == 100) {
                    cluster.stopNode(1);
                } else if (i == 300) {
                    cluster.startNode(1).dropConnections(0).moveLeader(TOPIC, 1, 1);
                } else if (i == 500) {
                    cluster.stopNode(2);
                }
            });
        }
    }

    @Test
    void shouldSendResponsesInPieces() throws Exception {
        broker.script().any().times(10).then(Fault.byteByByte());
        broker.script().any().after(10).times(5).then(Fault.delay(Duration.ofMillis(5)));
        try (KafkaProducer<String, String> producer = producer()) {
            deliver(producer, 100, i -> {
            });
        }
    }
}
