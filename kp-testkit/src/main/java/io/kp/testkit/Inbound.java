package io.kp.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.kp.metadata.TopicId;
import io.kp.network.ApiKey;
import io.kp.network.FrameReader;
import io.kp.network.ProtocolException;

/**
 * A request as a node reads it. Source: the message definitions of Kafka 4.3.
 */
final class Inbound {
    /** What the request is about. Exactly one of name and id is missing where the version carries only one of them. */
    static final class Topic {
        final String name;
        final TopicId id;
        final List<Partition> partitions = new ArrayList<>();

        Topic(final String name, final TopicId id) {
            this.name = name;
            this.id = id;
        }
    }

    record Partition(int index, ByteBuffer records) {
    }

    private static final short FIRST_PRODUCE_WITH_TOPIC_IDS = 13;
    private static final short FIRST_METADATA_WITH_TOPIC_IDS = 10;
    private static final short FIRST_METADATA_WITH_AUTO_CREATION = 4;
    private static final short FIRST_API_VERSIONS_WITH_SOFTWARE = 3;

    final int nodeId;
    final long connection;
    final ApiKey api;
    final short version;
    final int correlationId;
    final String clientId;
    /** The version is one that this module does not know; nothing of the body was read. */
    final boolean unreadable;

    /** Topics of a produce or metadata request; {@code null} for all topics. */
    List<Topic> topics;
    short acks;
    boolean autoCreate = true;
    String transactionalId;
    String software;

    List<Script.Rule> rules = List.of();
    Fault fault = Fault.none();

    /**
     * @param frame the frame without its size field
     * @throws ProtocolException if a field does not fit
     */
    Inbound(final int nodeId, final long connection, final ByteBuffer frame) {
        this.nodeId = nodeId;
        this.connection = connection;
        final FrameReader in = new FrameReader().wrap(frame, null, (short) 0);
        final short key = in.i16("apiKey");
        api = ApiKey.forId(key);
        version = in.i16("apiVersion");
        correlationId = in.i32("correlationId");
        // The header's client id keeps its 16-bit length in flexible versions too, see KIP-482.
        clientId = in.nullableString("clientId");
        unreadable = api == null || api == ApiKey.SASL_HANDSHAKE || api == ApiKey.SASL_AUTHENTICATE || version < 0
                || version > api.maxVersion();
        if (unreadable) {
            return;
        }
        final ByteBuffer rest = frame.slice(frame.limit() - in.remaining(), in.remaining());
        in.wrap(rest, api, version);
        in.skipTags("header");
        readBody(in);
        in.end();
    }

    private void readBody(final FrameReader in) {
        switch (api) {
            case PRODUCE -> readProduce(in);
            case METADATA -> readMetadata(in);
            case INIT_PRODUCER_ID -> readInitProducerId(in);
            case API_VERSIONS -> readApiVersions(in);
            default -> throw new IllegalStateException("not offered: api=" + api);
        }
    }

    private void readProduce(final FrameReader in) {
        transactionalId = in.nullableString("transactionalId");
        acks = in.i16("acks");
        in.i32("timeoutMs");
        final int topicCount = in.arrayLength("topicData", 1);
        topics = new ArrayList<>(topicCount);
        for (int i = 0; i < topicCount; i++) {
            final Topic topic = version < FIRST_PRODUCE_WITH_TOPIC_IDS
                    ? new Topic(in.string("name"), null)
                    : new Topic(null, topicId(in));
            final int partitionCount = in.arrayLength("partitionData", 1);
            for (int p = 0; p < partitionCount; p++) {
                topic.partitions.add(new Partition(in.i32("index"), in.nullableBytes("records")));
                in.skipTags("partitionData");
            }
            in.skipTags("topicData");
            topics.add(topic);
        }
        in.skipTags("request");
    }

    private void readMetadata(final FrameReader in) {
        final int topicCount = version == 0 ? in.arrayLength("topics", 1) : in.nullableArrayLength("topics", 1);
        // Version 0 has no null: none means all.
        if (topicCount > 0 || topicCount == 0 && version > 0) {
            topics = new ArrayList<>(topicCount);
        }
        for (int i = 0; i < topicCount; i++) {
            final TopicId id = version < FIRST_METADATA_WITH_TOPIC_IDS ? TopicId.ZERO : topicId(in);
            topics.add(new Topic(
                    version < FIRST_METADATA_WITH_TOPIC_IDS ? in.string("name") : in.nullableString("name"), id));
            in.skipTags("topics");
        }
        if (version >= FIRST_METADATA_WITH_AUTO_CREATION) {
            autoCreate = in.bool("allowAutoTopicCreation");
        }
        if (version >= 8 && version <= 10) {
            in.bool("includeClusterAuthorizedOperations");
        }
        if (version >= 8) {
            in.bool("includeTopicAuthorizedOperations");
        }
        in.skipTags("request");
    }

    private void readInitProducerId(final FrameReader in) {
        transactionalId = in.nullableString("transactionalId");
        in.i32("transactionTimeoutMs");
        if (version >= 3) {
            in.i64("producerId");
            in.i16("producerEpoch");
        }
        in.skipTags("request");
    }

    private void readApiVersions(final FrameReader in) {
        if (version >= FIRST_API_VERSIONS_WITH_SOFTWARE) {
            software = in.string("clientSoftwareName") + ' ' + in.string("clientSoftwareVersion");
            in.skipTags("request");
        }
    }

    private static TopicId topicId(final FrameReader in) {
        final long most = in.i64("topicId");
        final long least = in.i64("topicId");
        return most == 0 && least == 0 ? TopicId.ZERO : new TopicId(most, least);
    }
}
