package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;

class RdkafkaRunTest {
    private static CompareWorkload workload(final String name) {
        return CompareOptions.parse(new CommandLine(new CompareOptions()), ComparePreset.named(name).get(0), List.of(),
                List.of()).workload();
    }

    @Test
    void shouldGiveTheToolTheSameWorkloadUnderItsOwnNames() {
        assertEquals(
                "rdkafka_performance -P -b h:1 -t t0 -s 1000 -i 3600000 -X enable.idempotence=true "
                        + "-X queue.buffering.max.messages=0 -X queue.buffering.max.kbytes=32768 -X batch.size=1048576 "
                        + "-X linger.ms=5 -X message.max.bytes=4194304",
                String.join(" ", RdkafkaRun.command(workload("batch-1MiB-1KB"), "h:1", "t0")));
        final String linkedin = String.join(" ", RdkafkaRun.command(workload("linkedin"), "h:1", "t0"));
        assertTrue(linkedin.contains("-X enable.idempotence=false") && linkedin.contains("kbytes=65536")
                && !linkedin.contains("buffer.memory"), linkedin);
        final String paced = String.join(" ", RdkafkaRun.command(workload("paced-10k-linger5"), "h:1", "t0"));
        assertTrue(paced.contains(" -r 10000 "), paced);
    }

    @Test
    void shouldLeaveOutWhatTheToolCannotDo() {
        for (final String name : new String[]{"10B", "1KB", "broker-2ms", "partitions-100", "paced-1k-linger0", "omb",
                "real-100B", "three-brokers-one-slow"}) {
            assertNull(RdkafkaRun.missing(workload(name)), name);
        }
        for (final String name : new String[]{"100B-claim", "100B-future", "100B-8threads", "keyed", "idle-10000",
                "held-10000", "cold-start", "lz4-100B"}) {
            assertNotNull(RdkafkaRun.missing(workload(name)), name);
        }
    }

    @Test
    void shouldCountOnlyRunsWhoseDeliveriesTheBrokerHas() {
        final String output = "% Sending messages of size 100 bytes\n% 900 messages produced (90000 bytes), 800 delivered "
                + "(offset 17, 0 failed) in 1000ms: 800 msgs/s and 0.08 MB/s, 3 produce failures, 100 in queue, no compression\n";
        final Map<String, Double> measured = new LinkedHashMap<>();
        assertNull(RdkafkaRun.problem(output, 850, measured));
        assertEquals(Map.of("sent", 900.0, "acknowledged", 800.0, "failed", 0.0), measured);
        assertEquals("of 900 records 800 were delivered and 0 failed; the broker has 799",
                RdkafkaRun.problem(output, 799, measured));
        assertNotNull(RdkafkaRun.problem(output.replace("17, 0 failed", "17, 1 failed"), 850, measured));
        assertEquals("it told no results: % No such configuration property",
                RdkafkaRun.problem("x\n% No such configuration property\n", 0, measured));
    }
}
