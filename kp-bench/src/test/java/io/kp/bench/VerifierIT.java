package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Shows that the verification can fail: records that are missing, changed, doubled, misplaced or not ours are found. */
class VerifierIT {
    private static KafkaCluster cluster;
    private static KafkaProducer<byte[], byte[]> producer;

    @TempDir
    private Path folder;

    private String topic;
    private Verifier verifier;
    private SentLines sent;

    @BeforeAll
    static void startCluster() {
        cluster = KafkaCluster.start(1);
        producer = new KafkaProducer<>(Map.of("bootstrap.servers", cluster.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @AfterAll
    static void closeCluster() {
        producer.close();
        cluster.close();
    }

    @BeforeEach
    void createTopic(final TestInfo test) throws Exception {
        topic = test.getTestMethod().orElseThrow().getName();
        cluster.createTopic(topic, 2, Map.of());
        // What was there before is nobody's business.
        write(0, null, "before");
        verifier = new Verifier(Map.of("bootstrap.servers", cluster.bootstrapServers()), topic, true, List.of());
        sent = new SentLines(folder);
    }

    @AfterEach
    void close() {
        verifier.close();
        sent.close();
    }

    @Test
    void shouldAcceptWhatIsAsItWasSent() throws Exception {
        sent.add(write(0, null, "a"), 0, hash("a"));
        sent.add(write(0, null, "b"), 1, hash("b"));
        assertTrue(verify(), () -> verifier.problems().toString());
        assertEquals(2, verifier.foundCount());
        assertEquals(0, verifier.unacknowledgedCount());
    }

    @Test
    void shouldMatchByContentWhereTheBrokerNamedNoOffset() throws Exception {
        write(0, null, "a");
        sent.add(-1, 0, hash("a"));
        sent.add(write(0, null, "b"), 1, hash("b"));
        assertTrue(verify(), () -> verifier.problems().toString());
        assertEquals(2, verifier.foundCount());
    }

    @Test
    void shouldMissWhatIsNotThere() throws Exception {
        sent.add(write(0, null, "a"), 0, hash("a"));
        sent.add(2, 1, hash("b"));
        assertFalse(verify());
        assertEquals(List.of("partition 0, offset 2, line l1: acknowledged, but not there"), verifier.problems());
    }

    @Test
    void shouldMissWhatHasNoOffsetAndIsNotThere() throws Exception {
        sent.add(-1, 0, hash("a"));
        sent.add(write(0, null, "b"), 1, hash("b"));
        assertFalse(verify());
        assertTrue(verifier.problems().contains("partition 0, line l0: acknowledged, but not there"),
                verifier.problems().toString());
    }

    @Test
    void shouldNoticeOtherBytes() throws Exception {
        sent.add(write(0, null, "A"), 0, hash("a"));
        assertFalse(verify());
        assertEquals(List.of("partition 0, offset 1, line l0: other bytes than were sent"), verifier.problems());
        assertEquals(0, verifier.foundCount());
    }

    @Test
    void shouldNoticeALineThatIsThereTwice() throws Exception {
        sent.add(write(0, null, "a"), 0, hash("a"));
        write(0, null, "a");
        sent.add(write(0, null, "b"), 1, hash("b"));
        assertFalse(verify());
        assertEquals(List.of("partition 0, offset 2, line l0: the line is there twice"), verifier.problems());
    }

    @Test
    void shouldCountWhatNobodyAcknowledged() throws Exception {
        sent.add(write(0, null, "a"), 0, hash("a"));
        write(1, null, "of somebody else");
        assertTrue(verify());
        assertEquals(1, verifier.unacknowledgedCount());
    }

    @Test
    void shouldNoticeAKeyInAnotherPartitionThanKafkas() throws Exception {
        int number = 0;
        while (Utils.toPositive(Utils.murmur2(("key-" + number).getBytes(StandardCharsets.UTF_8))) % 2 != 1) {
            number++;
        }
        final String key = "key-" + number;
        sent.add(write(0, key, "a"), 0,
                LineHash.of(key.getBytes(StandardCharsets.UTF_8), "a".getBytes(StandardCharsets.UTF_8)));
        assertFalse(verify());
        assertEquals(List.of("partition 0, offset 1, line l0: its key belongs into partition 1"), verifier.problems());
    }

    @Test
    void shouldNoticeHeadersThatWereNotSent() throws Exception {
        final ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, 0, null, null,
                "a".getBytes(StandardCharsets.UTF_8),
                List.of(new RecordHeader("h", new byte[0])));
        sent.add(producer.send(record).get().offset(), 0, hash("a"));
        assertFalse(verify());
        assertTrue(
                verifier.problems().get(0).startsWith("partition 0, offset 1, line l0: other headers than were sent"),
                verifier.problems().toString());
    }

    @Test
    void shouldNoticeAcknowledgementsOutOfOrder() throws Exception {
        final long first = write(0, null, "a");
        final long second = write(0, null, "b");
        sent.add(first, 1, hash("a"));
        sent.add(second, 0, hash("b"));
        assertFalse(verify());
        assertEquals(List.of("partition 0: line 0 was acknowledged after line 1"), verifier.problems());
    }

    private boolean verify() {
        return verifier.verify(Map.of(0, sent), line -> "l" + line);
    }

    private static long hash(final String value) {
        return LineHash.of(null, value.getBytes(StandardCharsets.UTF_8));
    }

    private long write(final int partition, final String key, final String value) throws Exception {
        return producer
                .send(new ProducerRecord<>(topic, partition, key == null ? null : key.getBytes(StandardCharsets.UTF_8),
                        value.getBytes(StandardCharsets.UTF_8)))
                .get().offset();
    }
}
