package io.kp.testkit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

import io.kp.client.Callback;
import io.kp.client.CloseReport;
import io.kp.client.InterruptException;
import io.kp.client.InvokedProducer;
import io.kp.client.KpException;
import io.kp.client.ProducerClosedException;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.SendResult;
import io.kp.testkit.Invariants.Sent;

/** What an application does with the producer: several threads that send, flush and close, and callbacks that do worse. */
final class SimCallers {
    private static final long MS = 1_000_000L;
    /** How late something that only takes a cycle may be. */
    static final long SLACK_NS = 60 * MS;
    private static final long CLOSE_TOLERANCE_NS = 100 * MS;
    static final int MAX_BURST = 12;

    private final InvokedProducer<byte[], byte[]> producer;
    private final SimScheduler scheduler;
    private final SimClock clock;
    private final SimTrace trace;
    private final RandomGenerator random;
    private final SimSetting setting;
    private final Invariants invariants;
    private final List<String> topics;
    private boolean closing;
    private int callbackDepth;

    SimCallers(final InvokedProducer<byte[], byte[]> producer, final SimScheduler scheduler, final SimClock clock,
            final SimTrace trace, final RandomGenerator random, final SimSetting setting, final Invariants invariants,
            final List<String> topics) {
        this.producer = producer;
        this.scheduler = scheduler;
        this.clock = clock;
        this.trace = trace;
        this.random = random;
        this.setting = setting;
        this.invariants = invariants;
        this.topics = topics;
    }

    void start() {
        final boolean closesEarly = chance(8);
        for (int i = 0; i < setting.callers; i++) {
            final boolean closer = i == 0;
            scheduler.start(() -> {
                for (int n = 0; n < setting.operations && !(closer && closesEarly && chance(5)); n++) {
                    scheduler.sleep(chance(30)
                            ? 0
                            : random.nextLong(2 * setting.chaosMs * MS / setting.operations + 1));
                    operate();
                }
                if (closer) {
                    end(closesEarly);
                }
            });
        }
        if (chance(15)) {
            scheduler.in(random.nextLong(setting.chaosMs * MS), this::interruptOne);
        }
    }

    private boolean chance(final int percent) {
        return SimSetting.chance(random, percent);
    }

    /** Whether this is an application's thread: neither the I/O thread nor one of the executor. */
    private boolean isCaller() {
        final int caller = scheduler.currentCaller();
        return caller >= 0 && caller < setting.callers;
    }

    private void interruptOne() {
        trace.fault("caller interrupted", 0, 0);
        scheduler.interrupt(random.nextInt(setting.callers));
    }

    private void operate() {
        final int roll = random.nextInt(100);
        if (roll < 45) {
            for (int i = 1 + random.nextInt(MAX_BURST); i > 0; i--) {
                trySend();
            }
        } else if (roll < 80) {
            for (int i = 1 + random.nextInt(MAX_BURST); i > 0; i--) {
                send(random.nextInt(4) == 0);
            }
        } else if (roll < 92) {
            flush();
        } else {
            scheduler.sleep(random.nextLong(100 * MS));
        }
    }

    // ---- sending

    private ProducerRecord<byte[], byte[]> record(final Sent sent, final String topic) {
        final int bytes = chance(3)
                ? setting.segmentBytes + random.nextInt(4096)
                : random.nextInt(setting.maxValueBytes);
        final byte[] value = SimPayload.of(sent.id(), topic, bytes);
        return switch (random.nextInt(3)) {
            case 0 -> new ProducerRecord<>(topic, null, value);
            case 1 -> new ProducerRecord<>(topic, new byte[]{(byte) random.nextInt(20)}, value);
            default -> new ProducerRecord<>(topic, random.nextInt(setting.partitions), null, value);
        };
    }

    private String topic() {
        return topics.get(random.nextInt(topics.size()));
    }

    private Callback callback(final Sent sent) {
        return (metadata, failure) -> {
            told(sent, metadata, failure);
            misbehave();
        };
    }

    private void told(final Sent sent, final RecordMetadata metadata, final KpException failure) {
        trace.event(metadata != null ? "acknowledged" : "failed", sent.id(), metadata != null ? metadata.offset() : -1,
                metadata != null ? metadata : failure);
        if (isCaller() && metadata != null) {
            invariants.violation("an outcome of the cluster was told on a caller's thread: " + sent);
        }
        sent.ended(metadata, failure, clock.activeNs());
    }

    private void misbehave() {
        if (callbackDepth > 0) {
            return;
        }
        callbackDepth++;
        try {
            final int roll = random.nextInt(1000);
            if (roll < 40) {
                trySend();
            } else if (roll < 70 && scheduler.currentCaller() < 0) {
                // Not on a caller's thread, where the time it waits would count for the send that it is told by.
                send(false);
            } else if (roll < 90) {
                trace.fault("callback throws", 0, 0);
                throw new IllegalStateException("thrown by a callback");
            } else if (roll < 105) {
                trace.fault("callback throws an Error", 0, 0);
                throw new AssertionError("thrown by a callback");
            } else if (roll >= 120 && roll < 124 && scheduler.currentCaller() < 0) {
                trace.fault("callback blocks", 0, 0);
                clock.lose(random.nextLong(300 * MS));
            } else if (roll < 110 && !isCaller()) {
                trace.fault("callback flushes", 0, 0);
                flushInCallback();
            } else if (roll == 110 && chance(20) && !isCaller()) {
                trace.fault("callback closes", 0, 0);
                closing = true;
                producer.close();
            }
        } finally {
            callbackDepth--;
        }
    }

    private void flushInCallback() {
        try {
            producer.flush();
            invariants.violation("flush in a callback did not fail");
        } catch (final IllegalStateException e) {
            // As it is written.
            return;
        }
    }

