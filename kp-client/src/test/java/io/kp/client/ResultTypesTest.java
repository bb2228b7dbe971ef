package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;

import org.junit.jupiter.api.Test;

class ResultTypesTest {
    @Test
    void shouldPrintMetadataAsKafkaDoes() {
        final var oracle = new org.apache.kafka.clients.producer.RecordMetadata(
                new org.apache.kafka.common.TopicPartition("t", 3), 40, 2,
                17, 1, 2);
        final var metadata = new RecordMetadata("t", 3, 42, 17, 1, 2);
        assertEquals(oracle.toString(), metadata.toString());
        assertEquals(oracle.offset(), metadata.offset());
        assertTrue(metadata.hasOffset());
        assertTrue(metadata.hasTimestamp());
    }

    @Test
    void shouldKnowThatMetadataHasNoOffset() {
        final var metadata = new RecordMetadata("t", 3, RecordMetadata.NO_OFFSET, RecordMetadata.NO_TIMESTAMP, -1, -1);
        assertFalse(metadata.hasOffset());
        assertFalse(metadata.hasTimestamp());
        assertEquals("t-3@-1", metadata.toString());
    }

    @Test
    void shouldDeriveMeansAndPendingRecords() {
        final var metrics = new ProducerMetrics(10, 6, 1, 4, 9, 1000, 2, 3, 1, 2048, 4096, 0,
                Map.of("NOT_LEADER_OR_FOLLOWER", 2L), 0);
        assertEquals(3, metrics.recordsPending());
        assertEquals(250, metrics.meanBatchBytes());
        assertEquals(2.25, metrics.meanBatchRecords());
        final var none = new ProducerMetrics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4096, 0, Map.of(), 0);
        assertEquals(0, none.recordsPending());
        assertEquals(0, none.meanBatchBytes());
        assertEquals(0, none.meanBatchRecords());
        final var readWhileEnding = new ProducerMetrics(5, 6, 0, 1, 6, 1, 0, 1, 0, 0, 4096, 0, Map.of(), 0);
        assertEquals(0, readWhileEnding.recordsPending());
    }

    @Test
    void shouldSayWhichResultsMayChange() {
        for (final SendResult result : SendResult.values()) {
            assertEquals(result == SendResult.ACCEPTED, result.isAccepted());
            assertEquals(result == SendResult.METADATA_UNAVAILABLE || result == SendResult.MEMORY_EXHAUSTED,
                    result.isRetriable());
        }
    }
}
