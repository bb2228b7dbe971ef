package io.kp.bench;

import java.util.Arrays;
import java.util.Locale;

/** What {@code kp chaos} can do to a cluster of three nodes while records are sent. */
enum ChaosScenario {
    /** SIGKILL of a leader, five times. */
    LEADER_KILL("the leader of partition 0 is killed (SIGKILL) and started again, five times") {
        @Override
        void disturb(final ChaosRun run) throws InterruptedException {
            for (int i = 0; i < KILLS; i++) {
                run.awaitAcks(PAUSE);
                run.killLeader();
            }
        }
    },

    /** SIGSTOP of a leader. */
    LEADER_STOP(
            "the leader of partition 0 is stopped (SIGSTOP) for longer than request.timeout.ms, then goes on (SIGCONT), twice") {
        @Override
        void disturb(final ChaosRun run) throws InterruptedException {
            for (int i = 0; i < STOPS; i++) {
                run.awaitAcks(PAUSE);
                run.stopLeader();
            }
        }
    },

    /** Shutdown of each node in turn. */
    ROLLING_RESTART("each node in turn is shut down (SIGTERM) and started again") {
        @Override
        void disturb(final ChaosRun run) throws InterruptedException {
            for (int node = 1; node <= run.cluster().nodeCount(); node++) {
                run.awaitAcks(PAUSE);
                run.restartNode(node);
            }
        }
    },

    /** No cluster for a while. */
    ALL_DOWN("all nodes are killed (SIGKILL) at once, and started again after a while") {
        @Override
        void disturb(final ChaosRun run) throws InterruptedException {
            run.awaitAcks(PART);
            run.killAll();
        }
    },

    /** The topic under the producer is replaced. */
    TOPIC_RECREATED(
            "the topic is deleted and created again; what was acknowledged before is read before, what is sent after counts in full") {
        @Override
        void disturb(final ChaosRun run) throws InterruptedException {
            run.awaitAcks(PART);
            run.recreateTopic();
            run.awaitAcks(PART);
        }
    },

    /** More partitions. */
    PARTITIONS_ADDED("the topic gets half as many partitions more, and all of them have to be used") {
        @Override
        void disturb(final ChaosRun run) throws InterruptedException {
            run.awaitAcks(PART);
            run.addPartitions();
            run.awaitAcks(PART);
        }
    },

    /** For tests of the tool itself. */
    SHORT("a leader is killed and started again, then another is stopped for a while") {
        @Override
        void disturb(final ChaosRun run) throws InterruptedException {
            run.awaitAcks(PAUSE);
            run.killLeader();
            run.awaitAcks(PAUSE);
            run.stopLeader();
        }
    };

    private static final int KILLS = 5;
    private static final int STOPS = 2;
    // Shares of all records.
    private static final double PAUSE = 0.05;
    private static final double PART = 0.25;

    private final String description;

    ChaosScenario(final String description) {
        this.description = description;
    }

    /** In words. */
    String description() {
        return description;
    }

    /** As it is named on the command line. */
    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static ChaosScenario of(final String id) {
        return Arrays.stream(values()).filter(scenario -> scenario.id().equals(id)).findFirst().orElse(null);
    }

    /** Does it, on the thread of the run, while records are sent. */
    abstract void disturb(ChaosRun run) throws InterruptedException;
}
