package io.kp.bench.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.apache.kafka.clients.producer.internals.ProducerMetadata;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.internals.ClusterResourceListeners;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

import io.kp.metadata.ClusterUpdate;
import io.kp.metadata.Metadata;
import io.kp.metadata.MetadataConfig;
import io.kp.metadata.MetadataRequestPlan;
import io.kp.metadata.Node;
import io.kp.metadata.PartitionInfo;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;
import io.kp.metadata.TopicUpdate;

/**
 * kp-metadata: what each {@code send} asks (how many partitions has the topic?), while another thread replaces the metadata a thousand times a second. Beside
 * what Kafka's producer does for it: {@code ProducerMetadata.add} and a look into the cluster.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"-Xms1g", "-Xmx1g"})
public class MetadataBenchmark {
    private static final int PARTITIONS = 8;
    private static final long REFRESH_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private interface Lookup {
        /** The number of partitions, 0 if the topic is not known. */
        int partitions(String topic);

        void refresh();
    }

    private static final class KpLookup implements Lookup {
        private final Metadata metadata;
        private final ClusterUpdate update;

        KpLookup(final String[] topics) {
            final Node node = new Node(1, "localhost", 9092);
            metadata = new Metadata(MetadataConfig.DEFAULTS.withRefreshBackoffMs(0, 0), List.of(
                    Node.bootstrap(0, "localhost", 9092)), System::nanoTime, new SplittableRandom(1));
            final List<TopicUpdate> updates = new ArrayList<>();
            for (int i = 0; i < topics.length; i++) {
                final List<PartitionInfo> partitions = new ArrayList<>();
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    partitions.add(new PartitionInfo(topics[i], partition, 1, 0));
                }
                updates.add(TopicUpdate.described(TopicInfo.of(topics[i], new TopicId(1, i + 1), false, partitions),
                        true));
                metadata.pin(topics[i]);
            }
            update = new ClusterUpdate("c", 1, List.of(node), updates);
        }

        @Override
        public int partitions(final String topic) {
            final TopicInfo info = metadata.topic(topic, System.nanoTime());
            return info == null ? 0 : info.partitionCount();
        }

        @Override
        public void refresh() {
            metadata.requestUpdate("benchmark");
            final MetadataRequestPlan plan = metadata.beginUpdate(System.nanoTime());
            if (plan != null) {
                metadata.completeUpdate(plan, update, System.nanoTime());
            }
        }
    }

    private static final class KafkaLookup implements Lookup {
        private static final long MAX_AGE_MS = 300_000;

        private final ProducerMetadata metadata = new ProducerMetadata(0, 0, MAX_AGE_MS, MAX_AGE_MS, new LogContext(),
                new ClusterResourceListeners(), Time.SYSTEM);
        private final MetadataResponse response;

        KafkaLookup(final String[] topics) {
            final MetadataResponseData data = new MetadataResponseData().setClusterId("c").setControllerId(1);
            data.brokers().add(new MetadataResponseBroker().setNodeId(1).setHost("localhost").setPort(9092));
            for (int i = 0; i < topics.length; i++) {
                final MetadataResponseTopic topic = new MetadataResponseTopic().setName(topics[i])
                        .setTopicId(new org.apache.kafka.common.Uuid(1, i + 1));
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    topic.partitions().add(new MetadataResponsePartition().setPartitionIndex(partition).setLeaderId(1)
                            .setLeaderEpoch(0).setReplicaNodes(List.of(1)).setIsrNodes(List.of(1)));
                }
                data.topics().add(topic);
                metadata.add(topics[i], System.currentTimeMillis());
            }
            response = new MetadataResponse(data, ApiKeys.METADATA.latestVersion());
        }

        @Override
        public int partitions(final String topic) {
            metadata.add(topic, System.currentTimeMillis());
            final Cluster cluster = metadata.fetch();
            // The producer looks the topic up in these as well.
            if (cluster.invalidTopics().contains(topic) || cluster.unauthorizedTopics().contains(topic)) {
                return 0;
            }
            final Integer count = cluster.partitionCountForTopic(topic);
            return count == null ? 0 : count;
        }

        @Override
        public void refresh() {
            metadata.updateWithCurrentRequestVersion(response, false, System.currentTimeMillis());
        }
    }

    /** Metadata, and a thread that replaces them. */
    @State(Scope.Benchmark)
    public static class Refreshed {
        /** Who does the work. */
        @Param({"kp", "kafka"})
        public String metadata;

        /** Topics that the producer knows. */
        @Param({"1", "1000"})
        public int topics;

        private Lookup lookup;
        private String[] names;
        private Thread refresher;
        private volatile boolean stop;
        private volatile Throwable failure;

        /** Makes metadata and thread. */
        @Setup(Level.Trial)
        public void setUp() {
            names = new String[topics];
            for (int i = 0; i < topics; i++) {
                names[i] = "topic-" + i;
            }
            lookup = metadata.equals("kp") ? new KpLookup(names) : new KafkaLookup(names);
            lookup.refresh();
            refresher = new Thread(this::refresh, "refresher");
            refresher.start();
        }

        private void refresh() {
            try {
                while (!stop) {
                    lookup.refresh();
                    LockSupport.parkNanos(REFRESH_NS);
                }
            } catch (final RuntimeException | Error e) {
                failure = e;
            }
        }

        /** Ends the thread. */
        @TearDown(Level.Trial)
        public void tearDown() throws InterruptedException {
            stop = true;
            refresher.join();
            if (failure != null) {
                throw new IllegalStateException("the refresh failed", failure);
            }
        }
    }

    /** A thread's next topic, and lookups that came to nothing. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Lookups {
        /** Lookups that did not find the topic. */
        public long unknown;

        private int next;
    }

    private static int lookUp(final Refreshed state, final Lookups lookups) {
        final int partitions = state.lookup.partitions(state.names[lookups.next]);
        lookups.next = lookups.next + 1 == state.names.length ? 0 : lookups.next + 1;
        if (partitions != PARTITIONS) {
            lookups.unknown++;
        }
        return partitions;
    }

    /** Looks a topic up, one thread. */
    @Benchmark
    @Threads(1)
    public int threads1(final Refreshed state, final Lookups lookups) {
        return lookUp(state, lookups);
    }

    /** Eight threads. */
    @Benchmark
    @Threads(8)
    public int threads8(final Refreshed state, final Lookups lookups) {
        return lookUp(state, lookups);
    }

}
