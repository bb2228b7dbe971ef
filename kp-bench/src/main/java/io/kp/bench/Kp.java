package io.kp.bench;

import java.io.PrintWriter;

import org.apache.kafka.common.utils.AppInfoParser;

import io.kp.network.NetworkConfig;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line; {@code bin/kp} runs it. */
@Command(name = "kp", mixinStandardHelpOptions = true, versionProvider = Kp.Version.class, subcommands = {
        BenchCommand.class, ChaosCommand.class, CompareCommand.class, DoctorCommand.class,
        PerfCommand.class, ProduceCommand.class, ReportCommand.class,
        SimulateCommand.class,
        TopCommand.class}, usageHelpAutoWidth = true, description = "A Kafka producer, its tools and benchmarks.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
                "  0:everything was delivered and, where verified, found; no promise was broken",
                "  1:something was not delivered, not read, or not found; a promise was broken",
                "  2:the command line or the configuration is wrong; nothing was sent",
                "  3:the embedded broker did not start; nothing was sent",
                " 70:a defect of the tool itself", "130:ended by Ctrl-C"})
final class Kp implements Runnable {
    private final Interruption interruption;

    @Spec
    private CommandSpec spec;

    private Kp(final Interruption interruption) {
        this.interruption = interruption;
    }

    /**
     * Runs a command and ends the JVM with its exit code.
     *
     * @param args the command line
     */
    public static void main(final String[] args) {
        final Interruption interruption = new Interruption(Thread.currentThread()).install();
        int code = ExitCode.DEFECT;
        try {
            code = commandLine(interruption).setParameterExceptionHandler(Kp::usageError)
                    .setExecutionExceptionHandler(Kp::defect).execute(args);
        } finally {
            System.out.flush();
            interruption.done();
        }
        System.exit(code);
    }

    static CommandLine commandLine(final Interruption interruption) {
        final CommandLine all = new CommandLine(new Kp(interruption));
        // One table for all: what a command does not say itself.
        final CommandLine.Model.UsageMessageSpec own = all.getCommandSpec().usageMessage();
        for (final CommandLine command : all.getSubcommands().values()) {
            final CommandLine.Model.UsageMessageSpec usage = command.getCommandSpec().usageMessage();
            if (usage.exitCodeList().isEmpty()) {
                usage.exitCodeListHeading(own.exitCodeListHeading()).exitCodeList(own.exitCodeList());
            }
        }
        return all;
    }

    Interruption interruption() {
        return interruption;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    static int usageError(final ParameterException e, final String[] args) {
        final PrintWriter err = e.getCommandLine().getErr();
        err.println("kp: " + e.getMessage());
        err.println(
                "Try 'kp " + (e.getCommandLine().getParent() == null ? "" : e.getCommandLine().getCommandName() + " ")
                        + "--help'.");
        return ExitCode.USAGE;
    }

    private static int defect(final Exception e, final CommandLine command, final CommandLine.ParseResult result) {
        command.getErr().println("kp: a defect of the tool:");
        e.printStackTrace(command.getErr());
        return ExitCode.DEFECT;
    }

    /** The module's version. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[]{"kp " + NetworkConfig.DEFAULT_CLIENT_SOFTWARE_VERSION, "JDK ${java.version}",
                    "Kafka's client, for verification and comparison: " + AppInfoParser.getVersion()};
        }
    }
}
