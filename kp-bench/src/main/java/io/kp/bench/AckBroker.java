package io.kp.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * A broker that acknowledges and stores nothing, in a process of its own: what then is measured is the client. It speaks the real protocol as far as a producer
 * needs it (ApiVersions, Metadata, InitProducerId, Produce), has every topic that it is asked for, and counts the records of each.
 *
 * <p>
 * The process answers {@code totals PREFIX} on its standard input with the counts of the topics whose names start so, and ends with that stream.
 */
final class AckBroker {
    static final String HOST = "127.0.0.1";
    /** Before the ports, on the first line that the process writes. */
    static final String READY = "ports ";
    /** Before the prefix of topics, on a line that the process reads. */
    static final String TOTALS = "totals ";

    private static final String CLUSTER_ID = "kp-acknowledge-only";

    private final int partitions;
    private final long[] delaysNs;
    private final int[] ports;
    private final Selector selector;
    private final Map<String, AckTopic> topicsByName = new ConcurrentHashMap<>();
    private final Map<Uuid, AckTopic> topicsById = new ConcurrentHashMap<>();
    private final DelayQueue<LaterAnswer> laterAnswers = new DelayQueue<>();
    private long laterCount;
    private long nextProducerId = 1000;

    private AckBroker(final int partitions, final long[] delaysNs) throws IOException {
        this.partitions = partitions;
        this.delaysNs = delaysNs;
        ports = new int[delaysNs.length];
        selector = Selector.open();
        for (int node = 0; node < ports.length; node++) {
            final ServerSocketChannel server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(InetAddress.getByName(HOST), 0));
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT, node);
            ports[node] = ((InetSocketAddress) server.getLocalAddress()).getPort();
        }
    }

    /**
     * Runs the broker.
     *
     * @param args the number of partitions of every topic; each node's milliseconds until it answers, as {@code 0,0,100}
     * @throws IOException
     *                         if it cannot listen
     */
    public static void main(final String[] args) throws IOException {
        final AckBroker broker = new AckBroker(Integer.parseInt(args[0]), Arrays.stream(args[1].split(","))
                .mapToLong(ms -> (long) (Double.parseDouble(ms) * TimeUnit.MILLISECONDS.toNanos(1))).toArray());
        daemon("kp-ack-broker", broker::serve);
        if (Arrays.stream(broker.delaysNs).anyMatch(delayNs -> delayNs > 0)) {
            daemon("kp-ack-later", broker::answerLater);
        }
        System.out.println(
                READY + Arrays.stream(broker.ports).mapToObj(Integer::toString).collect(Collectors.joining(",")));
        final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            final String prefix = line.substring(TOTALS.length());
            BrokerTotals totals = BrokerTotals.NONE;
            for (final AckTopic topic : broker.topicsByName.values()) {
                if (topic.name().startsWith(prefix)) {
                    totals = totals.plus(topic.totals());
                }
            }
            System.out.println(
                    totals.records() + " " + totals.batches() + " " + totals.batchBytes() + " " + totals.requests());
        }
        Runtime.getRuntime().halt(0);
    }

    private static void daemon(final String name, final Runnable work) {
        final Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** A topic by its name; made if nobody has asked for it before. */
    AckTopic topic(final String name) {
        return topicsByName.computeIfAbsent(name, unknown -> {
            final AckTopic topic = new AckTopic(name, partitions);
            topicsById.put(topic.id(), topic);
            return topic;
        });
    }

    /** A topic by the id that metadata have told. */
    AckTopic topic(final Uuid id) {
        final AckTopic topic = topicsById.get(id);
        if (topic == null) {
            throw new IllegalArgumentException("a topic id that was never told: id=" + id);
        }
        return topic;
    }

    /**
     * Sends an answer when it is due: on a slow node any answer is late, since a connection's answers must keep the order of its requests. The buffer is free
     * again when this returns.
     */
    void answer(final AckConnection connection, final ByteBuffer answer) throws IOException {
        final long delayNs = delaysNs[connection.node()];
        if (delayNs == 0) {
            connection.write(answer);
        } else {
            laterAnswers.add(new LaterAnswer(System.nanoTime() + delayNs, laterCount++, connection,
                    ByteBuffer.allocate(answer.remaining()).put(answer).flip()));
        }
    }

    private void serve() {
        try {
            while (true) {
                selector.select();
                final Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
                while (keys.hasNext()) {
                    final SelectionKey key = keys.next();
                    keys.remove();
                    if (key.isAcceptable()) {
                        accept(key);
                    } else {
                        read((AckConnection) key.attachment());
                    }
                }
            }
        } catch (final IOException | RuntimeException | Error e) {
            // Without this thread nothing is answered any more: end, so that the run fails at once and says why.
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private void accept(final SelectionKey key) throws IOException {
        final SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
        if (channel != null) {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.register(selector, SelectionKey.OP_READ, new AckConnection(channel, this, (int) key.attachment()));
        }
    }

    private static void read(final AckConnection connection) {
        try {
            if (!connection.read()) {
                connection.close();
            }
        } catch (final IOException e) {
            connection.close();
        }
    }

    private void answerLater() {
        while (true) {
            try {
                final LaterAnswer answer = laterAnswers.take();
                answer.connection.write(answer.bytes);
            } catch (final IOException e) {
                // The client has gone; what it did not hear of is missing in its count.
            } catch (final InterruptedException e) {
                return;
            }
        }
    }

    /** The answer to a request other than produce. */
    ByteBuffer otherAnswer(final ByteBuffer request) {
        final RequestHeader header = RequestHeader.parse(request);
        final ApiKeys api = header.apiKey();
        final short version = header.apiVersion();
        final ApiMessage body = switch (api) {
            case API_VERSIONS -> apiVersions();
            case METADATA -> metadata(((MetadataRequest) AbstractRequest
                    .parseRequest(api, version, new ByteBufferAccessor(request)).request).data());
            case INIT_PRODUCER_ID -> new InitProducerIdResponseData().setProducerId(nextProducerId++)
                    .setProducerEpoch((short) 0);
            default -> throw new IllegalArgumentException("a request that was not offered: api=" + api.name);
        };
        final ByteBuffer headerBytes = MessageUtil
                .toByteBufferAccessor(new ResponseHeaderData().setCorrelationId(header.correlationId()),
                        api.responseHeaderVersion(version))
                .buffer();
        final ByteBuffer bodyBytes = MessageUtil.toByteBufferAccessor(body, version).buffer();
        final int size = headerBytes.remaining() + bodyBytes.remaining();
        return ByteBuffer.allocate(Integer.BYTES + size).putInt(size).put(headerBytes).put(bodyBytes).flip();
    }

    private static ApiVersionsResponseData apiVersions() {
        final ApiVersionsResponseData data = new ApiVersionsResponseData();
        data.apiKeys().add(new ApiVersionsResponseData.ApiVersion().setApiKey(ApiKeys.PRODUCE.id)
                .setMinVersion(AckConnection.LOWEST_PRODUCE_VERSION)
                .setMaxVersion(AckConnection.HIGHEST_PRODUCE_VERSION));
        // Nobody fetches, but librdkafka writes record batches of today only where that can be done.
        for (final ApiKeys api : List.of(ApiKeys.FETCH, ApiKeys.METADATA, ApiKeys.API_VERSIONS,
                ApiKeys.INIT_PRODUCER_ID)) {
            data.apiKeys().add(new ApiVersionsResponseData.ApiVersion().setApiKey(api.id)
                    .setMinVersion(api.oldestVersion()).setMaxVersion(api.latestVersion(false)));
        }
        return data;
    }

    private MetadataResponseData metadata(final MetadataRequestData request) {
        final MetadataResponseData data = new MetadataResponseData().setClusterId(CLUSTER_ID).setControllerId(0);
        for (int node = 0; node < ports.length; node++) {
            data.brokers().add(new MetadataResponseBroker().setNodeId(node).setHost(HOST).setPort(ports[node]));
        }
        if (request.topics() == null) {
            topicsByName.values().forEach(topic -> data.topics().add(describe(topic)));
        } else {
            for (final MetadataRequestData.MetadataRequestTopic asked : request.topics()) {
                final AckTopic topic = asked.name() != null ? topic(asked.name()) : topicsById.get(asked.topicId());
                data.topics().add(topic != null
                        ? describe(topic)
                        : new MetadataResponseTopic().setTopicId(asked.topicId()).setName(null)
                                .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code()));
            }
        }
        return data;
    }

    private MetadataResponseTopic describe(final AckTopic topic) {
        final List<MetadataResponsePartition> described = new ArrayList<>(topic.partitions());
        for (int partition = 0; partition < topic.partitions(); partition++) {
            final int leader = partition % ports.length;
            described.add(new MetadataResponsePartition().setPartitionIndex(partition).setLeaderId(leader)
                    .setLeaderEpoch(0).setReplicaNodes(List.of(leader)).setIsrNodes(List.of(leader)));
        }
        return new MetadataResponseTopic().setName(topic.name()).setTopicId(topic.id()).setPartitions(described);
    }

    /** An answer that waits for its time. */
    private static final class LaterAnswer implements Delayed {
        private final long dueNs;
        private final long number;
        private final AckConnection connection;
        private final ByteBuffer bytes;

        private LaterAnswer(final long dueNs, final long number, final AckConnection connection,
                final ByteBuffer bytes) {
            this.dueNs = dueNs;
            this.number = number;
            this.connection = connection;
            this.bytes = bytes;
        }

        @Override
        public long getDelay(final TimeUnit unit) {
            return unit.convert(dueNs - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(final Delayed other) {
            final LaterAnswer that = (LaterAnswer) other;
            final int byTime = Long.signum(dueNs - that.dueNs);
            // Answers of one connection must stay in order.
            return byTime != 0 ? byTime : Long.compare(number, that.number);
        }
    }
}
