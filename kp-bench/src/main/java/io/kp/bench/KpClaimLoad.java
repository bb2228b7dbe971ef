package io.kp.bench;

import java.util.Map;

import io.kp.accumulator.Claim;
import io.kp.client.Callback;
import io.kp.client.DeliveryCallback;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.Serializers;
import io.kp.partition.KeyPartitioner;

/** kp under comparison, its records written in place. It never leaves a record out: where there is no memory the thread waits, as in {@code send}. */
// A record here is what a caller would write from: it is made beforehand, and belongs to the thread that made it.
final class KpClaimLoad implements LoadClient {
    private final Producer<byte[], byte[]> producer;
    private final LoadOutcomes outcomes;
    private final DeliveryCallback untimed;
    private final ThreadLocal<Claim> claims = ThreadLocal.withInitial(Claim::new);
    private final int partitions;

    KpClaimLoad(final Map<String, String> config, final LoadOutcomes outcomes, final int partitions) {
        this.outcomes = outcomes;
        this.partitions = partitions;
        producer = Producer.open(ProducerConfig.of(config), Serializers.byteArray(), Serializers.byteArray());
        untimed = new KpLoad.Untimed(outcomes);
    }

    private record Content(String topic, int partition, byte[] key, byte[] value, Claim claim) {
    }

    @Override
    public boolean wantsRecordsMadeBefore() {
        return true;
    }

    @Override
    public Object record(final String topic, final Integer partition, final byte[] key, final byte[] value) {
        return new Content(topic, partition == null ? -1 : partition, key, value, claims.get());
    }

    @Override
    public void send(final Object record) {
        claim((Content) record, untimed);
    }

    @Override
    public void sendTimed(final Object record, final long intendedNs) {
        claim((Content) record, new KpLoad.Timed(outcomes, intendedNs));
    }

    private void claim(final Content content, final Callback callback) {
        final Claim claim = content.claim;
        final int keyLength = content.key == null ? -1 : content.key.length;
        final int partition = content.partition < 0 && content.key != null
                ? KeyPartitioner.partition(content.key, partitions)
                : content.partition;
        producer.claim(content.topic, partition, keyLength, content.value.length, callback, claim);
        if (keyLength > 0) {
            claim.segment().putBytes(claim.keyOffset(), content.key, 0, keyLength);
        }
        claim.segment().putBytes(claim.valueOffset(), content.value, 0, content.value.length);
        claim.commit();
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
