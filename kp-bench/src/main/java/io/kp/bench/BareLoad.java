package io.kp.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32C;

import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.utils.ByteUtils;

import io.kp.accumulator.CompressionCodec;
import io.kp.accumulator.Compressor;
import io.kp.client.ProducerRecord;

/**
 * The least that sends the records of a run: one thread copies them into a batch, compresses it when it is full, writes it, reads an answer where five are outstanding, and tells the outcomes.
 * Nothing is handed to another thread, memory is not shared out, no batch is sent before it is full, no partition is chosen but by turns, nothing is sent again. How much more than this a client costs is what
 * all that takes.
 */
// Produce 9 is the lowest version that the acknowledge-only broker understands; up to 12 topics go by their names, so that nothing has to be asked for first.
final class BareLoad implements LoadClient {
    static final String CLIENT = "bare";

    private static final byte[] CLIENT_ID = CLIENT.getBytes(StandardCharsets.US_ASCII);
    private static final int IN_FLIGHT = 5;
    private static final short ACKS_ALL = -1;
    private static final int TIMEOUT_MS = 30_000;
    private static final int SMALL_BYTES = 1024;
    private static final int BATCH_CRC_END = 21;
    private static final byte MAGIC = 2;
    /** No tags of the partition, the topic and the request. */
    private static final int TAIL_BYTES = 3;
    private static final int MOST_RECORD_OVERHEAD = 32;
    /** How many times larger than its limit a batch may be before compression. */
    private static final int MOST_RATIO = 8;

    private final LoadOutcomes outcomes;
    private final Runnable untimed;
    private final SocketChannel socket;
    private final CompressionCodec codec;
    private final Compressor compressor;
    private final int partitions;
    private final int batchBytes;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer head = ByteBuffer.allocateDirect(SMALL_BYTES);
    private final ByteBuffer tail = ByteBuffer.allocateDirect(TAIL_BYTES);
    private final ByteBuffer response = ByteBuffer.allocateDirect(SMALL_BYTES);
    /** The open batch, before compression. */
    private final ByteBuffer records;
    private final ByteBuffer compressed;
    /** By batch, the open one and those in flight: who is to be told. */
    private final Runnable[][] waiting = new Runnable[IN_FLIGHT + 1][SMALL_BYTES];
    private final int[] counts = new int[waiting.length];

    private byte[] topic = new byte[0];
    private int limitBytes;
    private long baseTimestampMs;
    private long maxTimestampMs;
    private int sent;
    private int acknowledged;

