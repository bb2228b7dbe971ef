package io.kp.support;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.TestExecutor;
import org.openjdk.jcstress.Verbosity;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.TestInfo;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.grading.GradingResult;
import org.openjdk.jcstress.infra.runners.TestConfig;
import org.openjdk.jcstress.infra.runners.TestList;
import org.openjdk.jcstress.os.AffinityMode;
import org.openjdk.jcstress.os.Scheduler;
import org.openjdk.jcstress.os.topology.PresetRegularTopology;
import org.openjdk.jcstress.vm.CompileMode;

/**
 * Runs jcstress tests in JVMs of their own, one after the other. Instead of jcstress's own main program, since that leaves out, without
 * failing, what has more actors than the machine has cores, spends seconds on finding out what the JVM can do, and writes files.
 */
public final class JcstressRun {
    /** Starts each line that is meant for {@link Jcstress}. */
    static final String PREFIX = "jcstress";
    /** How long each run lasts, in iterations of {@link #ITERATION_MS}. */
    static final String ITERATIONS_PROPERTY = "kp.test.iterations";
    static final String SEPARATOR = "\t";
    private static final String ITERATION_MS = "150";
    private static final int MAX_ACTORS = 3;

    private JcstressRun() {
    }

    /**
     * Prints what was observed.
     *
     * @param args
     *            three each: a name, the test, the JVM's arguments each in a line.
     */
    public static void main(final String[] args) throws Exception {
        final Options options = new Options(new String[]{"-iters", System.getProperty(ITERATIONS_PROPERTY),
                "-time", ITERATION_MS, "-strideSize", "32", "-strideCount", "8", "-spinStyle", "THREAD_YIELD", "-c",
                "1"});
        if (!options.parse()) {
            throw new IllegalArgumentException("jcstress refused its options");
        }
        // With more threads than cores the race is between any two of them, and the third comes in between where it is scheduled.
        final Scheduler scheduler = new Scheduler(new PresetRegularTopology(1, MAX_ACTORS, 1), MAX_ACTORS);
        final List<TestConfig> configs = new ArrayList<>();
        final Map<TestConfig, String> names = new HashMap<>();
        for (int i = 0; i < args.length; i += 3) {
            final TestInfo info = TestList.getInfo(args[i + 1]);
            final TestConfig config = new TestConfig(options, info, i, List.of(args[i + 2].split("\n")),
                    CompileMode.UNIFIED,
                    scheduler.scheduleClasses(info.threads(), MAX_ACTORS, AffinityMode.NONE).get(0));
            configs.add(config);
            names.put(config, args[i]);
        }
        final InProcessCollector collector = new InProcessCollector();
        new TestExecutor(new Verbosity(0), collector, scheduler).runAll(configs);
        for (final TestResult result : collector.getTestResults()) {
            print(names.get(result.getConfig()), result);
        }
    }

    private static void print(final String name, final TestResult result) {
        if (result.status() != Status.NORMAL) {
            print(name, result.status().name(), 1, String.join(" ", result.getMessages()),
                    String.join(" ", result.getVmErr()));
            return;
        }
        for (final GradingResult outcome : result.grading().gradingResults.values()) {
            print(name, outcome.expect.name(), outcome.count, outcome.id, outcome.description);
        }
    }

    private static void print(final String name, final String kind, final long count, final String id,
            final String description) {
        System.out.println(String.join(SEPARATOR, PREFIX, name, kind, Long.toString(count), id,
                String.valueOf(description)).replace('\n', ' '));
    }
}
