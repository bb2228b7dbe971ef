package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaClusterTest {
    @ParameterizedTest
    @ValueSource(strings = {"4.3", "3.9"})
    void shouldStartAnswerAndLeaveNothing(final String release) {
        final Path folder;
        final long pid;
        try (KafkaCluster cluster = KafkaCluster.builder().release(release).start()) {
            folder = cluster.folder();
            pid = cluster.pid(1);
            cluster.createTopic("lines", 4, Map.of());
            assertEquals(1, cluster.leader("lines", 3));
            assertTrue(Files.exists(folder));
        }
        assertFalse(Files.exists(folder), "folder is gone: " + folder);
        assertEquals(Optional.empty(), ProcessHandle.of(pid), "process is gone");
    }
}
