package io.kp.client;

import java.util.ArrayList;
import java.util.List;

import io.kp.client.DeliveryException.Persistence;

/** Counts outcomes from the close on, and keeps the records without delivery, some of them. Written by the I/O thread, read by those who close. */
final class CloseLedger {
    private final List<UndeliveredRecord> undelivered = new ArrayList<>();
    private long delivered;
    private long failed;
    private long unknown;

    synchronized void acknowledged(final int records) {
        delivered += records;
    }

    synchronized void failed(final int records, final KpException reason) {
        if (reason instanceof DeliveryException delivery
                && delivery.persistence() == Persistence.POSSIBLY_PERSISTED) {
            unknown += records;
        } else {
            failed += records;
        }
    }

    synchronized void undelivered(final String topic, final int partition, final Object given,
            final KpException reason) {
        final Object completion = DeadlineCompletion.unwrap(given);
        if (undelivered.size() < CloseReport.MAX_UNDELIVERED) {
            undelivered.add(new UndeliveredRecord(topic, partition,
                    completion instanceof InterceptedCompletion intercepted ? intercepted.completion() : completion,
                    reason));
        }
    }

    synchronized CloseReport report(final long open, final long callbacksPending, final List<String> heldUpBy) {
        return new CloseReport(delivered, failed, unknown, open, callbacksPending, undelivered,
                failed + unknown - undelivered.size(), heldUpBy);
    }
}
