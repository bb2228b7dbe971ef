package io.kp.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.Serializers;
import io.kp.testkit.DeliveryJournal;
import io.kp.testkit.DeliveryJournal.Promises;
import io.kp.testkit.DeliveryJournal.Reading;
import io.kp.testkit.DeliveryJournal.Scope;
import io.kp.testkit.DeliveryJournal.Violation;

/**
 * One scenario of {@code kp chaos} on a cluster of its own: sends, disturbs, waits for all outcomes, reads back and compares. Used by one thread.
 *
 * <p>
 * Where the topic is replaced, acknowledged records disappear by design. What was acknowledged until shortly before the deletion is then read before it. Of what
 * was sent before the new topic was ready only this is checked in it: nothing that was reported as not persisted or had been acknowledged before the deletion. From
 * the moment at which no node held the old topic and the new one was led everywhere, everything counts again.
 */
final class ChaosRun {
    /** The topic of all scenarios. */
    static final String TOPIC = "chaos";

    private static final int NODES = 3;
    private static final Duration CLUSTER_TIMEOUT = Duration.ofSeconds(120);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(180);
    private static final long STALL_NS = TimeUnit.SECONDS.toNanos(150);
    private static final long LOOK_MS = 10;
    private static final long BEYOND_TIMEOUT_MS = 5_000;
    private static final long TOPIC_GONE_MS = 3_000;
    // A share of all records.
    private static final double AFTER_CHANGE = 0.02;

    private final ChaosScenario scenario;
    private final ChaosSettings settings;
    private final PrintStream out;
    private final DeliveryJournal journal;
    private final ProducerWatch watch = new ProducerWatch();
    private KafkaCluster cluster;
    private ChaosLoad load;
    private ChaosTimeline timeline;
    private int partitions;
    private Scope scope = Scope.ALL;
    private boolean failuresAllowed;

    ChaosRun(final ChaosScenario scenario, final ChaosSettings settings, final PrintStream out) {
        this.scenario = scenario;
        this.settings = settings;
        this.out = out;
        partitions = settings.partitions();
        journal = new DeliveryJournal(settings.threads(), 2 * settings.partitions(), Promises.IDEMPOTENT);
    }

