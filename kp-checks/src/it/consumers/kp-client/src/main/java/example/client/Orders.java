package example.client;

import java.util.concurrent.atomic.AtomicInteger;

import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.Serializers;

/** Sends orders: {@code Orders localhost:9092 orders}. */
public final class Orders {
    public static void main(String[] args) {
        ProducerConfig config = ProducerConfig.builder().bootstrapServers(args[0]).lingerMs(5).build();
        AtomicInteger delivered = new AtomicInteger();
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string())) {
            for (int i = 0; i < 100; i++) {
                producer.send(ProducerRecord.of(args[1], "customer-" + i % 7, "order " + i), (metadata, failure) -> {
                    if (failure == null) {
                        delivered.incrementAndGet();
                    } else {
                        System.out.println(failure.category() + ": " + failure.getMessage());
                    }
                });
            }
            producer.flush();
            System.out.println(delivered + " orders delivered");

            RecordMetadata last = producer.send(ProducerRecord.of(args[1], "customer-7", "the last order")).join();
            System.out.println("the last one is in " + last.topic() + "-" + last.partition() + " at " + last.offset());
        }
    }
}
