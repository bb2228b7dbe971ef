package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class AckBrokerTest {
    private static final int PARTITIONS = 5;

    @ParameterizedTest
    @CsvSource({"kp, 0", "kafka, 0", "kp, '0,3,20'", "kafka, '0,3,20'"})
    void shouldHaveWhatTheClientsSent(final String client, final String delaysMs) {
        try (AckBrokerProcess broker = AckBrokerProcess.start(PARTITIONS, delaysMs)) {
            final LoadOutcomes outcomes = new LoadOutcomes();
            final Map<String, String> config = Map.of("bootstrap.servers", broker.bootstrapServers(),
                    "max.request.size", "3000000");
            try (LoadClient load = client.equals("kp")
                    ? new KpLoad(config, outcomes)
                    : new KafkaClientsLoad(config, outcomes)) {
                for (int i = 0; i < 20_000; i++) {
                    load.send(load.record("a-" + i % 2, null, null, new byte[i % 200]));
                }
                // Larger than the broker's buffer.
                load.send(load.record("a-0", 1, new byte[300_000], new byte[2_000_000]));
                load.send(load.record("other", 1, null, new byte[10]));
                load.flush();
            }
            assertNull(outcomes.firstFailure());
            assertEquals(20_002, outcomes.acknowledgedCount());
            assertEquals(20_001, broker.totals("a-", 2).records());
            assertEquals(1, broker.totals("other", 1).records());
            assertEquals(new BrokerTotals(0, 0, 0, 0), broker.totals("nothing", 1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"blocking", "backoff", "busy"})
    void shouldDeliverHoweverTheIoThreadWaits(final String strategy) throws InterruptedException {
        try (AckBrokerProcess broker = AckBrokerProcess.start(PARTITIONS, "1")) {
            final LoadOutcomes outcomes = new LoadOutcomes();
            try (LoadClient load = new KpLoad(Map.of("bootstrap.servers", broker.bootstrapServers(),
                    "kp.select.strategy", strategy, "linger.ms", "2"), outcomes)) {
                // One at a time, so that each has to be found by a thread that has nothing else to do; some while a request is in flight.
                for (int i = 0; i < 60; i++) {
                    load.send(load.record("s", null, null, new byte[10]));
                    load.send(load.record("s", null, null, new byte[10]));
                    if (i % 3 == 0) {
                        load.flush();
                    } else {
                        TimeUnit.MICROSECONDS.sleep(200L * i);
                    }
                }
            }
            assertNull(outcomes.firstFailure());
            assertEquals(120, broker.totals("s", 1).records());
            assertEquals(120, outcomes.acknowledgedCount());
        }
    }

    @ParameterizedTest
    @ValueSource(shorts = {9, 10, 11, 12, 13})
    void shouldAnswerEveryVersionHoweverItsBytesArrive(final short version) throws IOException {
        try (AckBrokerProcess broker = AckBrokerProcess.start(PARTITIONS, "0");
                Socket socket = new Socket(AckBroker.HOST,
                        Integer.parseInt(broker.bootstrapServers().substring(AckBroker.HOST.length() + 1)))) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(30));
            final MetadataRequestData ask = new MetadataRequestData()
                    .setTopics(List.of(new MetadataRequestData.MetadataRequestTopic().setName("first"),
                            new MetadataRequestData.MetadataRequestTopic().setName("second")));
            socket.getOutputStream().write(frame(ApiKeys.METADATA, (short) 12, 1, ask));
            final MetadataResponseData metadata = new MetadataResponseData(
                    body(socket, ApiKeys.METADATA, (short) 12, 1), (short) 12);
            final Uuid first = metadata.topics().find("first").topicId();
            final Uuid second = metadata.topics().find("second").topicId();

            final ProduceRequestData produce = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1000);
            produce.topicData()
                    .add(new TopicProduceData().setName("first").setTopicId(first)
                            .setPartitionData(List.of(partition(0, 3), partition(4, 1))));
            produce.topicData().add(new TopicProduceData().setName("second").setTopicId(second)
                    .setPartitionData(List.of(partition(2, 40))));
            for (int i = 0; i < 3; i++) {
                final byte[] frame = frame(ApiKeys.PRODUCE, version, 10 + i, produce);
                final OutputStream out = socket.getOutputStream();
                // In one piece, byte by byte, and in pieces that end anywhere.
                final int piece = new int[]{frame.length, 1, 37}[i];
                for (int from = 0; from < frame.length; from += piece) {
                    out.write(frame, from, Math.min(piece, frame.length - from));
                }
                final ProduceResponseData answer = new ProduceResponseData(
                        body(socket, ApiKeys.PRODUCE, version, 10 + i), version);
                final List<TopicProduceResponse> topics = answer.responses().stream().toList();
                assertEquals(2, topics.size());
                if (version >= 13) {
                    assertEquals(List.of(first, second), topics.stream().map(TopicProduceResponse::topicId).toList());
                } else {
                    assertEquals(List.of("first", "second"), topics.stream().map(TopicProduceResponse::name).toList());
                }
                assertEquals(List.of(answer(0, 3L * i), answer(4, i)), topics.get(0).partitionResponses());
                assertEquals(List.of(answer(2, 40L * i)), topics.get(1).partitionResponses());
            }
            final int batchBytes = partition(0, 3).records().sizeInBytes() + partition(0, 1).records().sizeInBytes();
            assertEquals(new BrokerTotals(12, 6, 3L * batchBytes, 3), broker.totals("first", 1));
            assertEquals(120, broker.totals("second", 1).records());
        }
    }

    private static PartitionProduceResponse answer(final int partition, final long offset) {
        return new PartitionProduceResponse().setIndex(partition).setBaseOffset(offset).setLogStartOffset(0);
    }

    private static PartitionProduceData partition(final int index, final int records) {
        final SimpleRecord[] all = new SimpleRecord[records];
        for (int i = 0; i < records; i++) {
            all[i] = new SimpleRecord(1_000L + i, new byte[100]);
        }
        return new PartitionProduceData().setIndex(index).setRecords(MemoryRecords.withRecords(Compression.NONE, all));
    }

    private static byte[] frame(final ApiKeys api, final short version, final int correlationId,
            final ApiMessage body) {
        final ByteBuffer header = MessageUtil.toByteBufferAccessor(
                new RequestHeaderData().setRequestApiKey(api.id).setRequestApiVersion(version)
                        .setCorrelationId(correlationId).setClientId("a client"),
                api.requestHeaderVersion(version)).buffer();
        final ByteBuffer bytes = MessageUtil.toByteBufferAccessor(body, version).buffer();
        final int size = header.remaining() + bytes.remaining();
        return ByteBuffer.allocate(Integer.BYTES + size).putInt(size).put(header).put(bytes).array();
    }

    private static ByteBufferAccessor body(final Socket socket, final ApiKeys api, final short version,
            final int correlationId) throws IOException {
        final DataInputStream in = new DataInputStream(socket.getInputStream());
        final byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        final ByteBufferAccessor bytes = new ByteBufferAccessor(ByteBuffer.wrap(frame));
        assertEquals(correlationId,
                new ResponseHeaderData(bytes, api.responseHeaderVersion(version)).correlationId());
        return bytes;
    }
}
