package io.kp.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import io.kp.client.GapPolicy;
import io.kp.client.InvokedProducer;
import io.kp.client.Producer;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerMetrics;
import io.kp.client.Serializer;
import io.kp.network.ApiKey;

/**
 * One run of a producer in simulated surroundings: the real sender, network client, metadata, accumulator and pool, and around them a clock, a network, a cluster of brokers, an
 * application, and faults in all of these, decided by a seed. A seed always runs in the same way, so that a failure can be looked at again.
 *
 * <p>How it works: one thread is the producer's I/O thread. It runs the duty cycle, and whenever that waits in the network's select, and between cycles, it runs the schedule: a
 * caller of the application gets its turn, bytes arrive, a broker answers, a leader moves, or time passes. See {@link SimScheduler}. What must hold is checked by {@code Invariants} and
 * {@link DeliveryJournal}.
 */
public final class Simulation {
    private static final long MS = 1_000_000L;
    /** How late an outcome may be told since it waits for others to be told. */
    static final long EXECUTOR_SLACK_NS = 200 * MS;
    private static final long AFTERMATH_NS = 120_000 * MS;
    private static final int MAX_CYCLES = 4_000_000;
    private static final int MAX_STEPS_BETWEEN_CYCLES = 6;
    private static final long FIRST_PRODUCER_ID = 1000;
    private static final long MAX_PAUSE_NS = 2 * MS;
    private static final long MIN_CYCLE_NS = 500;
    private static final long MAX_CYCLE_NS = 5000;

    private final long seed;
    private final SplittableRandom seeds;
    private final SimClock clock = new SimClock();
    private final SimTrace trace;
    private final SimSetting setting;
    private final Invariants invariants;
    private final List<String> topics = new ArrayList<>();
    private final SplittableRandom cycles;

    private Simulation(final long seed, final boolean keepEvents) {
        this.seed = seed;
        // Each role has its own sequence, in a fixed order: so that a change in one of them leaves the others as they are.
        this.seeds = new SplittableRandom(seed);
        this.trace = new SimTrace(clock, keepEvents);
        this.setting = new SimSetting(seeds.split());
        this.cycles = seeds.split();
        final boolean ordered = setting.idempotent || setting.inFlight == 1;
        this.invariants = new Invariants(
                new DeliveryJournal.Promises(!"0".equals(setting.acks), setting.idempotent, ordered,
                        setting.firstEpoch == 0, !setting.recordDeadlines),
                setting.gapPolicy == GapPolicy.FAIL_FOLLOWING, setting.executorThreads == 0 ? 0 : EXECUTOR_SLACK_NS,
                setting.deliveryTimeoutMs * MS + SimCallers.SLACK_NS
                        + (setting.executorThreads == 0 ? 0 : EXECUTOR_SLACK_NS));
    }

    /**
     * Runs a seed.
     *
     * @param seed the seed
     * @return what happened
     */
    public static SimulationReport run(final long seed) {
        return SimThreads.call(() -> new Simulation(seed, false).run());
    }

    /**
     * Runs a seed again, keeping the text of the last events.
     *
     * @param seed the seed
     * @return what happened
     */
    public static SimulationReport replay(final long seed) {
        return SimThreads.call(() -> new Simulation(seed, true).run());
    }

