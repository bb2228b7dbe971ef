package io.kp.testkit;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

import io.kp.network.ErrorCode;
import io.kp.testkit.ReceivedBatch.Refusal;

/**
 * What a partition knows of its idempotent producers: of each the epoch and the last five batches. Source: KIP-98 and the behaviour of Kafka 4.3.
 *
 * <p>A batch of the same epoch that equals one of the five is a repetition, and is answered with the offset of the first time. Otherwise its sequence must
 * follow the last one, a new epoch must begin at 0, and an older epoch is refused. Of a producer that is not known any sequence is taken, as brokers do since
 * 2.5; older ones answer UNKNOWN_PRODUCER_ID to all but 0.
 */
final class ProducerStates {
    static final long NOT_A_REPETITION = -1;
    private static final int REMEMBERED_BATCHES = 5;

    private record Remembered(int firstSequence, int lastSequence, long baseOffset) {
    }

    private static final class Producer {
        private short epoch;
        private final ArrayDeque<Remembered> batches = new ArrayDeque<>(REMEMBERED_BATCHES);
    }

    private final Map<Long, Producer> producers = new HashMap<>();

    /**
     * @return the offset that a repeated batch has already, or {@link #NOT_A_REPETITION}
     * @throws Refusal if the batch does not follow what is known of its producer
     */
    long check(final ReceivedBatch batch, final boolean strict) {
        final Producer producer = producers.get(batch.producerId());
        if (producer == null) {
            if (strict && batch.baseSequence() != 0) {
                throw new Refusal(ErrorCode.UNKNOWN_PRODUCER_ID, "producer is not known: producerId="
                        + batch.producerId() + ", sequence=" + batch.baseSequence());
            }
            return NOT_A_REPETITION;
        }
        if (batch.producerEpoch() < producer.epoch) {
            throw new Refusal(ErrorCode.INVALID_PRODUCER_EPOCH, "epoch is older than the last one: producerId="
                    + batch.producerId() + ", epoch=" + batch.producerEpoch() + ", last=" + producer.epoch);
        }
        if (batch.producerEpoch() > producer.epoch) {
            if (batch.baseSequence() != 0) {
                throw new Refusal(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "a new epoch must begin at 0: producerId="
                        + batch.producerId() + ", epoch=" + batch.producerEpoch() + ", last=" + producer.epoch
                        + ", sequence=" + batch.baseSequence());
            }
            return NOT_A_REPETITION;
        }
        for (final Remembered known : producer.batches) {
            if (known.firstSequence == batch.baseSequence() && known.lastSequence == batch.lastSequence()) {
                return known.baseOffset;
            }
        }
        final int expected = producer.batches.getLast().lastSequence + 1 & Integer.MAX_VALUE;
        if (batch.baseSequence() != expected) {
            throw new Refusal(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    "sequence does not follow the last one: producerId="
                            + batch.producerId() + ", epoch=" + batch.producerEpoch() + ", sequence="
                            + batch.baseSequence()
                            + ", expected=" + expected);
        }
        return NOT_A_REPETITION;
    }

    void appended(final StoredBatch batch) {
        if (batch.producerId() < 0) {
            return;
        }
        final Producer producer = producers.computeIfAbsent(batch.producerId(), unused -> new Producer());
        if (producer.epoch != batch.producerEpoch()) {
            producer.epoch = batch.producerEpoch();
            producer.batches.clear();
        }
        if (producer.batches.size() == REMEMBERED_BATCHES) {
            producer.batches.removeFirst();
        }
        producer.batches.addLast(new Remembered(batch.baseSequence(), batch.lastSequence(), batch.baseOffset()));
    }

    void clear() {
        producers.clear();
    }
}
