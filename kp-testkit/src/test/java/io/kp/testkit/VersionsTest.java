package io.kp.testkit;

import static io.kp.testkit.Rig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;

import io.kp.network.ApiKey;

/** Brokers that speak different versions, as during an upgrade or its reversal. */
class VersionsTest {
    private static final int[] PRODUCE = {7, 9, 13};

    private static Set<Integer> produceVersions(final Rig rig, final int node) {
        final Set<Integer> versions = new TreeSet<>();
        for (final SeenRequest request : rig.cluster.requests()) {
            if (request.api() == ApiKey.PRODUCE && request.nodeId() == node) {
                versions.add((int) request.version());
            }
        }
        return versions;
    }

    @Test
    void shouldSpeakToEachBrokerInItsOwnVersions() {
        try (Rig rig = new Rig(cluster -> {
            for (int node = 0; node < 3; node++) {
                cluster.versions(node, ApiKey.PRODUCE, 3, PRODUCE[node]).versions(node, ApiKey.METADATA, 0,
                        4 + 4 * node);
            }
        })) {
            rig.warmUp();
            for (int i = 0; i < 90; i++) {
                rig.send(i % 4, "v" + i);
                if (i % 30 == 15) {
                    rig.cluster.moveLeader(TOPIC, 3, i / 30);
                }
            }
            rig.sent.forEach(Rig.Sent::offset);
            for (int node = 0; node < 3; node++) {
                // One that takes topic ids gets the version before while the metadata is from one that has none.
                final Set<Integer> seen = produceVersions(rig, node);
                seen.remove(12);
                assertTrue(seen.isEmpty() && PRODUCE[node] == 13 || seen.equals(Set.of(PRODUCE[node])),
                        () -> "versions " + seen);
            }
        }
    }

    @Test
    void shouldSpeakOlderVersionsToABrokerThatWasDowngraded() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            final int node = rig.cluster.leader(TOPIC, 1);
            rig.cluster.stopNode(node).versions(node, ApiKey.PRODUCE, 3, 7).startNode(node).moveLeader(TOPIC, 1, node);
            rig.send(1, "w").offset();
            assertTrue(produceVersions(rig, node).contains(7), () -> produceVersions(rig, node).toString());
            rig.cluster.stopNode(node).versions(node, ApiKey.PRODUCE, 3, 13).startNode(node).moveLeader(TOPIC, 1, node);
            rig.send(1, "x").offset();
            assertTrue(produceVersions(rig, node).contains(13), () -> produceVersions(rig, node).toString());
        }
    }
}
