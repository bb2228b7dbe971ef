package io.kp.network;

import java.util.Collection;
import java.util.List;

/**
 * Asks a broker for the cluster's brokers and for the partitions of some topics.
 * <p>
 * Immutable.
 */
public final class MetadataRequest implements Request {
    /** Version 0 knows no null: there the empty list means all topics, and "no topics" cannot be said. */
    private static final short FIRST_VERSION_WITH_NO_TOPICS = 1;
    private static final short FIRST_VERSION_WITHOUT_AUTO_CREATION = 4;
    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 10;

    private final List<String> topics;
    private final boolean allowAutoTopicCreation;

    private MetadataRequest(List<String> topics, boolean allowAutoTopicCreation) {
        this.topics = topics;
        this.allowAutoTopicCreation = allowAutoTopicCreation;
    }

    /**
     * Asks for some topics.
     *
     * @param topics                 the topics' names; none to ask for the brokers only.
     * @param allowAutoTopicCreation whether the broker may create those that do not exist, if it is configured to do so.
     * @return the request.
     */
    public static MetadataRequest topics(Collection<String> topics, boolean allowAutoTopicCreation) {
        return new MetadataRequest(List.copyOf(topics), allowAutoTopicCreation);
    }

    /**
     * Asks for every topic that the principal may see.
     *
     * @return the request.
     */
    public static MetadataRequest allTopics() {
        return new MetadataRequest(null, true);
    }

    /**
     * The topics that are asked for.
     *
     * @return an immutable list, or {@code null} for all.
     */
    public List<String> topics() {
        return topics;
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.METADATA;
    }

    @Override
    public short minVersion() {
        if (!allowAutoTopicCreation) {
            return FIRST_VERSION_WITHOUT_AUTO_CREATION;
        }
        return topics != null && topics.isEmpty() ? FIRST_VERSION_WITH_NO_TOPICS : apiKey().minVersion();
    }

    @Override
    public void encodeBody(FrameWriter out, short version) {
        if (topics == null) {
            out.arrayLength(version >= FIRST_VERSION_WITH_NO_TOPICS ? -1 : 0);
        } else {
            out.arrayLength(topics.size());
            for (int i = 0; i < topics.size(); i++) {
                if (version >= FIRST_VERSION_WITH_TOPIC_IDS) {
                    out.uuid(0, 0);
                }
                out.string(topics.get(i));
                out.emptyTags();
            }
        }
        if (version >= FIRST_VERSION_WITHOUT_AUTO_CREATION) {
            out.bool(allowAutoTopicCreation);
        }
        if (version >= 8 && version <= 10) {
            // includeClusterAuthorizedOperations
            out.bool(false);
        }
        if (version >= 8) {
            // includeTopicAuthorizedOperations
            out.bool(false);
        }
        out.emptyTags();
    }
}
