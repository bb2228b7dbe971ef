package io.kp.network;

/**
 * The APIs that this client speaks, with the versions that it implements and the rules that hang on a version.
 * <p>
 * Source: the protocol's message definitions as of Kafka 4.3, KIP-482 (flexible versions), KIP-511 (ApiVersions) and KIP-219
 * (who waits when a quota is exceeded).
 */
public enum ApiKey {
    /** Appends record batches to partitions. Versions below 3 cannot carry today's record batches. */
    PRODUCE(0, "Produce", 3, 13, 9, 6),
    /** Describes brokers, topics and partitions. */
    METADATA(3, "Metadata", 0, 13, 9, 6),
    /** Names the SASL mechanism that the connection wants to use. */
    SASL_HANDSHAKE(17, "SaslHandshake", 0, 1, Rule.NEVER, Rule.NEVER),
    /** Lists the APIs, their versions and the features of a broker. */
    API_VERSIONS(18, "ApiVersions", 0, 4, 3, 2),
    /** Hands out a producer id and epoch. */
    INIT_PRODUCER_ID(22, "InitProducerId", 0, 5, 2, 1),
    /** Carries the tokens of a SASL exchange. */
    SASL_AUTHENTICATE(36, "SaslAuthenticate", 0, 2, 2, Rule.NEVER);

    private static final class Rule {
        static final int NEVER = Short.MAX_VALUE;
        static final int HIGHEST_ID = 36;
    }

    private static final ApiKey[] BY_ID = new ApiKey[Rule.HIGHEST_ID + 1];

    static {
        for (ApiKey key : values()) {
            BY_ID[key.id] = key;
        }
    }

    private final short id;
    private final String messageName;
    private final short minVersion;
    private final short maxVersion;
    private final short firstFlexibleVersion;
    private final short firstThrottlingVersion;

    ApiKey(int id, String messageName, int minVersion, int maxVersion,
            int firstFlexibleVersion, int firstThrottlingVersion) {
        this.id = (short) id;
        this.messageName = messageName;
        this.minVersion = (short) minVersion;
        this.maxVersion = (short) maxVersion;
        this.firstFlexibleVersion = (short) firstFlexibleVersion;
        this.firstThrottlingVersion = (short) firstThrottlingVersion;
    }

    /**
     * The number that stands for this API on the wire.
     *
     * @return the API's key.
     */
    public short id() {
        return id;
    }

    /**
     * The name of the API in the protocol's documentation.
     *
     * @return the name, for example {@code InitProducerId}.
     */
    public String messageName() {
        return messageName;
    }

    /**
     * The lowest version that this client speaks.
     *
     * @return the lowest version, inclusive.
     */
    public short minVersion() {
        return minVersion;
    }

    /**
     * The highest version that this client speaks.
     *
     * @return the highest version, inclusive.
     */
    public short maxVersion() {
        return maxVersion;
    }

    /**
     * Whether a version of this API is flexible: compact lengths and tagged fields in every structure.
     *
     * @param version the version.
     * @return whether that version is flexible.
     */
    public boolean isFlexible(short version) {
        return version >= firstFlexibleVersion;
    }

    /**
     * The version of the header in front of a request.
     *
     * @param version the request's version.
     * @return 2 for a flexible version, 1 for any other.
     */
    public short requestHeaderVersion(short version) {
        return (short) (isFlexible(version) ? 2 : 1);
    }

    /**
     * The version of the header in front of a response.
     *
     * @param version the version of the request that is answered.
     * @return 1 for a flexible version, 0 for any other, and always 0 for {@link #API_VERSIONS}: a client that does not know yet
     *         what the broker speaks must be able to read that header.
     */
    public short responseHeaderVersion(short version) {
        return (short) (isFlexible(version) && this != API_VERSIONS ? 1 : 0);
    }

    /**
     * Whether the client itself has to keep quiet for the throttle time that a response names.
     *
     * @param version the version of the request that is answered.
     * @return {@code true} if so; {@code false} if the broker has delayed the response already, or never throttles this API.
     */
    public boolean clientThrottles(short version) {
        return version >= firstThrottlingVersion;
    }

    /**
     * Looks an API up by its number.
     *
     * @param id the number on the wire.
     * @return the API, or {@code null} if this client does not speak it.
     */
    public static ApiKey forId(short id) {
        return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
    }
}
