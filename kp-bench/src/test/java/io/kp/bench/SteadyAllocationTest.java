package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.sun.management.ThreadMXBean;

import io.kp.accumulator.Claim;
import io.kp.client.DeliveryCallback;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.Serializers;

/**
 * What sending costs in heap once everything is warm: bytes that the calling threads and all of kp's own allocate for a million records, as the JVM counts them, over
 * real TCP and with a broker in a process of its own. The callers' record objects are made beforehand.
 */
@Timeout(180)
class SteadyAllocationTest {
    private static final int RECORDS = 1_000_000;
    private static final int ROUNDS_OF_WARM_UP = 2;
    /**
     * How many rounds may count until one keeps to the limit. Warming up has no sure end: a segment of a size that was never used before, or code that the JVM
     * compiles late, may come in any round. What is allocated for each record or each batch comes in all of them.
     */
    private static final int MOST_ROUNDS = 12;
    private static final int PARTITIONS = 4;
    private static final int VALUE_BYTES = 100;
    private static final int FUTURES_KEPT = 1 << 14;
    /** Little, so that all of it has been in use before what counts: what belongs to a segment is made once, when it is first used. */
    private static final String BUFFER_MEMORY = "4194304";
    /** A path that allocates nothing for a record nor for a batch (of about 150) may allocate for what comes seldom, as the JDK does when a thread waits. */
    private static final double NOTHING = 0.1;
    /**
     * Several callers at a pool that is used up ask for segments of many sizes, and now and then one is dropped for another with its bookkeeping (4 KB), for one in
     * some thousand records; nothing of it is for each record or batch.
     */
    private static final double NOTHING_FOR_EACH_BATCH = 0.5;
    private static final double FUTURE_LIMIT = 96;

    private static AckBrokerProcess broker;

    private final LoadOutcomes outcomes = new LoadOutcomes();
    private long sent;
    private final DeliveryCallback callback = delivery -> {
        if (delivery.isDelivered()) {
            outcomes.acknowledged();
        } else {
            outcomes.failed(delivery.failure());
        }
    };

