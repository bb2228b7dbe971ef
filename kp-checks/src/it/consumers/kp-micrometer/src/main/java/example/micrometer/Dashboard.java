package example.micrometer;

import java.util.concurrent.TimeUnit;

import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;
import io.kp.micrometer.ProducerMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** Sends orders and reads what a dashboard would show: {@code Dashboard localhost:9092 orders}. */
public final class Dashboard {
    public static void main(String[] args) {
        ProducerConfig config = ProducerConfig.builder().bootstrapServers(args[0]).clientId("shop").build();
        MeterRegistry registry = new SimpleMeterRegistry();
        try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string())) {
            for (int i = 0; i < 100; i++) {
                producer.send(ProducerRecord.of(args[1], "customer-" + i % 7, "order " + i));
            }
            producer.flush();

            try (ProducerMeters meters = ProducerMeters.of(producer)) {
                meters.bindTo(registry);
                for (String name : new String[]{"kafka.producer.topic.record.send.total", "kp.producer.records.acknowledged"}) {
                    double value = registry.get(name).tag("client.id", "shop").functionCounter().count();
                    System.out.println(name + ": " + Math.round(value));
                }
                double p99 = registry.get("kp.producer.stage.duration.percentile").tag("topic", args[1])
                        .tag("stage", "claim-to-completion").tag("phi", "0.99").timeGauge().value(TimeUnit.MILLISECONDS);
                System.out.println("99 % of the batches are acknowledged within " + Math.round(Math.ceil(p99)) + " ms");
            }
        }
    }
}