    /**
     * Does it all. Whatever happens, no process and no folder is left.
     *
     * @return what it came to
     * @throws BrokerException
     *                              if the cluster does not do what it should
     * @throws InterruptedException
     *                              if the thread is interrupted
     */
    ChaosResult run() throws InterruptedException {
        out.printf("%n%s: %s%n", scenario.id(), scenario.description());
        out.flush();
        cluster = KafkaCluster.builder().release(settings.release()).nodes(NODES).startTimeout(CLUSTER_TIMEOUT)
                .start();
        try {
            cluster.createTopic(TOPIC, partitions, Map.of());
            final ChaosResult result = runOnCluster();
            if (!result.violations().isEmpty()) {
                out.println("the brokers' logs are kept: "
                        + cluster.keepLogs(java.nio.file.Path.of(System.getProperty("java.io.tmpdir"))));
            }
            return result;
        } finally {
            // Else the waiting for the processes' ends would be cut short.
            final boolean interrupted = Thread.interrupted();
            cluster.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private ChaosResult runOnCluster() throws InterruptedException {
        final Map<String, String> config = new LinkedHashMap<>(settings.config());
        config.put("bootstrap.servers", cluster.bootstrapServers());
        final Producer<byte[], byte[]> producer = Producer.open(ProducerConfig.of(config), Serializers.byteArray(),
                Serializers.byteArray());
        boolean done = false;
        try {
            load = new ChaosLoad(producer, settings, journal, watch);
            timeline = new ChaosTimeline(out, producer, watch);
            timeline.start();
            load.start();
            scenario.disturb(this);
            event("nothing more happens");
            load.enough();
            awaitProgress("the threads have sent their records", load::isFinished);
            load.checkAlive();
            load.close();
            producer.close(CLOSE_TIMEOUT);
            done = true;
        } finally {
            if (!done) {
                final boolean interrupted = Thread.interrupted();
                load.close();
                producer.close(Duration.ZERO);
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
            timeline.close();
        }
        final double seconds = timeline.seconds();
        return check(producer, seconds);
    }

    private ChaosResult check(final Producer<byte[], byte[]> producer, final double seconds) {
        final DeliveryJournal.Totals totals = journal.totals();
        journal.checkOutcomes(scope.from());
        if (!failuresAllowed && totals.acknowledged() != totals.sent()) {
            journal.violation(Violation.FAILED, totals.sent() - totals.acknowledged(), watch.failures().toString());
        }
        final long readNs = System.nanoTime();
        final Reading reading = journal.reading(scope);
        final long[] counts = TopicReader.read(cluster.bootstrapServers(), TOPIC, settings.recordSize(), reading);
        reading.finish();
        for (int partition = 0; partition < partitions; partition++) {
            if (partition >= counts.length || counts[partition] == 0) {
                journal.violation(Violation.UNUSED, 1, "partition " + partition);
            }
        }
        final ChaosResult result = new ChaosResult(scenario, totals, seconds, partitions, reading.records(),
                (System.nanoTime() - readNs) / 1e9, watch, producer.metrics(), timeline, journal.violations(),
                journal.firstViolations());
        result.print(out);
        return result;
    }

    KafkaCluster cluster() {
        return cluster;
    }

    private void event(final String what) {
        timeline.event(what);
    }

    /** Waits until the producer has heard of a share of all records more. */
    void awaitAcks(final double share) throws InterruptedException {
        final long target = watch.acknowledgedCount() + (long) (share * settings.records());
        awaitProgress("records are acknowledged", () -> watch.acknowledgedCount() >= target);
    }

    /** Waits for a condition for as long as there are acknowledgements. */
    private void awaitProgress(final String what, final BooleanSupplier condition) throws InterruptedException {
        long acknowledged = -1;
        long progressNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            load.checkAlive();
            final long nowNs = System.nanoTime();
            if (watch.acknowledgedCount() != acknowledged) {
                acknowledged = watch.acknowledgedCount();
                progressNs = nowNs;
            } else if (nowNs - progressNs > STALL_NS) {
                final String stall = "no acknowledgement for " + TimeUnit.NANOSECONDS.toSeconds(STALL_NS)
                        + " s, while waited until " + what;
                event(stall);
                journal.violation(Violation.STALLED, 1, stall);
                return;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
    }

    /** SIGKILL of partition 0's leader; started again when others lead and records flow. */
    void killLeader() throws InterruptedException {
        final int node = leader();
        event("SIGKILL of node " + node + ", leader of " + led(node));
        cluster.kill(node);
        awaitAnotherLeaderThan(node);
        awaitAcks(AFTER_CHANGE);
        event("node " + node + " is started");
        cluster.restart(node);
        awaitInSync("node " + node + " is back");
    }

    /** SIGSTOP of partition 0's leader for longer than the producer waits for an answer, then SIGCONT. */
    void stopLeader() throws InterruptedException {
        final int node = leader();
        final long forMs = settings.requestTimeoutMs() + BEYOND_TIMEOUT_MS;
        event("SIGSTOP of node " + node + ", leader of " + led(node) + ", for " + forMs + " ms");
        final long startNs = System.nanoTime();
        cluster.pause(node);
        awaitAnotherLeaderThan(node);
        rest(forMs - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs));
        event("SIGCONT of node " + node);
        cluster.resume(node);
        awaitInSync("node " + node + " is back");
    }

    /** SIGTERM of a node, and its start when it has ended. */
    void restartNode(final int node) throws InterruptedException {
        event("SIGTERM of node " + node + ", leader of " + led(node));
        cluster.shutDown(node);
        event("node " + node + " has ended and is started");
        cluster.restart(node);
        awaitInSync("node " + node + " is back");
        awaitAcks(AFTER_CHANGE);
    }

    /** SIGKILL of all nodes, and their start after a while. */
    void killAll() throws InterruptedException {
        event("SIGKILL of all nodes");
        for (int node = 1; node <= cluster.nodeCount(); node++) {
            cluster.kill(node);
        }
        rest(settings.downMs());
        event("all nodes are started");
        cluster.restartAll();
        cluster.await("every partition has a leader",
                () -> Arrays.stream(cluster.leaders(TOPIC)).filter(leader -> leader > 0).count() == partitions);
        event("every partition has a leader");
        awaitInSync("all nodes are back");
        awaitAcks(AFTER_CHANGE);
    }

    /** Deletes the topic, waits a little, and creates it again. */
    void recreateTopic() throws InterruptedException {
        final Reading reading = journal.reading(new Scope(journal.acknowledgedNow(), null, null));
        TopicReader.read(cluster.bootstrapServers(), TOPIC, settings.recordSize(), reading);
        reading.finish();
        event(String.format("Kafka's consumer has read %,d records and compared them", reading.records()));
        final BitSet[] acknowledged = journal.acknowledgedNow();
        failuresAllowed = true;
        event("the topic is deleted");
        cluster.deleteTopic(TOPIC);
        event("no node holds it any more");
        rest(TOPIC_GONE_MS);
        event("the topic is created again");
        cluster.createTopic(TOPIC, partitions, Map.of());
        scope = new Scope(null, journal.sentBySender(), acknowledged);
        event("every partition has a leader: from here on every record counts");
    }

    /** Half as many partitions more. */
    void addPartitions() {
        final int more = Math.max(1, partitions / 2);
        event(more + " partitions more");
        partitions += more;
        cluster.addPartitions(TOPIC, partitions);
        event("every partition has a leader");
    }

    private int leader() {
        cluster.await("partition 0 has a leader", () -> cluster.leader(TOPIC, 0) > 0);
        return cluster.leader(TOPIC, 0);
    }

    private String led(final int node) {
        return Arrays.stream(cluster.leaders(TOPIC)).filter(leader -> leader == node).count() + " of " + partitions
                + " partitions";
    }

    private void awaitAnotherLeaderThan(final int node) {
        cluster.await("other nodes lead", () -> {
            final int[] leaders = cluster.leaders(TOPIC);
            return leaders.length == partitions
                    && Arrays.stream(leaders).noneMatch(leader -> leader < 0 || leader == node);
        });
        event("every partition is led by another node");
    }

    private void awaitInSync(final String what) {
        cluster.await("all replicas are in sync", () -> cluster.leastInSyncReplicas(TOPIC) == NODES);
        event(what + ", all replicas are in sync");
    }

    private static void rest(final long ms) throws InterruptedException {
        if (ms > 0) {
            TimeUnit.MILLISECONDS.sleep(ms);
        }
    }
}
