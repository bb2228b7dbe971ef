package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random runs of everything the I/O side can do, on one thread and a fake clock, held against what must be true of every run: each record has one
 * outcome, outcomes of a partition's queued batches come in order, flushes end when they may and not before, and all memory comes back.
 */
class IoSideRandomTest {
    private static final int PARTITIONS = 4;
    private static final int STEPS = Integer.getInteger("kp.test.steps", 2_000);

    private final List<Claim> claims = new ArrayList<>();
    private final List<Batch> inFlight = new ArrayList<>();
    private final List<Runnable> compressors = new ArrayList<>();
    private final List<boolean[]> outcomes = new ArrayList<>();
    private final List<Pending> flushes = new ArrayList<>();
    private final int[] lastDelivered = new int[PARTITIONS];
    private SplittableRandom random;
    private Rig rig;

    /** What a flush waits for at least: the records appended before it. */
    private record Pending(CompletableFuture<Void> flush, int records) {
    }

    private record Sent(int id, int partition) {
    }

    static long[] seeds() {
        final long[] seeds = new long[Integer.getInteger("kp.test.seeds", 40)];
        Arrays.setAll(seeds, i -> i);
        return seeds;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldKeepItsPromises(final long seed) {
        random = new SplittableRandom(seed);
        Arrays.fill(lastDelivered, -1);
        try (Rig opened = Rig.builder().segmentBytes(256).capacityBytes(256 * random.nextInt(8, 200))
                .batchBytes(random.nextInt(3_000)).batchCapBytes(6_000).lingerNs(random.nextInt(3) * 5 * Rig.MS)
                .deliveryTimeoutNs(400 * Rig.MS).compression(seed % 2 == 0 ? null : compression()).build()) {
            rig = opened;
            rig.leaders(1, 1, 2, -1);
            for (int step = 0; step < STEPS; step++) {
                step();
                checkFlushes();
            }
            end();
        }
        for (int id = 0; id < outcomes.size(); id++) {
            assertTrue(outcomes.get(id)[0], "no outcome for record " + id);
        }
    }

    /** The executor is the schedule: compressors run when their turn comes. */
    private Compression compression() {
        final String codec = List.of("gzip", "snappy", "lz4", "zstd").get(random.nextInt(4));
        final int inputBytes = random.nextInt(200, 8_000);
        return Compression.builder().codec(CompressionCodec.named(codec), Compression.DEFAULT_LEVEL)
                .executor(compressors::add, random.nextInt(1, 4))
                .workingMemory(inputBytes, random.nextInt(200, 100_000))
                .onError(error -> {
                    throw new AssertionError(error);
                }).build();
    }

    private void compress() {
        while (!compressors.isEmpty() && random.nextInt(4) > 0) {
            compressors.remove(random.nextInt(compressors.size())).run();
        }
    }

    private void step() {
        if (random.nextInt(3) == 0) {
            compress();
        }
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3, 4 -> append();
            case 5 -> claim();
            case 6 -> endClaim();
            case 7, 8 -> rig.poll();
            case 9, 10 -> drain(random.nextInt(1, 4));
            case 11, 12 -> endFlight();
            case 13 -> rig.advance(random.nextInt(8) * 3 * Rig.MS);
            case 14 -> change();
            default -> rig.accumulator.pollExpired(rig.now(), this::expired);
        }
    }

    private Sent newRecord(final int partition) {
        outcomes.add(new boolean[1]);
        return new Sent(outcomes.size() - 1, partition);
    }

    private void forget() {
        // Was not accepted: it is not owed an outcome.
        outcomes.remove(outcomes.size() - 1);
    }

    private void append() {
        final int partition = random.nextInt(PARTITIONS);
        final Sent record = newRecord(partition);
        final byte[] value = new byte[random.nextInt(20) == 0 ? random.nextInt(800) : random.nextInt(120)];
        if (rig.accumulator.tryAppend(rig.queue(partition), record.id, null, value, null, record) < 0) {
            forget();
        }
    }

    private void claim() {
        final int partition = random.nextInt(PARTITIONS);
        final Sent record = newRecord(partition);
        final Claim claim = new Claim();
        if (rig.accumulator.tryClaim(rig.queue(partition), record.id, 3, random.nextInt(100), record, claim) < 0) {
            forget();
            return;
        }
        if (random.nextInt(4) == 0) {
            claim.abort();
            outcomes.get(record.id)[0] = true;
        } else {
            claims.add(claim);
        }
    }

    private void endClaim() {
        if (!claims.isEmpty()) {
            claims.remove(random.nextInt(claims.size())).commit();
        }
    }

