package io.kp.memory;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;

/**
 * Deliberate mistakes in the pool, each of which the model test must find. They are put into a copy of the module's own sources, where
 * {@link #active} chooses one; so they cannot grow apart from the code that they weaken.
 */
final class Mutations {
    /** The mistake that is made now. Read by the mutated sources. */
    static int active;

    /** For each scenario: most mutations are found with fewer. {@code -Dkp.test.schedules} is for longer runs. */
    private static final int SCHEDULES = Integer.getInteger("kp.test.schedules", 300);
    /** For each mutation, at most. */
    private static final int MUTATION_SCHEDULES = 2000;

    private enum Mutation {
        WAITER_DOES_NOT_LOOK_AGAIN("BufferPool.java", "if (head == waiter) {", "if (head == waiter && %s) {",
                new PoolScenarios.OneSegmentForTwo()), LEAVES_WAITERS_UNSERVED("BufferPool.java",
                        "if (gate != 0) {\n            final Waiter woken;",
                        "if (gate != 0 && %s) {\n            final Waiter woken;",
                        new PoolScenarios.ServedLater()), RELEASE_CHECKS_BEFORE_IT_WRITES("Segment.java",
                                "if (!STATE.compareAndSet(this, HELD, FREE)) {",
                                "if (%s ? !STATE.compareAndSet(this, HELD, FREE) : state == FREE || (state = FREE) != FREE) {",
                                new PoolScenarios.TwoReleases()), LEAVES_THE_QUEUE_IN_SPITE_OF_A_GRANT(
                                        "BufferPool.java",
                                        "if (waiter.grant != null) {",
                                        "if (waiter.grant != null && %s) {",
                                        new PoolScenarios.GivingUp()), LEAVES_THE_HEAD_WITHOUT_SERVING_THE_NEXT(
                                                "BufferPool.java", "woken = serve(); // what",
                                                "woken = %s ? serve() : null; // what",
                                                new PoolScenarios.GivingUpAtTheHead()), FORGETS_THE_TAG(
                                                        "FreeList.java", "+ ONE_CHANGE |",
                                                        "+ (%s ? ONE_CHANGE : 0) |",
                                                        new PoolScenarios.TheSameHeadAgain());

        final String file;
        final String original;
        final String weakened;
        final Runnable scenario;

        Mutation(final String file, final String original, final String weakened, final Runnable scenario) {
            this.file = file;
            this.original = original;
            this.weakened = weakened;
            this.scenario = scenario;
        }

        String applyTo(final String source) {
            final int first = source.indexOf(original);
            if (first < 0 || source.indexOf(original, first + 1) >= 0) {
                throw new AssertionError("must occur once in " + file + ": " + original);
            }
            return source.replace(original, weakened.formatted("Mutations.active != " + (ordinal() + 1)));
        }
    }

    private Mutations() {
    }

    /** What {@link #main} prints if all is well. */
    static List<String> allFound() {
        return Stream.of(Mutation.values()).map(mutation -> mutation + " was found").collect(Collectors.toList());
    }

    /** Compiles the module with all mutations, none of them active, into a folder. */
    static void compile(final Path sources, final String classPath, final Path folder) throws IOException {
        final List<String> command = new ArrayList<>(
                List.of("-nowarn", "-proc:none", "-d", folder.toString(), "-cp", classPath));
        final Map<String, List<Mutation>> mutations = Stream.of(Mutation.values())
                .collect(Collectors.groupingBy(mutation -> mutation.file));
        try (Stream<Path> files = Files.list(sources)) {
            for (final Path file : files.collect(Collectors.toList())) {
                final String name = file.getFileName().toString();
                String source = Files.readString(file);
                for (final Mutation mutation : mutations.getOrDefault(name, List.of())) {
                    source = mutation.applyTo(source);
                }
                command.add(Files.writeString(folder.resolve(name), source).toString());
            }
        }
        final StringWriter errors = new StringWriter();
        final PrintWriter writer = new PrintWriter(errors);
        if (ToolProvider.findFirst("javac").orElseThrow().run(writer, writer, command.toArray(new String[0])) != 0) {
            throw new AssertionError(errors.toString());
        }
    }

    /** What {@link #main} prints if all is well and the mutations are not compiled in. */
    static List<String> allRight() {
        return scenarios().stream().map(scenario -> name(scenario) + " ended well").collect(Collectors.toList());
    }

    private static List<Runnable> scenarios() {
        return List.of(new PoolScenarios.OneSegmentForTwo(), new PoolScenarios.ServedLater(),
                new PoolScenarios.TwoReleases(), new PoolScenarios.GivingUp(),
                new PoolScenarios.GivingUpAtTheHead(), new PoolScenarios.TwoKinds(),
                new PoolScenarios.TheSameHeadAgain());
    }

    private static String name(final Runnable scenario) {
        return scenario.getClass().getSimpleName();
    }

    /**
     * Runs in a JVM of its own, since Lincheck instruments all classes that are loaded: without arguments, all scenarios on the pool as
     * it is; with one, each mutation with the scenario that must find it.
     */
    public static void main(final String[] args) {
        if (args.length == 0) {
            for (final Runnable scenario : scenarios()) {
                Lincheck.runConcurrentTest(SCHEDULES, scenario);
                System.out.println(name(scenario) + " ended well");
            }
            return;
        }
        for (final Mutation mutation : Mutation.values()) {
            active = mutation.ordinal() + 1;
            try {
                Lincheck.runConcurrentTest(MUTATION_SCHEDULES, mutation.scenario);
                System.out.println(mutation + " was not found");
            } catch (final LincheckAssertionError e) {
                System.out.println(mutation + " was found");
            }
        }
        System.exit(0); // some of the mistakes leave threads behind that wait for ever
    }
}
