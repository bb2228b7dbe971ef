package io.kp.client;

import java.util.concurrent.CompletableFuture;

import io.kp.metadata.TopicPartition;

/** The outcomes of one batch, to be told on a thread of the completion executor. Completes when all are told. */
final class CallbackTask extends CompletableFuture<Void> {
    private final Completions completions;
    private final TopicPartition partition;
    private Object[] pairs;
    private int size;
    private volatile Thread thread;
    /** What is being told, for those who ask what keeps it. */
    private volatile Object telling;

    CallbackTask(final Completions completions, final TopicPartition partition, final int records) {
        this.completions = completions;
        this.partition = partition;
        this.pairs = new Object[2 * records];
    }

    /** @param outcome {@link RecordMetadata} or {@link KpException} */
    void add(final Object completion, final Object outcome) {
        pairs[size++] = completion;
        pairs[size++] = outcome;
    }

    TopicPartition partition() {
        return partition;
    }

    int records() {
        return size / 2;
    }

    /** The thread that tells it now; {@code null} before and after. */
    Thread thread() {
        return thread;
    }

    Object telling() {
        return telling;
    }

    void run() {
        thread = Thread.currentThread();
        final long startNs = completions.nowNs();
        Object last = null;
        try {
            for (int i = 0; i < size; i += 2) {
                last = pairs[i];
                telling = last;
                if (pairs[i + 1] instanceof RecordMetadata metadata) {
                    Completions.tell(last, metadata, null);
                } else {
                    Completions.tell(last, null, (KpException) pairs[i + 1]);
                }
            }
        } finally {
            pairs = null;
            telling = null;
            thread = null;
            completions.told(this, startNs, last);
        }
    }
}
