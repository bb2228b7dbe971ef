package io.kp.network;

import java.util.Arrays;

/** The version ranges that one broker speaks, for the APIs that this client speaks. Immutable. */
final class ConnectionVersions {
    /** There is no version that both sides speak. */
    static final short NONE = -1;

    private static final ApiKey[] APIS = ApiKey.values();

    final ApiVersionsResponse response;
    private final short[] min = new short[APIS.length];
    private final short[] max = new short[APIS.length];

    ConnectionVersions(ApiVersionsResponse response) {
        this.response = response;
        Arrays.fill(max, NONE);
        for (ApiVersionsResponse.ApiRange range : response.apis()) {
            ApiKey apiKey = ApiKey.forId(range.apiKey());
            if (apiKey != null) {
                min[apiKey.ordinal()] = range.minVersion();
                max[apiKey.ordinal()] = range.maxVersion();
            }
        }
    }

    /** The highest version within both ranges and that of the caller, or {@link #NONE}. */
    short choose(ApiKey apiKey, short minVersion, short maxVersion) {
        int i = apiKey.ordinal();
        int highest = Math.min(Math.min(apiKey.maxVersion(), maxVersion), max[i]);
        int lowest = Math.max(Math.max(apiKey.minVersion(), minVersion), min[i]);
        return highest < lowest ? NONE : (short) highest;
    }

    /** What the broker said about an API, for people. */
    String describe(ApiKey apiKey) {
        int i = apiKey.ordinal();
        return max[i] == NONE ? "none" : min[i] + "-" + max[i];
    }
}
