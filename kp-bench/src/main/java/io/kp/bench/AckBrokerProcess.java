package io.kp.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A running {@link AckBroker}. */
final class AckBrokerProcess implements CompareBroker {
    // Little heap and one collector thread: the processors are the client's.
    private static final List<String> JVM_OPTIONS = List.of("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC");
    private static final long END_TIMEOUT_SECONDS = 20;

    private final Process process;
    private final BufferedReader answers;
    private final String bootstrapServers;

    private AckBrokerProcess(final Process process) throws IOException {
        this.process = process;
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        bootstrapServers = Arrays.stream(answer().substring(AckBroker.READY.length()).split(","))
                .map(port -> AckBroker.HOST + ":" + port).collect(Collectors.joining(","));
    }

    /**
     * Starts the process and waits until it listens.
     *
     * @param partitions partitions of every topic
     * @param delaysMs   each node's milliseconds until it answers, as {@code 0,0,100}
     * @return the broker
     * @throws BrokerException
     *                             if it does not start
     */
    static AckBrokerProcess start(final int partitions, final String delaysMs) {
        Process process = null;
        try {
            process = BenchJvm.start(BenchJvm.command(List.of(), JVM_OPTIONS, false, false, AckBroker.class,
                    List.of(Integer.toString(partitions), delaysMs)));
            return new AckBrokerProcess(process);
        } catch (final IOException | UncheckedIOException e) {
            if (process != null) {
                process.destroyForcibly();
            }
            throw new BrokerException("the acknowledge-only broker did not start: " + e.getMessage(), e);
        }
    }

    @Override
    public String bootstrapServers() {
        return bootstrapServers;
    }

    @Override
    public List<Long> pids() {
        return List.of(process.pid());
    }

    @Override
    public void prepare(final String topicPrefix, final int topics) {
        // It has every topic that it is asked for.
    }

    @Override
    public BrokerTotals totals(final String topicPrefix, final int topics) {
        try {
            process.getOutputStream().write((AckBroker.TOTALS + topicPrefix + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final String[] counts = answer().split(" ");
        return new BrokerTotals(Long.parseLong(counts[0]), Long.parseLong(counts[1]), Long.parseLong(counts[2]),
                Long.parseLong(counts[3]));
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(END_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String answer() {
        try {
            final String line = answers.readLine();
            if (line == null) {
                throw new UncheckedIOException(new IOException("the process has ended"));
            }
            return line;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
