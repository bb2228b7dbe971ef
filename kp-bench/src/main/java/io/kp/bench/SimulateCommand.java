package io.kp.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import io.kp.testkit.Simulation;
import io.kp.testkit.SimulationReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code kp simulate}. */
@Command(name = "simulate", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, showDefaultValues = true, description = "Runs the producer in simulated time, over a simulated network and against simulated brokers, under faults that a seed decides, and checks that it kept its promises.", footer = {
        "",
        "A seed always runs in the same way: --from S --seeds 1 --events N shows a failure again, with what led to it."})
final class SimulateCommand implements Callable<Integer> {
    private static final long PROGRESS_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int MAX_SHOWN = 10;

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Kp kp;

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "1000", description = "How many seeds to run.")
    private long seeds;

    @Option(names = "--from", paramLabel = "S", defaultValue = "1", description = "The first seed.")
    private long from;

    @Option(names = "--events", paramLabel = "N", defaultValue = "0", description = "How many of the last events to show of a seed that fails.")
    private int events;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the totals there too.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        if (seeds <= 0 || events < 0) {
            throw new ParameterException(spec.commandLine(),
                    "--seeds must be positive and --events not negative: seeds=" + seeds + ", events=" + events);
        }
        if (json != null && !Files.isDirectory(json.toAbsolutePath().getParent())) {
            throw new ParameterException(spec.commandLine(), "no such folder: --json " + json);
        }
        // Brokers that fail are what it is about: what producers say of them is not of interest.
        System.setProperty("org.slf4j.simpleLogger.log.io.kp", "off");
        System.setProperty("io.kp.memory.poison", "true");
        // The simulated threads run one at a time: a second carrier would only make each change from one to the next dearer.
        System.setProperty("jdk.virtualThreadScheduler.parallelism", "1");
        final PrintWriter out = spec.commandLine().getOut();
        final PrintWriter err = spec.commandLine().getErr();
        final SimulateTotals totals = new SimulateTotals();
        final long startNs = System.nanoTime();
        long toldNs = startNs;
        while (totals.seeds() < seeds && !kp.interruption().requested()) {
            final long seed = from + totals.seeds();
            run(seed, totals, out);
            if (System.nanoTime() - toldNs > PROGRESS_NS) {
                toldNs = System.nanoTime();
                final double elapsed = (toldNs - startNs) / 1e9;
                final double left = elapsed / totals.seeds() * (seeds - totals.seeds());
                err.printf("seed %d: %,d of %,d, failed=%d, %.0f s, about %.0f s left%n", seed, totals.seeds(), seeds,
                        totals.failed(), elapsed, left);
                err.flush();
            }
        }
        final long elapsedNs = System.nanoTime() - startNs;
        out.println(totals.text(elapsedNs));
        out.flush();
        if (json != null) {
            Files.writeString(json, Json.text(totals.asMap(from, elapsedNs)));
        }
        return kp.interruption().requested()
                ? ExitCode.INTERRUPTED
                : totals.failed() == 0 ? ExitCode.OK : ExitCode.INCOMPLETE;
    }

    private void run(final long seed, final SimulateTotals totals, final PrintWriter out) {
        try {
            final SimulationReport report = Simulation.run(seed);
            totals.add(report);
            if (!report.isClean() && totals.failed() <= MAX_SHOWN) {
                out.println((events == 0 ? report : Simulation.replay(seed)).describe(events));
                out.flush();
            }
        } catch (final RuntimeException | AssertionError e) {
            // Something that the simulation did not expect: a finding like others, and the other seeds are still worth running.
            totals.broken(seed, e);
            if (totals.failed() <= MAX_SHOWN) {
                out.println("seed " + seed + ": the simulation broke");
                e.printStackTrace(out);
                out.flush();
            }
        }
    }
}
