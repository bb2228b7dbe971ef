package io.kp.client;

import java.util.function.LongSupplier;

import io.kp.accumulator.Batch;
import io.kp.memory.BufferPool;
import io.kp.metadata.Node;
import io.kp.network.NetworkClient;

/**
 * Makes producers that count nothing, neither metrics nor events, to be measured beside those that do. Here, in the package of the producer, since nobody else can; what
 * is left of counting is what the producer needs for itself: the counters of {@link Producer#metrics()} and the times that a batch carries.
 */
public final class Uncounted {
    private Uncounted() {
    }

    /**
     * Has the producers of a context count nothing.
     *
     * @param context the context
     * @return the context
     */
    public static ProducerContext in(final ProducerContext context) {
        return context.statistics(Nothing::new);
    }

    /** Each method that records, without a body. */
    private static final class Nothing extends ProducerStats {
        Nothing(final ProducerConfig config, final LongSupplier nanoClock, final FlightEvents flight,
                final ProducerListener listener) {
            super(config, nanoClock, flight, listener);
        }

        @Override
        void sent(final Batch batch, final int attempt, final Node node, final long nowNs) {
        }

        @Override
        void requested(final Node node, final long records, final long nowNs) {
        }

        @Override
        void written(final Batch batch, final long tookNs, final long nowNs) {
        }

        @Override
        void answered(final Batch batch, final long tookNs, final long nowNs) {
        }

        @Override
        void requestAnswered(final Node node, final long latencyNs, final int throttleMs, final long nowNs) {
        }

        @Override
        void retried(final Batch batch, final long nowNs) {
        }

        @Override
        void split(final long nowNs) {
        }

        @Override
        void acknowledged(final Batch batch, final long baseOffset, final long nowNs) {
        }

        @Override
        void failed(final Batch batch, final KpException failure, final long nowNs) {
        }

        @Override
        void telling(final long nowNs) {
        }

        @Override
        void told(final Batch batch, final long startNs, final long nowNs) {
        }

        @Override
        void busy(final int nodeId, final NetworkClient network, final long nowNs) {
        }

        @Override
        void free(final int nodeId, final long nowNs) {
        }

        @Override
        void inFlight(final int nodeId, final int requests) {
        }

        @Override
        void connected(final int nodeId, final String address, final boolean authenticated, final long nowNs) {
        }

        @Override
        void disconnected(final int nodeId, final String address, final String reason, final boolean wasReady,
                final boolean refused, final long nowNs) {
        }

        @Override
        void requestWritten(final int nodeId, final int bytes, final long nowNs) {
        }

        @Override
        void responseRead(final int nodeId, final int bytes, final long nowNs) {
        }

        @Override
        void metadata(final boolean known, final long tookNs, final String what, final long nowNs) {
        }

        @Override
        void turn(final NetworkClient network, final BufferPool pool, final long nowNs) {
        }
    }
}
