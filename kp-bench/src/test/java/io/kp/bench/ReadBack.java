package io.kp.bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads back what a test has sent. */
final class ReadBack {
    private ReadBack() {
    }

    static List<String> numbers(final int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    /** The values of the topic's one partition in the order of the log, all there are; waits until there are as many as expected. */
    static List<String> read(final String bootstrapServers, final String topic, final int expected) {
        return read(bootstrapServers, new TopicPartition(topic, 0), expected);
    }

    /** The same of any partition. */
    static List<String> read(final String bootstrapServers, final TopicPartition partition, final int expected) {
        final List<String> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", bootstrapServers),
                new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (values.size() < expected && System.nanoTime() - deadlineNs < 0
                    || consumer.position(partition) < consumer.endOffsets(List.of(partition)).get(partition)) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> values.add(new String(record.value(), StandardCharsets.UTF_8)));
            }
        }
        return values;
    }
}
