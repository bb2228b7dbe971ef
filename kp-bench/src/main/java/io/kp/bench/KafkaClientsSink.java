package io.kp.bench;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The official client, to compare with. */
final class KafkaClientsSink implements RecordSink {
    private final KafkaProducer<byte[], byte[]> producer;
    private final String topic;
    private final Integer partition;
    private final List<Header> headers;
    private Totals finalTotals;

    KafkaClientsSink(final Map<String, String> config, final String topic, final Integer partition,
            final List<Map.Entry<String, byte[]>> headers) {
        final Properties properties = new Properties();
        properties.putAll(config);
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        this.topic = topic;
        this.partition = partition;
        this.headers = headers(headers);
    }

    private static List<Header> headers(final List<Map.Entry<String, byte[]>> headers) {
        return headers.stream().map(header -> (Header) new RecordHeader(header.getKey(), header.getValue())).toList();
    }

    @Override
    public void send(final InputRecord record, final Delivery delivery) {
        try {
            producer.send(new ProducerRecord<>(topic, record.partition() == null ? partition : record.partition(),
                    record.timestampMs(), record.key(), record.value(),
                    record.headers() == null ? headers : headers(record.headers())), delivery);
        } catch (final InterruptException e) {
            throw e;
        } catch (final KafkaException e) {
            delivery.failed(e);
        }
    }

    @Override
    public void flush() {
        producer.flush();
    }

    @Override
    public void close(final Duration timeout) {
        // Its metrics go with it.
        finalTotals = totals();
        producer.close(timeout);
    }

    @Override
    public Totals totals() {
        if (finalTotals != null) {
            return finalTotals;
        }
        double requests = 0;
        double retries = 0;
        double meanBatchBytes = 0;
        for (final Map.Entry<MetricName, ? extends Metric> metric : producer.metrics().entrySet()) {
            final MetricName name = metric.getKey();
            if (metric.getValue().metricValue() instanceof Double value && name.group().equals("producer-metrics")) {
                switch (name.name()) {
                    case "request-total" -> requests = value;
                    case "record-retry-total" -> retries = value;
                    case "batch-size-avg" -> meanBatchBytes = value;
                    default -> {
                        // Not in the summary.
                    }
                }
            }
        }
        return new Totals(Totals.UNKNOWN, (long) requests, (long) retries, meanBatchBytes);
    }
}
