package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaClusterIT {
    @ParameterizedTest
    @ValueSource(strings = {"4.3", "3.9", "2.8"})
    void shouldStartAnswerAndLeaveNothing(final String release) {
        final Path folder;
        final long pid;
        try (KafkaCluster cluster = KafkaCluster.builder().release(release).start()) {
            folder = cluster.folder();
            pid = cluster.pid(1);
            cluster.createTopic("lines", 4, Map.of());
            assertEquals(1, cluster.leader("lines", 3));
            assertTrue(Files.exists(folder));
            assertTrue(ProcessHandle.of(pid).isPresent());
        }
        assertFalse(Files.exists(folder), "folder is gone: " + folder);
        assertFalse(ProcessHandle.of(pid).isPresent(), "process is gone: " + pid);
    }

    @Test
    void shouldKillPauseAndRestartNodesOfAReplicatedCluster() {
        final Path folder;
        final List<Long> pids;
        try (KafkaCluster cluster = KafkaCluster.start(3)) {
            folder = cluster.folder();
            cluster.createTopic("lines", 1, Map.of());
            final int first = cluster.leader("lines", 0);
            final int port = cluster.port(first);
            cluster.kill(first);
            cluster.await("another node leads", () -> {
                final int leader = cluster.leader("lines", 0);
                return leader > 0 && leader != first;
            });
            cluster.restart(first);
            assertEquals(port, cluster.port(first));

            final int second = cluster.leader("lines", 0);
            cluster.pause(second);
            cluster.await("another node leads", () -> {
                final int leader = cluster.leader("lines", 0);
                return leader > 0 && leader != second;
            });
            cluster.resume(second);
            assertThrows(IllegalStateException.class, () -> cluster.restart(second));

            cluster.shutDown(first);
            assertTrue(ProcessHandle.of(cluster.pid(first)).isEmpty());
            cluster.restart(first);
            cluster.addPartitions("lines", 4);
            cluster.await("all replicas are in sync", () -> cluster.leastInSyncReplicas("lines") == 3);
            IntStream.rangeClosed(1, 3).forEach(cluster::kill);
            cluster.restartAll();
            cluster.await("all replicas are in sync again", () -> cluster.leastInSyncReplicas("lines") == 3);
            assertEquals(4, cluster.leaders("lines").length);
            cluster.deleteTopic("lines");
            assertEquals(0, cluster.leaders("lines").length);
            cluster.createTopic("lines", 2, Map.of());
            assertEquals(2, cluster.leaders("lines").length);
            // Paused nodes are no obstacle to the end.
            cluster.pause(second);
            pids = IntStream.rangeClosed(1, 3).mapToObj(cluster::pid).toList();
        }
        assertFalse(Files.exists(folder), "folder is gone: " + folder);
        pids.forEach(pid -> assertFalse(ProcessHandle.of(pid).isPresent(), "process is gone: " + pid));
    }

    @Test
    void shouldSayWhatABrokerSaidThatDoesNotStart() throws IOException {
        final BrokerException failure = assertThrows(BrokerException.class,
                () -> KafkaCluster.builder().property("num.network.threads", "none").start());
        assertTrue(failure.getMessage().contains("num.network.threads"), failure.getMessage());
        final Matcher kept = Pattern.compile("logs kept: \\[(.*)\\]").matcher(failure.getMessage());
        assertTrue(kept.find(), failure.getMessage());
        assertTrue(Files.deleteIfExists(Path.of(kept.group(1))), kept.group(1));
    }

    @Test
    void shouldNameTheCommandForAReleaseThatIsNotPrepared() {
        final IllegalArgumentException failure = assertThrows(IllegalArgumentException.class,
                () -> KafkaCluster.builder().release("0.8").start());
        assertTrue(failure.getMessage().contains("release=0.8") && failure.getMessage().contains("mvn"),
                failure.getMessage());
    }

    @Test
    void shouldRefuseSeveralNodesWithZooKeeper() {
        final IllegalArgumentException failure = assertThrows(IllegalArgumentException.class,
                () -> KafkaCluster.builder().release("2.8").nodes(3).start());
        assertEquals("a release with ZooKeeper runs as one node here: release=2.8, nodes=3", failure.getMessage());
    }
}
