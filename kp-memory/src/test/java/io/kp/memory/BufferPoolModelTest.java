package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lincheck's model checker runs each scenario under many schedules, switching threads at any access to shared memory, and finds failures,
 * deadlocks and lost wake-ups. It assumes sequential consistency: that the fences of the pool are enough is argued in the pool's
 * source and tried by the load test.
 */
class BufferPoolModelTest {
    /** For each scenario; {@code -Dkp.test.schedules} is for longer runs. */
    private static final int SCHEDULES = Integer.getInteger("kp.test.schedules", 150);

    static List<Runnable> scenarios() {
        return List.of(new PoolScenarios.OneSegmentForTwo(), new PoolScenarios.TwoReleases(),
                new PoolScenarios.GivingUp(),
                new PoolScenarios.GivingUpAtTheHead(), new PoolScenarios.TwoKinds());
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void shouldEndWellUnderEverySchedule(final Runnable scenario) {
        Lincheck.runConcurrentTest(SCHEDULES, scenario);
    }

    @Test
    void shouldFindDeliberateMistakes(@TempDir final Path folder) throws Exception {
        final String classPath = Jvm.path(Jvm.testClasses(), Jvm.libraries());
        Mutations.compile(Jvm.basedir().resolve("src/main/java/io/kp/memory"), classPath, folder);
        final Jvm.Outcome outcome = Jvm.run(Jvm.current(), folder, List.of("-cp", Jvm.path(
                folder.toString(), classPath, System.getProperty("java.class.path")), Mutations.class.getName()));
        assertEquals(Mutations.allFound(), outcome.out, outcome::toString);
    }
}
