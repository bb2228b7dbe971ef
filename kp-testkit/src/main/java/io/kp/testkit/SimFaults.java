package io.kp.testkit;

import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

import io.kp.metadata.TopicPartition;
import io.kp.network.ApiKey;
import io.kp.network.ErrorCode;

/** Breaks things, as the seed says, until it is told to heal them. */
final class SimFaults {
    private static final long MS = 1_000_000L;
    private static final int MAX_PARTITIONS = 8;
    /** How long all nodes are down at most. */
    static final int MAX_OUTAGE_MS = 180_000;
    private static final int MAX_SUSPENSION_MS = 3_600_000;

    private static final List<ErrorCode> REFUSED_RETRIABLE = List.of(ErrorCode.NOT_LEADER_OR_FOLLOWER,
            ErrorCode.LEADER_NOT_AVAILABLE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.NOT_ENOUGH_REPLICAS,
            ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.REQUEST_TIMED_OUT, ErrorCode.THROTTLING_QUOTA_EXCEEDED);
    private static final List<ErrorCode> AFTER_APPEND = List.of(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            ErrorCode.REQUEST_TIMED_OUT, ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.KAFKA_STORAGE_ERROR,
            ErrorCode.UNKNOWN_SERVER_ERROR);
    private static final List<ErrorCode> REFUSED_FOR_GOOD = List.of(ErrorCode.MESSAGE_TOO_LARGE,
            ErrorCode.TOPIC_AUTHORIZATION_FAILED, ErrorCode.INVALID_RECORD, ErrorCode.CORRUPT_MESSAGE,
            ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.POLICY_VIOLATION, ErrorCode.INVALID_TIMESTAMP);
    private static final List<ErrorCode> OF_METADATA = List.of(ErrorCode.LEADER_NOT_AVAILABLE,
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.TOPIC_AUTHORIZATION_FAILED,
            ErrorCode.INVALID_TOPIC_EXCEPTION, ErrorCode.REBOOTSTRAP_REQUIRED, ErrorCode.UNKNOWN_SERVER_ERROR);
    private static final List<ErrorCode> OF_PRODUCER_ID = List.of(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
            ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.NOT_COORDINATOR);

    private final ScriptedCluster cluster;
    private final SimNetwork network;
    private final SimScheduler scheduler;
    private final SimClock clock;
    private final SimTrace trace;
    private final RandomGenerator random;
    private final SimSetting setting;
    private final Invariants invariants;
    private final List<String> topics;
    private final int[] partitionCounts;
    private boolean healed;
    private long outageEndNs;

    SimFaults(final ScriptedCluster cluster, final SimNetwork network, final SimScheduler scheduler,
            final SimClock clock, final SimTrace trace, final RandomGenerator random, final SimSetting setting,
            final Invariants invariants, final List<String> topics) {
        this.cluster = cluster;
        this.network = network;
        this.scheduler = scheduler;
        this.clock = clock;
        this.trace = trace;
        this.random = random;
        this.setting = setting;
        this.invariants = invariants;
        this.topics = topics;
        this.partitionCounts = new int[topics.size()];
        for (int i = 0; i < partitionCounts.length; i++) {
            partitionCounts[i] = setting.partitions;
        }
    }

    /** Starts to break things. */
    void start() {
        scheduler.in(gapNs(), this::next);
        scheduler.in(setting.chaosMs * MS, this::end);
    }

    private long gapNs() {
        return random.nextLong(2 * setting.meanFaultGapMs * MS);
    }

    private void next() {
        if (!healed && clock.elapsedNs() < setting.chaosMs * MS) {
            strike();
            scheduler.in(gapNs(), this::next);
        }
    }

