package io.kp.bench;

import io.kp.client.DeliveryException;
import io.kp.client.InvalidTopicException;
import io.kp.client.KpException;
import io.kp.client.RecordMetadata;
import io.kp.client.RecordTooLargeException;
import io.kp.client.TopicAuthorizationException;
import io.kp.client.UnknownTopicException;

/** One line on its way; the callback of both producers, so that a record costs the tool one object. */
final class Delivery implements io.kp.client.Callback, org.apache.kafka.clients.producer.Callback {
    private final Deliveries deliveries;
    final long line;
    final long hash;
    final long sentNs;

    Delivery(final Deliveries deliveries, final long line, final long hash, final long sentNs) {
        this.deliveries = deliveries;
        this.line = line;
        this.hash = hash;
        this.sentNs = sentNs;
    }

    @Override
    public void onCompletion(final RecordMetadata metadata, final KpException failure) {
        if (failure == null) {
            deliveries.acknowledged(this, metadata.partition(), metadata.offset());
        } else {
            failed(failure);
        }
    }

    @Override
    public void onCompletion(final org.apache.kafka.clients.producer.RecordMetadata metadata, final Exception failure) {
        if (failure == null) {
            deliveries.acknowledged(this, metadata.partition(), metadata.offset());
        } else {
            failed(failure);
        }
    }

    void failed(final Exception failure) {
        deliveries.failed(this, isRecordsOwn(failure), text(failure));
    }

    /** What happened and, where the tool knows it, what to do. */
    private static String text(final Exception failure) {
        final String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        if (failure instanceof UnknownTopicException) {
            return message + (failure.getCause() == null
                    ? "; does the topic exist, with this partition? See --topic, --partition"
                    : "; is --bootstrap-server a Kafka broker that can be reached from here?");
        }
        if (failure instanceof RecordTooLargeException large) {
            return message + (large.stage() == DeliveryException.Stage.BROKER
                    ? "; to send it raise the topic's max.message.bytes (the broker's message.max.bytes)"
                    : "; to send it raise -X max.request.size (and the topic's max.message.bytes)");
        }
        if (failure instanceof InvalidTopicException) {
            return message + "; topic names have 1 to 249 letters, digits, dots, underscores and dashes";
        }
        return message;
    }

    /** Whether other records may fare better: false for what all lines have in common, such as the topic. */
    private static boolean isRecordsOwn(final Exception failure) {
        if (failure instanceof UnknownTopicException || failure instanceof InvalidTopicException
                || failure instanceof TopicAuthorizationException) {
            return false;
        }
        if (failure instanceof KpException kp) {
            return kp.category() == KpException.Category.FIX_RECORD;
        }
        return failure instanceof org.apache.kafka.common.errors.RecordTooLargeException
                || failure instanceof org.apache.kafka.common.InvalidRecordException;
    }
}
