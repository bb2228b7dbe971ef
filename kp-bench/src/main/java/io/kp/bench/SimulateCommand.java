package io.kp.bench;

import java.io.PrintWriter;
import java.util.Map;
import java.util.TreeMap;
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

    @Override
    public Integer call() {
        if (seeds <= 0 || events < 0) {
            throw new ParameterException(spec.commandLine(),
                    "--seeds must be positive and --events not negative: seeds=" + seeds + ", events=" + events);
        }
        // Brokers that fail are what it is about: what producers say of them is not of interest.
        System.setProperty("org.slf4j.simpleLogger.log.io.kp", "off");
        System.setProperty("io.kp.memory.poison", "true");
        final PrintWriter out = spec.commandLine().getOut();
        final PrintWriter err = spec.commandLine().getErr();
        final Map<String, Integer> faults = new TreeMap<>();
        final long startNs = System.nanoTime();
        long toldNs = startNs;
        long accepted = 0;
        long acknowledged = 0;
        long simulatedNs = 0;
        long failed = 0;
        long done = 0;
        while (done < seeds && !kp.interruption().requested()) {
            final long seed = from + done++;
            final SimulationReport report = Simulation.run(seed);
            report.faults().forEach((kind, times) -> faults.merge(kind, times, Integer::sum));
            accepted += report.accepted();
            acknowledged += report.acknowledged();
            simulatedNs += report.simulatedNs();
            if (!report.isClean() && ++failed <= MAX_SHOWN) {
                out.println((events == 0 ? report : Simulation.replay(seed)).describe(events));
                out.flush();
            }
            if (System.nanoTime() - toldNs > PROGRESS_NS) {
                toldNs = System.nanoTime();
                err.println("seed " + seed + ": " + done + " of " + seeds + ", failed=" + failed);
            }
        }
        faults.forEach((kind, times) -> out.printf("%,12d  %s%n", times, kind));
        out.printf("%,d seeds in %,d s, %,d s of simulated time, %,d records accepted, %,d acknowledged; "
                + "%d seeds with violations%n", done, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs),
                TimeUnit.NANOSECONDS.toSeconds(simulatedNs), accepted, acknowledged, failed);
        out.flush();
        return kp.interruption().requested() ? ExitCode.INTERRUPTED : failed == 0 ? ExitCode.OK : ExitCode.INCOMPLETE;
    }
}
