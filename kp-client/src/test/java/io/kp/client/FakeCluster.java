package io.kp.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.requests.RequestHeader;

import io.kp.network.SelectionHandler;
import io.kp.network.Transport;
import io.kp.network.TransportChannel;

/**
 * Brokers, network and clock in one object and one thread: what is written is understood at once, with Kafka's own classes, and answered at once unless the
 * test holds it back. The logs are as strict about sequence numbers as a broker's. Time passes only where the producer waits for it.
 */
final class FakeCluster implements Transport {
    static final long MS = 1_000_000;

    /** Does with a request what the test wants; the default is to {@link Produce#accept}. */
    interface Script extends Consumer<Produce> {
    }

    /** Not 0, so that a time that was never set shows; it overflows on the way. */
    long nowNs = Long.MAX_VALUE - 3_000 * MS - 54_321;
    /** How far time may go by itself. */
    long untilNs = nowNs;
    final Map<Integer, Broker> brokers = new TreeMap<>();
    final Map<String, Topic> topics = new HashMap<>();
    /** Answers to the next produce requests, in their order; when it is empty requests are accepted. */
    final ArrayDeque<Script> scripts = new ArrayDeque<>();
    Script always = Produce::accept;
    final List<Produce> requests = new ArrayList<>();
    final List<FakeChannel> channels = new ArrayList<>();
    int metadataRequests;
    int initProducerIds;
    short initProducerIdError;
    /** As a broker's max.message.bytes: what is too large once is too large when it comes late. */
    int maxBatchBytes = Integer.MAX_VALUE;
    boolean answerMetadata = true;
    long nextProducerId = 1000;
    short produceVersion = 13;
    Runnable onSelect = () -> {
    };
    boolean closed;
    private boolean woken;
    int wakeups;
    /** How long the select under way may take. */
    long selectNs;
    int events;

    FakeCluster(final int brokerCount) {
        for (int id = 1; id <= brokerCount; id++) {
            brokers.put(id, new Broker(id));
        }
    }

    /** A topic whose partitions are led by these brokers; -1 for none. */
    Topic topic(final String name, final int... leaders) {
        final Topic topic = new Topic(name, leaders.clone());
        topics.put(name, topic);
        return topic;
    }

    List<String> log(final String topic, final int partition) {
        return topics.get(topic).logs.get(partition).values;
    }

    Produce request(final int index) {
        return requests.get(index);
    }

    // ---- Transport

    @Override
    public TransportChannel connect(final InetSocketAddress address, final int sendBufferBytes,
            final int receiveBufferBytes, final Object attachment) throws IOException {
        final Broker broker = brokers.get(address.getPort());
        if (broker == null || broker.down) {
            throw new ConnectException("Connection refused");
        }
        final FakeChannel channel = new FakeChannel(broker, address, attachment);
        channels.add(channel);
        return channel;
    }

    @Override
    public int select(final long timeoutNs, final SelectionHandler handler) {
        final long beganNs = nowNs;
        selectNs = timeoutNs;
        onSelect.run();
        int ready = 0;
        for (final FakeChannel channel : List.copyOf(channels)) {
            if (channel.readable()) {
                ready++;
                handler.onReady(channel, OP_READ);
            }
        }
        channels.removeIf(channel -> !channel.open);
        if (ready == 0 && timeoutNs > 0 && !woken && untilNs - nowNs > 0) {
            // A hook may have let time pass.
            nowNs += Math.max(0, Math.min(timeoutNs - (nowNs - beganNs), untilNs - nowNs));
        }
        woken = false;
        events += ready;
        return ready;
    }

    @Override
    public void wakeup() {
        woken = true;
        wakeups++;
    }

    @Override
    public void close() {
        closed = true;
        channels.forEach(FakeChannel::close);
    }

    // ---- brokers

    /** One broker; its id is its port. */
    static final class Broker {
        final int id;
        boolean down;

        Broker(final int id) {
            this.id = id;
        }
    }

    void stop(final int broker) {
        brokers.get(broker).down = true;
        disconnect(broker);
    }

    void start(final int broker) {
        brokers.get(broker).down = false;
    }

    void disconnect(final int broker) {
        for (final FakeChannel channel : channels) {
            if (channel.broker.id == broker) {
                channel.eof = true;
            }
        }
    }

    final class Topic {
        final String name;
        final Uuid id = Uuid.randomUuid();
        final int[] leaders;
        final int[] epochs;
        final List<Log> logs = new ArrayList<>();
        short error;

        Topic(final String name, final int[] leaders) {
            this.name = name;
            this.leaders = leaders;
            this.epochs = new int[leaders.length];
            for (int i = 0; i < leaders.length; i++) {
                logs.add(new Log());
            }
        }

