package io.kp.client;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;

import io.kp.accumulator.Claim;
import io.kp.metadata.PartitionInfo;

/**
 * Sends records to Kafka. Thread-safe; one instance serves all threads of an application, virtual ones too. Close it, or records that are still buffered are lost.
 *
 * <p><b>Every accepted record ends exactly once</b>, acknowledged or failed, at most {@code delivery.timeout.ms} after it was accepted. Records of one partition are
 * written in the order in which they were accepted, and their outcomes are told in that order.
 *
 * <p><b>What is thrown and what is told later.</b> As with Kafka's producer, failures of the cluster come through the future or the callback, mistakes of
 * the program are thrown:
 * <table>
 * <caption>Failures of {@code send}</caption>
 * <tr><th scope="col">what happened</th><th scope="col">exception</th><th scope="col">how</th></tr>
 * <tr><td>no metadata of the topic within {@code max.block.ms}, or none that has the record's partition</td>
 *     <td>{@link UnknownTopicException}</td><td>future or callback</td></tr>
 * <tr><td>invalid topic name, or no right to write</td>
 *     <td>{@link InvalidTopicException}, {@link TopicAuthorizationException}</td><td>future or callback</td></tr>
 * <tr><td>no memory within what is left of {@code max.block.ms}</td><td>{@link BufferExhaustedException}</td><td>future or callback</td></tr>
 * <tr><td>larger than {@code max.request.size} or {@code buffer.memory}</td><td>{@link RecordTooLargeException}</td><td>future or callback</td></tr>
 * <tr><td>any failure after the record was accepted</td><td>a {@link DeliveryException}</td><td>future or callback</td></tr>
 * <tr><td>record is {@code null}</td><td>{@link NullPointerException}</td><td>thrown</td></tr>
 * <tr><td>a serializer refuses key or value</td><td>{@link SerializationException}, or what it threw</td><td>thrown</td></tr>
 * <tr><td>a partitioner returns a number out of range</td><td>{@link IllegalArgumentException}</td><td>thrown</td></tr>
 * <tr><td>the producer is closed, or closes meanwhile</td><td>{@link ProducerClosedException}</td><td>thrown</td></tr>
 * <tr><td>the thread is interrupted while it waits</td><td>{@link InterruptException}</td><td>thrown</td></tr>
 * </table>
 * Whatever is thrown: the record was not accepted, and neither future nor callback will hear of it. Differences to Kafka: a failed {@code send} has no callback
 * <em>and</em> exception; the callback gets either metadata or a failure, the other is {@code null}; what a callback throws on the calling thread does not
 * escape {@code send}.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public interface Producer<K, V> extends AutoCloseable {
    /**
     * Opens a producer with serializers of the caller's own, which are closed with it.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param config the configuration; its {@code key.serializer} and {@code value.serializer} are not used
     * @param keySerializer makes bytes of keys
     * @param valueSerializer makes bytes of values
     * @return the producer, which connects in the background
     * @throws ConfigException if an interceptor or the partitioner cannot be made
     */
    static <K, V> Producer<K, V> open(ProducerConfig config, Serializer<? super K> keySerializer,
            Serializer<? super V> valueSerializer) {
        return open(config, keySerializer, valueSerializer, new ProducerContext());
    }

    /**
     * Opens a producer in surroundings of the caller's choice.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param config the configuration; its {@code key.serializer} and {@code value.serializer} are not used
     * @param keySerializer makes bytes of keys
     * @param valueSerializer makes bytes of values
     * @param context clocks, randomness and network
     * @return the producer, which connects in the background
     * @throws ConfigException if an interceptor or the partitioner cannot be made
     */
    static <K, V> Producer<K, V> open(ProducerConfig config, Serializer<? super K> keySerializer,
            Serializer<? super V> valueSerializer, ProducerContext context) {
        return new KpProducer<>(config, keySerializer, valueSerializer, config.newInterceptors(), context, false);
    }

    /**
     * Opens a producer without a thread: the caller runs its duty cycle.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param config the configuration; its {@code key.serializer} and {@code value.serializer} are not used
     * @param keySerializer makes bytes of keys
     * @param valueSerializer makes bytes of values
     * @param context clocks, randomness and network
     * @return the producer, which does nothing unless it is invoked
     * @throws ConfigException if an interceptor or the partitioner cannot be made
     */
    static <K, V> InvokedProducer<K, V> openInvoked(ProducerConfig config, Serializer<? super K> keySerializer,
            Serializer<? super V> valueSerializer, ProducerContext context) {
        return new KpProducer<>(config, keySerializer, valueSerializer, config.newInterceptors(), context, true);
    }

    /**
     * Opens a producer whose serializers are those that the configuration names.
     *
     * @param <K> the type of the keys, which {@code key.serializer} must take
     * @param <V> the type of the values, which {@code value.serializer} must take
     * @param config the configuration
     * @return the producer, which connects in the background
     * @throws ConfigException if a serializer is not named, or one, an interceptor or the partitioner cannot be made
     */
    static <K, V> Producer<K, V> open(ProducerConfig config) {
        return open(config, config.newKeySerializer(), config.newValueSerializer());
    }

    /**
     * Opens a producer from properties with Kafka's keys.
     *
     * @param <K> the type of the keys, which {@code key.serializer} must take
     * @param <V> the type of the values, which {@code value.serializer} must take
     * @param properties the configuration, see {@link ProducerConfig#of(Properties)}
     * @return the producer, which connects in the background
     * @throws ConfigException if the configuration is not valid
     */
    static <K, V> Producer<K, V> open(Properties properties) {
        return open(ProducerConfig.of(properties));
    }

    /**
     * Sends a record. Waits at most {@code max.block.ms}, for metadata of a topic that is not known yet and for memory; never for the network.
     *
     * <p>Dependent stages of the future run on the producer's I/O thread, or on {@link ProducerConfig.Builder#completionExecutor the completion executor}. On the I/O thread
     * they must not block, as for a {@link Callback}; use the {@code …Async} methods for others.
     * Cancelling the future, or completing it, does not take the record back.
     *
     * @param record the record; its headers are read-only afterwards
     * @return a future of where the record is; it fails with a {@link KpException}, in general a {@link DeliveryException}
     * @throws NullPointerException if the record is {@code null}
     * @throws SerializationException if key or value cannot be serialized
     * @throws ProducerClosedException if the producer is closed
     * @throws InterruptException if the thread is interrupted while it waits
     */
    CompletableFuture<RecordMetadata> send(ProducerRecord<K, V> record);

    /**
     * Sends a record and has its outcome told to a callback. Waits as {@link #send(ProducerRecord)} does, and makes no future.
     *
     * @param record the record; its headers are read-only afterwards
     * @param callback is told the outcome once, unless this method throws; {@code null} for nobody
     * @throws NullPointerException if the record is {@code null}
     * @throws SerializationException if key or value cannot be serialized
     * @throws ProducerClosedException if the producer is closed
     * @throws InterruptException if the thread is interrupted while it waits
     */
    void send(ProducerRecord<K, V> record, Callback callback);

    /**
     * Sends a record without headers and without an object for it: as {@link #send(ProducerRecord, Callback)}, which its parts are for. With a
     * {@link DeliveryCallback} that is used again and serializers that make no garbage nothing is allocated for a record. An interceptor, or a serializer that looks
     * at headers, is given a record as always, made for it.
     *
     * @param topic the topic
     * @param partition the partition, or {@link ProducerRecord#NO_PARTITION} to let the partitioner choose
     * @param timestampMs milliseconds since 1970, or {@link ProducerRecord#NO_TIMESTAMP} for the time of this call
     * @param key the key, or {@code null}
     * @param value the value, or {@code null}
     * @param callback is told the outcome once, unless this method throws; {@code null} for nobody
     * @throws IllegalArgumentException if the topic is {@code null}, or partition or timestamp are negative and do not stand for none
     * @throws SerializationException if key or value cannot be serialized
     * @throws ProducerClosedException if the producer is closed
     * @throws InterruptException if the thread is interrupted while it waits
     */
    void send(String topic, int partition, long timestampMs, K key, V value, Callback callback);

    /**
     * Sends a record that has a deadline of its own. When that is over and the record's outcome is not known, the record alone fails, with a
     * {@link DeliveryTimeoutException}, and nobody hears of it again. It is not taken back: it stays in its batch and may be delivered yet, so it counts as
     * {@link DeliveryException.Persistence#POSSIBLY_PERSISTED possibly persisted}. That is told at the deadline, so maybe before the outcomes of earlier records of its partition,
     * and makes no gap in the sense of {@link GapPolicy}. {@link ProducerMetrics} count the record when its batch ends.
     *
     * @param record the record; its headers are read-only afterwards
     * @param timeout time from this call to the deadline, waiting for metadata and memory included; {@code delivery.timeout.ms} if that is shorter
     * @return a future of where the record is; it fails with a {@link KpException}
     * @throws NullPointerException if the record is {@code null}
     * @throws IllegalArgumentException if the timeout is zero or negative
     * @throws SerializationException if key or value cannot be serialized
     * @throws ProducerClosedException if the producer is closed
     * @throws InterruptException if the thread is interrupted while it waits
     */
    CompletableFuture<RecordMetadata> sendWithin(ProducerRecord<K, V> record, Duration timeout);

    /**
     * Sends a record that has a deadline of its own, see {@link #sendWithin(ProducerRecord, Duration)}, and has its outcome told to a callback.
     *
     * @param record the record; its headers are read-only afterwards
     * @param timeout time from this call to the deadline, waiting for metadata and memory included; {@code delivery.timeout.ms} if that is shorter
     * @param callback is told the outcome once, unless this method throws; {@code null} for nobody
     * @throws NullPointerException if the record is {@code null}
     * @throws IllegalArgumentException if the timeout is zero or negative
     * @throws SerializationException if key or value cannot be serialized
     * @throws ProducerClosedException if the producer is closed
     * @throws InterruptException if the thread is interrupted while it waits
     */
    void sendWithin(ProducerRecord<K, V> record, Duration timeout, Callback callback);

    /**
     * Sends a record if that is possible without waiting. What only time can change comes as a result, and then neither the callback nor an interceptor's
     * {@code onAcknowledgement} hears of the record; what is wrong with the record itself is thrown.
     *
     * @param record the record; its headers are read-only if it is accepted
     * @param callback is told the outcome once if the result is {@link SendResult#ACCEPTED}; {@code null} for nobody
     * @return whether the record was accepted, else why not
     * @throws NullPointerException if the record is {@code null}
     * @throws IllegalArgumentException if the record's partition is not one of the topic's known ones
     * @throws SerializationException if key or value cannot be serialized
     * @throws RecordTooLargeException if the record is larger than {@code max.request.size} or {@code buffer.memory}
     * @throws InvalidTopicException if brokers have refused the topic's name
     * @throws TopicAuthorizationException if brokers have refused the right to write to the topic
     */
    SendResult trySend(ProducerRecord<K, V> record, Callback callback);

    /**
     * Claims a record's place in its batch, for a caller that writes key and value there itself: nothing is copied, and with a
     * {@link DeliveryCallback} or none nothing is allocated. Never waits. If the result is {@link SendResult#ACCEPTED} the claim has to be committed or
     * aborted, and soon, since its batch cannot be sent before.
     *
     * <pre>{@code
     * if (producer.tryClaim("events", -1, -1, 16, callback, claim).isAccepted()) {
     *     claim.segment().putLong(claim.valueOffset(), id);
     *     claim.segment().putLong(claim.valueOffset() + 8, price);
     *     claim.commit();
     * }
     * }</pre>
     *
     * The record has no headers and this moment as its timestamp; serializers and the configured partitioner have no part in it.
     *
     * @param topic the topic
     * @param partition the partition, or -1 for the balanced choice that records without a key get; what a key stands for is the caller's to know, for
     *     instance from {@link io.kp.partition.KeyPartitioner}
     * @param keyLength number of bytes of the key; -1 for no key
     * @param valueLength number of bytes of the value; -1 for none
     * @param callback is told the outcome once if the claim is committed; {@code null} for nobody
     * @param claim takes the place; one that is not active
     * @return whether there is a claim, else why not
     * @throws NullPointerException if topic or claim is {@code null}
     * @throws IllegalArgumentException if a length is less than -1, the partition is not one of the topic's known ones, or a key comes without a partition
     * @throws IllegalStateException if the claim is active, or the producer has interceptors, which would not see the record
     * @throws RecordTooLargeException if the record is larger than {@code max.request.size} or {@code buffer.memory}
     * @throws InvalidTopicException if brokers have refused the topic's name
     * @throws TopicAuthorizationException if brokers have refused the right to write to the topic
     */
    SendResult tryClaim(String topic, int partition, int keyLength, int valueLength, Callback callback, Claim claim);

    /**
     * Claims a record's place in its batch as {@link #tryClaim} does, but waits for it as {@link #send(ProducerRecord, Callback)} does: at most {@code max.block.ms}, for metadata of a
     * topic that is not known yet and for memory. When this returns there is a claim, to be committed or aborted
     * before the thread claims again: it could wait for memory that only its own open claim keeps.
     *
     * @param topic the topic
     * @param partition the partition, or -1 for the balanced choice that records without a key get
     * @param keyLength number of bytes of the key; -1 for no key
     * @param valueLength number of bytes of the value; -1 for none
     * @param callback is told the outcome once if the claim is committed; {@code null} for nobody
     * @param claim takes the place; one that is not active
     * @throws NullPointerException if topic or claim is {@code null}
     * @throws IllegalArgumentException if a length is less than -1, the partition is negative and not -1, or a key comes without a partition
     * @throws IllegalStateException if the claim is active, or the producer has interceptors, which would not see the record
     * @throws RecordTooLargeException if the record is larger than {@code max.request.size} or {@code buffer.memory}
     * @throws BufferExhaustedException if no memory came in time
     * @throws UnknownTopicException if nothing was heard of the topic or the partition in time
     * @throws InvalidTopicException if brokers have refused the topic's name
     * @throws TopicAuthorizationException if brokers have refused the right to write to the topic
     * @throws ProducerClosedException if the producer is closed
     * @throws InterruptException if the thread is interrupted while it waits
     */
    void claim(String topic, int partition, int keyLength, int valueLength, Callback callback, Claim claim);

    /**
     * Sends everything that was accepted before, without regard to {@code linger.ms}, and waits until each of these records has ended and its callback has
     * returned, on the completion executor too. Does not throw for records that failed. Returns at once on a closed producer.
     *
     * @throws InterruptException if the thread is interrupted while it waits
     * @throws IllegalStateException if called from a callback, which would wait for itself
     */
    void flush();

    /**
     * As {@link #flush()}, for a limited time.
     *
     * @param timeout how long to wait at most
     * @return how many of the records accepted before have not ended yet, or their callbacks not returned: 0 if the flush is complete. While other threads send, this may
     *         count some of theirs
     * @throws IllegalArgumentException if the timeout is negative
     * @throws InterruptException if the thread is interrupted while it waits
     * @throws IllegalStateException if called from a callback, which would wait for itself
     */
    long flush(Duration timeout);

    /**
     * The partitions of a topic. Waits for metadata at most {@code max.block.ms} if the topic is not known yet; goes on to answer for known topics after close.
     *
     * @param topic the topic
     * @return its partitions, in the order of their numbers, as they were last heard of
     * @throws NullPointerException if the topic is {@code null}
     * @throws UnknownTopicException if {@code max.block.ms} passed
     * @throws InvalidTopicException if the topic's name is invalid
     * @throws TopicAuthorizationException if this client may not see the topic
     * @throws ProducerClosedException if the topic is not known and the producer is closed
     * @throws InterruptException if the thread is interrupted while it waits
     */
    List<PartitionInfo> partitionsFor(String topic);

    /**
     * A snapshot of what the producer has done and holds.
     *
     * @return the numbers at this moment
     */
    ProducerMetrics metrics();

    /**
     * All metrics at about this moment: Kafka's under Kafka's names, those of topics, brokers and partitions, and where the time goes. Any thread may take one, as often as
     * once a second without harm; nobody else waits for it.
     *
     * @return the metrics that {@link Metric#all()} lists
     */
    MetricsSnapshot snapshot();

    /**
     * What limits this producer now, in words, with the figures behind it and the key to turn. Looks at the last five seconds and at what waits at the moment. Any thread.
     *
     * @return the explanation
     */
    Explanation explain();

    /**
     * Whether the producer works, and if not, why.
     *
     * @return its state at this moment
     */
    ProducerState state();

    /**
     * Takes no more records, delivers what was accepted, and releases everything. Waits as long as that takes, so at most {@code delivery.timeout.ms} and
     * {@code request.timeout.ms}, and for callbacks and whatever else of the user's code has to return. From a callback: as {@link #close(Duration)} with zero. A second
     * call waits for the first.
     *
     * @throws InterruptException if the thread is interrupted while it waits; that ends the wait and not the close: what was accepted is still delivered
     */
    @Override
    void close();

    /**
     * Takes no more records, delivers what was accepted as far as the time allows, fails the rest with {@link DeliveryAbortedException}, and releases
     * everything. Zero fails everything that is buffered at once. From a callback, on the I/O thread or on the completion executor, the timeout counts as zero, with a
     * warning in the log.
     *
     * <p>Returns at most 100 ms after the timeout, whatever user code does: a callback, serializer or interceptor that does not return is left behind and named in the
     * report. Interceptors, serializers and the partitioner are closed on a thread of their own, after the last callback has returned or the time is over.
     *
     * @param timeout how long to wait at most for outcomes and callbacks
     * @return what became of the records that were not delivered when a close was called first
     * @throws IllegalArgumentException if the timeout is negative
     * @throws InterruptException if the thread is interrupted while it waits; that ends the wait and not the close, which goes on until the timeout. To wait again, or for
     *             the report, call it again
     */
    CloseReport close(Duration timeout);
}
