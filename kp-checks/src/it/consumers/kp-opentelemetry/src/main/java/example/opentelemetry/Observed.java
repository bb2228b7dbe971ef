package example.opentelemetry;

import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;
import io.kp.opentelemetry.ProducerInstruments;
import io.opentelemetry.api.GlobalOpenTelemetry;

/** Sends orders and shows the producer to whatever the agent or the application has set up: {@code Observed localhost:9092 orders}. */
public final class Observed {
    public static void main(String[] args) {
        ProducerConfig config = ProducerConfig.builder().bootstrapServers(args[0]).clientId("shop").build();
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string());
                ProducerInstruments instruments = ProducerInstruments.of(producer)) {
            instruments.bindTo(GlobalOpenTelemetry.get());
            for (int i = 0; i < 100; i++) {
                producer.send(ProducerRecord.of(args[1], "customer-" + i % 7, "order " + i));
            }
            producer.flush();
            System.out.println(producer.metrics().recordsAcknowledged() + " orders delivered");
        }
    }
}
