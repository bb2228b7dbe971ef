package io.kp.client;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Which brokers have had no room for a request for longer than {@code partitioner.availability.timeout.ms} while records waited for them (KIP-794). The I/O
 * thread writes, partitioners read.
 */
final class NodeStalls {
    private final long timeoutNs;
    private final LongSupplier nanoClock;
    /** Since when, by node id. */
    private final ConcurrentHashMap<Integer, Long> busySince = new ConcurrentHashMap<>();

    /**
     * @param timeoutNs 0 for never
     */
    NodeStalls(final long timeoutNs, final LongSupplier nanoClock) {
        this.timeoutNs = timeoutNs;
        this.nanoClock = nanoClock;
    }

    void busy(final int nodeId, final long nowNs) {
        if (timeoutNs > 0) {
            busySince.putIfAbsent(nodeId, nowNs);
        }
    }

    void free(final int nodeId) {
        if (timeoutNs > 0) {
            busySince.remove(nodeId);
        }
    }

    boolean isStalled(final int nodeId) {
        if (timeoutNs == 0) {
            return false;
        }
        final Long since = busySince.get(nodeId);
        return since != null && nanoClock.getAsLong() - since > timeoutNs;
    }
}
