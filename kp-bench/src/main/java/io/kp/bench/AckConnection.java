package io.kp.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * One connection of an {@link AckBroker}: reads requests and writes answers. Used by the broker's thread; only answers that are due later are written by another.
 */
// A produce request is parsed while it arrives, in a buffer that stays in the processor's cache: its frame and the batch headers are read, the records are
// skipped. Everything between two batches' records is shorter than LOOKAHEAD_BYTES, so each step waits until it sees that much (or the frame's end) and then needs no
// care for what has not arrived. All other requests are rare: they are collected and left to Kafka's own classes.
final class AckConnection {
    /** The produce versions that are understood: those with compact fields. */
    static final short LOWEST_PRODUCE_VERSION = 9;
    static final short HIGHEST_PRODUCE_VERSION = 13;

    private static final int FIRST_VERSION_WITH_TOPIC_IDS = 13;
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int LOOKAHEAD_BYTES = 2048;
    private static final int ANSWER_BYTES = 16 * 1024;
    private static final int BATCH_LENGTH_OFFSET = 8;
    static final int BATCH_LENGTH_END = 12;
    private static final int MAGIC_OFFSET = 16;
    private static final int RECORD_COUNT_OFFSET = 57;
    static final int BATCH_HEADER_BYTES = 61;
    private static final int ANSWER_PARTITION_BYTES = 64;
    // Reads of one connection before the next one's turn.
    private static final int READS_AT_ONCE = 8;

    private enum State {
        FRAME, HEADER, TOPIC, PARTITION, RECORDS, AFTER_RECORDS, END, OTHER
    }

    private final SocketChannel channel;
    private final AckBroker broker;
    private final int node;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private ByteBuffer answer = ByteBuffer.allocateDirect(ANSWER_BYTES);
    private ByteBuffer other;
    private State state = State.FRAME;
    private int frameLeft;
    private int version;
    private int acks;
    private int topicsLeft;
    private int partitionsLeft;
    private int recordBytesLeft;
    private boolean firstTopic;
    private AckTopic topic;

    AckConnection(final SocketChannel channel, final AckBroker broker, final int node) {
        this.channel = channel;
        this.broker = broker;
        this.node = node;
    }

    int node() {
        return node;
    }

    /** Reads what has arrived; returns false if the peer has closed the connection. */
    boolean read() throws IOException {
        for (int i = 0; i < READS_AT_ONCE; i++) {
            final int bytes = channel.read(in);
            if (bytes < 0) {
                return false;
            }
            final boolean more = !in.hasRemaining();
            in.flip();
            while (step()) {
                // Each step says whether another one is possible.
            }
            in.compact();
            if (!more) {
                return true;
            }
        }
        return true;
    }

