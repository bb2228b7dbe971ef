package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.testkit.ScriptedBroker;
import io.kp.testkit.StoredBatch;

/** The measuring rod is to send what a broker takes: else it would cost too little. */
@Timeout(60)
class BareLoadTest {
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 20_000;

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void shouldSendEveryRecordOnceAndInOrder(final String codec) {
        try (ScriptedBroker broker = ScriptedBroker.start(1)) {
            broker.cluster().createTopic("t", PARTITIONS);
            final LoadOutcomes outcomes = new LoadOutcomes();
            final List<String> expected = new ArrayList<>();
            try (BareLoad load = load(broker, codec, outcomes)) {
                for (int i = 0; i < RECORDS; i++) {
                    final byte[] key = i % 7 == 0 ? ("k" + i).getBytes(StandardCharsets.US_ASCII) : null;
                    final String value = i + "-" + "v".repeat(i % 300);
                    expected.add((key == null ? null : "k" + i) + "=" + value);
                    load.send(load.record("t", null, key, value.getBytes(StandardCharsets.US_ASCII)));
                    if (i == 0) {
                        load.flush();
                    }
                }
                load.sendTimed(load.record("t", null, null, new byte[0]), System.nanoTime());
                expected.add("null=");
                load.flush();
                assertEquals(RECORDS + 1, outcomes.acknowledgedCount());
                load.flush();
            }
            assertEquals(List.of(), broker.cluster().problems());
            assertEquals(expected, inOrderOfSending(broker));
            assertEquals(0, outcomes.failedCount());
        }
    }

    /** Batches go to the partitions in turn. */
    private static List<String> inOrderOfSending(final ScriptedBroker broker) {
        final List<List<StoredBatch>> logs = new ArrayList<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            logs.add(broker.cluster().log("t", partition).batches());
        }
        final List<String> records = new ArrayList<>();
        for (int batch = 0; batch / PARTITIONS < logs.get(batch % PARTITIONS).size(); batch++) {
            logs.get(batch % PARTITIONS).get(batch / PARTITIONS).records()
                    .forEach(record -> records.add(record.keyText() + "=" + record.valueText()));
        }
        assertTrue(logs.stream().allMatch(log -> log.size() > 2), logs::toString);
        return records;
    }

    @Test
    void shouldTellWhatTheBrokerRefuses() {
        try (ScriptedBroker broker = ScriptedBroker.start(1)) {
            final LoadOutcomes outcomes = new LoadOutcomes();
            try (BareLoad load = load(broker, "none", outcomes)) {
                load.send(load.record("unknown", null, null, new byte[10]));
                load.flush();
            }
            assertEquals(0, outcomes.acknowledgedCount());
            assertEquals(1, outcomes.failedCount());
            assertEquals("refused by the broker: errorCode=3", outcomes.firstFailure().getMessage());
        }
    }

    @Test
    void shouldRefuseARecordThatNoBatchHolds() {
        try (ScriptedBroker broker = ScriptedBroker.start(1);
                BareLoad load = load(broker, "none", new LoadOutcomes())) {
            final Object record = load.record("t", null, null, new byte[16384]);
            assertEquals("a record larger than a batch: batch.size=16384",
                    assertThrows(IllegalArgumentException.class, () -> load.send(record)).getMessage());
        }
    }

    private static BareLoad load(final ScriptedBroker broker, final String codec, final LoadOutcomes outcomes) {
        return new BareLoad(Map.of("bootstrap.servers", broker.bootstrapServers(), "compression.type", codec,
                "batch.size", "16384"), PARTITIONS, outcomes);
    }
}