    private void drain(final int node) {
        final int before = inFlight.size();
        final int drained = rig.accumulator.drain(node, random.nextInt(8_000),
                (queue, batch) -> random.nextInt(5) > 0, inFlight, rig.now());
        assertEquals(before + drained, inFlight.size());
        for (final Batch batch : inFlight.subList(before, inFlight.size())) {
            assertFalse(rig.accumulator.isMuted(batch.queue()));
            assertEquals(batch.recordCount(), Rig.kafkaRecords(Rig.sealed(batch)).size());
        }
    }

    private void endFlight() {
        if (inFlight.isEmpty()) {
            return;
        }
        final Batch batch = inFlight.remove(random.nextInt(inFlight.size()));
        if (!batch.isCompleted() && random.nextInt(3) == 0) {
            rig.accumulator.retry(batch, rig.now() + random.nextInt(4) * 5 * Rig.MS);
            return;
        }
        if (!batch.isCompleted()) {
            complete(batch, false);
        }
        rig.accumulator.release(batch);
    }

    private void expired(final Batch batch, final boolean flying) {
        assertTrue(batch.isExpired());
        assertEquals(flying, inFlight.contains(batch));
        if (!flying) {
            complete(batch, false);
            rig.accumulator.release(batch);
        } else if (random.nextBoolean()) {
            complete(batch, false);
        }
    }

    private void complete(final Batch batch, final boolean inOrder) {
        final int[] count = {0};
        final boolean[] first = {true};
        batch.complete((completion, index, details) -> {
            final Sent record = (Sent) completion;
            assertEquals(count[0]++, index);
            assertEquals(record.id, details.timestampMs());
            assertEquals(record.partition, batch.topicPartition().partition());
            assertFalse(outcomes.get(record.id)[0], () -> "two outcomes for record " + record.id);
            outcomes.get(record.id)[0] = true;
            if (inOrder || !first[0]) {
                assertTrue(record.id > lastDelivered[record.partition], "order");
            }
            first[0] = false;
            lastDelivered[record.partition] = record.id;
        });
        assertEquals(batch.recordCount(), count[0]);
    }

    private void change() {
        final int partition = random.nextInt(PARTITIONS);
        switch (random.nextInt(7)) {
            case 0 -> rig.accumulator.mute(rig.queue(partition));
            case 1 -> rig.accumulator.unmute(rig.queue(partition));
            case 2 -> rig.accumulator.nodeBusy(random.nextInt(1, 4), random.nextBoolean());
            case 3 -> flushes.add(new Pending(rig.accumulator.beginFlush(), outcomes.size()));
            case 4 -> rig.accumulator.forEachLeaderlessTopic(topic -> assertEquals(Rig.TOPIC, topic));
            case 5 ->
                rig.accumulator.updateCluster(Rig.cluster(random.nextInt(3), leader(), leader(), leader(), leader()));
            default -> {
                if (random.nextInt(10) == 0) {
                    rig.accumulator.abortQueued(this::aborted);
                }
            }
        }
    }

    private int leader() {
        return random.nextInt(4) == 0 ? -1 : random.nextInt(1, 4);
    }

    private void aborted(final Batch batch, final boolean flying) {
        assertFalse(flying);
        complete(batch, false);
        rig.accumulator.release(batch);
    }

    private void checkFlushes() {
        for (final Iterator<Pending> i = flushes.iterator(); i.hasNext();) {
            final Pending pending = i.next();
            if (pending.flush.isDone()) {
                i.remove();
                for (int id = 0; id < pending.records; id++) {
                    assertTrue(outcomes.get(id)[0], "flush is over before record " + id);
                }
            }
        }
    }

    /** Everything that is left is delivered, and now each partition in order. */
    private void end() {
        claims.forEach(Claim::commit);
        while (!inFlight.isEmpty()) {
            endFlight();
        }
        rig.accumulator.close();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            rig.accumulator.unmute(rig.queue(partition));
        }
        rig.leaders(1, 1, 1, 1);
        Arrays.fill(lastDelivered, -1);
        for (int round = 0; round < 20 || rig.accumulator.liveBatches() > 0; round++) {
            assertTrue(round < 100_000, "does not end");
            compress();
            rig.poll();
            rig.accumulator.pollExpired(rig.now(), this::expired);
            for (List<Batch> batches = rig.drain(1); !batches.isEmpty(); batches = rig.drain(1)) {
                for (final Batch batch : batches) {
                    complete(batch, true);
                    rig.accumulator.release(batch);
                }
            }
            rig.advance(Rig.MS);
        }
        checkFlushes();
        assertTrue(flushes.isEmpty(), "flushes that do not end");
        assertEquals(0, rig.accumulator.queuedBatches());
        assertEquals(0, rig.accumulator.abortQueued(this::aborted));
        assertTrue(rig.accumulator.prepareSleep(RecordAccumulator.NO_DEADLINE));
        assertEquals(RecordAccumulator.NO_DEADLINE, rig.accumulator.nextDeadlineNs(rig.now()));
    }
}
