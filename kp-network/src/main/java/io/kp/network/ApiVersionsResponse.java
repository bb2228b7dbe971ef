package io.kp.network;

import java.util.ArrayList;
import java.util.List;

/**
 * What a broker speaks: its APIs with their versions, and the cluster's features.
 * <p>
 * Immutable.
 */
public final class ApiVersionsResponse {
    /** What {@link #finalizedFeaturesEpoch()} says when the broker told no epoch. */
    public static final long UNKNOWN_EPOCH = -1;

    private static final int TAG_SUPPORTED_FEATURES = 0;
    private static final int TAG_FINALIZED_FEATURES_EPOCH = 1;
    private static final int TAG_FINALIZED_FEATURES = 2;

    /**
     * The versions of one API.
     *
     * @param apiKey     the API's number; it need not be one that this client knows.
     * @param minVersion the lowest version, inclusive.
     * @param maxVersion the highest version, inclusive.
     */
    public record ApiRange(short apiKey, short minVersion, short maxVersion) {
    }

    /**
     * A feature (KIP-584) with the range of levels that a broker supports, or that the cluster has agreed on.
     *
     * @param name     the feature's name, for example {@code transaction.version}.
     * @param minLevel the lowest level, inclusive.
     * @param maxLevel the highest level, inclusive.
     */
    public record Feature(String name, short minLevel, short maxLevel) {
    }

    private final short errorCode;
    private final int throttleTimeMs;
    private final List<ApiRange> apis;
    private final List<Feature> supportedFeatures;
    private final long finalizedFeaturesEpoch;
    private final List<Feature> finalizedFeatures;

    private ApiVersionsResponse(short errorCode, int throttleTimeMs, List<ApiRange> apis,
            List<Feature> supportedFeatures, long finalizedFeaturesEpoch, List<Feature> finalizedFeatures) {
        this.errorCode = errorCode;
        this.throttleTimeMs = throttleTimeMs;
        this.apis = apis;
        this.supportedFeatures = supportedFeatures;
        this.finalizedFeaturesEpoch = finalizedFeaturesEpoch;
        this.finalizedFeatures = finalizedFeatures;
    }

    /**
     * Reads a response.
     * <p>
     * A broker that does not know the version of the request answers {@link ErrorCode#UNSUPPORTED_VERSION} in the form of version 0,
     * often with the versions of this one API in it, so that the client can ask again. That is read as what it is.
     *
     * @param in a reader at the body, told the version of the request.
     * @return the response.
     * @throws ProtocolException if the bytes are not a response of that version.
     */
    public static ApiVersionsResponse decode(FrameReader in) {
        short version = in.version();
        int begin = in.offset();
        if (version > 0 && in.i16("errorCode") == ErrorCode.UNSUPPORTED_VERSION.code()) {
            in.offset(begin);
            in.version((short) 0);
            try {
                return decodeBody(in);
            } catch (ProtocolException notVersion0) {
                // A broker that refuses the version in that very version: odd, but its bytes may make sense.
                in.version(version);
            }
        }
        in.offset(begin);
        return decodeBody(in);
    }

    private static ApiVersionsResponse decodeBody(FrameReader in) {
        short version = in.version();
        boolean flexible = ApiKey.API_VERSIONS.isFlexible(version);
        short errorCode = in.i16("errorCode");
        int apiCount = in.arrayLength("apiKeys", 3 * Short.BYTES + (flexible ? 1 : 0));
        List<ApiRange> apis = new ArrayList<>(apiCount);
        for (int i = 0; i < apiCount; i++) {
            apis.add(
                    new ApiRange(in.i16("apiKeys.apiKey"), in.i16("apiKeys.minVersion"), in.i16("apiKeys.maxVersion")));
            in.skipTags("apiKeys.tags");
        }
        int throttleTimeMs = version >= 1 ? in.i32("throttleTimeMs") : 0;
        List<Feature> supported = List.of();
        long epoch = UNKNOWN_EPOCH;
        List<Feature> finalized = List.of();
        for (int tags = in.tagCount("tags"); tags > 0; tags--) {
            int tag = in.tag("tags");
            switch (tag) {
                case TAG_SUPPORTED_FEATURES -> {
                    int outer = in.enterTag("supportedFeatures");
                    supported = features(in, "supportedFeatures", false);
                    in.leaveTag("supportedFeatures", outer);
                }
                case TAG_FINALIZED_FEATURES_EPOCH -> {
                    int outer = in.enterTag("finalizedFeaturesEpoch");
                    epoch = in.i64("finalizedFeaturesEpoch");
                    in.leaveTag("finalizedFeaturesEpoch", outer);
                }
                case TAG_FINALIZED_FEATURES -> {
                    int outer = in.enterTag("finalizedFeatures");
                    finalized = features(in, "finalizedFeatures", true);
                    in.leaveTag("finalizedFeatures", outer);
                }
                default -> in.skipTag("tags");
            }
        }
        in.end();
        return new ApiVersionsResponse(errorCode, throttleTimeMs, List.copyOf(apis), supported, epoch, finalized);
    }

    private static List<Feature> features(FrameReader in, String field, boolean maxFirst) {
        int count = in.arrayLength(field, 1 + 2 * Short.BYTES + 1);
        List<Feature> features = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String name = in.string(field);
            short first = in.i16(field);
            short second = in.i16(field);
            // Finalized features name their highest level first, supported ones their lowest.
            features.add(maxFirst ? new Feature(name, second, first) : new Feature(name, first, second));
            in.skipTags(field);
        }
        return List.copyOf(features);
    }

    /**
     * How the broker took the request.
     *
     * @return a code for {@link ErrorCode#forCode}.
     */
    public short errorCode() {
        return errorCode;
    }

    /**
     * How long the client has to keep quiet on this connection, if {@link ApiKey#clientThrottles} says that it is up to the client.
     *
     * @return the time in milliseconds.
     */
    public int throttleTimeMs() {
        return throttleTimeMs;
    }

    /**
     * The APIs of the broker, in its order.
     *
     * @return an immutable list.
     */
    public List<ApiRange> apis() {
        return apis;
    }

    /**
     * The versions of one API.
     *
     * @param apiKey the API.
     * @return its versions, or {@code null} if the broker does not have it.
     */
    public ApiRange api(ApiKey apiKey) {
        for (ApiRange api : apis) {
            if (api.apiKey == apiKey.id()) {
                return api;
            }
        }
        return null;
    }

    /**
     * The features that this broker could run with.
     *
     * @return an immutable list.
     */
    public List<Feature> supportedFeatures() {
        return supportedFeatures;
    }

    /**
     * The age of {@link #finalizedFeatures()}: of two brokers' answers the one with the higher epoch counts.
     *
     * @return the epoch, or {@link #UNKNOWN_EPOCH}; then the finalized features mean nothing.
     */
    public long finalizedFeaturesEpoch() {
        return finalizedFeaturesEpoch;
    }

    /**
     * The features that the whole cluster runs with.
     *
     * @return an immutable list.
     */
    public List<Feature> finalizedFeatures() {
        return finalizedFeatures;
    }
}
