package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

class ComparePresetTest {
    private static CompareSettings parse(final ComparePreset preset, final String... arguments) {
        return CompareOptions.parse(new CommandLine(new CompareOptions()), preset, List.of(arguments),
                List.of(arguments));
    }

    @Test
    void shouldUnderstandTheOptionsOfEveryWorkload() {
        final Set<String> names = new HashSet<>();
        final Set<CompareSettings> different = new HashSet<>();
        for (final ComparePreset preset : ComparePreset.all()) {
            assertTrue(names.add(preset.name()), preset.name());
            final CompareSettings settings = parse(preset);
            assertTrue(different.add(new CompareSettings(null, settings.workload(), settings.clients(), 1,
                    settings.realBroker(), settings.ackDelaysMs(), List.of(), true, false, true, List.of())),
                    preset.name());
            preset.goals().forEach((key, goal) -> {
                // A figure that the report does not know would never be held against its goal.
                assertFalse(CompareReport.label(goal.figure()).equals(goal.figure()), key);
                assertTrue(goal.upwards() == goal.figure().equals("recordsPerSecond"), preset.name());
                if (goal.against() != null && !goal.against().isEmpty()) {
                    assertEquals(1, ComparePreset.named(goal.against()).size(), key);
                }
            });
        }
        assertTrue(names.containsAll(List.of("100B", "10B", "1KB", "10KB", "100B-8threads", "keyed", "batch-1MiB-100B",
                "batch-1MiB-1KB", "broker-2ms", "partitions-100", "partitions-1000", "idle-10000",
                "three-brokers-one-slow", "paced-100k-linger5", "cold-start", "linkedin", "omb")), names::toString);
    }

    @Test
    void shouldFindWorkloadsByNameBeginningAndAll() {
        assertEquals(List.of("keyed"), ComparePreset.named("keyed").stream().map(ComparePreset::name).toList());
        assertEquals(13, ComparePreset.named("paced").size());
        assertEquals(5, ComparePreset.named("paced-10k").size());
        // A name of its own, although others begin so.
        assertEquals(1, ComparePreset.named("100B").size());
        assertEquals(ComparePreset.all(), ComparePreset.named("all"));
        assertEquals(List.of(), ComparePreset.named("10"));
    }

    @Test
    void shouldKeepSweepsOutOfAll() {
        assertEquals(5, ComparePreset.named("sweep-linger").size());
        assertEquals(ComparePreset.ofSweeps(), ComparePreset.named("sweep"));
        for (final ComparePreset preset : ComparePreset.ofSweeps()) {
            assertFalse(ComparePreset.all().contains(preset));
            assertEquals(List.of("kp"), parse(preset).clients());
            HtmlReport.setting(preset.name().substring(0, preset.name().lastIndexOf('-')));
        }
    }

    @Test
    void shouldLetTheUsersOptionsComeLast() {
        final CompareSettings settings = parse(ComparePreset.named("cold-start").get(0), "--rounds", "1", "--measure=3",
                "-X", "acks=1", "--clients", "kafka,kp");
        assertEquals(1, settings.rounds());
        assertEquals(3, settings.workload().seconds());
        assertEquals(0, settings.workload().warmupSeconds());
        assertEquals(1000, settings.workload().rate());
        assertEquals("1", settings.workload().config().get("acks"));
        assertEquals(List.of("kafka", "kp"), settings.clients());
        assertEquals(6, settings.seconds());
    }

    @Test
    void shouldTakeJvmOptionsThatBeginAsItsOwnOption() {
        final List<String> expected = List.of("-Xms1g", "-Xmx1g", "-XX:+UseParallelGC", "-Xlog:gc");
        assertEquals(expected, parse(null, "--jvm-option=-XX:+UseParallelGC", "--jvm-option=-Xlog:gc").jvmOptions());
        assertEquals(expected,
                parse(null, "--jvm-option", "-XX:+UseParallelGC", "--jvm-option", "-Xlog:gc").jvmOptions());
        assertEquals(List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC"), parse(null).jvmOptions());
        final ParameterException e = assertThrows(ParameterException.class, () -> parse(null, "--jvm-option"));
        assertEquals("Missing required parameter for option '--jvm-option' (OPTION)", e.getMessage());
    }

    @Test
    void shouldHoldFiguresAgainstKafkasTheOwnOnesOrNothing() {
        final ComparePreset.Goal cost = ComparePreset.Goal.of("cpuNsPerRecord", 0.5, 0.25);
        assertEquals("kafka", cost.reference());
        assertTrue(cost.isMet(0.5) && !cost.isMet(0.501) && !cost.isAimReached(0.5) && cost.isAimReached(0.25));
        final ComparePreset.Goal rate = ComparePreset.Goal.of("recordsPerSecond", 2, 4);
        assertTrue(rate.isMet(2) && !rate.isMet(1.99) && rate.isAimReached(4) && !rate.isAimReached(3.9));
        final ComparePreset.Goal own = ComparePreset.Goal.of("cpuNsPerRecord@100B", 1.3, 1.1);
        assertEquals("own 100B", own.reference());
        assertEquals("cpuNsPerRecord", own.figure());
        final ComparePreset.Goal bytes = ComparePreset.Goal.of("allocatedBytesPerRecord@", 0, 0);
        assertEquals("itself", bytes.reference());
        assertTrue(bytes.isMet(0.4) && !bytes.isMet(1));
    }

    @Test
    void shouldRefuseWhatContradictsItself() {
        assertThrows(ParameterException.class, () -> parse(null, "--warmup-rate", "10"));
        assertThrows(ParameterException.class, () -> parse(null, "--spin"));
        assertThrows(ParameterException.class, () -> parse(null, "--hold"));
        assertThrows(ParameterException.class, () -> parse(null, "--hold", "--linger-ms", "5"));
        assertThrows(ParameterException.class, () -> parse(null, "--clients", "kp,kp"));
        assertThrows(ParameterException.class, () -> parse(null, "--clients", "none", "--threads", "2"));
        for (final String options : new String[]{"--threads 2", "--topics 2", "--ack-delay-ms 0,1", "--rate 10",
                "--hold --linger-ms 10000", "--api future", "--active-partitions 2"}) {
            final String[] arguments = ("--clients bare " + options).split(" ");
            assertThrows(ParameterException.class, () -> parse(null, arguments), options);
        }
        parse(null, "--clients", "kp,kafka,bare");
        assertThrows(ParameterException.class, () -> parse(null, "--active-partitions", "5"));
        assertThrows(ParameterException.class, () -> parse(ComparePreset.named("broker-2ms").get(0), "--broker=real"));
    }
}
