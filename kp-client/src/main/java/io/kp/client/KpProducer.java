package io.kp.client;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.accumulator.AccumulatorClosedException;
import io.kp.accumulator.BatchListener;
import io.kp.accumulator.Claim;
import io.kp.accumulator.Compression;
import io.kp.accumulator.PartitionQueue;
import io.kp.accumulator.RecordAccumulator;
import io.kp.client.DeliveryException.Stage;
import io.kp.memory.BufferPool;
import io.kp.memory.Parker;
import io.kp.memory.PoolClosedException;
import io.kp.memory.PoolExhaustedException;
import io.kp.metadata.Metadata;
import io.kp.metadata.MetadataConfig;
import io.kp.metadata.MetadataException;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.RecoveryStrategy;
import io.kp.metadata.TopicInfo;
import io.kp.metadata.TopicPartition;
import io.kp.network.ConnectionListener;
import io.kp.network.NetworkClient;
import io.kp.network.NetworkConfig;
import io.kp.network.RequestFailure;
import io.kp.network.Sasl;

/**
 * The assembly: from configuration to memory, metadata, accumulator, network and the thread that runs the sender; and the calling threads' half of the way of a
 * record. Clock, randomness and sockets of the system come in here and nowhere else.
 */
final class KpProducer<K, V> implements InvokedProducer<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(KpProducer.class);

    /** How long a close waits for the I/O thread, and for user code, once its time is over. */
    private static final long ABORT_GRACE_NS = TimeUnit.MILLISECONDS.toNanos(80);

    private final Serializer<? super K> keySerializer;
    private final Serializer<? super V> valueSerializer;
    private final boolean keyIgnoresHeaders;
    private final boolean valueIgnoresHeaders;
    private final Interceptors<K, V> interceptors;
    private final Partitioning partitioning;
    private final BufferPool pool;
    private final Metadata metadata;
    private final RecordAccumulator accumulator;
    private final Completions completions;
    private final Sender sender;
    private final LongSupplier nanoClock;
    private final RecordClock clock;
    private final Parker parker;
    /** {@code null} if a thread runs the sender. */
    private final AgentInvoker invoker;
    private final ProducerStats stats;
    private final Explainer explainer;
    /** {@code null} unless asked for. */
    private final Optionals.Beans beans;
    private final long maxBlockNs;
    private final long deliveryTimeoutNs;
    private final int maxRequestBytes;
    private final int maxRecordBytes;
    private final ConcurrentHashMap<String, TopicSends> topics = new ConcurrentHashMap<>();
    /** Written once or twice; its fields are final, so that a race shows it in full or not at all. */
    private TopicSends firstTopic;
    private final String clientId;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean releasing = new AtomicBoolean();
    /** Completes when everything that was the user's is closed. */
    private final CompletableFuture<Void> released = new CompletableFuture<>();
    /** What of the user's is being closed; {@code null} if nothing. */
    private volatile Object closingNow;

    /**
     * @param invoked whether the owner runs the duty cycle; if not, a thread is started for it
     */
    KpProducer(final ProducerConfig config, final Serializer<? super K> keySerializer,
            final Serializer<? super V> valueSerializer, final List<ProducerInterceptor<K, V>> interceptors,
            final ProducerContext context, final boolean invoked) {
        this.keySerializer = requireNonNull(keySerializer, "keySerializer");
        this.valueSerializer = requireNonNull(valueSerializer, "valueSerializer");
        this.keyIgnoresHeaders = Serializers.ignoresHeaders(keySerializer);
        this.valueIgnoresHeaders = Serializers.ignoresHeaders(valueSerializer);
        this.interceptors = new Interceptors<>(interceptors);
        this.nanoClock = context.nanoClock();
        this.clock = new RecordClock(context.epochClockMs());
        this.parker = context.parker();
        final FlightEvents flight = Optionals.flightEvents();
        this.stats = context.newStatistics(config, flight);
        final RandomGenerator random = context.random();
        this.clientId = config.clientId();
        this.maxBlockNs = ns(config.maxBlockMs());
        this.deliveryTimeoutNs = ns(config.deliveryTimeoutMs());
        this.maxRequestBytes = config.maxRequestSize();
        final CompressorThreads compressorThreads = CompressionSettings.isWanted(config)
                && context.compressionExecutor() == null
                        ? new CompressorThreads(CompressionSettings.threads(config), config.clientId())
                        : null;
        final Compression compression = CompressionSettings.compression(config,
                compressorThreads == null ? context.compressionExecutor() : compressorThreads,
                e -> LOG.error("a batch could not be compressed and is sent as it is", e));
        // What the compressors work in comes out of the same budget.
        final long recordMemory = compression == null
                ? config.bufferMemory()
                : Math.max(config.segmentBytes(), config.bufferMemory() - compression.workingBytes());
        this.pool = BufferPool.builder().capacityBytes(recordMemory).segmentBytes(config.segmentBytes())
                .nanoClock(nanoClock).parker(parker).build();
        this.maxRecordBytes = pool.maxRequestBytes();
        this.metadata = new Metadata(metadataConfig(config), bootstrapNodes(config), nanoClock,
                random,
                new MetadataParker(parker));

        final NodeStalls stalls = new NodeStalls(ns(config.partitionerAvailabilityTimeoutMs()), nanoClock);
        this.partitioning = new Partitioning(config, metadata, stalls, random.nextLong());
        final NetworkListener listener = new NetworkListener(stats, config.securityProtocol().equals("PLAINTEXT"));
        final Security security = Security.of(config, context, invoked);
        final NetworkClient network = new NetworkClient(networkConfig(config, security.sasl()),
                security.transport(context), context.hostResolver(), nanoClock, random, listener);
        this.accumulator = RecordAccumulator.builder().pool(pool).nanoClock(nanoClock).waker(network::wakeup)
                .parker(parker)
                .batchBytes(config.batchSize()).batchCapBytes(config.batchMaxBytes())
                .backlogBytes(config.backlogBytes())
                .lingerNs(ns(config.lingerMs())).deliveryTimeoutNs(ns(config.deliveryTimeoutMs()))
                .batchListener(new BatchEvents()).compression(compression).build();
        final Backoff backoff = new Backoff(config.retryBackoffMs(), config.retryBackoffMaxMs(), random);
        this.completions = new Completions(nanoClock, new SlowCallbacks(LOG::warn, flight), stats,
                config.completionExecutor());
        final ProducerIdentity identity = new ProducerIdentity(config.enableIdempotence(), metadata, network, backoff);
        final MetadataFetcher fetcher = new MetadataFetcher(metadata, network, backoff, stats);
        listener.fetcher = fetcher;
        final Outcomes outcomes = new Outcomes(accumulator, metadata, network, fetcher, identity, completions, stats,
                backoff,
                config.retries(),
                config.deliveryTimeoutMs(), config.gapPolicy());
        this.sender = new Sender(accumulator, metadata, network, identity, fetcher, outcomes, stalls,
                stats, pool, new RecordDeadlines(completions), nanoClock,
                config);
        this.explainer = new Explainer(config, stats, accumulator, pool);
        this.beans = config.jmx() ? Optionals.beans(stats, this::snapshot, this::explain) : null;
        metadata.onUpdateWanted(network::wakeup);
        sender.ended().thenRun(() -> {
            security.close();
            accumulator.endCompression();
            if (compressorThreads != null) {
                compressorThreads.close();
            }
        });
        if (compressorThreads != null) {
            compressorThreads.start();
        }

        if (invoked) {
            this.invoker = new AgentInvoker(KpProducer::onAgentError, null, sender);
            invoker.start();
        } else {
            this.invoker = null;
            final AgentRunner runner = new AgentRunner(NoOpIdleStrategy.INSTANCE, KpProducer::onAgentError, null,
                    new Uninterrupted(sender));
            AgentRunner.startOnThread(runner, task -> {
                final Thread thread = new Thread(task, "kp-producer | " + config.clientId());
                thread.setDaemon(true);
                return thread;
            });
        }
    }

    /** The one way in which callers wait, as kp-metadata knows it. */
    private record MetadataParker(Parker parker) implements io.kp.metadata.Parker {
        @Override
        public void park(final Object blocker, final long nanos) {
            parker.park(blocker, nanos);
        }

        @Override
        public void unpark(final Thread thread) {
            parker.unpark(thread);
        }
    }

    /** Agrona's runner ends a thread that is interrupted while its agent finds nothing to do; this agent says that it always finds something. */
    private record Uninterrupted(Sender sender) implements Agent {
        @Override
        public int doWork() {
            return Math.max(1, sender.doWork());
        }

        @Override
        public void onClose() {
            sender.onClose();
        }

        @Override
        public String roleName() {
            return sender.roleName();
        }
    }

    private static void onAgentError(final Throwable error) {
        // The sender's way to say that it is done; what goes wrong in it, it handles itself.
        if (!(error instanceof AgentTerminationException)) {
            LOG.error("the I/O thread has failed", error);
        }
    }

    private static MetadataConfig metadataConfig(final ProducerConfig config) {
        return new MetadataConfig(config.retryBackoffMs(), config.retryBackoffMaxMs(), config.metadataMaxAgeMs(),
                config.metadataMaxIdleMs(),
                config.metadataRecoveryRebootstrapTriggerMs(),
                config.metadataRecoveryRebootstrap() ? RecoveryStrategy.REBOOTSTRAP : RecoveryStrategy.NONE);
    }

    private static List<Node> bootstrapNodes(final ProducerConfig config) {
        final List<Node> nodes = new ArrayList<>();
        for (final InetSocketAddress server : config.bootstrapServers()) {
            nodes.add(Node.bootstrap(nodes.size(), server.getHostString(), server.getPort()));
        }
        return nodes;
    }

    static NetworkConfig networkConfig(final ProducerConfig config, final Sasl sasl) {
        return NetworkConfig.builder().sasl(sasl).clientId(config.clientId())
                .requestTimeoutMs(config.requestTimeoutMs())
                .reconnectBackoffMs(config.reconnectBackoffMs()).reconnectBackoffMaxMs(config.reconnectBackoffMaxMs())
                .connectionSetupTimeoutMs(config.socketConnectionSetupTimeoutMs())
                .connectionSetupTimeoutMaxMs(config.socketConnectionSetupTimeoutMaxMs())
                .connectionMaxIdleMs(config.connectionsMaxIdleMs())
                .maxInFlight(config.maxInFlightRequestsPerConnection())
                .sendBufferBytes(config.sendBufferBytes()).receiveBufferBytes(config.receiveBufferBytes()).build();
    }

    private static long ns(final long ms) {
        // For ever is 73 years here, so that a reading of the clock can be added.
        return Math.min(TimeUnit.MILLISECONDS.toNanos(ms), Long.MAX_VALUE >> 2);
    }

    /** On the threads that append. */
    private final class BatchEvents implements BatchListener {
        @Override
        public void onBatchClosed(final PartitionQueue queue, final int bytes) {
            final TopicSends topic = topics.get(queue.topicPartition().topic());
            if (topic != null) {
                topic.onBatchClosed(queue.topicPartition().partition(), bytes);
            }
        }

        @Override
        public void onMemoryWait(final int bytes, final long waitedNs, final boolean obtained) {
            stats.flight().memoryWait(clientId, bytes, waitedNs, obtained);
        }
    }

    /** Says in the log what connections do, and tells the metadata what keeps it waiting. */
    private static final class NetworkListener implements ConnectionListener {
        /** Brokers that could not be reached the last time: said once, not with every attempt. */
        private final Set<Integer> unreachable = new HashSet<>();
        private final ProducerStats stats;
        private final boolean plaintext;
        private MetadataFetcher fetcher;

        NetworkListener(final ProducerStats stats, final boolean plaintext) {
            this.stats = stats;
            this.plaintext = plaintext;
        }

        @Override
        public void onReady(final int nodeId, final String address, final long nowNs) {
            stats.connected(nodeId, address, !plaintext, nowNs);
            if (unreachable.remove(nodeId)) {
                LOG.info("connected again: node={}, address={}", nodeId, address);
            } else {
                LOG.debug("connected: node={}, address={}", nodeId, address);
            }
        }

        @Override
        public void onDisconnect(final RequestFailure failure, final boolean wasReady, final long nowNs) {
            if (failure.kind() == RequestFailure.Kind.AUTHENTICATION) {
                LOG.error("authentication failed: {}", failure.message());
                unreachable.add(failure.nodeId());
            } else if (failure.kind() == RequestFailure.Kind.CLOSED
                    || wasReady && failure.kind() == RequestFailure.Kind.DISCONNECTED) {
                LOG.info("disconnected: {}", failure.message());
            } else if (unreachable.add(failure.nodeId())) {
                LOG.warn("connection failed: {}", failure.message());
            } else {
                LOG.debug("connection failed again: {}", failure.message());
            }
            stats.disconnected(failure.nodeId(), failure.address(), failure.message(), wasReady,
                    failure.kind() == RequestFailure.Kind.AUTHENTICATION, nowNs);
            fetcher.onDisconnect(failure);
        }

        @Override
        public void onRequestWritten(final int nodeId, final int bytes, final long nowNs) {
            stats.requestWritten(nodeId, bytes, nowNs);
        }

        @Override
        public void onResponseRead(final int nodeId, final int bytes, final long nowNs) {
            stats.responseRead(nodeId, bytes, nowNs);
        }

        @Override
        public void onHandlerError(final Throwable error) {
            LOG.error("a response could not be handled", error);
        }
    }

    // ---- send

    @Override
    public CompletableFuture<RecordMetadata> send(final ProducerRecord<K, V> record) {
        final RecordFuture future = new RecordFuture();
        send(record, (Object) future);
        return future;
    }

    @Override
    public void send(final ProducerRecord<K, V> record, final Callback callback) {
        send(record, (Object) callback);
    }

    @Override
    public void send(final String topic, final int partition, final long timestampMs, final K key, final V value,
            final Callback callback) {
        ProducerRecord.check(topic, partition, timestampMs);
        if (!interceptors.isEmpty() || !keyIgnoresHeaders || !valueIgnoresHeaders) {
            send(new ProducerRecord<>(topic, partition == ProducerRecord.NO_PARTITION ? null : partition,
                    timestampMs == ProducerRecord.NO_TIMESTAMP ? null : timestampMs, key, value), callback);
            return;
        }
        requireOpen();
        final DeliveryException refusal = append(null, topic, partition, timestampMs, key, value, callback,
                nanoClock.getAsLong(), maxBlockNs);
        if (refusal != null) {
            Completions.tell(callback, null, refusal);
        }
    }

    @Override
    public CompletableFuture<RecordMetadata> sendWithin(final ProducerRecord<K, V> record, final Duration timeout) {
        final RecordFuture future = new RecordFuture();
        send(record, positive(timeout), future);
        return future;
    }

    @Override
    public void sendWithin(final ProducerRecord<K, V> record, final Duration timeout, final Callback callback) {
        send(record, positive(timeout), callback);
    }

    private void send(final ProducerRecord<K, V> record, final long timeoutNs, final Object told) {
        if (timeoutNs >= deliveryTimeoutNs) {
            send(record, told);
        } else {
            send(record, told, Math.min(maxBlockNs, timeoutNs), timeoutNs);
        }
    }

    private static long positive(final Duration timeout) {
        final long ns = nonNegative(timeout);
        if (ns == 0) {
            throw new IllegalArgumentException("timeout must be positive: timeout=" + timeout);
        }
        return ns;
    }

    private void send(final ProducerRecord<K, V> given, final Object told) {
        send(given, told, maxBlockNs, 0);
    }

    /**
     * @param timeoutNs the record's own deadline from now; 0 for none
     */
    private void send(final ProducerRecord<K, V> given, final Object told, final long blockNs, final long timeoutNs) {
        requireNonNull(given, "record");
        requireOpen();
        final ProducerRecord<K, V> record = interceptors.isEmpty() ? given : interceptors.onSend(given);
        final Object toldFirst = interceptors.isEmpty()
                ? told
                : new InterceptedCompletion(interceptors, record.headers(), told);
        final long startNs = nanoClock.getAsLong();
        final Object completion = timeoutNs == 0 ? toldFirst : new DeadlineCompletion(toldFirst, startNs, timeoutNs);
        try {
            final DeliveryException refusal = append(record, completion, startNs, blockNs);
            if (refusal != null) {
                Completions.tell(completion, null, refusal);
            }
        } catch (final Throwable e) {
            // Whatever it is, checked exceptions that were smuggled out of a serializer too.
            interceptors.onAcknowledgement(null,
                    e instanceof Exception exception
                            ? exception
                            : new KpException(KpException.Category.FIX_RECORD, "sending has failed: " + e, e),
                    record.headers());
            throw e;
        }
    }

    private TopicInfo awaitTopic(final String topic, final int partition, final long waitNs, final long startNs)
            throws MetadataException {
        stats.metadataWaiters.getAndIncrement();
        try {
            return metadata.awaitTopic(topic, partition, waitNs);
        } catch (final InterruptedException e) {
            throw interrupted("waiting for metadata", topic, e);
        } finally {
            stats.metadataWaiters.getAndDecrement();
            stats.metadataWaitNs.add(nanoClock.getAsLong() - startNs);
        }
    }

    /** @return why the record cannot be accepted, if that is to be told by future or callback; {@code null} if it is accepted */
    private DeliveryException append(final ProducerRecord<K, V> record, final Object completion, final long startNs,
            final long blockNs) {
        return append(record, record.topic(), record.partition(), record.timestampMs(), record.key(), record.value(),
                completion, startNs, blockNs);
    }

    /** @param record {@code null} if there is no object for the record: then it has no headers, and nobody looks for them */
    private DeliveryException append(final ProducerRecord<K, V> record, final String name, final int wanted,
            final long timestampMs, final K key, final V value, final Object completion, final long startNs,
            final long blockNs) {
        // A callback must not wait for what only its own thread can bring.
        long leftNs = sender.isOwnThread() ? 0 : blockNs;
        TopicInfo info = metadata.topic(name, startNs);
        if (info == null || wanted >= info.partitionCount()) {
            try {
                info = awaitTopic(name, wanted, leftNs, startNs);
            } catch (final MetadataException e) {
                return noMetadata(name, wanted, e, startNs);
            }
            leftNs -= nanoClock.getAsLong() - startNs;
        }
        final byte[] keyBytes = serialize(keySerializer, "key", record, name, key);
        final byte[] valueBytes = serialize(valueSerializer, "value", record, name, value);
        final TopicSends topic = topicSends(name);
        final int partition = wanted == ProducerRecord.NO_PARTITION
                ? topic.choose(key, keyBytes, value, valueBytes, info)
                : wanted;
        HeaderBytes headers = null;
        if (record != null) {
            record.markSent();
            headers = HeaderBytes.of(record.headersOrNull());
        }
        final long maxBytes = RecordSize.upperBound(keyBytes, valueBytes, headers);
        final DeliveryException tooLarge = checkSize(name, partition, maxBytes);
        if (tooLarge != null) {
            return tooLarge;
        }
        PartitionQueue queue = null;
        try {
            queue = topic.queue(partition, wanted == ProducerRecord.NO_PARTITION && topic.isBalanced(keyBytes),
                    maxBytes,
                    info);
            accumulator.append(queue,
                    timestampMs == ProducerRecord.NO_TIMESTAMP ? clock.epochMs(startNs) : timestampMs, keyBytes,
                    valueBytes, headers, completion, leftNs);
            if (completion instanceof DeadlineCompletion deadline) {
                deadline.queue = queue;
                sender.watch(deadline);
            }
            return null;
        } catch (final PoolExhaustedException e) {
            return exhausted(queue, e, startNs);
        } catch (final AccumulatorClosedException | PoolClosedException e) {
            throw closedWhileSending(e);
        } catch (final InterruptedException e) {
            throw interrupted("waiting for memory", name, e);
        }
    }

    @Override
    public SendResult trySend(final ProducerRecord<K, V> given, final Callback callback) {
        requireNonNull(given, "record");
        if (closed.get() || sender.death() != null) {
            return SendResult.CLOSED;
        }
        final ProducerRecord<K, V> record = interceptors.isEmpty() ? given : interceptors.onSend(given);
        final String name = record.topic();
        final long startNs = nanoClock.getAsLong();
        final TopicInfo info = metadata.topic(name, startNs);
        if (info == null) {
            return topicUnknown(name, record.partition());
        }
        if (record.partition() >= info.partitionCount()) {
            throw new IllegalArgumentException("partition out of range: partition=" + record.partition()
                    + ", partitionCount=" + info.partitionCount()
                    + ", topic=" + name);
        }
        final byte[] key = serialize(keySerializer, "key", record, name, record.key());
        final byte[] value = serialize(valueSerializer, "value", record, name, record.value());
        final TopicSends topic = topicSends(name);
        final int partition = record.hasPartition()
                ? record.partition()
                : topic.choose(record.key(), key, record.value(), value, info);
        final HeaderBytes headers = HeaderBytes.of(record.headersOrNull());
        final long maxBytes = RecordSize.upperBound(key, value, headers);
        final DeliveryException tooLarge = checkSize(name, partition, maxBytes);
        if (tooLarge != null) {
            throw tooLarge;
        }
        final Object completion = interceptors.isEmpty()
                ? callback
                : new InterceptedCompletion(interceptors, record.headers(), callback);
        final int status;
        try {
            final PartitionQueue queue = topic.queue(partition, !record.hasPartition() && topic.isBalanced(key),
                    maxBytes,
                    info);
            status = accumulator.tryAppend(queue,
                    record.hasTimestamp() ? record.timestampMs() : clock.epochMs(startNs), key, value,
                    headers, completion);
        } catch (final AccumulatorClosedException e) {
            return SendResult.CLOSED;
        }
        if (status > 0) {
            record.markSent();
        }
        return result(status);
    }

    @Override
    public SendResult tryClaim(final String name, final int partition, final int keyLength, final int valueLength,
            final Callback callback, final Claim claim) {
        requireClaimable(name, partition, keyLength, valueLength);
        if (closed.get() || sender.death() != null) {
            return SendResult.CLOSED;
        }
        final long startNs = nanoClock.getAsLong();
        final TopicInfo info = metadata.topic(name, startNs);
        if (info == null) {
            return topicUnknown(name, partition);
        }
        if (partition >= info.partitionCount()) {
            throw new IllegalArgumentException("partition out of range: partition=" + partition + ", partitionCount="
                    + info.partitionCount() + ", topic=" + name);
        }
        try {
            final PartitionQueue queue = claimQueue(name, partition, keyLength, valueLength, info);
            return result(accumulator.tryClaim(queue, clock.epochMs(startNs), keyLength, valueLength,
                    callback, claim));
        } catch (final AccumulatorClosedException e) {
            return SendResult.CLOSED;
        }
    }

    @Override
    public void claim(final String name, final int partition, final int keyLength, final int valueLength,
            final Callback callback, final Claim claim) {
        requireClaimable(name, partition, keyLength, valueLength);
        requireOpen();
        final long startNs = nanoClock.getAsLong();
        // As in append.
        long leftNs = sender.isOwnThread() ? 0 : maxBlockNs;
        TopicInfo info = metadata.topic(name, startNs);
        if (info == null || partition >= info.partitionCount()) {
            try {
                info = awaitTopic(name, partition, leftNs, startNs);
            } catch (final MetadataException e) {
                throw noMetadata(name, partition, e, startNs);
            }
            leftNs -= nanoClock.getAsLong() - startNs;
        }
        PartitionQueue queue = null;
        try {
            queue = claimQueue(name, partition, keyLength, valueLength, info);
            accumulator.claim(queue, clock.epochMs(startNs), keyLength, valueLength, callback, claim, leftNs);
        } catch (final PoolExhaustedException e) {
            throw exhausted(queue, e, startNs);
        } catch (final AccumulatorClosedException | PoolClosedException e) {
            throw closedWhileSending(e);
        } catch (final InterruptedException e) {
            throw interrupted("waiting for memory", name, e);
        }
    }

    private void requireClaimable(final String name, final int partition, final int keyLength,
            final int valueLength) {
        requireNonNull(name, "topic");
        if (keyLength < -1 || valueLength < -1) {
            throw new IllegalArgumentException(
                    "length must be at least -1: keyLength=" + keyLength + ", valueLength=" + valueLength);
        }
        if (partition < 0 && (keyLength >= 0 || partition != ProducerRecord.NO_PARTITION)) {
            throw new IllegalArgumentException("partition must not be negative, or -1 and no key: partition="
                    + partition + ", keyLength=" + keyLength);
        }
        if (!interceptors.isEmpty()) {
            throw new IllegalStateException("interceptors cannot see a claimed record: interceptors=" + interceptors);
        }
    }

    private PartitionQueue claimQueue(final String name, final int partition, final int keyLength,
            final int valueLength, final TopicInfo info) {
        final TopicSends topic = topicSends(name);
        final boolean balanced = partition < 0;
        final int chosen = balanced ? topic.chooseBalanced(info) : partition;
        final long maxBytes = RecordSize.upperBound(keyLength, valueLength);
        final DeliveryException tooLarge = checkSize(name, chosen, maxBytes);
        if (tooLarge != null) {
            throw tooLarge;
        }
        return topic.queue(chosen, balanced, maxBytes, info);
    }

    private static SendResult result(final int status) {
        if (status > 0) {
            return SendResult.ACCEPTED;
        }
        return status == RecordAccumulator.CLOSED ? SendResult.CLOSED : SendResult.MEMORY_EXHAUSTED;
    }

    private SendResult topicUnknown(final String topic, final int partition) {
        try {
            // Without waiting: asks for the topic, and throws what is known against it.
            metadata.awaitTopic(topic, -1, 0);
        } catch (final MetadataException e) {
            if (e.reason() == MetadataException.Reason.CLOSED) {
                return SendResult.CLOSED;
            }
            if (e.reason() != MetadataException.Reason.TIMEOUT) {
                throw noMetadata(topic, partition, e, nanoClock.getAsLong());
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return SendResult.METADATA_UNAVAILABLE;
    }

    private TopicSends topicSends(final String name) {
        // Who uses one topic, with one String for its name, as most do, is spared the map.
        final TopicSends first = firstTopic;
        if (first != null && first.name() == name) {
            return first;
        }
        final TopicSends topic = topics.get(name);
        return topic == null ? newTopicSends(name) : topic;
    }

    private TopicSends newTopicSends(final String name) {
        // Not by computeIfAbsent, which would hold a monitor of the map while the accumulator's lock is waited for.
        final TopicSends made = new TopicSends(name, accumulator.topic(name), partitioning);
        final TopicSends other = topics.putIfAbsent(name, made);
        if (other != null) {
            return other;
        }
        if (firstTopic == null) {
            firstTopic = made;
        }
        return made;
    }

    private <T> byte[] serialize(final Serializer<? super T> serializer, final String what,
            final ProducerRecord<K, V> record, final String topic, final T data) {
        try {
            // Headers are made on demand: not for a serializer that does not look at them.
            final boolean blind = (Object) serializer == keySerializer ? keyIgnoresHeaders : valueIgnoresHeaders;
            return serializer.serialize(topic, blind ? Headers.EMPTY_READ_ONLY : record.headers(), data);
        } catch (final ClassCastException e) {
            throw new SerializationException(
                    "cannot serialize the " + what + ": class=" + (data == null ? null : data.getClass().getName())
                            + ", serializer="
                            + serializer.getClass().getName() + ", topic=" + topic,
                    e);
        }
    }

    private DeliveryException checkSize(final String topic, final int partition, final long bytes) {
        if (bytes > maxRequestBytes) {
            return tooLarge(topic, partition, bytes, ProducerConfig.MAX_REQUEST_SIZE, maxRequestBytes);
        }
        return bytes > maxRecordBytes
                ? tooLarge(topic, partition, bytes, ProducerConfig.BUFFER_MEMORY, pool.capacityBytes())
                : null;
    }

    private static DeliveryException tooLarge(final String topic, final int partition, final long bytes,
            final String limit, final long limitBytes) {
        return DeliveryException.builder(Stage.MEMORY, topic, partition).withStackTrace()
                .detail("serializedBytes=" + bytes + " is more than " + limit + "=" + limitBytes)
                .build(RecordTooLargeException::new);
    }

    private DeliveryException exhausted(final PartitionQueue queue, final PoolExhaustedException e,
            final long startNs) {
        stats.exhausted.increment();
        final TopicPartition of = queue.topicPartition();
        return DeliveryException.builder(Stage.MEMORY, of.topic(), of.partition())
                .elapsed(nanoClock.getAsLong() - startNs, e.waitedNs()).cause(e).detail(e.getMessage())
                .withStackTrace().build(BufferExhaustedException::new);
    }

    private DeliveryException noMetadata(final String topic, final int partition, final MetadataException e,
            final long startNs) {
        if (e.reason() == MetadataException.Reason.CLOSED) {
            throw closedWhileSending(e);
        }
        final long elapsedNs = nanoClock.getAsLong() - startNs;
        final DeliveryException.Builder builder = DeliveryException
                .builder(Stage.METADATA, topic, partition)
                .elapsed(elapsedNs, elapsedNs).detail(e.getMessage()).cause(e.getCause()).withStackTrace();
        return switch (e.reason()) {
            case INVALID_TOPIC -> builder.error(KafkaError.INVALID_TOPIC_EXCEPTION, "INVALID_TOPIC_EXCEPTION")
                    .build(InvalidTopicException::new);
            case UNAUTHORIZED_TOPIC ->
                builder.error(KafkaError.TOPIC_AUTHORIZATION_FAILED, "TOPIC_AUTHORIZATION_FAILED")
                        .build(TopicAuthorizationException::new);
            default -> {
                if (e.getCause() instanceof AuthenticationException refused) {
                    builder.category(refused.category());
                }
                yield builder.build(UnknownTopicException::new);
            }
        };
    }

    private InterruptException interrupted(final String doing, final String topic, final InterruptedException e) {
        return new InterruptException("interrupted while " + doing + ": topic=" + topic, e);
    }

    private ProducerClosedException closedWhileSending(final RuntimeException e) {
        final KpException death = sender.death();
        return death == null
                ? new ProducerClosedException("producer was closed while the record was being sent", e)
                : isDead(death);
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new ProducerClosedException("producer is closed");
        }
        final KpException death = sender.death();
        if (death != null) {
            throw isDead(death);
        }
    }

    private static ProducerClosedException isDead(final KpException death) {
        return new ProducerClosedException("producer cannot deliver any more: " + death.getMessage(), death);
    }

    // ---- the rest

    @Override
    public int invoke() {
        if (sender.isOwnThread()) {
            throw new IllegalStateException("invoke was called from a callback, within another invoke");
        }
        return invoker.isClosed() ? 0 : invoker.invoke();
    }

    @Override
    public boolean isEnded() {
        return sender.ended().isDone();
    }

    @Override
    public List<PartitionInfo> partitionsFor(final String topic) {
        requireNonNull(topic, "topic");
        final long startNs = nanoClock.getAsLong();
        TopicInfo info = metadata.topic(topic, startNs);
        if (info == null) {
            try {
                info = awaitTopic(topic, -1, closed.get() || sender.isOwnThread() ? 0 : maxBlockNs, startNs);
            } catch (final MetadataException e) {
                if (closed.get()) {
                    throw new ProducerClosedException("producer is closed and does not know the topic: topic=" + topic,
                            e);
                }
                throw noMetadata(topic, ProducerRecord.NO_PARTITION, e, startNs);
            }
        }
        final List<PartitionInfo> partitions = new ArrayList<>(info.partitionCount());
        for (int i = 0; i < info.partitionCount(); i++) {
            partitions.add(info.partition(i));
        }
        return List.copyOf(partitions);
    }

    @Override
    public ProducerMetrics metrics() {
        return sender.metrics(completions, pool);
    }

    @Override
    public MetricsSnapshot snapshot() {
        return MetricTable.snapshot(whole());
    }

    @Override
    public Explanation explain() {
        return explainer.explain(metrics(), nanoClock.getAsLong());
    }

    private MetricTable.Whole whole() {
        final long nowNs = nanoClock.getAsLong();
        final ProducerMetrics metrics = metrics();
        return new MetricTable.Whole(stats.all.read(nowNs), stats, metrics, accumulator, pool, nowNs);
    }

    @Override
    public void flush() {
        flush(Long.MAX_VALUE);
    }

    @Override
    public long flush(final Duration timeout) {
        return flush(nonNegative(timeout));
    }

    private long flush(final long timeoutNs) {
        if (sender.isOwnThread() || completions.isTelling()) {
            throw new IllegalStateException(
                    "flush would wait for itself: it was called from a callback, on "
                            + (sender.isOwnThread() ? "the producer's I/O thread" : "its completion executor"));
        }
        final long startNs = nanoClock.getAsLong();
        final long pendingBefore = pending();
        final CompletableFuture<?> done = CompletableFuture.anyOf(accumulator.beginFlush(), sender.ended())
                .thenCompose(ignored -> completions.allTold());
        try {
            if (await(done, timeoutNs, "flushing")) {
                return 0;
            }
        } finally {
            stats.flushNs.add(nanoClock.getAsLong() - startNs);
        }
        final long pending = Math.min(pendingBefore, pending());
        // Nothing pending may mean that the last callback runs at this moment: its batch still lives then.
        return pending == 0 && accumulator.liveBatches() == 0 ? 0 : Math.max(1, pending);
    }

    private long pending() {
        return metrics().recordsPending() + completions.untold();
    }

    /** @return whether it was done in time */
    private boolean await(final CompletableFuture<?> done, final long timeoutNs, final String doing) {
        final Thread caller = Thread.currentThread();
        final long startNs = nanoClock.getAsLong();
        done.whenComplete((result, failure) -> parker.unpark(caller));
        while (!done.isDone()) {
            final long leftNs = timeoutNs - (nanoClock.getAsLong() - startNs);
            if (leftNs <= 0) {
                return false;
            }
            parker.park(this, leftNs);
            if (Thread.interrupted()) {
                throw new InterruptException("interrupted while " + doing, new InterruptedException());
            }
        }
        return true;
    }

    private static long nonNegative(final Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout must not be negative: timeout=" + timeout);
        }
        try {
            return timeout.toNanos();
        } catch (final ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    @Override
    public ProducerState state() {
        final KpException death = sender.death();
        if (death != null) {
            return new ProducerState(ProducerState.Phase.FAILED, death.getMessage(), death);
        }
        if (!closed.get()) {
            return new ProducerState(ProducerState.Phase.OPEN, "it accepts records", null);
        }
        return sender.ended().isDone()
                ? new ProducerState(ProducerState.Phase.CLOSED, "close was called", null)
                : new ProducerState(ProducerState.Phase.CLOSING,
                        "close was called, records without an outcome: " + metrics().recordsPending(), null);
    }

    @Override
    public void close() {
        close(Long.MAX_VALUE);
    }

    @Override
    public CloseReport close(final Duration timeout) {
        return close(nonNegative(timeout));
    }

    private CloseReport close(final long timeoutNs) {
        final long startNs = nanoClock.getAsLong();
        final CloseLedger ledger = completions.openLedger();
        // Waiters first: who sees that the producer is closed finds nobody waiting for metadata any more.
        metadata.close();
        final boolean first = closed.compareAndSet(false, true);
        accumulator.close();
        final boolean inCallback = sender.isOwnThread() || completions.isTelling();
        if (inCallback && timeoutNs > 0) {
            LOG.warn("closed from a callback: what is not delivered yet fails now");
        }
        sender.close(inCallback ? 0 : timeoutNs);
        if (first) {
            // Also if nobody waits for it: then when everybody has been told.
            sender.ended().thenCompose(ignored -> completions.allTold()).thenRun(this::release);
        }
        if (!inCallback) {
            awaitEnd(startNs, timeoutNs);
        }
        final CloseReport report = report(ledger);
        if (first && !(report.isAllDelivered() && report.isComplete())) {
            LOG.warn("closed: {}{}", report, inCallback ? ", from a callback" : "");
        }
        return report;
    }

    private void awaitEnd(final long startNs, final long timeoutNs) {
        long beginNs = startNs;
        if (timeoutNs == 0 || !await(sender.ended(), timeoutNs, "closing")) {
            sender.abort();
            // Much later than asked for, as after the process was suspended: the I/O thread has not run either, and has its time now.
            final long lateNs = nanoClock.getAsLong() - startNs - timeoutNs;
            if (lateNs > ABORT_GRACE_NS) {
                beginNs += lateNs;
            }
            if (!await(sender.ended(), leftNs(beginNs, timeoutNs), "closing")) {
                return;
            }
        }
        await(completions.allTold(), leftNs(beginNs, timeoutNs), "closing");
        release();
        await(released, leftNs(beginNs, timeoutNs), "closing");
    }

    private long leftNs(final long startNs, final long timeoutNs) {
        return timeoutNs >= Long.MAX_VALUE >> 1
                ? Long.MAX_VALUE
                : timeoutNs + ABORT_GRACE_NS - (nanoClock.getAsLong() - startNs);
    }

    private CloseReport report(final CloseLedger ledger) {
        final List<String> heldUpBy = new ArrayList<>();
        if (!sender.isOwnThread()) {
            completions.nameTelling(heldUpBy);
        }
        final Object closing = closingNow;
        if (closing != null && !released.isDone()) {
            heldUpBy.add("close of " + closing.getClass().getName());
        }
        return ledger.report(metrics().recordsPending(), completions.untold(), heldUpBy);
    }

    /** Gives everything back, once, when the I/O thread has ended. What is the user's may take its time: it is closed on a thread that nobody needs. */
    private void release() {
        if (!releasing.compareAndSet(false, true)) {
            return;
        }
        if (beans != null) {
            beans.close();
        }
        pool.close();
        if (pool.usedBytes() != 0) {
            LOG.error("memory was not given back: {}", pool);
        }
        if (invoker != null) {
            releaseUsers();
            return;
        }
        final Thread thread = new Thread(this::releaseUsers, "kp-producer-close | " + clientId);
        thread.setDaemon(true);
        thread.start();
    }

    private void releaseUsers() {
        try {
            interceptors.forEach(this::closeUsers);
            closeUsers(keySerializer);
            closeUsers(valueSerializer);
            closeUsers(partitioning.users());
        } finally {
            closingNow = null;
            released.complete(null);
        }
    }

    private void closeUsers(final AutoCloseable users) {
        closingNow = users;
        Quiet.close(users);
    }
}
