package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Test;

/** Three brokers, every partition on all of them; the tool's own verification says what is found. */
class LeaderKillIT {
    private static final int LINES = 300_000;

    @Test
    void shouldKeepEveryAcknowledgedLineOnceAndInOrderWhenLeadersAreKilled() throws IOException {
        try (KafkaCluster cluster = KafkaCluster.start(3)) {
            cluster.createTopic("lines", 3, Map.of());
            final Tool tool = Tool.produce("-t", "lines", "-b", cluster.bootstrapServers(), "--verify", "-X",
                    "request.timeout.ms=5000");
            final int first = cluster.leader("lines", 0);
            int second = -1;
            try (OutputStream input = tool.input()) {
                for (int i = 0; i < LINES; i++) {
                    input.write(("line " + i + " of some more bytes, so that there are many batches\n")
                            .getBytes(StandardCharsets.UTF_8));
                    if (i == LINES / 3) {
                        cluster.kill(first);
                    } else if (i == LINES * 2 / 3) {
                        cluster.await("another node leads",
                                () -> cluster.leader("lines", 0) > 0 && cluster.leader("lines", 0) != first);
                        cluster.restart(first);
                        cluster.await("all replicas are in sync", () -> cluster.inSyncReplicas("lines", 0) == 3
                                && cluster.inSyncReplicas("lines", 1) == 3 && cluster.inSyncReplicas("lines", 2) == 3);
                        second = cluster.leader("lines", 0);
                        cluster.kill(second);
                    }
                }
            }
            final Tool.Result result = tool.await(Duration.ofSeconds(120));
            assertEquals(0, result.code(), result::toString);
            assertTrue(
                    result.out().contains(
                            "300,000 of 300,000 acknowledged lines found, each once and in order, nothing else"),
                    result::toString);
        }
    }
}
