package io.kp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One node of a {@link KafkaCluster} and its process. Guarded by its cluster. */
final class BrokerNode {
    private static final int TAIL_LINES = 25;
    private static final long END_TIMEOUT_SECONDS = 20;
    private static final long SHUTDOWN_TIMEOUT_SECONDS = 120;

    private final int id;
    private final int port;
    private final int controllerPort;
    /** Ports of further listeners by their names. */
    private final Map<String, Integer> listeners;
    private final Path clusterFolder;
    private final Path properties;
    private final Path log;
    private Process process;
    private Process pause;

    BrokerNode(final int id, final int port, final int controllerPort, final Map<String, Integer> listeners,
            final Path clusterFolder) {
        this.id = id;
        this.port = port;
        this.controllerPort = controllerPort;
        this.listeners = listeners;
        this.clusterFolder = clusterFolder;
        properties = clusterFolder.resolve("node-" + id + ".properties");
        log = clusterFolder.resolve("node-" + id + ".log");
    }

    int id() {
        return id;
    }

    int port() {
        return port;
    }

    int controllerPort() {
        return controllerPort;
    }

    Map<String, Integer> listeners() {
        return listeners;
    }

    Path log() {
        return log;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    boolean isPaused() {
        return pause != null;
    }

    void writeProperties(final Map<String, String> values) {
        final StringBuilder text = new StringBuilder();
        values.forEach((key, value) -> text.append(key).append('=').append(value.replace("\\", "\\\\")).append('\n'));
        try {
            Files.writeString(properties, text);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void start(final BrokerInstallation installation, final String clusterId, final int heapMegabytes,
            final List<String> jvmOptions) {
        final Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        // Ctrl-C and a closing terminal reach every process of the foreground group. The broker ignores both (HotSpot leaves alone what was ignored when it
        // started), so that the tool can finish what is in flight; it ends when its standard input does.
        final List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh",
                java.toString(),
                "-Xms64m", "-Xmx" + heapMegabytes + "m", "-Djava.awt.headless=true",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=info", "-Dorg.slf4j.simpleLogger.log.org.apache.kafka=info",
                "-Dorg.slf4j.simpleLogger.logFile=System.out", "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", installation.classPath(), "io.kp.bench.BrokerMain", clusterFolder.toString(),
                properties.toString(), clusterId));
        final ProcessBuilder builder = new ProcessBuilder(command).directory(clusterFolder.toFile())
                .redirectErrorStream(true).redirectOutput(Redirect.appendTo(log.toFile()));
        // Options meant for the starter's JVM (agents, debuggers) are not meant for the broker's, and the JVM would print that it saw them.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        try {
            process = builder.start();
        } catch (final IOException e) {
            throw new UncheckedIOException("the broker's process could not be started: java=" + java, e);
        }
    }

    /** Ends the process at once (SIGKILL) and waits until it is gone. */
    void kill() {
        if (process != null) {
            process.destroyForcibly();
            await(process, END_TIMEOUT_SECONDS);
        }
        endPause();
    }

    /** Lets the node hand over what it leads and end by itself (SIGTERM), and waits until it is gone. */
    void shutDown() {
        // Process.destroy() would also close its standard input, and it would take that for the starter's end.
        process.toHandle().destroy();
        await(process, SHUTDOWN_TIMEOUT_SECONDS);
    }

    /** Stops the process in its tracks (SIGSTOP), until {@link #resume()} or the end of the starter. */
    void pause() {
        if (pause != null) {
            return;
        }
        // A stopped process cannot see that its starter died; this small one can, and wakes it.
        try {
            pause = new ProcessBuilder("/bin/sh", "-c",
                    "trap '' INT HUP; kill -STOP \"$1\"; echo stopped; read -r _; kill -CONT \"$1\"", "sh",
                    Long.toString(process.pid())).redirectError(Redirect.DISCARD).start();
            if (pause.getInputStream().read() < 0) {
                throw new IllegalStateException(
                        "the node's process could not be stopped: node=" + id + ", pid=" + process.pid());
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void resume() {
        endPause();
    }

    private void endPause() {
        if (pause != null) {
            try {
                pause.getOutputStream().close();
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
            await(pause, END_TIMEOUT_SECONDS);
            pause = null;
        }
    }

    /** The last lines of the log, for an error message. */
    String logTail() {
        try {
            final List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (final IOException e) {
            return "(no log: " + e + ")";
        }
    }

    private static void await(final Process process, final long timeoutSeconds) {
        boolean interrupted = false;
        try {
            final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
            while (true) {
                try {
                    if (!process.waitFor(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                        throw new IllegalStateException("the process did not end: pid=" + process.pid()
                                + ", timeoutSeconds=" + timeoutSeconds);
                    }
                    return;
                } catch (final InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
