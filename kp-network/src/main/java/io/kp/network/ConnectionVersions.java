package io.kp.network;

import java.util.Arrays;

/** The version ranges that one broker speaks, for the APIs that this client speaks. Immutable after the negotiation. */
final class ConnectionVersions {
    /** There is no version that both sides speak. */
    static final short NONE = -1;

    private static final int APIS = ApiKey.values().length;

    private final short[] min = new short[APIS];
    private final short[] max = new short[APIS];

    ConnectionVersions() {
        Arrays.fill(max, NONE);
    }

    void put(ApiKey apiKey, short minVersion, short maxVersion) {
        min[apiKey.ordinal()] = minVersion;
        max[apiKey.ordinal()] = maxVersion;
    }

    /** The highest version within both ranges and that of the caller, or {@link #NONE}. */
    short choose(ApiKey apiKey, short minVersion, short maxVersion) {
        int i = apiKey.ordinal();
        int highest = Math.min(Math.min(apiKey.maxVersion(), maxVersion), max[i]);
        int lowest = Math.max(Math.max(apiKey.minVersion(), minVersion), min[i]);
        return highest < lowest ? NONE : (short) highest;
    }

    short max(ApiKey apiKey) {
        return max[apiKey.ordinal()];
    }

    /** What the broker said about an API, for people. */
    String describe(ApiKey apiKey) {
        int i = apiKey.ordinal();
        return max[i] == NONE ? "none" : min[i] + "-" + max[i];
    }
}