        void lead(final int partition, final int broker) {
            leaders[partition] = broker;
            epochs[partition]++;
        }
    }

    /** A partition's records and its producers' sequence numbers. */
    static final class Log {
        final List<String> values = new ArrayList<>();
        final Map<Long, ProducerState> producers = new HashMap<>();

        private record Appended(int first, int last, long offset) {
        }

        private static final class ProducerState {
            short epoch;
            final ArrayDeque<Appended> last = new ArrayDeque<>();
        }

        /** @return the error, or NONE with the offset in the second element */
        Object[] append(final MutableRecordBatch batch) {
            final long offset = values.size();
            if (batch.hasProducerId()) {
                final int first = batch.baseSequence();
                ProducerState state = producers.get(batch.producerId());
                if (state == null || batch.producerEpoch() > state.epoch) {
                    if (first != 0) {
                        return new Object[]{Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, -1L};
                    }
                    state = new ProducerState();
                    state.epoch = batch.producerEpoch();
                    producers.put(batch.producerId(), state);
                } else if (batch.producerEpoch() < state.epoch) {
                    return new Object[]{Errors.INVALID_PRODUCER_EPOCH, -1L};
                } else {
                    for (final Appended one : state.last) {
                        if (one.first == first && one.last == batch.lastSequence()) {
                            return new Object[]{Errors.NONE, one.offset};
                        }
                    }
                    if (first != (state.last.getLast().last + 1 & Integer.MAX_VALUE)) {
                        return new Object[]{Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, -1L};
                    }
                }
                state.last.addLast(new Appended(first, batch.lastSequence(), offset));
                if (state.last.size() > 5) {
                    state.last.removeFirst();
                }
            }
            for (final Record record : batch) {
                values.add(text(record));
            }
            return new Object[]{Errors.NONE, offset};
        }
    }

    static String text(final Record record) {
        if (!record.hasValue()) {
            return null;
        }
        final byte[] bytes = new byte[record.valueSize()];
        record.value().get(bytes);
        return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }

    /** A produce request at its broker. */
    final class Produce {
        final int broker;
        final ProduceRequestData data;
        final long receivedNs = nowNs;
        private final FakeChannel channel;
        private final RequestHeader header;

        private Produce(final FakeChannel channel, final RequestHeader header, final ProduceRequestData data) {
            this.broker = channel.broker.id;
            this.channel = channel;
            this.header = header;
            this.data = data;
        }

        private Topic topicOf(final ProduceRequestData.TopicProduceData of) {
            for (final Topic topic : topics.values()) {
                if (topic.name.equals(of.name()) || topic.id.equals(of.topicId())) {
                    return topic;
                }
            }
            return null;
        }

        /** The batches by partition, checked as a broker does. */
        Map<TopicPartition, MutableRecordBatch> batches() {
            final Map<TopicPartition, MutableRecordBatch> found = new java.util.LinkedHashMap<>();
            for (final ProduceRequestData.TopicProduceData of : data.topicData()) {
                final Topic topic = topicOf(of);
                for (final ProduceRequestData.PartitionProduceData partition : of.partitionData()) {
                    final MemoryRecords records = (MemoryRecords) partition.records();
                    for (final MutableRecordBatch batch : records.batches()) {
                        batch.ensureValid();
                        found.put(new TopicPartition(topic == null ? "?" : topic.name, partition.index()), batch);
                    }
                }
            }
            return found;
        }

        MutableRecordBatch batch() {
            final Map<TopicPartition, MutableRecordBatch> all = batches();
            if (all.size() != 1) {
                throw new AssertionError("not one batch: " + all);
            }
            return all.values().iterator().next();
        }

        List<String> values() {
            final List<String> values = new ArrayList<>();
            for (final MutableRecordBatch batch : batches().values()) {
                for (final Record record : batch) {
                    values.add(text(record));
                }
            }
            return values;
        }

        boolean isConnected() {
            return channel.open && !channel.eof;
        }