    @BeforeAll
    static void startBroker() {
        broker = AckBrokerProcess.start(PARTITIONS, "0");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void shouldAllocateNothingForClaims(final int callers) throws Exception {
        try (Producer<byte[], byte[]> producer = open()) {
            final byte[] value = new byte[VALUE_BYTES];
            final ThreadLocal<Claim> claims = ThreadLocal.withInitial(Claim::new);
            final double bytes = bytesPerRecord(limit(callers), producer, callers, i -> {
                final Claim claim = claims.get();
                producer.claim("claims", -1, -1, VALUE_BYTES, callback, claim);
                claim.segment().putBytes(claim.valueOffset(), value, 0, VALUE_BYTES);
                claim.commit();
            });
            assertAtMost(limit(callers), bytes);
        }
        assertAllAcknowledged();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void shouldAllocateNothingForCallbacks(final int callers) throws Exception {
        try (Producer<byte[], byte[]> producer = open()) {
            final ProducerRecord<byte[], byte[]> record = new ProducerRecord<>("callbacks", new byte[VALUE_BYTES]);
            final double bytes = bytesPerRecord(limit(callers), producer, callers,
                    i -> producer.send(record, callback));
            assertAtMost(limit(callers), bytes);
        }
        assertAllAcknowledged();
    }

    @Test
    void shouldAllocateNothingWithoutARecordObject() throws Exception {
        try (Producer<byte[], byte[]> producer = open()) {
            final byte[] value = new byte[VALUE_BYTES];
            final double bytes = bytesPerRecord(NOTHING, producer, 1, i -> producer.send("parts",
                    ProducerRecord.NO_PARTITION, ProducerRecord.NO_TIMESTAMP, null, value, callback));
            assertAtMost(NOTHING, bytes);
        }
        assertAllAcknowledged();
    }

    @Test
    void shouldAllocateLittleForFutures() throws Exception {
        try (Producer<byte[], byte[]> producer = open()) {
            final ProducerRecord<byte[], byte[]> record = new ProducerRecord<>("futures", new byte[VALUE_BYTES]);
            final ArrayDeque<CompletableFuture<RecordMetadata>> futures = new ArrayDeque<>(2 * FUTURES_KEPT);
            final double bytes = bytesPerRecord(FUTURE_LIMIT, producer, 1, i -> {
                futures.addLast(producer.send(record));
                if (futures.size() > FUTURES_KEPT) {
                    futures.pollFirst().join();
                    outcomes.acknowledged();
                }
            });
            futures.forEach(future -> {
                future.join();
                outcomes.acknowledged();
            });
            assertAtMost(FUTURE_LIMIT, bytes);
        }
        assertAllAcknowledged();
    }

    /** Compressor threads, and callers that help them (that these do is for AllocationTest of kp-accumulator to show). */
    @ParameterizedTest
    @ValueSource(strings = {"lz4", "zstd"})
    void shouldAllocateNothingForCompression(final String codec) throws Exception {
        try (Producer<byte[], byte[]> producer = open(
                Map.of("compression.type", codec, "kp.compression.callers", "1", "batch.size", "131072"))) {
            final ProducerRecord<byte[], byte[]> record = new ProducerRecord<>("compressed-" + codec,
                    "{\"customer\":\"8f3a6c\",\"amount\":42}".repeat(3).getBytes(StandardCharsets.US_ASCII));
            final double bytes = bytesPerRecord(NOTHING, producer, 1, i -> producer.send(record, callback));
            assertAtMost(NOTHING, bytes);
        }
        assertAllAcknowledged();
    }

    /** That the others can fail: a callback made for each record is seen, in full. */
    @Test
    void shouldSeeWhatIsAllocatedForEachRecord() throws Exception {
        try (Producer<byte[], byte[]> producer = open()) {
            final ProducerRecord<byte[], byte[]> record = new ProducerRecord<>("seen", new byte[VALUE_BYTES]);
            final double bytes = bytesPerRecord(NOTHING, producer, 1,
                    i -> producer.send(record, new Counting(callback)));
            assertTrue(bytes >= 16, "a 16-byte object for each record was not seen: bytes per record=" + bytes);
        }
        assertAllAcknowledged();
    }

    private record Counting(DeliveryCallback to) implements DeliveryCallback {
        @Override
        public void onDelivery(final io.kp.client.Delivery delivery) {
            to.onDelivery(delivery);
        }
    }

    private static Producer<byte[], byte[]> open() {
        return open(Map.of());
    }

    private static Producer<byte[], byte[]> open(final Map<String, String> more) {
        final Map<String, String> settings = new HashMap<>(more);
        settings.putAll(Map.of("bootstrap.servers", broker.bootstrapServers(), "linger.ms", "5", "buffer.memory",
                BUFFER_MEMORY));
        return Producer.open(ProducerConfig.of(settings), Serializers.byteArray(), Serializers.byteArray());
    }

    private void assertAllAcknowledged() {
        assertNull(outcomes.firstFailure());
        assertEquals(sent, outcomes.acknowledgedCount());
    }

    private static double limit(final int callers) {
        return callers == 1 ? NOTHING : NOTHING_FOR_EACH_BATCH;
    }

    private static void assertAtMost(final double limit, final double bytesPerRecord) {
        assertTrue(bytesPerRecord <= limit, () -> String.format(Locale.ROOT,
                "allocated bytes per record: %.3f, more than %.3f", bytesPerRecord, limit));
    }

    /**
     * Sends the warm-up's records and then rounds that count, from that many threads; returns what a record costs the callers and kp's own threads in the first
     * round that keeps to the limit, or else in the best one.
     */
    private double bytesPerRecord(final double limit, final Producer<?, ?> producer, final int callers,
            final LongConsumer send) throws Exception {
        final CyclicBarrier turn = new CyclicBarrier(callers + 1);
        final List<Thread> threads = new ArrayList<>();
        final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        final AtomicBoolean over = new AtomicBoolean();
        for (int caller = 0; caller < callers; caller++) {
            final Thread thread = new Thread(() -> {
                try {
                    turn.await(1, TimeUnit.MINUTES);
                    while (!over.get()) {
                        for (long i = 0; i < RECORDS / callers; i++) {
                            send.accept(i);
                        }
                        turn.await(1, TimeUnit.MINUTES);
                        turn.await(1, TimeUnit.MINUTES);
                    }
                } catch (final Exception | AssertionError e) {
                    failures.add(e);
                    turn.reset();
                }
            }, "kp-load-" + caller);
            threads.add(thread);
            thread.start();
        }
        double least = Double.MAX_VALUE;
        try {
            for (int round = 0; round < ROUNDS_OF_WARM_UP + MOST_ROUNDS && least > limit; round++) {
                final Map<String, Long> before = allocated();
                turn.await(1, TimeUnit.MINUTES);
                turn.await(1, TimeUnit.MINUTES);
                sent += RECORDS;
                producer.flush();
                final Map<String, Long> after = allocated();
                assertEquals(before.keySet(), after.keySet(), "threads came or went");
                assertTrue(before.size() > callers, () -> "no thread of the producer's own is among " + before);
                if (round >= ROUNDS_OF_WARM_UP) {
                    least = Math.min(least, after.entrySet().stream()
                            .mapToLong(each -> each.getValue() - before.get(each.getKey())).sum() / (double) RECORDS);
                }
            }
            over.set(true);
            turn.await(1, TimeUnit.MINUTES);
        } catch (final BrokenBarrierException e) {
            failures.forEach(e::addSuppressed);
            throw e;
        } finally {
            over.set(true);
            for (final Thread thread : threads) {
                thread.interrupt();
                thread.join();
            }
        }
        return least;
    }

    /** By name, with the number that tells threads of one name apart. */
    private static Map<String, Long> allocated() {
        final ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final Map<String, Long> bytes = new TreeMap<>();
        for (final java.lang.management.ThreadInfo info : bean.getThreadInfo(bean.getAllThreadIds())) {
            if (info != null && info.getThreadName().startsWith("kp-")) {
                bytes.put(info.getThreadName() + '#' + info.getThreadId(),
                        bean.getThreadAllocatedBytes(info.getThreadId()));
            }
        }
        return bytes;
    }
}
