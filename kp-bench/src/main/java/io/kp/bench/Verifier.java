package io.kp.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Reads a topic back with Kafka's own consumer, from where it ended before the first line was sent, and compares it with what was
 * acknowledged: every line once, at its offset, in the order of the input within its partition, and nothing else.
 *
 * <p>
 * Used by one thread; {@link #foundCount()} may be read by another.
 */
final class Verifier implements AutoCloseable {
    private static final int TOLD_PROBLEMS = 10;
    private static final long STALL_NS = TimeUnit.SECONDS.toNanos(60);
    private static final Duration POLL = Duration.ofMillis(200);

    private final String topic;
    private final boolean murmur2;
    private final List<Map.Entry<String, byte[]>> headers;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<TopicPartition, Long> starts;
    private final List<String> problems = new ArrayList<>();
    private long problemCount;
    private long unacknowledgedCount;
    private volatile long foundCount;

    /**
     * Notes where the topic's partitions end now.
     *
     * @param config  the producer's configuration, of which addresses and security are used
     * @param topic   the topic; need not exist yet
     * @param murmur2 whether records with a key belong into the partition that Kafka's own partitioner chooses
     * @param headers what every record's headers have to be; {@code null} if each has its own, which are in its hash then
     */
    Verifier(final Map<String, String> config, final String topic, final boolean murmur2,
            final List<Map.Entry<String, byte[]>> headers) {
        this.topic = topic;
        this.murmur2 = murmur2;
        this.headers = headers;
        final Properties properties = new Properties();
        config.forEach((key, value) -> {
            if (key.equals("bootstrap.servers") || key.startsWith("security.") || key.startsWith("ssl.")
                    || key.startsWith("sasl.")) {
                properties.put(key, value);
            }
        });
        properties.put("enable.auto.commit", "false");
        properties.put("allow.auto.create.topics", "false");
        properties.put("auto.offset.reset", "none");
        properties.put("max.poll.records", "10000");
        properties.put("max.partition.fetch.bytes", Integer.toString(4 << 20));
        consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            starts = new HashMap<>(consumer.endOffsets(partitions()));
        } catch (final RuntimeException | Error e) {
            consumer.close();
            throw e;
        }
    }

    private List<TopicPartition> partitions() {
        final List<PartitionInfo> infos = consumer.partitionsFor(topic);
        return infos == null
                ? List.of()
                : infos.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    }

    /**
     * Reads and compares.
     *
     * @param sent     what was acknowledged, by partition
     * @param lineName names a line for people
     * @return whether all is as it should be
     */
    boolean verify(final Map<Integer, SentLines> sent, final LongFunction<String> lineName) {
        final List<TopicPartition> partitions = partitions();
        final Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        consumer.assign(partitions);
        final Map<Integer, Cursor> cursors = new HashMap<>();
        for (final TopicPartition partition : partitions) {
            consumer.seek(partition, starts.getOrDefault(partition, 0L));
            cursors.put(partition.partition(),
                    new Cursor(partition.partition(), sent.get(partition.partition()), lineName));
        }
        sent.forEach((partition, lines) -> {
            if (!cursors.containsKey(partition)) {
                problem("partition " + partition + ": does not exist, but " + lines.count()
                        + " lines were acknowledged for it");
            } else if (lines.disorder() != null) {
                problem("partition " + partition + ": " + lines.disorder());
            }
        });
        long progressNs = System.nanoTime();
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            final ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            for (final ConsumerRecord<byte[], byte[]> record : records) {
                if (record.offset() < ends.get(new TopicPartition(topic, record.partition()))) {
                    check(record, cursors.get(record.partition()), partitions.size());
                }
            }
            final long nowNs = System.nanoTime();
            if (!records.isEmpty()) {
                progressNs = nowNs;
            } else if (nowNs - progressNs > STALL_NS) {
                problem("the topic could not be read to its end: nothing came for "
                        + TimeUnit.NANOSECONDS.toSeconds(STALL_NS) + " s");
                break;
            }
        }
        cursors.values().forEach(Cursor::finish);
        return problemCount == 0;
    }

    private void check(final ConsumerRecord<byte[], byte[]> record, final Cursor cursor, final int partitionCount) {
        if (!cursor.accept(record.offset(), hash(record))) {
            return;
        }
        foundCount = foundCount + 1;
        if (murmur2 && record.key() != null) {
            final int expected = Utils.toPositive(Utils.murmur2(record.key())) % partitionCount;
            if (record.partition() != expected) {
                problem(cursor.place(record.offset()) + ": its key belongs into partition " + expected);
            }
        }
        if (headers == null) {
            return;
        }
        int i = 0;
        for (final Header header : record.headers()) {
            if (i >= headers.size() || !header.key().equals(headers.get(i).getKey())
                    || !java.util.Arrays.equals(header.value(), headers.get(i).getValue())) {
                i = -1;
                break;
            }
            i++;
        }
        if (i != headers.size()) {
            problem(cursor.place(record.offset()) + ": other headers than were sent: " + record.headers());
        }
    }

    private long hash(final ConsumerRecord<byte[], byte[]> record) {
        final long hash = LineHash.of(record.key(), record.value());
        if (headers != null) {
            return hash;
        }
        final List<String> names = new ArrayList<>();
        final List<byte[]> values = new ArrayList<>();
        for (final Header header : record.headers()) {
            names.add(header.key());
            values.add(header.value());
        }
        return LineHash.withHeaders(hash, names, values);
    }

    private void problem(final String text) {
        if (problems.size() < TOLD_PROBLEMS) {
            problems.add(text);
        }
        problemCount++;
    }

    /** The first differences found. */
    List<String> problems() {
        return problems;
    }

    /** The number of differences found. */
    long problemCount() {
        return problemCount;
    }

    /** Records that were found although nobody acknowledged them to us. */
    long unacknowledgedCount() {
        return unacknowledgedCount;
    }

    /** Acknowledged lines found at their place with their content. */
    long foundCount() {
        return foundCount;
    }

    int partitionCount() {
        return consumer.assignment().size();
    }

    @Override
    public void close() {
        consumer.close();
    }

    /** Walks through one partition's acknowledgements beside what is read. */
    private final class Cursor {
        private final int partition;
        private final SentLines lines;
        private final LongFunction<String> lineName;
        private boolean expecting;
        private long lastLine = -1;
        private long lastHash;

        Cursor(final int partition, final SentLines lines, final LongFunction<String> lineName) {
            this.partition = partition;
            this.lines = lines;
            this.lineName = lineName;
            advance();
        }

        private void advance() {
            expecting = lines != null && lines.next();
        }

        String place(final long offset) {
            return "partition " + partition + ", offset " + offset
                    + (lastLine < 0 ? "" : ", line " + lineName.apply(lastLine));
        }

        /** Takes the next record of the partition; whether it is the next acknowledged line. */
        boolean accept(final long offset, final long hash) {
            while (expecting && lines.offset() >= 0 && lines.offset() < offset) {
                missing();
            }
            final boolean here = expecting && (lines.offset() == offset || lines.offset() < 0 && lines.hash() == hash);
            if (!here) {
                if (lastLine >= 0 && hash == lastHash) {
                    problem(place(offset) + ": the line is there twice");
                } else {
                    unacknowledgedCount++;
                }
                return false;
            }
            lastLine = lines.line();
            lastHash = lines.hash();
            final boolean same = lastHash == hash;
            if (!same) {
                problem(place(offset) + ": other bytes than were sent");
            }
            advance();
            return same;
        }

        private void missing() {
            problem("partition " + partition + (lines.offset() < 0 ? "" : ", offset " + lines.offset()) + ", line "
                    + lineName.apply(lines.line()) + ": acknowledged, but not there");
            advance();
        }

        void finish() {
            while (expecting) {
                missing();
            }
        }
    }
}
