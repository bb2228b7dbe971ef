package io.kp.bench;

import java.io.PrintWriter;
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
@Command(name = "simulate", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, showDefaultValues = true, description = "Runs the producer in simulated time, over a simulated network and against simulated brokers, under faults that a seed decides, and checks that it kept its promises.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "  0:no promise was broken under any seed", "  1:one was, or the simulation itself broke; the seed is named",
        "  2:the command line is wrong; nothing was run", " 70:a defect of the tool itself",
        "130:ended by Ctrl-C; the totals so far are told"}, footerHeading = "%nExamples:%n", footer = {
                "  kp simulate --seeds 10000",
                "  kp simulate --from 4711 --seeds 1 --events 200", "  kp simulate --seeds 100000 --json totals.json",
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

    @Option(names = "--json", paramLabel = "FILE", arity = "0..1", fallbackValue = JsonOption.STANDARD_OUTPUT, description = "Write the totals as JSON to the file; to standard output for - or no file, and what is meant for people to standard error.")
    private String json;

    @Override
    public Integer call() {
        if (seeds <= 0 || events < 0) {
            throw new ParameterException(spec.commandLine(),
                    "--seeds must be positive and --events not negative: seeds=" + seeds + ", events=" + events);
        }
        final JsonOption target = JsonOption.of(spec, json);
        // Brokers that fail are what it is about: what producers say of them is not of interest.
        System.setProperty("org.slf4j.simpleLogger.log.io.kp", "off");
        System.setProperty("io.kp.memory.poison", "true");
        // The simulated threads run one at a time: a second carrier would only make each change from one to the next dearer.
        System.setProperty("jdk.virtualThreadScheduler.parallelism", "1");
        final PrintWriter out = new PrintWriter(target.people());
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
        target.write(totals.asMap(from, elapsedNs));
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
