package io.kp.testkit;

import static io.kp.testkit.Rig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.ProducerConfig;
import io.kp.network.ErrorCode;

/** Random faults on real sockets, five requests in flight: each record once and in order, or an honest failure. {@link Rig#finish} checks. */
class RandomFaultsTest {
    private static final List<Fault> FAULTS = List.of(Fault.disconnect(), Fault.reset(), Fault.loseResponse(),
            Fault.resetAfterAppend(), Fault.closeAfter(9), Fault.stallAfter(5), Fault.stallAfterAppend(), Fault.stall(),
            Fault.wrongCorrelationId(), Fault.truncate(12), Fault.dropResponse(), Fault.duplicateResponse(),
            Fault.leaveOut(), Fault.hold(Duration.ofMillis(30)), Fault.delay(Duration.ofMillis(30)),
            Fault.hold(Duration.ofMillis(250)), Fault.hold(Duration.ofMillis(250)).and(Fault.loseResponse()),
            Fault.error(ErrorCode.NOT_LEADER_OR_FOLLOWER), Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS),
            Fault.errorAfterAppend(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND),
            Fault.errorAfterAppend(ErrorCode.REQUEST_TIMED_OUT), Fault.error(ErrorCode.KAFKA_STORAGE_ERROR),
            Fault.throttle(10));

    private static void scatter(final Rig rig, final SplittableRandom random, final double chance) {
        for (final Fault fault : FAULTS) {
            rig.script.produce().chance(chance, random.split()).forever().then(fault);
        }
        rig.script.metadata().chance(0.1, random.split()).forever().then(Fault.disconnect());
        rig.script.metadata().chance(0.1, random.split()).forever().then(Fault.stall());
        rig.script.apiVersions().chance(0.05, random.split()).forever().then(Fault.loseResponse());
    }

    private static void run(final Rig rig, final SplittableRandom random, final int records) {
        int stopped = -1;
        for (int i = 0; i < records; i++) {
            rig.send(random.nextInt(Rig.PARTITIONS), "v" + i + "-".repeat(random.nextInt(200)));
            final int dice = random.nextInt(1000);
            if (dice < 10) {
                rig.cluster.moveLeader(TOPIC, random.nextInt(Rig.PARTITIONS), random.nextInt(3));
            } else if (dice < 14) {
                rig.cluster.dropConnections(random.nextInt(3));
            } else if (dice < 16) {
                // Only node 0 keeps its address, so that there is always a way back.
                if (stopped < 0) {
                    stopped = 1 + random.nextInt(2);
                    rig.cluster.stopNode(stopped);
                } else {
                    rig.cluster.startNode(stopped);
                    stopped = -1;
                }
            } else if (dice < 60) {
                rig.producer.flush(Duration.ofMillis(random.nextInt(20)));
            }
        }
        if (stopped >= 0) {
            rig.cluster.startNode(stopped);
        }
    }

    private static Rig rig(final int deliveryTimeoutMs) {
        return new Rig(ProducerConfig.REQUEST_TIMEOUT_MS, 150, ProducerConfig.DELIVERY_TIMEOUT_MS, deliveryTimeoutMs,
                ProducerConfig.BATCH_SIZE, 1024, ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS, 150,
                ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS, 150, ProducerConfig.MAX_BLOCK_MS, 60_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldDeliverEachRecordOnceAndInOrder(final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        try (Rig rig = rig(60_000)) {
            scatter(rig, random, 0.01);
            run(rig, random, 1500);
            rig.script.clear();
            rig.finish();
            rig.sent.forEach(record -> assertTrue(record.failure == null, () -> record.failure.getMessage()));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6, 7, 8})
    void shouldBeHonestAboutWhatFails(final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        try (Rig rig = rig(400)) {
            scatter(rig, random, 0.01);
            rig.script.produce().chance(0.02, random.split()).forever().then(Fault.error(ErrorCode.INVALID_TIMESTAMP));
            rig.script.produce().chance(0.02, random.split()).forever()
                    .then(Fault.error(ErrorCode.UNKNOWN_SERVER_ERROR));
            rig.script.produce().chance(0.01, random.split()).forever()
                    .then(Fault.errorAfterAppend(ErrorCode.UNKNOWN_SERVER_ERROR));
            run(rig, random, 1500);
            rig.finish();
            assertTrue(rig.sent.stream().anyMatch(record -> record.failure != null));
            assertTrue(rig.sent.stream().anyMatch(record -> record.failure == null));
        }
    }
}
