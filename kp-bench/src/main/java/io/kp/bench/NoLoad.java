package io.kp.bench;

/**
 * No client at all: every record is acknowledged at once and goes nowhere. What a run with it costs is the driver's own. For one sending thread.
 */
final class NoLoad implements LoadClient {
    private final LoadOutcomes outcomes;

    NoLoad(final LoadOutcomes outcomes) {
        this.outcomes = outcomes;
    }

    @Override
    public Object record(final String topic, final Integer partition, final byte[] key, final byte[] value) {
        return value;
    }

    @Override
    public void send(final Object record) {
        outcomes.acknowledged();
    }

    @Override
    public void sendTimed(final Object record, final long intendedNs) {
        outcomes.acknowledged(intendedNs);
    }

    @Override
    public Object sendForFuture(final Object record) {
        return record;
    }

    @Override
    public Object sendTimedForFuture(final Object record, final long intendedNs) {
        outcomes.latency(intendedNs);
        return record;
    }

    @Override
    public boolean isDone(final Object future) {
        return true;
    }

    @Override
    public void await(final Object future) {
        // There is nothing to wait for.
    }

    @Override
    public void flush() {
        // There is nothing to flush.
    }

    @Override
    public void close() {
        // There is nothing to close.
    }
}
