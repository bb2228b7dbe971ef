package io.kp.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kp top}. */
@Command(name = "top", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = "Shows what the producers of a running process do: rates, memory, where the time goes, brokers and partitions, and what limits.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "  0:shown once, as asked for or as standard output is no terminal",
        "  1:the process shows no producer, or has ended", "  2:there is no such process, or it has no JMX",
        " 70:a defect of the tool itself", "130:ended by Ctrl-C"}, footerHeading = "%nExamples:%n", footer = {
                "  kp top 4711", "  kp top 4711 --client orders --interval 5", "  kp top broker-1:9999 --json", "",
                "The producers must show themselves: kp.jmx=true in their configuration. Ends with Ctrl-C, or when the",
                "process ends. Where standard output is no terminal it shows one frame. NO_COLOR=1 leaves out colours."})
final class TopCommand implements Callable<Integer> {
    private static final int DEFAULT_COLUMNS = 80;
    private static final String PRODUCERS = "io.kp:type=producer,*";

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "PROCESS", description = "A process id on this machine and of this user, or host:port of a JMX port (com.sun.management.jmxremote.port).")
    private String process;

    @Option(names = "--client", paramLabel = "ID", description = "Only the producer with this client.id.")
    private String client;

    @Option(names = "--once", description = "One frame, then end.")
    private boolean once;

    @Option(names = "--json", description = "All metrics once, as JSON, then end.")
    private boolean json;

    @Option(names = "--interval", paramLabel = "SECONDS", defaultValue = "1", description = "Between frames (default: ${DEFAULT-VALUE}).")
    private double intervalSeconds;

    @Override
    public Integer call() throws InterruptedException {
        if (!(intervalSeconds >= 0.1 && intervalSeconds <= 3600)) {
            throw new ParameterException(spec.commandLine(),
                    "must be from 0.1 to 3600: --interval " + intervalSeconds);
        }
        final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        try (JMXConnector connector = connect()) {
            return run(connector.getMBeanServerConnection(), out);
        } catch (final IOException | JMException e) {
            // The process has ended, or the connection.
            System.err.println("kp: the process cannot be asked any more: " + e.getMessage());
            return ExitCode.INCOMPLETE;
        }
    }

    private int run(final MBeanServerConnection server, final PrintStream out)
            throws IOException, JMException, InterruptedException {
        final boolean live = !once && !json && Boolean.getBoolean("kp.terminal.stdout");
        final boolean colour = live && System.getenv("NO_COLOR") == null;
        Map<String, TopFrame> before = new HashMap<>();
        while (true) {
            final Map<String, Object> producers = producers(server, client);
            if (producers.isEmpty()) {
                System.err.println(
                        "kp: the process shows no producer" + (client == null ? "" : " with client.id " + client)
                                + ": is kp.jmx=true set?");
                return ExitCode.INCOMPLETE;
            }
            if (json) {
                final Map<String, Object> all = new LinkedHashMap<>();
                all.put("producers", new ArrayList<>(producers.values()));
                out.print(Json.text(all));
                out.flush();
                return ExitCode.OK;
            }
            final Map<String, TopFrame> frames = new TreeMap<>();
            final StringBuilder text = new StringBuilder(live ? "\u001b[H\u001b[2J" : "");
            final int columns = columns(live);
            for (final Map.Entry<String, Object> producer : producers.entrySet()) {
                final TopFrame frame = new TopFrame((Map<?, ?>) producer.getValue(), System.nanoTime(),
                        before.get(producer.getKey()));
                frames.put(producer.getKey(), frame.alone());
                text.append(text.length() > 8 ? "\n" : "");
                frame.lines(columns, colour).forEach(line -> text.append(line).append('\n'));
            }
            out.print(text);
            out.flush();
            if (!live) {
                return ExitCode.OK;
            }
            before = frames;
            TimeUnit.MILLISECONDS.sleep((long) (1000 * intervalSeconds));
        }
    }

    /** What the producers of a process say of themselves, by client id. */
    static Map<String, Object> producers(final MBeanServerConnection server, final String only)
            throws IOException, JMException {
        final Map<String, Object> producers = new TreeMap<>();
        for (final ObjectName name : server.queryNames(new ObjectName(PRODUCERS), null)) {
            final Map<?, ?> producer = (Map<?, ?>) Json.parse((String) server.getAttribute(name, "Json"));
            final String id = (String) producer.get("client-id");
            if (only == null || only.equals(id)) {
                producers.put(id, producer);
            }
        }
        return producers;
    }

    private JMXConnector connect() throws IOException {
        final String address;
        if (process.matches("\\d+")) {
            try {
                final VirtualMachine machine = VirtualMachine.attach(process);
                try {
                    address = machine.startLocalManagementAgent();
                } finally {
                    machine.detach();
                }
            } catch (final AttachNotSupportedException | IOException e) {
                throw new ParameterException(spec.commandLine(),
                        "no Java process of this user: " + process + " (" + e.getMessage() + ")");
            }
        } else if (process.matches(".+:\\d+")) {
            address = "service:jmx:rmi:///jndi/rmi://" + process + "/jmxrmi";
        } else {
            throw new ParameterException(spec.commandLine(), "must be a process id or host:port: " + process);
        }
        try {
            return JMXConnectorFactory.connect(new JMXServiceURL(address));
        } catch (final IOException e) {
            throw new ParameterException(spec.commandLine(), "no JMX at " + process + ": " + e.getMessage());
        }
    }

    /** Asked anew for each frame: terminals change. */
    private static int columns(final boolean live) throws InterruptedException {
        if (live) {
            try {
                final Process stty = new ProcessBuilder("stty", "size").redirectInput(ProcessBuilder.Redirect.INHERIT)
                        .redirectError(ProcessBuilder.Redirect.DISCARD).start();
                final String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim();
                if (stty.waitFor() == 0 && size.matches("\\d+ [1-9]\\d*")) {
                    return Integer.parseInt(size.substring(size.indexOf(' ') + 1));
                }
            } catch (final IOException e) {
                // No stty, or no terminal at standard input: as wide as the start script has found, or as usual.
                return Integer.getInteger("kp.terminal.columns", DEFAULT_COLUMNS);
            }
        }
        return Integer.getInteger("kp.terminal.columns", DEFAULT_COLUMNS);
    }
}
