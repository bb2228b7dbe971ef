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
import java.util.ServiceLoader;
import java.util.zip.CRC32C;

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
    private static final short PRODUCE = 0;
    private static final short PRODUCE_VERSION = 9;
    private static final short ACKS_ALL = -1;
    private static final int TIMEOUT_MS = 30_000;
    private static final int SMALL_BYTES = 1024;
    private static final int BATCH_HEADER_BYTES = 61;
    private static final int BATCH_LENGTH_END = 12;
    private static final int BATCH_CRC_END = 21;
    private static final byte MAGIC = 2;
    /** No tags of the partition, the topic and the request. */
    private static final byte[] TAIL = new byte[3];
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
    private final ByteBuffer tail = ByteBuffer.allocateDirect(TAIL.length);
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
        codec = codec(config.getOrDefault("compression.type", "none"));
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

    private static CompressionCodec codec(final String name) {
        return name.equals("none")
                ? null
                : ServiceLoader.load(CompressionCodec.class).stream().map(ServiceLoader.Provider::get)
                        .filter(each -> each.name().equals(name)).findFirst().orElseThrow();
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
        final int bodyBytes = 2 + varintBytes(delta) + varintBytes(index) + varintBytes(keyBytes)
                + Math.max(0, keyBytes) + varintBytes(value.length) + value.length;
        putVarint(records, bodyBytes);
        records.put((byte) 0);
        putVarint(records, delta);
        putVarint(records, index);
        putVarint(records, keyBytes);
        if (key != null) {
            records.put(key);
        }
        putVarint(records, value.length);
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
            compressed.clear().limit(compressor.compress(records, compressed.clear())).position(0);
            limitBytes = (int) Math.min(records.capacity(), (long) batchBytes * bytes / compressed.limit());
        }
        encodeHead(count, compressed.remaining());
        tail.clear().put(TAIL).flip();
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
        final int batchSize = BATCH_HEADER_BYTES + recordsBytes;
        head.clear().position(Integer.BYTES);
        // Client "bare", no tags; no transaction, one topic with one partition.
        head.putShort(PRODUCE).putShort(PRODUCE_VERSION).putInt(sent).putShort((short) CLIENT_ID.length)
                .put(CLIENT_ID).put((byte) 0);
        head.put((byte) 0).putShort(ACKS_ALL).putInt(TIMEOUT_MS).put((byte) 2);
        putUnsigned(head, topic.length + 1);
        head.put(topic).put((byte) 2).putInt(sent % partitions);
        putUnsigned(head, batchSize + 1);
        final int batch = head.position();
        head.putLong(0).putInt(batchSize - BATCH_LENGTH_END).putInt(-1).put(MAGIC).putInt(0);
        head.putShort((short) (codec == null ? 0 : codec.id())).putInt(count - 1);
        head.putLong(baseTimestampMs).putLong(maxTimestampMs);
        head.putLong(-1).putShort((short) -1).putInt(-1).putInt(count);
        head.putInt(0, head.position() + recordsBytes + TAIL.length - Integer.BYTES).flip();
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
        final int errorAt = 2 * Integer.BYTES + 2 + unsignedBytes(topic.length + 1) + topic.length + 1 + Integer.BYTES;
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

    private static int varintBytes(final long value) {
        return unsignedBytes(value << 1 ^ value >> Long.SIZE - 1);
    }

    private static int unsignedBytes(final long value) {
        return (Long.SIZE + 6 - Long.numberOfLeadingZeros(value | 1)) / 7;
    }

    private static void putVarint(final ByteBuffer out, final long value) {
        putUnsigned(out, value << 1 ^ value >> Long.SIZE - 1);
    }

    private static void putUnsigned(final ByteBuffer out, final long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
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
