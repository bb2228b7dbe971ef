package io.kp.testkit;

import java.util.EnumMap;
import java.util.Map;

import io.kp.network.ApiKey;

/**
 * One node of a scripted cluster. Guarded by the cluster's lock.
 */
final class ClusterNode {
    private static final int DEFAULT_PORT = 9092;

    /** Versions that a node offers, both inclusive. */
    record Range(short min, short max) {
        boolean includes(final short version) {
            return version >= min && version <= max;
        }
    }

    final int id;
    String host;
    int port = DEFAULT_PORT;
    String rack;
    boolean up = true;
    boolean paused;
    boolean hidden;
    final Map<ApiKey, Range> versions = new EnumMap<>(ApiKey.class);

    ClusterNode(final int id) {
        this.id = id;
        this.host = "node-" + id + ".test";
        // A real broker offers Produce from 0 on although it takes 3 and above only.
        versions.put(ApiKey.PRODUCE, new Range((short) 0, ApiKey.PRODUCE.maxVersion()));
        offer(ApiKey.METADATA);
        offer(ApiKey.API_VERSIONS);
        offer(ApiKey.INIT_PRODUCER_ID);
    }

    private void offer(final ApiKey api) {
        versions.put(api, new Range(api.minVersion(), api.maxVersion()));
    }
}
