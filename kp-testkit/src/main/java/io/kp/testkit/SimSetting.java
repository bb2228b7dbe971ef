package io.kp.testkit;

import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

import io.kp.client.GapPolicy;
import io.kp.client.ProducerConfig;

/** The surroundings and the configuration that a seed chooses. */
final class SimSetting {
    private static final int KB = 1024;

    final int nodes;
    final int topics;
    final int partitions;
    final int callers;
    final int operations;
    final int maxValueBytes;
    final long chaosMs;
    final long meanFaultGapMs;
    final boolean heals;
    final boolean idempotent;
    final String acks;
    final int inFlight;
    final int batchBytes;
    final int segmentBytes;
    final int bufferBytes;
    final int lingerMs;
    final int requestTimeoutMs;
    final int deliveryTimeoutMs;
    final int maxBlockMs;
    final int retries;
    final int retryBackoffMs;
    final int maxProduceVersion;
    final int maxMetadataVersion;
    final boolean newPorts;
    final boolean fatalErrors;
    final boolean recreation;
    final int maxMessageBytes;
    final boolean strictProducerIds;
    final short firstEpoch;
    final SimNetwork.Traits network;
    final boolean compression;
    final int compressors;
    final long maxCompressionNs;
    /** Threads of the completion executor; 0 for none. */
    final int executorThreads;
    final GapPolicy gapPolicy;
    /** Whether some records have a deadline of their own. */
    final boolean recordDeadlines;

    SimSetting(final RandomGenerator random) {
        nodes = 1 + random.nextInt(4);
        topics = 1 + random.nextInt(3);
        partitions = 1 + random.nextInt(4);
        callers = 1 + random.nextInt(4);
        operations = 5 + random.nextInt(40);
        chaosMs = 200 + random.nextInt(6000);
        meanFaultGapMs = chance(random, 10) ? chaosMs * 10 : 10 + random.nextInt(500);
        heals = !chance(random, 15);
        idempotent = !chance(random, 25);
        acks = idempotent ? "all" : chance(random, 40) ? "0" : chance(random, 50) ? "1" : "all";
        inFlight = chance(random, 30) ? 1 : 1 + random.nextInt(5);
        batchBytes = 256 << random.nextInt(6);
        segmentBytes = 256 << random.nextInt(4);
        bufferBytes = (16 << random.nextInt(5)) * KB;
        maxValueBytes = chance(random, 70) ? 100 : 16 + random.nextInt(3 * KB);
        lingerMs = chance(random, 50) ? 0 : random.nextInt(50);
        requestTimeoutMs = 100 + random.nextInt(chance(random, 50) ? 300 : 3000);
        deliveryTimeoutMs = lingerMs + requestTimeoutMs
                + random.nextInt(chance(random, 50) ? 500 : chance(random, 5) ? 300_000 : 8000);
        maxBlockMs = random.nextInt(chance(random, 50) ? 200 : 3000);
        retries = chance(random, 85) ? Integer.MAX_VALUE : 1 + random.nextInt(4);
        retryBackoffMs = 1 + random.nextInt(50);
        maxProduceVersion = chance(random, 70) ? 13 : 3 + random.nextInt(11);
        maxMetadataVersion = chance(random, 70) ? 13 : 1 + random.nextInt(13);
        newPorts = chance(random, 50);
        fatalErrors = chance(random, 4);
        recreation = chance(random, 15);
        maxMessageBytes = chance(random, 75) ? 1 << 20 : 150 + random.nextInt(2 * batchBytes);
        strictProducerIds = chance(random, 20);
        firstEpoch = (short) (chance(random, 85) ? 0 : Short.MAX_VALUE - random.nextInt(4));
        final long minLatencyNs = 1000 + random.nextLong(500_000);
        network = new SimNetwork.Traits(minLatencyNs,
                minLatencyNs + 1 + random.nextLong(chance(random, 50) ? 1_000_000 : 40_000_000),
                chance(random, 50) ? 64 * KB : 50 + random.nextInt(2000), chance(random, 50) ? 5 : 60,
                chance(random, 80) ? 0 : 50, random.nextInt(40), chance(random, 80) ? 0 : 10);
        // Last, so that the seeds from before it was there still run as they did, if they are without it.
        compression = chance(random, 25);
        compressors = 1 + random.nextInt(3);
        maxCompressionNs = chance(random, 70) ? 100_000 : 1_000_000L * deliveryTimeoutMs;
        executorThreads = chance(random, 75) ? 0 : 1 + random.nextInt(3);
        gapPolicy = idempotent && chance(random, 60) ? GapPolicy.FAIL_FOLLOWING : GapPolicy.ALLOW_AND_REPORT;
        recordDeadlines = chance(random, 15);
    }

    static boolean chance(final RandomGenerator random, final int percent) {
        return random.nextInt(100) < percent;
    }

    ProducerConfig config(final Executor executor) {
        return ProducerConfig.builder().bootstrapServers("bootstrap:" + SimNetwork.BOOTSTRAP_PORT).clientId("simulated")
                .acks(acks).enableIdempotence(idempotent).maxInFlightRequestsPerConnection(inFlight)
                .batchSize(batchBytes).segmentBytes(segmentBytes).bufferMemory(bufferBytes).lingerMs(lingerMs)
                .requestTimeoutMs(requestTimeoutMs).deliveryTimeoutMs(deliveryTimeoutMs).maxBlockMs(maxBlockMs)
                .retries(retries).retryBackoffMs(retryBackoffMs).retryBackoffMaxMs(retryBackoffMs * 4L)
                .reconnectBackoffMs(retryBackoffMs).reconnectBackoffMaxMs(retryBackoffMs * 4L)
                .metadataMaxAgeMs(500 + 10L * requestTimeoutMs)
                .compressionType(compression ? "gzip" : "none").compressionThreads(compressors)
                .onGap(gapPolicy).completionExecutor(executorThreads == 0 ? null : executor).build();
    }

    @Override
    public String toString() {
        return "nodes=" + nodes + ", topics=" + topics + ", partitions=" + partitions + ", callers=" + callers
                + ", operations=" + operations + ", chaosMs=" + chaosMs + ", faultGapMs=" + meanFaultGapMs + ", heals="
                + heals + ", idempotent=" + idempotent + ", acks=" + acks + ", inFlight=" + inFlight + ", batchBytes="
                + batchBytes + ", segmentBytes=" + segmentBytes + ", bufferBytes=" + bufferBytes + ", lingerMs="
                + lingerMs + ", requestTimeoutMs=" + requestTimeoutMs + ", deliveryTimeoutMs=" + deliveryTimeoutMs
                + ", maxBlockMs=" + maxBlockMs + ", retries=" + retries + ", retryBackoffMs=" + retryBackoffMs
                + ", produceVersion=" + maxProduceVersion + ", metadataVersion=" + maxMetadataVersion + ", newPorts="
                + newPorts + ", maxMessageBytes=" + maxMessageBytes + ", strictProducerIds=" + strictProducerIds
                + ", firstEpoch=" + firstEpoch + ", fatalErrors=" + fatalErrors + ", recreation=" + recreation
                + ", compressors="
                + (compression ? compressors : 0) + ", maxCompressionNs=" + maxCompressionNs + ", executorThreads="
                + executorThreads + ", gapPolicy=" + gapPolicy + ", recordDeadlines=" + recordDeadlines + ", "
                + network;
    }
}
