package io.kp.testkit;

import static io.kp.testkit.Rig.LONG;
import static io.kp.testkit.Rig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.SendResult;
import io.kp.client.Serializers;

/** Brokers that are down, alone or all, over real TCP. The same in virtual minutes: OutageTest of kp-client. */
class OutagesTest {
    private static final int MB = 1 << 20;
    private static final String KILOBYTE = "x".repeat(1000);

    private static Rig rig(final Object... more) {
        final Object[] settings = new Object[more.length + 4];
        settings[0] = ProducerConfig.REQUEST_TIMEOUT_MS;
        settings[1] = 500;
        settings[2] = ProducerConfig.DELIVERY_TIMEOUT_MS;
        settings[3] = 60_000;
        System.arraycopy(more, 0, settings, 4, more.length);
        return new Rig(settings);
    }

    private static void stopAll(final ScriptedCluster cluster) {
        cluster.failover(false);
        for (final int node : List.of(0, 1, 2)) {
            cluster.stopNode(node);
        }
    }

    private static void startAll(final ScriptedCluster cluster) {
        for (final int node : List.of(0, 1, 2)) {
            cluster.startNode(node);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rebootstrap", "none"})
    void shouldDeliverEverythingAfterAnOutageOfAllBrokers(final String strategy) {
        try (Rig rig = rig(ProducerConfig.METADATA_RECOVERY_STRATEGY, strategy)) {
            rig.warmUp().broker.newPortOnRestart(false);
            stopAll(rig.cluster);
            final long startNs = System.nanoTime();
            int sent = 0;
            // Many reconnects and some rebootstraps long.
            while (System.nanoTime() - startNs < 1_500_000_000L) {
                rig.send(sent % 4, "v" + sent++);
                Thread.onSpinWait();
                if (sent % 10 == 0) {
                    rig.producer.flush(java.time.Duration.ofMillis(5));
                }
            }
            assertTrue(sent > 100);
            assertEquals(0, rig.sent.stream().skip(4).filter(record -> record.told.get() > 0).count());
            startAll(rig.cluster);
            rig.sent.forEach(Rig.Sent::offset);
        }
    }

    @Test
    void shouldFillAllTheMemoryWhileAllBrokersAreGone() {
        try (Rig rig = rig(ProducerConfig.BUFFER_MEMORY, 2 * MB)) {
            rig.warmUp().broker.newPortOnRestart(false);
            stopAll(rig.cluster);
            rig.await("the end of the connections", () -> rig.broker.connectionsOpen() == 0);
            final List<Integer> told = new CopyOnWriteArrayList<>();
            int accepted = 0;
            SendResult result = SendResult.ACCEPTED;
            while (result == SendResult.ACCEPTED) {
                final int partition = accepted % 3;
                result = rig.producer.trySend(new ProducerRecord<>(TOPIC, partition, "k", KILOBYTE),
                        (metadata, failure) -> told.add(failure == null ? 0 : 1));
                accepted += result == SendResult.ACCEPTED ? 1 : 0;
            }
            assertEquals(SendResult.MEMORY_EXHAUSTED, result);
            assertTrue(rig.producer.metrics().bufferUsedBytes() > 1.9 * MB, rig.producer.metrics()::toString);
            startAll(rig.cluster);
            final int all = accepted;
            rig.await("all outcomes", () -> told.size() == all);
            assertEquals(0, told.stream().filter(outcome -> outcome > 0).count());
        }
    }

    /** One of three brokers answers nothing: those who send to the others go on, and find memory for that. */
    @Test
    void shouldKeepMemoryForTheOtherBrokers() throws Exception {
        try (Rig rig = rig(ProducerConfig.BUFFER_MEMORY, 2 * MB, ProducerConfig.REQUEST_TIMEOUT_MS, 20_000)) {
            rig.warmUp().broker.newPortOnRestart(false);
            rig.cluster.failover(false);
            final int gone = rig.cluster.leader(TOPIC, 1);
            rig.cluster.pauseNode(gone);
            final List<Rig.Sent> flood = new ArrayList<>();
            SendResult result = SendResult.ACCEPTED;
            for (int i = 0; result == SendResult.ACCEPTED; i++) {
                if (i % 32 == 0) {
                    // An answer of another broker: so the I/O thread has had a turn since.
                    rig.send(i / 32 % 2 * 2, "v" + i).offset();
                }
                final Rig.Sent record = rig.new Sent(1, "f" + i);
                result = rig.producer.trySend(new ProducerRecord<>(TOPIC, 1, "k", KILOBYTE), record::tell);
                if (result == SendResult.ACCEPTED) {
                    flood.add(record);
                }
            }
            // There is memory, but not for this broker.
            assertEquals(SendResult.MEMORY_EXHAUSTED, result);
            assertTrue(rig.producer.metrics().bufferUsedBytes() > 1.4 * MB, rig.producer.metrics()::toString);
            assertTrue(rig.producer.metrics().bufferUsedBytes() < 1.7 * MB, rig.producer.metrics()::toString);
            for (int i = 0; i < 300; i++) {
                rig.send(i % 2 * 2, "w" + i + KILOBYTE).offset();
            }
            assertEquals(0, flood.get(flood.size() - 1).told.get());
            rig.cluster.resumeNode(gone);
            flood.forEach(Rig.Sent::offset);
        }
    }

    /** The brokers' own addresses have all changed; only the bootstrap server leads to them (KIP-899). */
    @Test
    void shouldFindBrokersAtNewAddressesByTheBootstrapServer() {
        final ScriptedCluster cluster = new ScriptedCluster(4);
        cluster.createTopic(TOPIC, 3).hideNode(3, true);
        try (ScriptedBroker broker = ScriptedBroker.start(cluster)) {
            for (int i = 0; i < 3; i++) {
                cluster.moveLeader(TOPIC, i, i);
            }
            try (Producer<String, String> producer = open(broker.bootstrapServer(3), new ProducerContext())) {
                final List<CompletableFuture<RecordMetadata>> futures = new ArrayList<>();
                futures.add(producer.send(new ProducerRecord<>(TOPIC, 0, "k", "before")));
                join(futures);
                stopAll(cluster);
                for (int i = 0; i < 30; i++) {
                    futures.add(producer.send(new ProducerRecord<>(TOPIC, i % 3, "k", "v" + i)));
                }
                startAll(cluster);
                join(futures);
                assertEquals(31, cluster.recordCount(TOPIC));
            }
        }
    }

    /** KIP-1102: brokers answer the connection, but nothing useful, for longer than the trigger. */
    @Test
    void shouldStartAgainWhenMetadataCannotBeHadForLong() {
        try (Rig rig = rig(ProducerConfig.METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS, 300)) {
            rig.warmUp().cluster.leaderHints(false);
            final long accepted = rig.broker.connectionsAccepted();
            final Script.Rule rule = rig.script.metadata().forever().then(Fault.disconnect());
            rig.cluster.moveLeader(TOPIC, 1, 2);
            final Rig.Sent record = rig.send(1, "v");
            // Back to the bootstrap servers: connections to these, beside those to the brokers.
            rig.await("a new start", () -> rig.broker.connectionsAccepted() > accepted + 3);
            rule.remove();
            record.offset();
        }
    }

    @Test
    void shouldTryAllAddressesOfABootstrapName() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.start(1)) {
            broker.cluster().createTopic(TOPIC, 1);
            final String port = broker.bootstrapServer(0).replaceAll(".*:", "");
            final List<String> asked = new CopyOnWriteArrayList<>();
            final InetAddress[] addresses = {address(2), address(3), address(1)};
            final ProducerContext context = new ProducerContext().hostResolver(host -> {
                asked.add(host);
                if (host.equals("brokers.test")) {
                    return addresses;
                }
                return InetAddress.getAllByName(host);
            });
            try (Producer<String, String> producer = open("brokers.test:" + port, context)) {
                assertEquals(0, producer.send(new ProducerRecord<>(TOPIC, 0, "k", "v"))
                        .get(LONG.toSeconds(), TimeUnit.SECONDS).offset());
            }
            assertEquals(1, asked.stream().filter("brokers.test"::equals).count(), asked::toString);
        }
    }

    private static InetAddress address(final int last) throws UnknownHostException {
        return InetAddress.getByAddress(new byte[]{127, 0, 0, (byte) last});
    }

    private static Producer<String, String> open(final String servers, final ProducerContext context) {
        return Producer.open(ProducerConfig.builder().set(ProducerConfig.BOOTSTRAP_SERVERS, servers)
                .set(ProducerConfig.LINGER_MS, 0).set(ProducerConfig.RETRY_BACKOFF_MS, 5)
                .set(ProducerConfig.RETRY_BACKOFF_MAX_MS, 20).set(ProducerConfig.RECONNECT_BACKOFF_MS, 5)
                .set(ProducerConfig.RECONNECT_BACKOFF_MAX_MS, 20).set(ProducerConfig.REQUEST_TIMEOUT_MS, 1000)
                .set(ProducerConfig.DELIVERY_TIMEOUT_MS, 30_000).build(), Serializers.string(), Serializers.string(),
                context);
    }

    private static void join(final List<CompletableFuture<RecordMetadata>> futures) throws AssertionError {
        for (final CompletableFuture<RecordMetadata> future : futures) {
            try {
                future.get(LONG.toSeconds(), TimeUnit.SECONDS);
            } catch (final Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