    private void trySend() {
        final String topic = topic();
        final Sent sent = invariants.sending(topic);
        final SendResult result;
        try {
            result = producer.trySend(record(sent, topic), callback(sent));
        } catch (final KpException | IllegalArgumentException e) {
            trace.event("trySend threw", sent.id(), 0, e);
            sent.refused();
            return;
        }
        trace.event("trySend", sent.id(), result.ordinal(), result);
        if (result.isAccepted()) {
            sent.accepted(clock.activeNs());
        } else {
            sent.refused();
            if (result == SendResult.CLOSED && !closing && !setting.fatalErrors) {
                invariants.violation("closed, and nobody has closed it: " + sent);
            }
        }
    }

    private void send(final boolean future) {
        final String topic = topic();
        final Sent sent = invariants.sending(topic);
        final long startNs = clock.activeNs();
        final boolean mayWait = scheduler.currentCaller() >= 0;
        try {
            if (future) {
                final CompletableFuture<RecordMetadata> told = producer.send(record(sent, topic));
                trace.event("send", sent.id(), 1);
                sent.accepted(clock.activeNs());
                told.whenComplete((metadata, failure) -> told(sent, metadata, (KpException) failure));
            } else {
                final long timeoutNs = setting.recordDeadlines && mayWait ? 1 + random.nextLong(1000 * MS) : 0;
                if (timeoutNs > 0) {
                    sent.within(
                            timeoutNs + SLACK_NS + (setting.executorThreads == 0 ? 0 : Simulation.EXECUTOR_SLACK_NS));
                    producer.sendWithin(record(sent, topic), Duration.ofNanos(timeoutNs), callback(sent));
                } else {
                    producer.send(record(sent, topic), callback(sent));
                }
                trace.event("send", sent.id(), timeoutNs);
                sent.accepted(clock.activeNs());
            }
        } catch (final ProducerClosedException | InterruptException | IllegalArgumentException e) {
            trace.event("send threw", sent.id(), 0, e);
            sent.refused();
            if (e instanceof ProducerClosedException && !closing && !setting.fatalErrors) {
                invariants.violation("closed, and nobody has closed it: " + sent);
            }
        }
        final long tookNs = clock.activeNs() - startNs;
        if (tookNs > (mayWait ? setting.maxBlockMs * MS + SLACK_NS : 0)) {
            invariants.violation("send took too long: " + sent + ", tookNs=" + tookNs + ", maxBlockMs="
                    + setting.maxBlockMs);
        }
    }

    // ---- waiting

    private void flush() {
        final long before = invariants.accepted();
        final boolean wasClosing = closing;
        final long startNs = clock.elapsedNs();
        final long startActiveNs = clock.activeNs();
        try {
            if (chance(50)) {
                trace.event("flush", before, 0);
                producer.flush();
                if (!wasClosing) {
                    invariants.endedBefore(before, "flush");
                }
            } else {
                final long timeoutNs = random.nextLong(500 * MS);
                trace.event("flush", before, timeoutNs);
                final long left = producer.flush(Duration.ofNanos(timeoutNs));
                if (left == 0 && !wasClosing) {
                    invariants.endedBefore(before, "flush with a timeout");
                } else if (left > 0 && clock.elapsedNs() - startNs < timeoutNs) {
                    invariants.violation("flush gave up early: left=" + left + ", afterNs="
                            + (clock.elapsedNs() - startNs) + ", timeoutNs=" + timeoutNs);
                }
                if (clock.activeNs() - startActiveNs > timeoutNs + SLACK_NS) {
                    invariants.violation("flush took too long: tookNs=" + (clock.activeNs() - startActiveNs)
                            + ", timeoutNs=" + timeoutNs);
                }
            }
            trace.event("flushed", before, 0);
        } catch (final InterruptException e) {
            trace.event("flush interrupted", before, 0);
        }
    }

    private void end(final boolean early) {
        if (!early && chance(60)) {
            scheduler.sleep(setting.chaosMs * MS);
        }
        final long openBefore = closing ? -1 : invariants.open();
        closing = true;
        final long startNs = clock.activeNs();
        final int how = random.nextInt(4);
        final long timeoutNs = how == 0 ? 0 : random.nextLong(3000 * MS);
        trace.event("close", how, timeoutNs);
        final CloseReport report;
        try {
            report = producer.close(how < 2 ? Duration.ofNanos(timeoutNs) : Duration.ofDays(1_000_000));
        } catch (final InterruptException e) {
            trace.event("close interrupted", how, timeoutNs);
            return;
        }
        final long tookNs = clock.activeNs() - startNs;
        trace.event("closed", tookNs, 0);
        final long limitNs = how < 2
                ? timeoutNs + CLOSE_TOLERANCE_NS
                : (setting.deliveryTimeoutMs + setting.requestTimeoutMs) * MS + 2 * SLACK_NS;
        if (tookNs > limitNs) {
            invariants.violation("close took too long: tookNs=" + tookNs + ", limitNs=" + limitNs);
        }
        final long reported = report.delivered() + report.failed() + report.unknown() + report.open();
        if (openBefore >= 0 && setting.executorThreads == 0 && !setting.recordDeadlines && reported != openBefore) {
            invariants.violation("close has reported another number of records than there were: open=" + openBefore
                    + ", report=" + report);
        }
        if (how >= 2 && !report.isComplete()) {
            invariants.violation("close has returned before everything had ended: " + report);
        }
        if (producer.isEnded()) {
            if (report.callbacksPending() == 0) {
                invariants.endedBefore(Long.MAX_VALUE, "close");
            }
        } else {
            invariants.violation("close has returned, and the producer has not ended: how=" + how);
        }
    }
}
