package example.testkit;

import java.util.List;

import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;
import io.kp.network.ErrorCode;
import io.kp.testkit.Fault;
import io.kp.testkit.ScriptedBroker;
import io.kp.testkit.StoredRecord;

/** What becomes of a record if two attempts are refused, and the answer to the third is lost? */
public final class LostAnswer {
    public static void main(String[] args) {
        try (ScriptedBroker broker = ScriptedBroker.start(3)) {
            broker.cluster().createTopic("orders", 1);
            broker.script().produce().partition("orders", 0).times(2).then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
            broker.script().produce().once().then(Fault.loseResponse());

            ProducerConfig config = ProducerConfig.builder().bootstrapServers(broker.bootstrapServers())
                    .set("request.timeout.ms", "500").set("retry.backoff.ms", "10").build();
            try (Producer<String, String> producer = Producer.open(config, Serializers.string(), Serializers.string())) {
                System.out.println("delivered at " + producer.send(ProducerRecord.of("orders", "one ticket")).join().offset());
            }
            List<StoredRecord> log = broker.cluster().log("orders", 0).records();
            System.out.println("records in the log: " + log.size());
        }
    }
}
