package io.kp.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import io.kp.testkit.DeliveryJournal;

/** Reads a topic with Kafka's own consumer, from its beginning to where it ends now, into a {@link DeliveryJournal.Reading}. */
final class TopicReader {
    private static final long STALL_NS = TimeUnit.SECONDS.toNanos(60);
    private static final Duration POLL = Duration.ofMillis(200);

    private TopicReader() {
    }

    /**
     * Reads.
     *
     * @param bootstrapServers the cluster
     * @param topic            the topic
     * @param recordSize       the size of each record's value
     * @param reading          is told each record, and not finished
     * @return how many records each partition has, by partition
     * @throws BrokerException
     *                             if nothing comes any more before the end
     */
    static long[] read(final String bootstrapServers, final String topic, final int recordSize,
            final DeliveryJournal.Reading reading) {
        final Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrapServers);
        properties.put("enable.auto.commit", "false");
        properties.put("allow.auto.create.topics", "false");
        properties.put("auto.offset.reset", "earliest");
        properties.put("max.poll.records", "10000");
        properties.put("max.partition.fetch.bytes", Integer.toString(4 << 20));
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            final List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition())).toList();
            final Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            final long[] counts = new long[partitions.size()];
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long progressNs = System.nanoTime();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                final ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                for (final ConsumerRecord<byte[], byte[]> record : records) {
                    if (record.offset() < ends.get(new TopicPartition(topic, record.partition()))) {
                        counts[record.partition()]++;
                        tell(record, recordSize, reading);
                    }
                }
                final long nowNs = System.nanoTime();
                if (!records.isEmpty()) {
                    progressNs = nowNs;
                } else if (nowNs - progressNs > STALL_NS) {
                    throw new BrokerException("the topic could not be read to its end: nothing came for "
                            + TimeUnit.NANOSECONDS.toSeconds(STALL_NS) + " s", null);
                }
            }
            return counts;
        }
    }

    private static void tell(final ConsumerRecord<byte[], byte[]> record, final int recordSize,
            final DeliveryJournal.Reading reading) {
        final byte[] value = record.value();
        if (ChaosPayload.isIntact(value, recordSize)) {
            reading.found(record.partition(), record.offset(), ChaosPayload.sender(value),
                    ChaosPayload.sequence(value));
        } else {
            reading.foreign(record.partition(), record.offset());
        }
    }
}
