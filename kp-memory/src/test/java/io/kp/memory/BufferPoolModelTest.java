package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lincheck's model checker runs each of {@link PoolScenarios} under many schedules, switching threads at any access to shared memory, and
 * finds failures, deadlocks and lost wake-ups. It assumes sequential consistency: that the fences of the pool are enough is argued in the
 * pool's source and tried by the load test.
 */
class BufferPoolModelTest {
    @TempDir
    Path folder;

    @Test
    void shouldEndWellUnderEverySchedule() throws Exception {
        final Jvm.Outcome outcome = Jvm.run(Jvm.current(), folder, List.of("-cp",
                Jvm.path(Jvm.classes(), Jvm.testClasses(), Jvm.libraries(), System.getProperty("java.class.path")),
                "-Dkp.test.schedules=" + System.getProperty("kp.test.schedules", ""), Mutations.class.getName()));
        assertEquals(Mutations.allRight(), outcome.out, outcome::toString);
    }

    @Test
    void shouldFindDeliberateMistakes() throws Exception {
        final String classPath = Jvm.path(Jvm.testClasses(), Jvm.libraries());
        Mutations.compile(Jvm.basedir().resolve("src/main/java/io/kp/memory"), classPath, folder);
        final Jvm.Outcome outcome = Jvm.run(Jvm.current(), folder,
                List.of("-cp", Jvm.path(folder.toString(), classPath, System.getProperty("java.class.path")),
                        Mutations.class.getName(), "mutations"));
        assertEquals(Mutations.allFound(), outcome.out, outcome::toString);
    }
}
