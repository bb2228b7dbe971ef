package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceResponseData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.metadata.TopicId;
import io.kp.support.Allocation;

/** In steady state a produce request and its response leave nothing behind for the garbage collector. */
class SteadyStateTest {
    private static final int TOPICS = 5;
    private static final int PARTITIONS = 20;
    private static final int ROUNDS = 100;
    private static final int MAX_BATCHES = 10;

    private final ProduceRequest request = new ProduceRequest();
    private final ProduceResponse response = new ProduceResponse();
    private final FrameWriter frame = new FrameWriter(256);
    private final FrameReader reader = new FrameReader();
    private final String[] topics = new String[TOPICS];
    private final TopicId[] topicIds = new TopicId[TOPICS];
    private final TestBatch[] batches = new TestBatch[TOPICS * PARTITIONS];
    private final Sink sink = new Sink();

    @ParameterizedTest
    @ValueSource(shorts = {3, 8, 9, 12, 13})
    void shouldNotAllocate(short version) throws IOException {
        ProduceResponseData data = new ProduceResponseData();
        for (int t = 0; t < TOPICS; t++) {
            topics[t] = "topic-" + t;
            topicIds[t] = new TopicId(t + 1, t);
            ProduceResponseData.TopicProduceResponse topic = new ProduceResponseData.TopicProduceResponse()
                    .setName(topics[t]).setTopicId(new Uuid(t + 1, t));
            for (int p = 0; p < PARTITIONS; p++) {
                batches[t * PARTITIONS + p] = TestBatch.of(new byte[200], 64);
                topic.partitionResponses().add(new ProduceResponseData.PartitionProduceResponse().setIndex(p));
            }
            data.responses().add(topic);
        }
        ByteBuffer received = KafkaOracle.response(data, version, 7);

        round(version, received);
        // What the JVM allocates on this thread when it recompiles some code comes once; what we do wrong comes in each batch of rounds.
        long allocated = Long.MAX_VALUE;
        int rounds = 1;
        for (int batch = 0; batch < MAX_BATCHES && allocated > 0; batch++) {
            long before = Allocation.bytesSoFar();
            for (int i = 0; i < ROUNDS; i++) {
                round(version, received);
            }
            allocated = Math.min(allocated, Allocation.bytesSoFar() - before);
            rounds += ROUNDS;
        }
        assertEquals(0, allocated);
        assertEquals(rounds * frame.sizeInBytes(), sink.taken);
    }

    private void round(short version, ByteBuffer received) throws IOException {
        request.begin(ProduceRequest.ACKS_ALL, 30_000, null);
        for (int p = 0; p < PARTITIONS; p++) {
            for (int t = 0; t < TOPICS; t++) {
                request.add(topics[t], topicIds[t], p, batches[t * PARTITIONS + p]);
            }
        }
        frame.encode(request, version, 7, "kp");
        while (frame.remainingBytes() > 0) {
            frame.writeTo(sink);
        }
        reader.wrap(received, ApiKey.PRODUCE, version);
        ResponseHeader.decode(reader);
        response.decode(reader);
        for (int i = 0; i < response.size(); i++) {
            ProduceResponse.Partition partition = response.partition(i);
            int index = version >= 13
                    ? request.indexOf(partition.topicId(), partition.partition())
                    : request.indexOf(partition.topic(), partition.partition());
            if (request.source(index) != batches[i]) {
                throw new AssertionError("wrong batch: i=" + i + ", index=" + index);
            }
        }
    }

    /** A channel that takes half of what it is offered, whole buffers. */
    private static final class Sink implements GatheringByteChannel {
        long taken;

        @Override
        public long write(ByteBuffer[] buffers, int offset, int length) {
            long bytes = 0;
            for (int i = offset; i < offset + (length + 1) / 2; i++) {
                bytes += buffers[i].remaining();
                buffers[i].position(buffers[i].limit());
            }
            taken += bytes;
            return bytes;
        }

        @Override
        public long write(ByteBuffer[] buffers) {
            return write(buffers, 0, buffers.length);
        }

        @Override
        public int write(ByteBuffer buffer) {
            throw new AssertionError("not a gathering write");
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            // Nothing to close.
        }
    }
}
