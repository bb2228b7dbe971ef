package io.kp.client;

import io.kp.accumulator.Batch;
import io.kp.metadata.Node;
import io.kp.metadata.TopicPartition;

/** Where Flight Recorder events are made; by itself it makes none. */
class FlightEvents {
    static final FlightEvents NONE = new FlightEvents();

    void sealed(final String clientId, final Batch batch, final long tookNs) {
    }

    void sent(final String clientId, final Batch batch, final Node node, final int attempt) {
    }

    void acknowledged(final String clientId, final Batch batch, final long baseOffset, final long ageNs) {
    }

    void failed(final String clientId, final Batch batch, final KpException failure, final long ageNs) {
    }

    /** On the thread that waited. */
    void memoryWait(final String clientId, final int bytes, final long tookNs, final boolean obtained) {
    }

    void metadata(final String clientId, final boolean known, final long tookNs, final String what) {
    }

    void connection(final String clientId, final int nodeId, final String address, final String state,
            final String reason) {
    }

    void slowCallback(final TopicPartition partition, final int records, final String callback, final boolean executor,
            final long tookNs) {
    }
}
