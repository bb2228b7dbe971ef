package io.kp.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The producer under simulated faults, and the simulator under deliberate mistakes in the producer. */
class SimulationTest {
    private static final long SEEDS = Long.getLong("kp.test.seeds", 5000);
    private static final long MUTANT_SEEDS = 2000;
    /** One is enough to know that a mistake is found; more say how soon, on average. */
    private static final int MUTANT_ROUNDS = Integer.getInteger("kp.test.mutant.rounds", 1);
    private static final long MUTANT_SEEDS_OF_LATER_ROUNDS = 20_000;
    private static final int EVENTS_SHOWN = 200;

    @BeforeAll
    static void poison() {
        System.setProperty("io.kp.memory.poison", "true");
    }

    @Test
    void shouldKeepItsPromisesUnderEverySchedule(final TestReporter reporter) throws IOException {
        final long startNs = System.nanoTime();
        final Map<String, Integer> faults = new TreeMap<>();
        long accepted = 0;
        long acknowledged = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            final SimulationReport report = Simulation.run(seed);
            if (!report.isClean()) {
                fail(Simulation.replay(seed).describe(EVENTS_SHOWN));
            }
            report.faults().forEach((kind, times) -> faults.merge(kind, times, Integer::sum));
            accepted += report.accepted();
            acknowledged += report.acknowledged();
        }
        final String said = String.format("%,d seeds in %,d ms, %,d faults of %d kinds, %,d records accepted, %,d "
                + "acknowledged, java %s", SEEDS, (System.nanoTime() - startNs) / 1_000_000,
                faults.values().stream().mapToInt(Integer::intValue).sum(), faults.size(), accepted, acknowledged,
                Runtime.version());
        reporter.publishEntry("seeds", said);
        write("seeds.txt", said);
        // Or else the promises are kept because nothing happens.
        assertTrue(faults.size() > 30, faults::toString);
        assertTrue(acknowledged > accepted / 2, "accepted=" + accepted + ", acknowledged=" + acknowledged);
        assertTrue(acknowledged < accepted, "accepted=" + accepted + ", acknowledged=" + acknowledged);
    }

    @Test
    void shouldRunASeedAlwaysInTheSameWay() {
        final Set<Long> hashes = new HashSet<>();
        for (long seed = 1; seed <= 40; seed++) {
            final SimulationReport first = Simulation.run(seed);
            final SimulationReport second = Simulation.replay(seed);
            assertEquals(first.traceHash(), second.traceHash(), "seed=" + seed);
            assertEquals(first.events(), second.events(), "seed=" + seed);
            assertEquals(first.violations(), second.violations(), "seed=" + seed);
            assertNotEquals(0, second.lastEvents().size());
            hashes.add(first.traceHash());
        }
        assertEquals(40, hashes.size(), "seeds differ");
    }

    @ParameterizedTest
    @EnumSource
    void shouldFindEveryDeliberateMistake(final Mutant mutant, @TempDir final Path folder, final TestReporter reporter)
            throws Exception {
        final Mutant.Run run = mutant.compile(folder);
        long seeds = 0;
        long worst = 0;
        String first = null;
        final long startNs = System.nanoTime();
        for (int round = 0; round < MUTANT_ROUNDS; round++) {
            final long from = 1 + round * MUTANT_SEEDS_OF_LATER_ROUNDS;
            final long most = round == 0 ? MUTANT_SEEDS : MUTANT_SEEDS_OF_LATER_ROUNDS;
            long seed = from;
            String violation = run.violation(seed);
            while (violation == null && seed < from + most - 1) {
                violation = run.violation(++seed);
            }
            assertNotNull(violation, mutant + ": was not found in " + most + " seeds from " + from);
            assertTrue(Simulation.run(seed).isClean(), "not the mistake's: seed=" + seed);
            seeds += seed - from + 1;
            worst = Math.max(worst, seed - from + 1);
            first = first == null ? violation : first;
        }
        final String found = String.format("%s: found after %.1f seeds and %,d ms on average of %d times, %d seeds at "
                + "most; first: %s", mutant, (double) seeds / MUTANT_ROUNDS,
                (System.nanoTime() - startNs) / 1_000_000 / MUTANT_ROUNDS, MUTANT_ROUNDS, worst, first);
        reporter.publishEntry(found);
        write("deliberate-mistakes.txt", found);
    }

    private static void write(final String file, final String line) throws IOException {
        Files.writeString(Path.of("target", file), line + System.lineSeparator(), StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }
}