    /** Writes an answer as a whole. Waits for the peer to read, which with a few small answers in flight does not happen. */
    void write(final ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                Thread.yield();
            }
        }
    }

    void close() {
        try {
            channel.close();
        } catch (final IOException e) {
            // It is gone either way.
        }
    }

    private boolean step() throws IOException {
        if (state == State.FRAME) {
            if (in.remaining() < Integer.BYTES) {
                return false;
            }
            frameLeft = in.getInt();
            state = State.HEADER;
            return true;
        }
        if (state == State.RECORDS) {
            final int skipped = Math.min(in.remaining(), recordBytesLeft);
            in.position(in.position() + skipped);
            recordBytesLeft -= skipped;
            frameLeft -= skipped;
            if (recordBytesLeft > 0) {
                return false;
            }
            state = State.AFTER_RECORDS;
            return true;
        }
        if (state == State.OTHER) {
            return collect();
        }
        if (in.remaining() < Math.min(frameLeft, LOOKAHEAD_BYTES)) {
            return false;
        }
        final int start = in.position();
        switch (state) {
            case HEADER -> header();
            case TOPIC -> topic();
            case PARTITION -> partition();
            case AFTER_RECORDS -> afterRecords();
            default -> end();
        }
        frameLeft -= in.position() - start;
        return true;
    }

    private void header() {
        if (in.getShort(in.position()) != ApiKeys.PRODUCE.id) {
            other = ByteBuffer.allocate(frameLeft);
            state = State.OTHER;
            return;
        }
        in.getShort();
        version = in.getShort();
        if (version < LOWEST_PRODUCE_VERSION || version > HIGHEST_PRODUCE_VERSION) {
            throw new IllegalArgumentException("produce version out of range: version=" + version + ", lowest="
                    + LOWEST_PRODUCE_VERSION + ", highest=" + HIGHEST_PRODUCE_VERSION);
        }
        final int correlationId = in.getInt();
        skip(Math.max(0, in.getShort()));
        skipTags();
        skip(Math.max(0, unsignedVarint() - 1));
        acks = in.getShort();
        in.getInt();
        topicsLeft = unsignedVarint() - 1;
        firstTopic = true;
        answer.clear();
        answer.putInt(0).putInt(correlationId);
        ByteUtils.writeUnsignedVarint(0, answer);
        ByteUtils.writeUnsignedVarint(topicsLeft + 1, answer);
        state = topicsLeft > 0 ? State.TOPIC : State.END;
    }

    private void topic() {
        if (version >= FIRST_VERSION_WITH_TOPIC_IDS) {
            topic = broker.topic(new Uuid(in.getLong(), in.getLong()));
            putId(topic.id());
        } else {
            final byte[] name = new byte[unsignedVarint() - 1];
            in.get(name);
            topic = broker.topic(new String(name, StandardCharsets.UTF_8));
            reserve(name.length + ANSWER_PARTITION_BYTES);
            ByteUtils.writeUnsignedVarint(name.length + 1, answer);
            answer.put(name);
        }
        if (firstTopic) {
            topic.addRequest();
            firstTopic = false;
        }
        partitionsLeft = unsignedVarint() - 1;
        ByteUtils.writeUnsignedVarint(partitionsLeft + 1, answer);
        if (partitionsLeft < 1) {
            throw new IllegalArgumentException(
                    "a topic without partitions in a produce request: topic=" + topic.name());
        }
        state = State.PARTITION;
    }

    private void putId(final Uuid id) {
        reserve(ANSWER_PARTITION_BYTES);
        answer.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private void partition() {
        final int index = in.getInt();
        recordBytesLeft = unsignedVarint() - 1;
        final int start = in.position();
        if (recordBytesLeft < BATCH_HEADER_BYTES || in.get(start + MAGIC_OFFSET) != 2
                || in.getInt(start + BATCH_LENGTH_OFFSET) + BATCH_LENGTH_END != recordBytesLeft) {
            throw new IllegalArgumentException("not exactly one record batch of format 2: topic=" + topic.name()
                    + ", partition=" + index + ", bytes=" + recordBytesLeft);
        }
        final long offset = topic.add(index, in.getInt(start + RECORD_COUNT_OFFSET), recordBytesLeft);
        reserve(ANSWER_PARTITION_BYTES);
        // Partition, error, base offset, no append time, log start; no record errors, no message, no tags.
        answer.putInt(index).putShort((short) 0).putLong(offset).putLong(-1).putLong(0).put((byte) 1).put((byte) 0)
                .put((byte) 0);
        state = State.RECORDS;
    }

    private void afterRecords() {
        skipTags();
        partitionsLeft--;
        if (partitionsLeft > 0) {
            state = State.PARTITION;
            return;
        }
        skipTags();
        answer.put((byte) 0);
        topicsLeft--;
        state = topicsLeft > 0 ? State.TOPIC : State.END;
    }

    private void end() throws IOException {
        skipTags();
        reserve(ANSWER_PARTITION_BYTES);
        // Throttle time, no tags.
        answer.putInt(0).put((byte) 0);
        answer.putInt(0, answer.position() - Integer.BYTES);
        answer.flip();
        state = State.FRAME;
        if (acks != 0) {
            broker.answer(this, answer);
        }
    }

    private boolean collect() throws IOException {
        final int bytes = Math.min(in.remaining(), other.remaining());
        other.put(in.slice(in.position(), bytes));
        in.position(in.position() + bytes);
        if (other.hasRemaining()) {
            return false;
        }
        broker.answer(this, broker.otherAnswer(other.flip()));
        other = null;
        state = State.FRAME;
        return true;
    }

    private void skip(final int bytes) {
        in.position(in.position() + bytes);
    }

    private void skipTags() {
        for (int tags = unsignedVarint(); tags > 0; tags--) {
            unsignedVarint();
            skip(unsignedVarint());
        }
    }

    private int unsignedVarint() {
        int value = 0;
        for (int shift = 0; shift < Integer.SIZE; shift += 7) {
            final int next = in.get();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a varint of more than five bytes");
    }

    private void reserve(final int bytes) {
        if (answer.remaining() < bytes) {
            answer = ByteBuffer.allocateDirect(2 * answer.capacity() + bytes).put(answer.flip());
        }
    }
}
