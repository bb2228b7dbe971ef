package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What depends on how the JVM was started: on the module path and on the class path, with and without the option that Agrona's
 * buffers need, on every JDK at hand. The standard error stream must show nothing but the one message of this module.
 */
class ForkedJvmTest {
    private static final String MODULE_OPTION = "--add-exports java.base/jdk.internal.misc=org.agrona";
    private static final String CLASS_OPTION = "--add-exports java.base/jdk.internal.misc=ALL-UNNAMED";

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("io.kp.memory.Jvm#jdks")
    void shouldUseAgronaOnTheModulePathWithTheOption(final Path jdk) throws Exception {
        final Jvm.Outcome outcome = onModulePath(jdk, "access", MODULE_OPTION.split(" "));
        assertEquals(List.of("AgronaSegment", "module", "0", "0"), withoutBytes(outcome), outcome::toString);
        assertEquals(List.of(), outcome.err);
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Jvm#jdks")
    void shouldUseTheJdkOnTheModulePathWithoutTheOption(final Path jdk) throws Exception {
        final Jvm.Outcome outcome = onModulePath(jdk, "access");
        assertEquals(List.of("JdkSegment", "module", "Agrona's buffers need the JVM option " + MODULE_OPTION, "0"),
                outcome.out, outcome::toString);
        assertLogged(MODULE_OPTION, outcome);
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Jvm#jdks")
    void shouldUseAgronaOnTheClassPathWithTheOption(final Path jdk) throws Exception {
        final Jvm.Outcome outcome = onClassPath(jdk, "access", CLASS_OPTION.split(" "));
        assertEquals(List.of("AgronaSegment", "class", "0", "0"), withoutBytes(outcome), outcome::toString);
        assertEquals(List.of(), outcome.err);
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Jvm#jdks")
    void shouldUseTheJdkOnTheClassPathWithoutTheOption(final Path jdk) throws Exception {
        final Jvm.Outcome outcome = onClassPath(jdk, "access");
        assertEquals(List.of("JdkSegment", "class", "Agrona's buffers need the JVM option " + CLASS_OPTION, "0"),
                outcome.out, outcome::toString);
        assertLogged(CLASS_OPTION, outcome);
    }

    @Test
    void shouldFollowTheProperty() throws Exception {
        final Path jdk = Jvm.current();
        final Jvm.Outcome jdkWanted = onModulePath(jdk, "access", "--add-exports",
                "java.base/jdk.internal.misc=org.agrona",
                "-Dio.kp.memory.access=jdk");
        assertEquals(
                List.of("JdkSegment", "module", "Agrona's buffers are not in use: io.kp.memory.access=jdk", "0"),
                jdkWanted.out, jdkWanted::toString);
        assertEquals(List.of(), jdkWanted.err);

        final Jvm.Outcome agronaWanted = onClassPath(jdk, "access", "-Dio.kp.memory.access=agrona");
        assertEquals(1, agronaWanted.exitCode);
        assertTrue(agronaWanted.err.get(0).endsWith("IllegalStateException: io.kp.memory.access=agrona cannot be met: "
                + "Agrona's buffers need the JVM option " + CLASS_OPTION), agronaWanted::toString);

        final Jvm.Outcome nonsenseWanted = onClassPath(jdk, "access", "-Dio.kp.memory.access=magic");
        assertEquals(1, nonsenseWanted.exitCode);
        assertTrue(
                nonsenseWanted.err.get(0).endsWith("IllegalArgumentException: access must be one of agrona, jdk, auto: "
                        + "io.kp.memory.access=magic"),
                nonsenseWanted::toString);
    }

    @Test
    void shouldSurviveThatTheJvmRefusesDirectMemory() throws Exception {
        final Jvm.Outcome outcome = onModulePath(Jvm.current(), "directMemory", "-XX:MaxDirectMemorySize=1m",
                "-Dio.kp.memory.access=jdk");
        assertEquals(List.of("3", "true", "0", "0", "OutOfMemoryError", "0"), outcome.out, outcome::toString);
        assertEquals(List.of(), outcome.err);
    }

    private static List<String> withoutBytes(final Jvm.Outcome outcome) {
        final List<String> lines = new ArrayList<>(outcome.out);
        // The first eight bytes of the segment: five of its first content and what the program wrote.
        if (lines.size() == 4 && lines.get(2).matches("-?\\d+")) {
            lines.set(2, "0");
        }
        return lines;
    }

    private static void assertLogged(final String option, final Jvm.Outcome outcome) {
        // The JDK's default log format: a line with the time and the source, a line with the level and the message.
        assertEquals(2, outcome.err.size(), outcome::toString);
        assertEquals("INFO: Segments use the JDK's byte buffers. Agrona's buffers need the JVM option " + option
                + "; with it they use Agrona's, which are faster.", outcome.err.get(1));
    }

    private Jvm.Outcome onModulePath(final Path jdk, final String program, final String... options) throws Exception {
        final List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("-p", Jvm.path(Jvm.classes(), Jvm.libraries()), "--patch-module",
                "io.kp.memory=" + Jvm.testClasses(),
                "-m", "io.kp.memory/" + AccessProbe.class.getName(), program));
        return Jvm.run(jdk, folder, arguments);
    }

    private Jvm.Outcome onClassPath(final Path jdk, final String program, final String... options) throws Exception {
        final List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(
                List.of("-cp", Jvm.path(Jvm.classes(), Jvm.testClasses(), Jvm.libraries()), AccessProbe.class.getName(),
                        program));
        return Jvm.run(jdk, folder, arguments);
    }
}
