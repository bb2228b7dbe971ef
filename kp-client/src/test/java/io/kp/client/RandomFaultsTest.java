package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.kp.client.DeliveryException.Persistence;
import io.kp.client.FakeCluster.Produce;
import io.kp.client.ProducerRig.Told;

/**
 * Thousands of steps of sends, errors, lost answers, disconnects, leader changes and silence, each run from a seed, held against what must be true of every
 * run: each record is told its outcome once; what is acknowledged is in the log at its offset; what is told not to be there is not; with idempotence no record is
 * there twice and each partition has its records in the order of sending; all memory is back.
 */
class RandomFaultsTest {
    private static final long RUNS = Long.getLong("kp.random.runs", 60);

    private static final Errors[] ERRORS = {Errors.NOT_ENOUGH_REPLICAS, Errors.NOT_LEADER_OR_FOLLOWER,
            Errors.KAFKA_STORAGE_ERROR, Errors.POLICY_VIOLATION, Errors.CORRUPT_MESSAGE,
            Errors.NOT_ENOUGH_REPLICAS, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.REQUEST_TIMED_OUT};

    @ParameterizedTest
    @CsvSource({"true, 5, 120000", "true, 1, 120000", "true, 5, 1500", "false, 1, 120000", "false, 5, 3000"})
    void shouldKeepEveryPromiseInEveryRun(final String idempotent, final String inFlight, final String deliveryMs) {
        for (long seed = 0; seed < RUNS; seed++) {
            run(seed, idempotent, inFlight, deliveryMs);
        }
    }

    private static void run(final long seed, final String idempotent, final String inFlight,
            final String deliveryMs) {
        final String name = "seed=" + seed + ", idempotent=" + idempotent + ", inFlight=" + inFlight + ", deliveryMs="
                + deliveryMs;
        final SplittableRandom random = new SplittableRandom(seed);
        final FakeCluster cluster = new FakeCluster(3);
        final int partitions = 1 + random.nextInt(3);
        final int[] leaders = new int[partitions];
        for (int i = 0; i < partitions; i++) {
            leaders[i] = 1 + random.nextInt(3);
        }
        final FakeCluster.Topic topic = cluster.topic(ProducerRig.TOPIC, leaders);
        final ProducerRig.Builder builder = ProducerRig.builder().on(cluster)
                .with("bootstrap.servers", "localhost:1,localhost:2,localhost:3")
                .with("enable.idempotence", idempotent).with("max.in.flight.requests.per.connection", inFlight)
                .with("delivery.timeout.ms", deliveryMs).with("request.timeout.ms", "1000")
                .with("linger.ms", String.valueOf(random.nextInt(3) * 10)).with("batch.size", "700")
                .with("buffer.memory", "200000").with("max.block.ms", "600000");
        try (ProducerRig rig = builder.open().warmUp()) {
            final List<Produce> held = new ArrayList<>();
            final Map<String, Integer> partitionOf = new HashMap<>();
            cluster.maxBatchBytes = 300 + random.nextInt(1_000);
            cluster.always = request -> {
                switch (random.nextInt(12)) {
                    case 0 -> request.fail(ERRORS[random.nextInt(ERRORS.length)]);
                    case 1 -> request.drop();
                    case 2 -> {
                        request.accept();
                        request.drop();
                    }
                    case 3 -> held.add(request);
                    case 4 -> {
                        if ("true".equals(idempotent) || random.nextInt(8) == 0) {
                            request.garbage();
                        } else {
                            request.accept();
                        }
                    }
                    default -> request.accept();
                }
            };
            for (int step = 0; step < 150; step++) {
                switch (random.nextInt(14)) {
                    case 0 -> topic.lead(random.nextInt(partitions), 1 + random.nextInt(3));
                    case 1 -> cluster.disconnect(1 + random.nextInt(3));
                    case 2 -> rig.runMs(random.nextInt(400));
                    case 3 -> {
                        if (!held.isEmpty()) {
                            final Produce late = held.remove(random.nextInt(held.size()));
                            // Without idempotence nothing protects from what a broker finds in its queue after the connection has gone.
                            if ("true".equals(idempotent) || late.isConnected()) {
                                late.accept();
                            }
                        }
                    }
                    case 4 -> {
                        final int broker = 1 + random.nextInt(3);
                        if (cluster.brokers.get(broker).down) {
                            cluster.start(broker);
                        } else if (random.nextInt(4) == 0) {
                            cluster.stop(broker);
                        }
                    }
                    case 5, 6 -> rig.settle();
                    case 7 -> rig.runMs(10);
                    default -> {
                        final int partition = random.nextInt(partitions);
                        final Told one = rig.send(partition, "r" + step + "-".repeat(random.nextInt(200)));
                        partitionOf.put(one.value, partition);
                    }
                }
            }
            cluster.brokers.keySet().forEach(cluster::start);
            cluster.always = Produce::accept;
            if (random.nextInt(4) == 0) {
                rig.producer.close(java.time.Duration.ofMillis(random.nextInt(2_000)));
            } else {
                rig.runUntilAllTold();
                rig.runMs(2_000);
            }
            check(name, rig, topic, partitionOf, "true".equals(idempotent), "1".equals(inFlight));
        } catch (final RuntimeException | Error e) {
            throw new AssertionError(name, e);
        }
    }

    private static void check(final String name, final ProducerRig rig, final FakeCluster.Topic topic,
            final Map<String, Integer> partitionOf, final boolean idempotent, final boolean ordered) {
        final Map<String, Integer> sentAt = new HashMap<>();
        for (int i = 0; i < rig.all.size(); i++) {
            sentAt.put(rig.all.get(i).value, i);
        }
        for (final Told one : rig.all) {
            assertEquals(1, one.count, () -> name + ": told " + one);
            final List<String> log = topic.logs.get(partitionOf.get(one.value)).values;
            if (one.failure == null) {
                assertTrue(log.contains(one.value), () -> name + ": acknowledged and not there: " + one);
                if (one.metadata.hasOffset()) {
                    assertEquals(one.value, log.get((int) one.metadata.offset()), name);
                }
            } else if (((DeliveryException) one.failure).persistence() == Persistence.NOT_PERSISTED) {
                assertTrue(!log.contains(one.value), () -> name + ": said not to be there: " + one);
            }
        }
        for (int partition = 0; partition < topic.logs.size(); partition++) {
            final List<String> log = topic.logs.get(partition).values;
            if (idempotent) {
                assertEquals(log.size(), new HashSet<>(log).size(), () -> name + ": duplicates in " + log);
            }
            if (idempotent || ordered) {
                int last = -1;
                final HashSet<String> seen = new HashSet<>();
                for (final String value : log) {
                    if (!seen.add(value)) {
                        continue;
                    }
                    final int at = sentAt.get(value);
                    assertTrue(at > last, () -> name + ": out of order: " + log);
                    last = at;
                }
            }
        }
        assertEquals(0, rig.producer.metrics().recordsPending(), name);
    }
}