        /** Appends and answers. */
        void accept() {
            final ProduceResponseData response = new ProduceResponseData();
            for (final ProduceRequestData.TopicProduceData of : data.topicData()) {
                final Topic topic = topicOf(of);
                final List<ProduceResponseData.PartitionProduceResponse> answers = new ArrayList<>();
                for (final ProduceRequestData.PartitionProduceData partition : of.partitionData()) {
                    Object[] outcome = {Errors.UNKNOWN_TOPIC_OR_PARTITION, -1L};
                    if (topic != null && topic.leaders[partition.index()] == broker) {
                        for (final MutableRecordBatch batch : ((MemoryRecords) partition.records()).batches()) {
                            batch.ensureValid();
                            outcome = batch.sizeInBytes() > maxBatchBytes
                                    ? new Object[]{Errors.MESSAGE_TOO_LARGE, -1L}
                                    : topic.logs.get(partition.index()).append(batch);
                        }
                    } else if (topic != null) {
                        outcome = new Object[]{Errors.NOT_LEADER_OR_FOLLOWER, -1L};
                    }
                    answers.add(new ProduceResponseData.PartitionProduceResponse().setIndex(partition.index())
                            .setErrorCode(((Errors) outcome[0]).code()).setBaseOffset((long) outcome[1])
                            .setLogAppendTimeMs(-1).setLogStartOffset(0));
                }
                add(response, of, answers);
            }
            if (data.acks() != 0) {
                respond(response);
            }
        }

        /** Appends and says nothing. */
        void appendOnly() {
            batches().forEach((tp, batch) -> topics.get(tp.topic()).logs.get(tp.partition()).append(batch));
        }

        void fail(final Errors error) {
            answer(partition -> partition.setErrorCode(error.code()));
        }

        void refuse(final Errors error, final String message, final BatchIndexAndErrorMessage... records) {
            answer(partition -> partition.setErrorCode(error.code()).setErrorMessage(message)
                    .setRecordErrors(List.of(records)));
        }

        void answer(final Consumer<ProduceResponseData.PartitionProduceResponse> change) {
            final ProduceResponseData response = new ProduceResponseData();
            for (final ProduceRequestData.TopicProduceData of : data.topicData()) {
                final List<ProduceResponseData.PartitionProduceResponse> answers = new ArrayList<>();
                for (final ProduceRequestData.PartitionProduceData partition : of.partitionData()) {
                    final ProduceResponseData.PartitionProduceResponse answer = new ProduceResponseData.PartitionProduceResponse()
                            .setIndex(partition.index()).setBaseOffset(-1).setLogAppendTimeMs(-1)
                            .setLogStartOffset(-1);
                    change.accept(answer);
                    answers.add(answer);
                }
                add(response, of, answers);
            }
            respond(response);
        }

        private void add(final ProduceResponseData response, final ProduceRequestData.TopicProduceData of,
                final List<ProduceResponseData.PartitionProduceResponse> answers) {
            response.responses().add(new ProduceResponseData.TopicProduceResponse().setName(of.name())
                    .setTopicId(of.topicId()).setPartitionResponses(answers));
        }

        void respond(final ProduceResponseData response) {
            channel.respond(header, response);
        }

        void garbage() {
            final ByteBuffer head = MessageUtil.toByteBufferAccessor(header.toResponseHeader().data(),
                    header.toResponseHeader().headerVersion()).buffer();
            final ByteBuffer frame = ByteBuffer.allocate(4 + head.remaining() + 3);
            frame.putInt(head.remaining() + 3).put(head).put((byte) 9).put((byte) 9).put((byte) 9);
            channel.in.add(frame.flip());
        }

        void drop() {
            channel.eof = true;
        }

        /** Neither appended nor answered, unless the test does so later. */
        void hold() {
        }
    }

    private void handle(final FakeChannel channel, final RequestHeader header, final ByteBuffer body) {
        final short version = header.apiVersion();
        final ByteBufferAccessor in = new ByteBufferAccessor(body);
        switch (header.apiKey()) {
            case API_VERSIONS -> channel.respond(header, new ApiVersionsResponseData().setApiKeys(ranges()));
            case METADATA -> {
                metadataRequests++;
                if (answerMetadata) {
                    channel.respond(header, metadata(new MetadataRequestData(in, version), version));
                }
            }
            case INIT_PRODUCER_ID -> {
                initProducerIds++;
                channel.respond(header, initProducerIdError != 0
                        ? new InitProducerIdResponseData().setErrorCode(initProducerIdError).setProducerId(-1)
                                .setProducerEpoch((short) -1)
                        : new InitProducerIdResponseData().setProducerId(nextProducerId++)
                                .setProducerEpoch((short) 0));
            }
            case PRODUCE -> {
                final Produce request = new Produce(channel, header, new ProduceRequestData(in, version));
                requests.add(request);
                final Script script = scripts.isEmpty() ? always : scripts.poll();
                script.accept(request);
            }
            default -> throw new AssertionError("unexpected request: " + header);
        }
    }

    private ApiVersionCollection ranges() {
        final ApiVersionCollection ranges = new ApiVersionCollection();
        range(ranges, ApiKeys.PRODUCE, 0, produceVersion);
        range(ranges, ApiKeys.METADATA, 0, 13);
        range(ranges, ApiKeys.API_VERSIONS, 0, 4);
        range(ranges, ApiKeys.INIT_PRODUCER_ID, 0, 5);
        return ranges;
    }

