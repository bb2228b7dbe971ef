package io.kp.testkit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

import io.kp.accumulator.Claim;
import io.kp.client.Callback;
import io.kp.client.CloseReport;
import io.kp.client.DeliveryAbortedException;
import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Persistence;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.Explanation;
import io.kp.client.KpException;
import io.kp.client.MetricsSnapshot;
import io.kp.client.Producer;
import io.kp.client.ProducerClosedException;
import io.kp.client.ProducerMetrics;
import io.kp.client.ProducerRecord;
import io.kp.client.ProducerState;
import io.kp.client.ProducerState.Phase;
import io.kp.client.RecordMetadata;
import io.kp.client.SendResult;
import io.kp.client.SerializationException;
import io.kp.client.Serializer;
import io.kp.client.UndeliveredRecord;
import io.kp.metadata.PartitionInfo;
import io.kp.partition.KeyPartitioner;

/**
 * A producer without a cluster for tests of applications: it keeps what is sent, and the test decides how each record ends. It has no thread, no socket and no batches, waits for nothing, and
 * tells an outcome on the thread that decides it.
 *
 * <pre>{@code
 * MockProducer<String, String> producer = MockProducer.holding(Serializers.string(), Serializers.string());
 * application.order(producer, "2 tickets");
 * assertEquals("2 tickets", producer.next().record().value());
 * producer.next().fail(new KpException(KpException.Category.RETRY_LATER, "out of luck"));
 * assertEquals(1, application.failedOrders());
 * }</pre>
 *
 * <p>What the application sees is a real producer's: keys and values are serialized, records with a key go to the partition that Kafka's murmur2 chooses, others to the partitions in turn;
 * offsets count from 0 in each partition, and a record has the timestamp that it was given, or none; a closed producer throws. Records that follow a failed one are the test's to fail as well, if that is wanted ({@link io.kp.client.GapPolicy}); interceptors
 * and the configured partitioner have no part in it. For batches, retries, timeouts and {@link #tryClaim} use a real producer with a {@link ScriptedBroker}.
 *
 * <p>Any thread may call any method; no lock is held while callbacks run.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class MockProducer<K, V> implements Producer<K, V> {
    /** An accepted record, and what becomes of it. */
    public final class Sent {
        private final ProducerRecord<K, V> record;
        private final int partition;
        private final int keyBytes;
        private final int valueBytes;
        private final Callback callback;
        private final Object handle;
        private boolean decided;

        private Sent(final ProducerRecord<K, V> record, final int partition, final int keyBytes, final int valueBytes,
                final Callback callback, final Object handle) {
            this.record = record;
            this.partition = partition;
            this.keyBytes = keyBytes;
            this.valueBytes = valueBytes;
            this.callback = callback;
            this.handle = handle;
        }

        /**
         * The record as it was sent.
         *
         * @return the record
         */
        public ProducerRecord<K, V> record() {
            return record;
        }

        /**
         * Where the record goes.
         *
         * @return the number of the partition
         */
        public int partition() {
            return partition;
        }

        /**
         * Whether the record has no outcome yet.
         *
         * @return true until it is acknowledged or failed
         */
        public boolean isOpen() {
            synchronized (lock) {
                return !decided;
            }
        }

        /**
         * The record is in the log, at the next offset of its partition.
         *
         * @throws IllegalStateException if it has its outcome
         */
        public void acknowledge() {
            final RecordMetadata metadata;
            synchronized (lock) {
                decide(this);
                acknowledged++;
                final long[] offsets = topic(record.topic());
                metadata = new RecordMetadata(record.topic(), partition, offsets[partition]++,
                        record.hasTimestamp() ? record.timestampMs() : RecordMetadata.NO_TIMESTAMP, keyBytes,
                        valueBytes);
            }
            tell(this, metadata, null);
        }

        /**
         * The record has failed.
         *
         * @param failure what the application is told, for instance a {@link DeliveryException} of {@link DeliveryException#builder}
         * @throws IllegalStateException if it has its outcome
         */
        public void fail(final KpException failure) {
            if (!tryFail(this, failure)) {
                throw new IllegalStateException("has its outcome already: " + record);
            }
        }

        @Override
        public String toString() {
            return record + " to partition " + partition + (isOpen() ? ", open" : ", ended");
        }
    }

    private final Object lock = new Object();
    private final ThreadLocal<Boolean> telling = new ThreadLocal<>();
    private final Serializer<? super K> keySerializer;
    private final Serializer<? super V> valueSerializer;
    private final boolean acknowledges;
    private final List<Sent> all = new ArrayList<>();
    private final List<Sent> open = new ArrayList<>();
    /** The next offset of each partition. */
    private final Map<String, long[]> topics = new HashMap<>();
    private final ArrayDeque<KpException> toThrow = new ArrayDeque<>();
    private final ArrayDeque<SendResult> toRefuse = new ArrayDeque<>();
    private int turn;
    private long acknowledged;
    private long failed;
    private ProducerState state = new ProducerState(Phase.OPEN, "open", null);
    private CloseReport report;

    private MockProducer(final Serializer<? super K> keySerializer, final Serializer<? super V> valueSerializer,
            final boolean acknowledges) {
        this.keySerializer = Objects.requireNonNull(keySerializer, "keySerializer");
        this.valueSerializer = Objects.requireNonNull(valueSerializer, "valueSerializer");
        this.acknowledges = acknowledges;
    }

    /**
     * A producer that acknowledges each record before {@code send} returns.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param keySerializer makes bytes of keys
     * @param valueSerializer makes bytes of values
     * @return an open producer
     */
    public static <K, V> MockProducer<K, V> acknowledging(final Serializer<? super K> keySerializer,
            final Serializer<? super V> valueSerializer) {
        return new MockProducer<>(keySerializer, valueSerializer, true);
    }

    /**
     * A producer that leaves each record open until the test decides.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param keySerializer makes bytes of keys
     * @param valueSerializer makes bytes of values
     * @return an open producer
     */
    public static <K, V> MockProducer<K, V> holding(final Serializer<? super K> keySerializer,
            final Serializer<? super V> valueSerializer) {
        return new MockProducer<>(keySerializer, valueSerializer, false);
    }

    // ---- for the test

    /**
     * Gives a topic its partitions. Topics that nobody has created have one.
     *
     * @param topic the topic's name
     * @param partitions how many partitions it has, at least 1
     * @return this
     * @throws IllegalArgumentException if the number is less than 1
     * @throws IllegalStateException if the topic is there
     */
    public MockProducer<K, V> createTopic(final String topic, final int partitions) {
        if (partitions < 1) {
            throw new IllegalArgumentException("partitions must be at least 1: " + partitions);
        }
        synchronized (lock) {
            if (topics.putIfAbsent(topic, new long[partitions]) != null) {
                throw new IllegalStateException("topic exists: " + topic);
            }
        }
        return this;
    }

    /**
     * All accepted records.
     *
     * @return a copy, in the order of sending
     */
    public List<Sent> sent() {
        synchronized (lock) {
            return List.copyOf(all);
        }
    }

    /**
     * The records without an outcome.
     *
     * @return a copy, in the order of sending
     */
    public List<Sent> open() {
        synchronized (lock) {
            return List.copyOf(open);
        }
    }

    /**
     * The oldest record without an outcome.
     *
     * @return the record, still open
     * @throws IllegalStateException if there is none
     */
    public Sent next() {
        synchronized (lock) {
            if (open.isEmpty()) {
                throw new IllegalStateException("no record is open: sent=" + all.size());
            }
            return open.get(0);
        }
    }

    /** Acknowledges what is open, and what callbacks send meanwhile, in the order of sending. */
    public void acknowledgeAll() {
        for (Sent oldest = oldest(); oldest != null; oldest = oldest()) {
            oldest.acknowledge();
        }
    }

    /**
     * Fails some of what is open now, in the order of sending.
     *
     * @param which which of the open records
     * @param failure what the application is told
     * @return how many
     */
    public int failAll(final Predicate<? super ProducerRecord<K, V>> which, final KpException failure) {
        int count = 0;
        for (final Sent one : open()) {
            if (which.test(one.record) && tryFail(one, failure)) {
                count++;
            }
        }
        return count;
    }

    /**
     * Has the next call of a {@code send} method throw. Several calls add up, in their order.
     *
     * @param failure what it throws
     * @return this
     */
    public MockProducer<K, V> throwNext(final KpException failure) {
        Objects.requireNonNull(failure, "failure");
        synchronized (lock) {
            toThrow.add(failure);
        }
        return this;
    }

    /**
     * Has the next {@link #trySend} refuse its record. Several calls add up, in their order.
     *
     * @param result what it returns
     * @return this
     * @throws IllegalArgumentException if the result is {@link SendResult#ACCEPTED}
     */
    public MockProducer<K, V> refuseNext(final SendResult result) {
        if (result.isAccepted()) {
            throw new IllegalArgumentException("is no refusal: " + result);
        }
        synchronized (lock) {
            toRefuse.add(result);
        }
        return this;
    }

    /**
     * The producer cannot deliver any more, as after a fatal error of the cluster: what is open fails, later sends throw, {@link #state()} says why.
     *
     * @param cause why
     */
    public void die(final KpException cause) {
        Objects.requireNonNull(cause, "cause");
        synchronized (lock) {
            if (state.isOpen()) {
                state = new ProducerState(Phase.FAILED, "cannot deliver any more: " + cause.getMessage(), cause);
            }
        }
        failAll(all -> true, cause);
    }

    private Sent oldest() {
        synchronized (lock) {
            return open.isEmpty() ? null : open.get(0);
        }
    }

    private boolean tryFail(final Sent one, final KpException failure) {
        Objects.requireNonNull(failure, "failure");
        synchronized (lock) {
            if (one.decided) {
                return false;
            }
            decide(one);
            failed++;
        }
        tell(one, null, failure);
        return true;
    }

    /** Under the lock. */
    private void decide(final Sent one) {
        if (one.decided) {
            throw new IllegalStateException("has its outcome already: " + one.record);
        }
        one.decided = true;
        open.remove(one);
    }

    private void tell(final Sent one, final RecordMetadata metadata, final KpException failure) {
        if (one.callback == null) {
            return;
        }
        final Boolean before = telling.get();
        telling.set(true);
        try {
            one.callback.onCompletion(metadata, failure);
        } catch (final RuntimeException | Error e) {
            // As a real producer: it affects no other record and no caller.
            System.getLogger(MockProducer.class.getName()).log(System.Logger.Level.ERROR, "callback failed", e);
        } finally {
            if (before == null) {
                telling.remove();
            }
        }
    }

    // ---- for the application

    @Override
    public CompletableFuture<RecordMetadata> send(final ProducerRecord<K, V> record) {
        final CompletableFuture<RecordMetadata> future = new CompletableFuture<>();
        accept(record, (metadata, failure) -> {
            if (failure == null) {
                future.complete(metadata);
            } else {
                future.completeExceptionally(failure);
            }
        }, future);
        return future;
    }

    @Override
    public void send(final ProducerRecord<K, V> record, final Callback callback) {
        accept(record, callback, callback);
    }

    @Override
    public void send(final String topic, final int partition, final long timestampMs, final K key, final V value,
            final Callback callback) {
        send(new ProducerRecord<>(topic, partition == ProducerRecord.NO_PARTITION ? null : partition,
                timestampMs == ProducerRecord.NO_TIMESTAMP ? null : timestampMs, key, value), callback);
    }

    @Override
    public CompletableFuture<RecordMetadata> sendWithin(final ProducerRecord<K, V> record, final Duration timeout) {
        requirePositive(timeout);
        return send(record);
    }

    @Override
    public void sendWithin(final ProducerRecord<K, V> record, final Duration timeout, final Callback callback) {
        requirePositive(timeout);
        send(record, callback);
    }

    private static void requirePositive(final Duration timeout) {
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("timeout must be positive: " + timeout);
        }
    }

    @Override
    public SendResult trySend(final ProducerRecord<K, V> record, final Callback callback) {
        synchronized (lock) {
            if (!state.isOpen()) {
                return SendResult.CLOSED;
            }
            final SendResult refusal = toRefuse.poll();
            if (refusal != null) {
                return refusal;
            }
        }
        accept(record, callback, callback);
        return SendResult.ACCEPTED;
    }

    private void accept(final ProducerRecord<K, V> record, final Callback callback, final Object handle) {
        Objects.requireNonNull(record, "record");
        final KpException thrown;
        synchronized (lock) {
            requireOpen();
            thrown = toThrow.poll();
        }
        if (thrown != null) {
            throw thrown;
        }
        // Outside of the lock, as it is the application's code.
        final byte[] key = serialize(keySerializer, "key", record, record.key());
        final byte[] value = serialize(valueSerializer, "value", record, record.value());
        final Sent one;
        synchronized (lock) {
            requireOpen();
            one = new Sent(record, partition(record, key), size(key), size(value), callback, handle);
            all.add(one);
            open.add(one);
        }
        if (acknowledges) {
            one.acknowledge();
        }
    }

    private void requireOpen() {
        if (state.phase() == Phase.FAILED) {
            throw new ProducerClosedException("producer cannot deliver any more: " + state.cause().getMessage(),
                    state.cause());
        }
        if (!state.isOpen()) {
            throw new ProducerClosedException("producer is closed");
        }
    }

    private static <T> byte[] serialize(final Serializer<? super T> serializer, final String what,
            final ProducerRecord<?, ?> record, final T data) {
        try {
            return serializer.serialize(record.topic(), record.headers(), data);
        } catch (final ClassCastException e) {
            throw new SerializationException(what + " is not of the serializer's type: topic=" + record.topic()
                    + ", type=" + data.getClass().getName() + ", serializer=" + serializer.getClass().getName(), e);
        }
    }

    private static int size(final byte[] bytes) {
        return bytes == null ? -1 : bytes.length;
    }

    /** Under the lock. */
    private long[] topic(final String name) {
        return topics.computeIfAbsent(name, unused -> new long[1]);
    }

    private int partition(final ProducerRecord<K, V> record, final byte[] key) {
        final int count = topic(record.topic()).length;
        if (!record.hasPartition()) {
            return key == null ? turn++ % count : KeyPartitioner.partition(key, count);
        }
        if (record.partition() >= count) {
            throw new IllegalArgumentException("no such partition: topic=" + record.topic() + ", partition="
                    + record.partition() + ", partitions=" + count);
        }
        return record.partition();
    }

    /**
     * Not supported: there is no batch to write into.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public SendResult tryClaim(final String topic, final int partition, final int keyLength, final int valueLength,
            final Callback callback, final Claim claim) {
        throw noBatches();
    }

    /**
     * Refused, as {@link #tryClaim}.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public void claim(final String topic, final int partition, final int keyLength, final int valueLength,
            final Callback callback, final Claim claim) {
        throw noBatches();
    }

    private static UnsupportedOperationException noBatches() {
        return new UnsupportedOperationException(
                "a mock producer has no batches to write into; use a producer with a ScriptedBroker");
    }

    /** Acknowledges what is open: a flush returns when nothing is, and nobody else might decide. */
    @Override
    public void flush() {
        requireNoCallback();
        acknowledgeAll();
    }

    /**
     * Does not wait, as nothing would happen meanwhile.
     *
     * @return how many records are open
     */
    @Override
    public long flush(final Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout must not be negative: " + timeout);
        }
        requireNoCallback();
        return open().size();
    }

    private void requireNoCallback() {
        if (telling.get() != null) {
            throw new IllegalStateException("flush in a callback would wait for itself");
        }
    }

    @Override
    public List<PartitionInfo> partitionsFor(final String topic) {
        Objects.requireNonNull(topic, "topic");
        final int count;
        synchronized (lock) {
            count = topic(topic).length;
        }
        final List<PartitionInfo> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            partitions.add(new PartitionInfo(topic, i, 0, 0));
        }
        return List.copyOf(partitions);
    }

    /** Counts records; what it says of batches, requests and memory is 0. */
    @Override
    public ProducerMetrics metrics() {
        synchronized (lock) {
            return new ProducerMetrics(all.size(), acknowledged, failed, 0, 0, 0, 0, 0, 0, 0, 0, 0, Map.of(), 0);
        }
    }

    /** Empty: nothing is sent. */
    @Override
    public MetricsSnapshot snapshot() {
        return new MetricsSnapshot("mock", List.of(), List.of());
    }

    /** Nothing: what a mock does, its test decides. */
    @Override
    public Explanation explain() {
        return new Explanation(Explanation.Limit.NOTHING, "Nothing limits a mock.", null, Map.of());
    }

    @Override
    public ProducerState state() {
        synchronized (lock) {
            return state;
        }
    }

    /** Acknowledges what is open and takes no more; in a callback, as {@link #close(Duration)}. */
    @Override
    public void close() {
        if (telling.get() == null && state().isOpen()) {
            acknowledgeAll();
        }
        close(Duration.ZERO);
    }

    /** Takes no more, and fails what is open, since nothing would happen to it however long that waited. */
    @Override
    public CloseReport close(final Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout must not be negative: " + timeout);
        }
        final Map<Sent, KpException> left = new LinkedHashMap<>();
        synchronized (lock) {
            if (report != null) {
                return report;
            }
            if (state.isOpen()) {
                state = new ProducerState(Phase.CLOSED, "closed", null);
            }
            final List<UndeliveredRecord> undelivered = new ArrayList<>();
            for (final Sent one : open) {
                final KpException failure = aborted(one);
                left.put(one, failure);
                if (one.handle != null && undelivered.size() < CloseReport.MAX_UNDELIVERED) {
                    undelivered.add(new UndeliveredRecord(one.record.topic(), one.partition, one.handle, failure));
                }
            }
            report = new CloseReport(0, left.size(), 0, 0, 0, undelivered, left.size() - undelivered.size(),
                    List.of());
        }
        left.forEach(this::tryFail);
        keySerializer.close();
        valueSerializer.close();
        return report;
    }

    private KpException aborted(final Sent one) {
        return DeliveryException.builder(Stage.QUEUED, one.record.topic(), one.partition)
                .persistence(Persistence.NOT_PERSISTED)
                .detail("the producer was closed before the record was delivered")
                .build(DeliveryAbortedException::new);
    }

    @Override
    public String toString() {
        synchronized (lock) {
            return "MockProducer[" + state + ", sent=" + all.size() + ", open=" + open.size() + ']';
        }
    }
}
