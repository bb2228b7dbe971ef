package io.kp.client;

import static java.util.Objects.requireNonNull;

import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

import io.kp.memory.Parker;
import io.kp.network.HostResolver;
import io.kp.network.NioTransport;
import io.kp.network.SaslCredentials;
import io.kp.network.SaslTokenSource;
import io.kp.network.Transport;

/**
 * What a producer takes from its surroundings: time, randomness, network, names and the way its callers wait. The defaults are the system's; a simulation
 * gives its own, and then everything that a producer does is decided by them. Not thread-safe; give each producer its own context.
 */
public final class ProducerContext {
    private LongSupplier nanoClock = System::nanoTime;
    private LongSupplier epochClockMs = System::currentTimeMillis;
    private RandomGenerator random = new SplittableRandom();
    private Transport transport;
    private HostResolver hostResolver = HostResolver.system();
    private Parker parker = Parker.SYSTEM;
    private Executor executor;
    private Supplier<SaslCredentials> saslCredentials;
    private SaslTokenSource saslTokens;
    private Executor compressionExecutor;
    private ProducerListener listener;
    private Statistics statistics;

    /** Makes what counts a producer's work. */
    interface Statistics {
        ProducerStats make(ProducerConfig config, LongSupplier nanoClock, FlightEvents flight,
                ProducerListener listener);
    }

    /** Everything of the system's. */
    public ProducerContext() {
    }

    /**
     * Sets the clock of all timeouts.
     *
     * @param clock nanoseconds of any origin, never going back; called from any thread
     * @return this
     */
    public ProducerContext nanoClock(final LongSupplier clock) {
        nanoClock = requireNonNull(clock, "nanoClock");
        return this;
    }

    /**
     * Sets the clock of the timestamps of records that bring none.
     *
     * @param clock milliseconds since 1970 in UTC; may go back; called from any thread
     * @return this
     */
    public ProducerContext epochClockMs(final LongSupplier clock) {
        epochClockMs = requireNonNull(clock, "epochClockMs");
        return this;
    }

    /**
     * Sets the source of jitter and of random choices. It is used while the producer opens and then by its I/O thread only.
     *
     * @param generator the source
     * @return this
     */
    public ProducerContext random(final RandomGenerator generator) {
        random = requireNonNull(generator, "random");
        return this;
    }

    /**
     * Sets the network. The producer closes it.
     *
     * @param network the network
     * @return this
     */
    public ProducerContext transport(final Transport network) {
        transport = requireNonNull(network, "transport");
        return this;
    }

    /**
     * Sets where addresses of brokers come from.
     *
     * @param resolver the resolver; its {@code lookUp} is called on the I/O thread
     * @return this
     */
    public ProducerContext hostResolver(final HostResolver resolver) {
        hostResolver = requireNonNull(resolver, "hostResolver");
        return this;
    }

    /**
     * Sets how callers wait: for metadata, for memory, for a flush and for a close.
     *
     * @param callersParker parks and unparks threads
     * @return this
     */
    public ProducerContext parker(final Parker callersParker) {
        parker = requireNonNull(callersParker, "parker");
        return this;
    }

    /**
     * Sets where work is done that would keep the I/O thread from serving other brokers: the arithmetic of TLS handshakes, reading certificates, fetching tokens. Unless it
     * is set, a producer with a thread has up to two more for it while there is such work, and one without does it itself.
     *
     * @param worker the executor, which the producer does not close; {@code Runnable::run} does the work at once
     * @return this
     */
    public ProducerContext executor(final Executor worker) {
        executor = requireNonNull(worker, "executor");
        return this;
    }

    /**
     * Sets where user and password come from for {@code sasl.mechanism} PLAIN and SCRAM, in place of {@code sasl.jaas.config}. They are asked for each time that a
     * connection authenticates, so whoever replaces what the supplier gives has them replaced while the producer runs.
     *
     * @param credentials the supplier; called on the context's executor and, for messages, on the I/O thread, so it must not block
     * @return this
     */
    public ProducerContext saslCredentials(final Supplier<SaslCredentials> credentials) {
        saslCredentials = requireNonNull(credentials, "saslCredentials");
        return this;
    }

    /**
     * Sets where tokens come from for {@code sasl.mechanism=OAUTHBEARER}, in place of {@code sasl.oauthbearer.token.endpoint.url}.
     *
     * @param tokens the source; called on the context's executor for each authentication, where it may block
     * @return this
     */
    public ProducerContext saslTokens(final SaslTokenSource tokens) {
        saslTokens = requireNonNull(tokens, "saslTokens");
        return this;
    }

    /** {@code null} if none was set. */
    Supplier<SaslCredentials> saslCredentials() {
        return saslCredentials;
    }

    /** {@code null} if none was set. */
    SaslTokenSource saslTokens() {
        return saslTokens;
    }

    /** {@code null} if none was set. */
    Executor executor() {
        return executor;
    }

    /**
     * Sets who compresses batches, where the configuration asks for it.
     *
     * @param executor runs a compressor until it finds no work; on other threads than the producer's I/O thread, and with as many threads as
     *        {@code kp.compression.threads} says. The producer does not close it. By default the producer starts threads of its own.
     * @return this
     */
    public ProducerContext compressionExecutor(final Executor executor) {
        compressionExecutor = requireNonNull(executor, "compressionExecutor");
        return this;
    }

    /** {@code null} if the producer is to start threads. */
    Executor compressionExecutor() {
        return compressionExecutor;
    }

    /**
     * Sets who hears what becomes of batches and connections.
     *
     * @param hears called on the I/O thread, see there for what it must not do
     * @return this
     */
    public ProducerContext listener(final ProducerListener hears) {
        listener = requireNonNull(hears, "listener");
        return this;
    }

    /** {@code null} if none was set. */
    ProducerListener listener() {
        return listener;
    }

    /** Not for users: what counting costs is measured beside a producer that does not count. */
    ProducerContext statistics(final Statistics makes) {
        statistics = requireNonNull(makes, "statistics");
        return this;
    }

    ProducerStats newStatistics(final ProducerConfig config, final FlightEvents flight) {
        return statistics == null
                ? new ProducerStats(config, nanoClock, flight, listener)
                : statistics.make(config, nanoClock, flight, listener);
    }

    LongSupplier nanoClock() {
        return nanoClock;
    }

    LongSupplier epochClockMs() {
        return epochClockMs;
    }

    RandomGenerator random() {
        return random;
    }

    /** Opens the system's network if none was set: as late as possible, so that nothing is left open when a step before it fails. */
    Transport openTransport() {
        return transport == null ? NioTransport.open() : transport;
    }

    HostResolver hostResolver() {
        return hostResolver;
    }

    Parker parker() {
        return parker;
    }
}
