package io.kp.bench;

import java.util.Map;

import io.kp.client.DeliveryCallback;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;

/** kp under comparison, by the call that takes a record's parts: no object is made for a record, neither by kp nor by its caller. */
final class KpFieldsLoad implements LoadClient {
    private final Producer<byte[], byte[]> producer;
    private final LoadOutcomes outcomes;
    private final DeliveryCallback untimed;

    KpFieldsLoad(final Map<String, String> config, final LoadOutcomes outcomes) {
        this.outcomes = outcomes;
        producer = Producer.open(ProducerConfig.of(config), Serializers.byteArray(), Serializers.byteArray());
        untimed = new KpLoad.Untimed(outcomes);
    }

    /** What a caller would have at hand. */
    private record Fields(String topic, int partition, byte[] key, byte[] value) {
    }

    @Override
    public boolean wantsRecordsMadeBefore() {
        return true;
    }

    @Override
    public Object record(final String topic, final Integer partition, final byte[] key, final byte[] value) {
        return new Fields(topic, partition == null ? ProducerRecord.NO_PARTITION : partition, key, value);
    }

    @Override
    public void send(final Object record) {
        send((Fields) record, untimed);
    }

    @Override
    public void sendTimed(final Object record, final long intendedNs) {
        send((Fields) record, new KpLoad.Timed(outcomes, intendedNs));
    }

    private void send(final Fields fields, final DeliveryCallback callback) {
        producer.send(fields.topic, fields.partition, ProducerRecord.NO_TIMESTAMP, fields.key, fields.value, callback);
    }

    @Override
    public void flush() {
        producer.flush();
    }

    @Override
    public void close() {
        producer.close();
    }
}
