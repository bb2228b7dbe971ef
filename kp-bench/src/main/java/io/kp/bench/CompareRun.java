package io.kp.bench;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.HdrHistogram.Histogram;

/**
 * One run of {@code kp compare}: one client, one workload, one process. Writes what it measured on standard output, a {@code name=value} a line.
 */
final class CompareRun {
    private static final double[] PERCENTILES = {50, 99, 99.9};
    private static final double NS_PER_US = 1e3;
    private static final double NS_PER_SECOND = 1e9;

    private final CompareWorkload workload;
    private final LoadClient client;
    private final LoadOutcomes outcomes;
    private final long[] brokerPids;
    private final List<LoadThread> threads = new ArrayList<>();
    private final Map<String, Double> results = new LinkedHashMap<>();

    private CompareRun(final CompareWorkload workload, final LoadClient client, final LoadOutcomes outcomes,
            final long[] brokerPids) {
        this.workload = workload;
        this.client = client;
        this.outcomes = outcomes;
        this.brokerPids = brokerPids;
    }

    /**
     * Runs.
     *
     * @param args {@code name=value} each: those of the workload, {@code client}, {@code bootstrap}, {@code topicPrefix} and {@code brokerPids}
     * @throws Exception
     *                       if the client fails
     */
    public static void main(final String[] args) throws Exception {
        endWithStarter();
        final Map<String, String> arguments = new LinkedHashMap<>();
        for (final String arg : args) {
            arguments.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
        final CompareWorkload workload = CompareWorkload.of(arguments);
        final Map<String, String> config = new LinkedHashMap<>(workload.config());
        config.put("bootstrap.servers", arguments.get("bootstrap"));
        final LoadOutcomes outcomes = new LoadOutcomes();
        final LoadClient client = switch (arguments.get("client")) {
            case "kp" -> workload.claimApi()
                    ? new KpClaimLoad(config, outcomes, workload.partitions())
                    : workload.fieldsApi() ? new KpFieldsLoad(config, outcomes) : new KpLoad(config, outcomes);
            case "kafka" -> new KafkaClientsLoad(config, outcomes);
            case BareLoad.CLIENT -> new BareLoad(config, workload.partitions(), outcomes);
            case "none" -> new NoLoad(outcomes);
            default -> throw new IllegalArgumentException("no such client: client=" + arguments.get("client"));
        };
        final String[] topics = new String[workload.topics()];
        for (int i = 0; i < topics.length; i++) {
            topics[i] = arguments.get("topicPrefix") + i;
        }
        final long[] pids = Arrays.stream(arguments.get("brokerPids").split(",")).filter(pid -> !pid.isEmpty())
                .mapToLong(Long::parseLong).toArray();
        final CompareRun run = new CompareRun(workload, client, outcomes, pids);
        run.run(topics);
        final StringBuilder lines = new StringBuilder();
        run.results.forEach((name, value) -> lines.append(name).append('=').append(value).append('\n'));
        System.out.print(lines);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private void run(final String[] topics) throws Exception {
        final long first = firstRecord(topics);
        if (workload.hold()) {
            hold(first, topics[0]);
            return;
        }
        final Payloads payloads = new Payloads(workload.recordBytes(), workload.randomKeys(),
                !"none".equals(workload.config().getOrDefault("compression.type", "none")));
        for (int i = 0; i < workload.threads(); i++) {
            threads.add(new LoadThread(workload, client, outcomes, topics, payloads, i));
        }
        threads.forEach(Thread::start);
        sleep(workload.warmupSeconds());
        // Once for its own warm-up: the first sample loads classes and runs for milliseconds.
        sample();
        final long fromCount = acknowledged();
        final ProcessSample from = sample();
        outcomes.countFrom(from.timeNs());
        sleep(workload.seconds() / 2);
        final long middleCount = acknowledged();
        final ProcessSample middle = sample();
        sleep(workload.seconds() / 2);
        final long untilCount = acknowledged();
        final ProcessSample until = sample();
        outcomes.countUntil(until.timeNs());
        threads.forEach(LoadThread::requestStop);
        for (final LoadThread thread : threads) {
            thread.join();
        }
        client.flush();
        for (final LoadThread thread : threads) {
            thread.awaitAll();
        }
        client.close();
        report(from, until, untilCount - fromCount);
        put("firstHalfRecordsPerSecond", perSecond(middleCount - fromCount, from, middle));
        put("secondHalfRecordsPerSecond", perSecond(untilCount - middleCount, middle, until));
        put("sent", first + threads.stream().mapToLong(LoadThread::sent).sum());
        put("acknowledged", acknowledged());
        put("failed", outcomes.failedCount());
        if (outcomes.firstFailure() != null) {
            outcomes.firstFailure().printStackTrace();
        }
        for (final LoadThread thread : threads) {
            if (thread.failure() != null) {
                throw thread.failure();
            }
        }
    }

    /** Sends one record before anything else is loaded: the cold start. */
    private long firstRecord(final String[] topics) throws InterruptedException {
        client.send(client.record(topics[0], workload.activePartitions() > 0 ? 0 : null, null,
                new byte[workload.recordBytes()]));
        client.flush();
        final long nowMs = System.currentTimeMillis();
        put("firstAckMs", nowMs - ManagementFactory.getRuntimeMXBean().getStartTime());
        put("classesLoaded", ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount());
        return 1;
    }

    /** Sends one record to each partition, and measures what they hold in memory before they go. */
    private void hold(final long sentBefore, final String topic) {
        final byte[] value = new byte[workload.recordBytes()];
        final ProcessSample from = sample();
        final long before = heldBytes();
        for (int partition = 0; partition < workload.partitions(); partition++) {
            client.send(client.record(topic, partition, null, value));
        }
        final long sentMeanwhile = outcomes.acknowledgedCount() - sentBefore;
        final long held = heldBytes() - before;
        final ProcessSample until = sample();
        client.flush();
        client.close();
        if (sentMeanwhile != 0 || outcomes.acknowledgedCount() != sentBefore + workload.partitions()) {
            throw new IllegalStateException("records were not held, or not acknowledged: acknowledged="
                    + outcomes.acknowledgedCount() + ", before=" + sentMeanwhile);
        }
        put("heldBytes", held);
        put("heldBytesPerPartition", (double) held / workload.partitions());
        put("peakResidentMib", ProcessSample.peakResidentKib() / 1024.0);
        put("disturbingCores", until.disturbingCores(from));
        put("sent", sentBefore + workload.partitions());
        put("acknowledged", outcomes.acknowledgedCount());
        put("failed", outcomes.failedCount());
    }

    /** Live objects of the heap, and all direct buffers. */
    private static long heldBytes() {
        long direct = 0;
        for (final BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            direct += Math.max(0, pool.getMemoryUsed());
        }
        // Twice: what is reachable through references that the first one clears is gone only after the second.
        System.gc();
        System.gc();
        return direct + ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private long acknowledged() {
        return outcomes.acknowledgedCount() + threads.stream().mapToLong(LoadThread::awaited).sum();
    }

    private ProcessSample sample() {
        return ProcessSample.take(brokerPids);
    }

    private void report(final ProcessSample from, final ProcessSample until, final long records) {
        final double perRecord = Math.max(1, records);
        put("steadySeconds", (until.timeNs() - from.timeNs()) / NS_PER_SECOND);
        put("steadyRecords", records);
        put("recordsPerSecond", perSecond(records, from, until));
        put("cpuNsPerRecord", (until.cpuNs() - from.cpuNs()) / perRecord);
        until.cpuNsByGroupSince(from).forEach((group, ns) -> put("cpuNsPerRecord." + group, ns / perRecord));
        put("allocatedBytesPerRecord", until.allocatedBytesSince(from) / perRecord);
        percentiles("ackUs", outcomes.latencyNs());
        final Histogram sends = new Histogram(3);
        threads.forEach(thread -> sends.add(thread.sendNs()));
        percentiles("sendUs", sends);
        put("gcCount", until.gcCount() - from.gcCount());
        put("gcMs", until.gcMs() - from.gcMs());
        put("peakResidentMib", ProcessSample.peakResidentKib() / 1024.0);
        put("brokerCpuNsPerRecord", until.otherCpuNs(from) / perRecord);
        put("disturbingCores", until.disturbingCores(from));
    }

    private void percentiles(final String name, final Histogram histogram) {
        for (final double percentile : PERCENTILES) {
            put(name + ".p" + (percentile == Math.rint(percentile) ? Long.toString((long) percentile) : percentile),
                    histogram.getTotalCount() == 0
                            ? Double.NaN
                            : histogram.getValueAtPercentile(percentile) / NS_PER_US);
        }
        put(name + ".max", histogram.getTotalCount() == 0 ? Double.NaN : histogram.getMaxValue() / NS_PER_US);
        put(name + ".count", histogram.getTotalCount());
    }

    private static double perSecond(final long records, final ProcessSample from, final ProcessSample until) {
        return records * NS_PER_SECOND / (until.timeNs() - from.timeNs());
    }

    private void put(final String name, final double value) {
        results.put(name, value);
    }

    private static void sleep(final double seconds) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep((long) (seconds * NS_PER_SECOND));
    }

    private static void endWithStarter() {
        final Thread watcher = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {
                    // Nothing is ever sent; only the end of the stream means something.
                }
            } catch (final IOException e) {
                // An unreadable pipe is a closed one.
            }
            Runtime.getRuntime().halt(1);
        }, "kp-starter-watcher");
        watcher.setDaemon(true);
        watcher.start();
    }
}