    private static void range(final ApiVersionCollection ranges, final ApiKeys api, final int min, final int max) {
        ranges.add(new ApiVersion().setApiKey(api.id).setMinVersion((short) min).setMaxVersion((short) max));
    }

    private MetadataResponseData metadata(final MetadataRequestData request, final short version) {
        final MetadataResponseData response = new MetadataResponseData().setClusterId("fake").setControllerId(1);
        for (final Broker broker : brokers.values()) {
            response.brokers().add(new MetadataResponseData.MetadataResponseBroker().setNodeId(broker.id)
                    .setHost("localhost").setPort(broker.id));
        }
        final Set<String> wanted = new HashSet<>();
        if (request.topics() == null) {
            wanted.addAll(topics.keySet());
        } else {
            request.topics().forEach(topic -> wanted.add(topic.name()));
        }
        for (final String name : wanted) {
            final Topic topic = topics.get(name);
            final MetadataResponseData.MetadataResponseTopic answer = new MetadataResponseData.MetadataResponseTopic()
                    .setName(name);
            if (topic == null) {
                answer.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
            } else if (topic.error != 0) {
                answer.setErrorCode(topic.error);
            } else {
                answer.setTopicId(topic.id);
                for (int i = 0; i < topic.leaders.length; i++) {
                    answer.partitions().add(new MetadataResponseData.MetadataResponsePartition().setPartitionIndex(i)
                            .setErrorCode(topic.leaders[i] < 0 ? Errors.LEADER_NOT_AVAILABLE.code() : 0)
                            .setLeaderId(topic.leaders[i]).setLeaderEpoch(topic.epochs[i]).setReplicaNodes(List.of())
                            .setIsrNodes(List.of()).setOfflineReplicas(List.of()));
                }
            }
            response.topics().add(answer);
        }
        return response;
    }

    /** Both ends of a stream. */
    final class FakeChannel implements TransportChannel {
        final Broker broker;
        private final InetSocketAddress address;
        private final Object attachment;
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final ArrayDeque<ByteBuffer> in = new ArrayDeque<>();
        boolean eof;
        boolean open = true;

        FakeChannel(final Broker broker, final InetSocketAddress address, final Object attachment) {
            this.broker = broker;
            this.address = address;
            this.attachment = attachment;
        }

        private boolean readable() {
            return open && (!in.isEmpty() || eof);
        }

        private void respond(final RequestHeader header, final ApiMessage body) {
            final ByteBuffer head = MessageUtil.toByteBufferAccessor(header.toResponseHeader().data(),
                    header.toResponseHeader().headerVersion()).buffer();
            final ByteBuffer message = MessageUtil.toByteBufferAccessor(body, header.apiVersion()).buffer();
            final ByteBuffer frame = ByteBuffer.allocate(4 + head.remaining() + message.remaining());
            frame.putInt(head.remaining() + message.remaining()).put(head).put(message);
            in.add(frame.flip());
        }

        @Override
        public long write(final ByteBuffer[] buffers, final int offset, final int length) {
            long written = 0;
            for (int i = offset; i < offset + length; i++) {
                final byte[] bytes = new byte[buffers[i].remaining()];
                buffers[i].get(bytes);
                out.writeBytes(bytes);
                written += bytes.length;
            }
            final ByteBuffer all = ByteBuffer.wrap(out.toByteArray());
            out.reset();
            while (all.remaining() >= 4 && all.remaining() - 4 >= all.getInt(all.position())) {
                final byte[] frame = new byte[all.getInt()];
                all.get(frame);
                final ByteBuffer body = ByteBuffer.wrap(frame);
                handle(this, RequestHeader.parse(body), body);
            }
            out.write(all.array(), all.position(), all.remaining());
            return written;
        }

        @Override
        public int read(final ByteBuffer buffer) {
            final ByteBuffer next = in.peek();
            if (next == null) {
                return eof ? -1 : 0;
            }
            final int count = Math.min(buffer.remaining(), next.remaining());
            buffer.put(buffer.position(), next, next.position(), count).position(buffer.position() + count);
            next.position(next.position() + count);
            if (!next.hasRemaining()) {
                in.remove();
            }
            return count;
        }

        @Override
        public boolean finishConnect() {
            return true;
        }

        @Override
        public boolean isConnected() {
            return open;
        }

        @Override
        public void writeInterest(final boolean on) {
        }

        @Override
        public Object attachment() {
            return attachment;
        }

        @Override
        public InetSocketAddress remoteAddress() {
            return address;
        }

        @Override
        public InetSocketAddress localAddress() {
            return null;
        }

        @Override
        public void close() {
            open = false;
        }
    }
}