    BareLoad(final Map<String, String> config, final int partitions, final LoadOutcomes outcomes) {
        this.outcomes = outcomes;
        this.partitions = partitions;
        untimed = outcomes::acknowledged;
        final String codecName = config.getOrDefault("compression.type", "none");
        codec = codecName.equals("none") ? null : CompressionCodec.named(codecName);
        compressor = codec == null ? null : codec.compressor(codec.defaultLevel());
        batchBytes = Integer.parseInt(config.getOrDefault("batch.size", "16384"));
        limitBytes = batchBytes;
        records = ByteBuffer.allocateDirect(codec == null ? batchBytes : MOST_RATIO * batchBytes);
        compressed = codec == null ? records : ByteBuffer.allocateDirect(2 * records.capacity() + SMALL_BYTES);
        final String bootstrap = config.get("bootstrap.servers");
        final int colon = bootstrap.lastIndexOf(':');
        try {
            socket = SocketChannel.open(new InetSocketAddress(bootstrap.substring(0, colon),
                    Integer.parseInt(bootstrap.substring(colon + 1))));
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.setOption(StandardSocketOptions.SO_SNDBUF,
                    Integer.parseInt(config.getOrDefault("send.buffer.bytes", "131072")));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What of a workload it cannot do, or {@code null}. */
    static String missing(final CompareWorkload workload, final int brokers) {
        if (workload.threads() > 1 || workload.topics() > 1 || brokers > 1) {
            return "it has one thread, one topic and one connection";
        } else if (workload.rate() > 0 || workload.hold()) {
            return "it sends batches when they are full, not before";
        } else if (workload.futureApi()) {
            return "it has no futures";
        } else if (workload.activePartitions() > 0) {
            return "it takes the partitions in turn";
        }
        return null;
    }

    @Override
    public Object record(final String name, final Integer partition, final byte[] key, final byte[] value) {
        return new ProducerRecord<>(name, partition, key, value);
    }

    @Override
    public void send(final Object record) {
        append(record, untimed);
    }

    @Override
    public void sendTimed(final Object record, final long intendedNs) {
        append(record, () -> outcomes.acknowledged(intendedNs));
    }

    @SuppressWarnings("unchecked")
    private void append(final Object record, final Runnable completion) {
        final ProducerRecord<byte[], byte[]> given = (ProducerRecord<byte[], byte[]>) record;
        final byte[] key = given.key();
        final byte[] value = given.value();
        final int keyBytes = key == null ? -1 : key.length;
        if (records.position() + Math.max(0, keyBytes) + value.length + MOST_RECORD_OVERHEAD > limitBytes) {
            write();
        }
        final int slot = sent % waiting.length;
        final int index = counts[slot]++;
        final long nowMs = System.currentTimeMillis();
        if (index == 0) {
            baseTimestampMs = nowMs;
            maxTimestampMs = nowMs;
            if (topic.length == 0) {
                topic = given.topic().getBytes(StandardCharsets.UTF_8);
            }
        } else if (index == waiting[slot].length) {
            waiting[slot] = Arrays.copyOf(waiting[slot], 2 * index);
        }
        waiting[slot][index] = completion;
        maxTimestampMs = Math.max(maxTimestampMs, nowMs);
        final long delta = nowMs - baseTimestampMs;
        // Attributes, and the number of headers.
        final int bodyBytes = 2 + ByteUtils.sizeOfVarlong(delta) + ByteUtils.sizeOfVarint(index)
                + ByteUtils.sizeOfVarint(keyBytes)
                + Math.max(0, keyBytes) + ByteUtils.sizeOfVarint(value.length) + value.length;
        ByteUtils.writeVarint(bodyBytes, records);
        records.put((byte) 0);
        ByteUtils.writeVarlong(delta, records);
        ByteUtils.writeVarint(index, records);
        ByteUtils.writeVarint(keyBytes, records);
        if (key != null) {
            records.put(key);
        }
        ByteUtils.writeVarint(value.length, records);
        records.put(value).put((byte) 0);
    }

    /** Sends the open batch, and waits for the answer to an earlier one if there are enough. */
    private void write() {
        final int count = counts[sent % counts.length];
        if (count == 0) {
            throw new IllegalArgumentException("a record larger than a batch: batch.size=" + batchBytes);
        }
        final int bytes = records.flip().limit();
        if (codec != null) {
            final int compressedBytes = compressor.compress(records, compressed.clear());
            compressed.limit(compressedBytes).position(0);
            limitBytes = (int) Math.min(records.capacity(), (long) batchBytes * bytes / compressedBytes);
        }
        encodeHead(count, compressed.remaining());
        tail.clear();
        try {
            final ByteBuffer[] frame = {head, compressed, tail};
            while (tail.hasRemaining()) {
                socket.write(frame);
            }
            records.clear();
            sent++;
            if (sent - acknowledged == IN_FLIGHT) {
                read();
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void encodeHead(final int count, final int recordsBytes) {
        final int batchSize = AckConnection.BATCH_HEADER_BYTES + recordsBytes;
        head.clear().position(Integer.BYTES);
        // Client "bare", no tags; no transaction, one topic with one partition.
        head.putShort(ApiKeys.PRODUCE.id).putShort(AckConnection.LOWEST_PRODUCE_VERSION).putInt(sent)
                .putShort((short) CLIENT_ID.length)
                .put(CLIENT_ID).put((byte) 0);
        head.put((byte) 0).putShort(ACKS_ALL).putInt(TIMEOUT_MS).put((byte) 2);
        ByteUtils.writeUnsignedVarint(topic.length + 1, head);
        head.put(topic).put((byte) 2).putInt(sent % partitions);
        ByteUtils.writeUnsignedVarint(batchSize + 1, head);
        final int batch = head.position();
        head.putLong(0).putInt(batchSize - AckConnection.BATCH_LENGTH_END).putInt(-1).put(MAGIC).putInt(0);
        head.putShort((short) (codec == null ? 0 : codec.id())).putInt(count - 1);
        head.putLong(baseTimestampMs).putLong(maxTimestampMs);
        head.putLong(-1).putShort((short) -1).putInt(-1).putInt(count);
        head.putInt(0, head.position() + recordsBytes + TAIL_BYTES - Integer.BYTES).flip();
        crc.reset();
        crc.update(head.position(batch + BATCH_CRC_END));
        crc.update(compressed);
        head.putInt(batch + BATCH_CRC_END - Integer.BYTES, (int) crc.getValue()).position(0);
        compressed.position(0);
    }

    /** Reads the answer to the oldest batch in flight, and tells its records' outcome. */
    private void read() throws IOException {
        while (response.position() < Integer.BYTES
                || response.position() < Integer.BYTES + response.getInt(0)) {
            if (socket.read(response) < 0) {
                throw new EOFException("the broker has closed the connection");
            }
        }
        // Size, correlation id and no tags; the topic, and the partition's number.
        final int errorAt = 2 * Integer.BYTES + 2 + ByteUtils.sizeOfUnsignedVarint(topic.length + 1) + topic.length + 1
                + Integer.BYTES;
        final int end = Integer.BYTES + response.getInt(0);
        final short error = response.getShort(errorAt);
        response.flip().position(end);
        response.compact();
        final int slot = acknowledged % waiting.length;
        for (int i = 0; i < counts[slot]; i++) {
            if (error == 0) {
                waiting[slot][i].run();
            } else {
                outcomes.failed(new IOException("refused by the broker: errorCode=" + error));
            }
            waiting[slot][i] = null;
        }
        counts[slot] = 0;
        acknowledged++;
    }

    @Override
    public void flush() {
        if (counts[sent % counts.length] > 0) {
            write();
        }
        try {
            while (acknowledged < sent) {
                read();
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (compressor != null) {
            compressor.close();
        }
        try {
            socket.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