    private SimulationReport run() {
        final SimScheduler scheduler = new SimScheduler(clock, trace, seeds.split());
        final ScriptedCluster cluster = new ScriptedCluster(setting.nodes).keepRequests(false)
                .autoCreateTopics(false, 1);
        for (int i = 0; i < setting.topics; i++) {
            topics.add("topic" + i);
            cluster.createTopic(topics.get(i), setting.partitions);
            cluster.maxMessageBytes(topics.get(i), setting.maxMessageBytes);
        }
        cluster.strictProducerIds(setting.strictProducerIds).nextProducerId(FIRST_PRODUCER_ID, setting.firstEpoch);
        cluster.versions(ApiKey.PRODUCE, 3, setting.maxProduceVersion);
        cluster.versions(ApiKey.METADATA, 0, setting.maxMetadataVersion);
        final SimNetwork network = new SimNetwork(cluster, scheduler, clock, trace, seeds.split(), setting.network);
        network.newPortOnRestart(setting.newPorts);
        final SplittableRandom serializing = seeds.split();
        final Serializer<byte[]> serializer = (topic, headers, data) -> {
            if (serializing.nextInt(20) == 0) {
                scheduler.preempt();
            }
            return data;
        };
        final SimExecutor executor = new SimExecutor(scheduler, trace, seeds.split());
        final InvokedProducer<byte[], byte[]> producer = Producer.openInvoked(setting.config(executor), serializer,
                serializer,
                new ProducerContext().nanoClock(clock::nanoTime).epochClockMs(clock::epochMs).random(seeds.split())
                        .transport(network).hostResolver(network::resolve).parker(scheduler)
                        .compressionExecutor(task -> scheduler.in(cycles.nextLong(setting.maxCompressionNs), task)));
        final SimFaults faults = new SimFaults(cluster, network, scheduler, clock, trace, seeds.split(), setting,
                invariants, topics);
        new SimCallers(producer, scheduler, clock, trace, seeds.split(), setting, invariants, topics).start();
        executor.start(setting.executorThreads, producer::isEnded);
        faults.start();
        try {
            drive(scheduler, producer);
            if (scheduler.callerFailure() != null) {
                throw new IllegalStateException("a simulated caller has failed: seed=" + seed,
                        scheduler.callerFailure());
            }
            checkEnd(scheduler, cluster, network, producer);
            aftermath(scheduler);
            faults.tellLogs();
        } finally {
            scheduler.kill();
        }
        final List<String> violations = invariants.check();
        return new SimulationReport(seed, violations, trace.hash(), trace.events(), clock.elapsedNs(),
                invariants.accepted(), invariants.acknowledged(), trace.faults(), invariants.outcomes(), trace.last(),
                setting.toString());
    }

    private void drive(final SimScheduler scheduler, final InvokedProducer<byte[], byte[]> producer) {
        final long limitNs = (4 * (setting.chaosMs + SimFaults.MAX_OUTAGE_MS)
                + 4L * (setting.deliveryTimeoutMs + setting.requestTimeoutMs)
                + (long) setting.operations * SimCallers.MAX_BURST * (setting.deliveryTimeoutMs + setting.maxBlockMs))
                * MS;
        try {
            for (int cycle = 0; !producer.isEnded() || !scheduler.allDone(); cycle++) {
                if (clock.activeNs() > limitNs || cycle > MAX_CYCLES) {
                    invariants.violation("no end: elapsedNs=" + clock.elapsedNs() + ", cycles=" + cycle + ", ended="
                            + producer.isEnded() + ", callersDone=" + scheduler.allDone());
                    return;
                }
                if (producer.isEnded()) {
                    scheduler.step(Long.MAX_VALUE);
                } else {
                    pause(scheduler);
                    trace.event("cycle", producer.invoke(), 0);
                }
            }
        } catch (final SimScheduler.Quiet e) {
            invariants.violation("waits for ever: ended=" + producer.isEnded() + ", callersDone="
                    + scheduler.allDone());
        }
    }

    /** The I/O thread is not on its core for a while, and needs some time for its work. */
    private void pause(final SimScheduler scheduler) {
        if (cycles.nextInt(3) == 0) {
            final long untilNs = clock.elapsedNs() + cycles.nextLong(MAX_PAUSE_NS);
            for (int i = cycles.nextInt(MAX_STEPS_BETWEEN_CYCLES); i > 0 && scheduler.step(untilNs); i--) {
                continue;
            }
        }
        clock.advance(MIN_CYCLE_NS + cycles.nextLong(MAX_CYCLE_NS));
    }

    private void checkEnd(final SimScheduler scheduler, final ScriptedCluster cluster, final SimNetwork network,
            final InvokedProducer<byte[], byte[]> producer) {
        final ProducerMetrics metrics = producer.metrics();
        if (producer.isEnded()) {
            if (metrics.bufferUsedBytes() != 0 || metrics.bufferWaiters() != 0) {
                invariants.violation("memory was not given back: usedBytes=" + metrics.bufferUsedBytes() + ", waiters="
                        + metrics.bufferWaiters());
            }
            if (network.openChannels() != 0 || !network.isClosed()) {
                invariants.violation("connections were left open: channels=" + network.openChannels());
            }
        }
        if (scheduler.ioThreadWaited()) {
            invariants.violation("the I/O thread has waited like a caller");
        }
        cluster.problems().forEach(problem -> invariants.violation("a broker complains: " + problem));
    }

    /** Lets the brokers finish what they hold, so that what they append late is seen too. */
    private void aftermath(final SimScheduler scheduler) {
        final long untilNs = clock.elapsedNs() + AFTERMATH_NS;
        while (scheduler.step(untilNs)) {
            continue;
        }
    }
}
