package io.kp.bench;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.kp.client.Header;
import io.kp.client.InterruptException;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerMetrics;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;

/** kp itself. */
final class KpSink implements RecordSink {
    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final Integer partition;
    private final List<Header> headers;

    KpSink(final Map<String, String> config, final String topic, final Integer partition,
            final List<Map.Entry<String, byte[]>> headers) {
        final Map<String, String> withGaps = new HashMap<>(config);
        // Lines are independent of each other: one that is refused is reported, and those behind it are delivered.
        withGaps.putIfAbsent(ProducerConfig.KP_ON_GAP, "allow-and-report");
        producer = Producer.open(ProducerConfig.of(withGaps), Serializers.byteArray(), Serializers.byteArray());
        this.topic = topic;
        this.partition = partition;
        this.headers = headers.isEmpty()
                ? null
                : headers(headers);
    }

    private static List<Header> headers(final List<Map.Entry<String, byte[]>> headers) {
        return headers.stream().map(header -> new Header(header.getKey(), header.getValue())).toList();
    }

    @Override
    public void send(final InputRecord record, final Delivery delivery) {
        try {
            producer.send(new ProducerRecord<>(topic, record.partition() == null ? partition : record.partition(),
                    record.timestampMs(), record.key(), record.value(),
                    record.headers() == null ? headers : headers(record.headers())), delivery);
        } catch (final InterruptException e) {
            throw e;
        } catch (final KpException e) {
            delivery.failed(e);
        }
    }

    @Override
    public void flush() {
        producer.flush();
    }

    @Override
    public void close(final Duration timeout) {
        producer.close(timeout);
    }

    @Override
    public Totals totals() {
        final ProducerMetrics metrics = producer.metrics();
        return new Totals(metrics.batchesSent(), metrics.requestsSent(), metrics.retries(), metrics.meanBatchBytes());
    }
}
