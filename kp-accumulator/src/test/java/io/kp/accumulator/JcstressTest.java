package io.kp.accumulator;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

import io.kp.support.Jcstress;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs {@link BatchCompletionStress}, {@link AppendStress} and {@link HandBackStress}: on the module as it is, where nothing forbidden may be seen, and on
 * {@link Weakened} copies, where something forbidden must be.
 */
class JcstressTest {
    private static final List<Class<?>> TESTS = List.of(BatchCompletionStress.class, AppendStress.class,
            HandBackStress.class);

    @TempDir
    static Path folder;

    private static Jcstress jcstress;

    @BeforeAll
    static void compileTests() throws IOException {
        jcstress = new Jcstress(folder, "-Xmx128m\n-XX:+UseSerialGC\n-Dio.kp.memory.access=jdk", TESTS);
    }

    @Test
    void shouldShowNothingForbidden() throws Exception {
        final List<Jcstress.Run> runs = new ArrayList<>();
        TESTS.forEach(test -> runs.add(jcstress.asItIs(test)));
        runs.add(Weakened.NOTHING.run(jcstress));
        jcstress.assertNothingForbidden(runs);
    }

    @Test
    void shouldShowDeliberateMistakes() throws Exception {
        final List<Jcstress.Run> runs = new ArrayList<>();
        runs.add(jcstress.mistaken(BatchCompletionStress.WritesLate.class));
        for (final Weakened weakened : EnumSet.complementOf(EnumSet.of(Weakened.NOTHING))) {
            runs.add(weakened.run(jcstress));
        }
        jcstress.assertEachShown(runs);
    }
}