    private void end() {
        if (clock.elapsedNs() < outageEndNs) {
            scheduler.in(outageEndNs - clock.elapsedNs(), this::end);
            return;
        }
        healed = true;
        if (setting.heals) {
            trace.event("all is well again", 0, 0);
            cluster.script().clear();
            for (final int node : cluster.nodeIds()) {
                cluster.startNode(node);
                cluster.resumeNode(node);
                cluster.hideNode(node, false);
            }
            cluster.failover(true);
            network.releaseAll();
            for (int topic = 0; topic < topics.size(); topic++) {
                for (int p = 0; p < partitionCounts[topic]; p++) {
                    if (cluster.leader(topics.get(topic), p) < 0) {
                        cluster.moveLeader(topics.get(topic), p, node());
                    }
                }
            }
        }
    }

    private int node() {
        return random.nextInt(setting.nodes);
    }

    private long someNs(final int maxMs) {
        return 1 + random.nextLong(maxMs * MS);
    }

    private <T> T any(final List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private void strike() {
        final int roll = random.nextInt(100);
        if (roll < 45) {
            produceFault();
        } else if (roll < 52) {
            otherRequestFault();
        } else if (roll < 64) {
            moveLeader();
        } else if (roll < 88) {
            networkFault();
        } else {
            clusterFault();
        }
    }

    private void produceFault() {
        final Script.When when = cluster.script().produce();
        final int topic = random.nextInt(topics.size());
        if (random.nextInt(3) > 0) {
            when.partition(topics.get(topic), random.nextInt(partitionCounts[topic]));
        }
        if (random.nextBoolean()) {
            when.node(node());
        }
        when.after(random.nextInt(3)).times(random.nextInt(3) > 0 ? 1 : 1 + random.nextInt(6));
        final Fault fault;
        final String kind;
        switch (random.nextInt(21)) {
            case 0, 1 -> {
                kind = "produce: retriable error";
                fault = Fault.error(any(REFUSED_RETRIABLE));
            }
            case 2, 3 -> {
                kind = "produce: error after append";
                fault = Fault.errorAfterAppend(any(AFTER_APPEND));
            }
            case 4 -> {
                kind = "produce: final error";
                fault = Fault.error(any(REFUSED_FOR_GOOD));
            }
            case 5 -> {
                kind = "produce: records refused";
                fault = Fault.refuseRecords(0);
            }
            case 6, 7 -> {
                kind = "produce: response lost";
                fault = random.nextBoolean() ? Fault.loseResponse() : Fault.resetAfterAppend();
            }
            case 8 -> {
                kind = "produce: disconnected before";
                fault = random.nextBoolean() ? Fault.disconnect() : Fault.reset();
            }
            case 9 -> {
                kind = "produce: stalled before";
                fault = Fault.stall();
            }
            case 10, 11 -> {
                kind = "produce: stalled after append";
                fault = Fault.stallAfterAppend();
            }
            case 12 -> {
                kind = "produce: response skipped";
                fault = Fault.dropResponse();
            }
            case 13 -> {
                kind = "produce: response twice";
                fault = Fault.duplicateResponse();
            }
            case 14 -> {
                kind = "produce: response cut";
                fault = switch (random.nextInt(4)) {
                    case 0 -> Fault.truncate(random.nextInt(40));
                    case 1 -> Fault.closeAfter(random.nextInt(40));
                    case 2 -> Fault.stallAfter(random.nextInt(40));
                    default -> Fault.byteByByte();
                };
            }
            case 15 -> {
                kind = "produce: wrong correlation";
                fault = Fault.wrongCorrelationId();
            }
            case 16, 17 -> {
                kind = "produce: response delayed";
                fault = Fault.delay(Duration.ofNanos(someNs(2 * setting.requestTimeoutMs)));
            }
            case 18, 19 -> {
                kind = "produce: request held";
                fault = Fault.hold(Duration.ofNanos(someNs(3 * setting.requestTimeoutMs)));
            }
            default -> {
                if (random.nextInt(3) == 0) {
                    kind = "produce: partition left out";
                    fault = Fault.leaveOut();
                } else if (random.nextBoolean()) {
                    kind = "produce: half closed";
                    fault = Fault.halfClose();
                } else {
                    kind = "produce: throttled";
                    fault = Fault.throttle(1 + random.nextInt(300));
                }
            }
        }
        trace.fault(kind, topic, 0);
        when.then(fault);
        if (setting.fatalErrors && random.nextInt(5) == 0) {
            trace.fault("produce: fatal error", 0, 0);
            cluster.script().produce().once().then(Fault.error(
                    random.nextBoolean() ? ErrorCode.CLUSTER_AUTHORIZATION_FAILED : ErrorCode.PRODUCER_FENCED));
        }
    }

    private void otherRequestFault() {
        final ApiKey api = any(List.of(ApiKey.METADATA, ApiKey.METADATA, ApiKey.INIT_PRODUCER_ID,
                ApiKey.API_VERSIONS));
        final Script.When when = cluster.script().on(api).times(1 + random.nextInt(3));
        final Fault fault = switch (random.nextInt(10)) {
            case 0 -> Fault.loseResponse();
            case 1 -> Fault.stall();
            case 2 -> Fault.truncate(random.nextInt(60));
            case 3 -> Fault.delay(Duration.ofNanos(someNs(2 * setting.requestTimeoutMs)));
            case 4 -> Fault.wrongCorrelationId();
            case 5 -> Fault.dropResponse();
            default -> switch (api) {
                case METADATA -> Fault.error(any(OF_METADATA));
                case INIT_PRODUCER_ID -> Fault.error(any(OF_PRODUCER_ID));
                default -> Fault.disconnect();
            };
        };
        trace.fault(api + ": fault", 0, 0);
        when.then(fault);
    }

    private void moveLeader() {
        final int topic = random.nextInt(topics.size());
        final int partition = random.nextInt(partitionCounts[topic]);
        final int to = random.nextInt(12) == 0 ? -1 : node();
        final boolean hints = random.nextBoolean();
        cluster.leaderHints(hints);
        if (random.nextInt(3) == 0) {
            trace.fault("leader moves during a request", partition, to);
            cluster.script().produce().once()
                    .then(Fault.change(changed -> changed.moveLeader(topics.get(topic), partition, to)));
        } else {
            trace.fault(hints ? "leader moves with hints" : "leader moves without hints", partition, to);
            cluster.moveLeader(topics.get(topic), partition, to);
        }
        if (to < 0) {
            scheduler.in(someNs(1000), () -> cluster.moveLeader(topics.get(topic), partition, node()));
        }
    }

    private void networkFault() {
        final int node = node();
        switch (random.nextInt(9)) {
            case 0, 1 -> {
                trace.fault("connection reset", 0, 0);
                network.resetOne();
            }
            case 2, 3 -> {
                trace.fault("link held", node, 0);
                network.hold(node, someNs(random.nextBoolean() ? 200 : 2 * setting.deliveryTimeoutMs));
            }
            case 4 -> {
                trace.fault("connections dropped", node, 0);
                cluster.dropConnections(node);
            }
            case 5 -> {
                trace.fault("network slow", 0, 0);
                network.slowness(2 + random.nextInt(20));
                scheduler.in(someNs(500), () -> network.slowness(1));
            }
            case 6 -> {
                trace.fault("no names", 0, 0);
                network.resolvesNothing(true);
                scheduler.in(someNs(500), () -> network.resolvesNothing(false));
            }
            case 7 -> {
                final int other = node();
                if (other != node) {
                    trace.fault("addresses swapped", node, other);
                    network.swapAddresses(node, other);
                    if (random.nextBoolean()) {
                        cluster.dropConnections(node);
                        cluster.dropConnections(other);
                    }
                }
            }
            default -> {
                trace.fault("node paused", node, 0);
                cluster.pauseNode(node);
                scheduler.in(someNs(random.nextBoolean() ? 300 : 2 * setting.requestTimeoutMs),
                        () -> cluster.resumeNode(node));
            }
        }
    }

    private void clusterFault() {
        final int topic = random.nextInt(topics.size());
        final int node = node();
        switch (random.nextInt(9)) {
            case 0, 1, 2 -> {
                trace.fault("node down", node, 0);
                cluster.failover(random.nextInt(3) > 0);
                cluster.stopNode(node);
                if (random.nextInt(10) > 0) {
                    scheduler.in(someNs(3000), () -> {
                        trace.event("node up", node, 0);
                        cluster.startNode(node);
                    });
                }
            }
            case 3 -> {
                if (partitionCounts[topic] < MAX_PARTITIONS) {
                    trace.fault("partitions added", topic, 0);
                    cluster.growTopic(topics.get(topic), ++partitionCounts[topic]);
                }
            }
            case 4 -> {
                final long ms = (random.nextBoolean() ? 1 : -1) * 3_600_000L;
                trace.fault("wall clock jumps", ms, 0);
                clock.shiftEpochMs(ms);
            }
            case 5, 6 -> freeze(node);
            case 7 -> {
                if (random.nextInt(4) == 0) {
                    outage();
                } else {
                    trace.fault("process suspended", 0, 0);
                    clock.lose(someNs(random.nextInt(3) > 0 ? 2 * setting.requestTimeoutMs : MAX_SUSPENSION_MS));
                }
            }
            default -> {
                if (setting.recreation) {
                    recreate(topic);
                }
            }
        }
    }

    /** A node stands still with its connections open, and others become leaders in its place. */
    private void freeze(final int node) {
        trace.fault("node frozen and replaced", node, 0);
        cluster.pauseNode(node);
        for (int topic = 0; topic < topics.size(); topic++) {
            for (int p = 0; p < partitionCounts[topic]; p++) {
                if (cluster.leader(topics.get(topic), p) == node) {
                    cluster.moveLeader(topics.get(topic), p, node());
                }
            }
        }
        scheduler.in(someNs(3 * setting.requestTimeoutMs), () -> cluster.resumeNode(node));
    }

    private void outage() {
        trace.fault("all nodes down", 0, 0);
        final long ns = someNs(random.nextBoolean()
                ? MAX_OUTAGE_MS
                : Math.min(MAX_OUTAGE_MS, 2 * setting.deliveryTimeoutMs));
        outageEndNs = Math.max(outageEndNs, clock.elapsedNs() + ns);
        cluster.nodeIds().forEach(cluster::stopNode);
        scheduler.in(ns, () -> {
            trace.event("all nodes up", 0, 0);
            cluster.nodeIds().forEach(cluster::startNode);
        });
    }

    private void recreate(final int topic) {
        trace.fault("topic recreated", topic, 0);
        final String name = topics.get(topic);
        invariants.recreated(name);
        tellLogs(topic);
        cluster.recreateTopic(name, partitionCounts[topic]);
    }

    private void tellLogs(final int topic) {
        final String name = topics.get(topic);
        for (int p = 0; p < partitionCounts[topic]; p++) {
            final PartitionLog log = cluster.log(name, p);
            for (final StoredBatch batch : log.batches()) {
                trace.event("log holds", batch.baseOffset(), batch.recordCount(), trace.keepsText()
                        ? name + '-' + p + " producerId=" + batch.producerId() + " epoch=" + batch.producerEpoch()
                                + " sequence=" + batch.baseSequence() + " node=" + batch.nodeId() + " ids="
                                + ids(name, batch)
                        : null);
            }
            invariants.log(new TopicPartition(name, p), log.records());
        }
    }

    private static List<Long> ids(final String topic, final StoredBatch batch) {
        return batch.records().stream().map(record -> SimPayload.idOf(record.value(), topic)).toList();
    }

    /** Tells the checker what the logs hold in the end. */
    void tellLogs() {
        for (int topic = 0; topic < topics.size(); topic++) {
            tellLogs(topic);
        }
    }
}
