package io.kp.network;

import java.util.Arrays;
import java.util.List;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;

import io.kp.metadata.TopicId;

/** Responses in words, the same for the same contents whether kp read them or kafka-clients. */
final class FuzzText {
    private FuzzText() {
    }

    // kp's side. What can be put into words later is: making them is not the decoder's allocation.

    static Object of(ApiVersionsResponse response) {
        return new Lazy(() -> {
            StringBuilder text = new StringBuilder().append(response.errorCode()).append('/')
                    .append(response.throttleTimeMs());
            response.apis().forEach(api -> text.append(' ').append(api.apiKey()).append(':').append(api.minVersion())
                    .append('-').append(api.maxVersion()));
            return text.toString();
        });
    }

    static Object of(InitProducerIdResponse response) {
        return new Lazy(() -> initProducerId(response.throttleTimeMs(), response.errorCode(), response.producerId(),
                response.producerEpoch()));
    }

    static Object of(SaslHandshakeResponse response) {
        return new Lazy(() -> handshake(response.errorCode(), response.mechanisms()));
    }

    static Object of(SaslAuthenticateResponse response) {
        return new Lazy(() -> authentication(response.errorCode(), response.errorMessage(), response.token(),
                response.sessionLifetimeMs()));
    }

    static Object of(MetadataResponse response, short version) {
        return new Lazy(() -> {
            StringBuilder text = new StringBuilder();
            head(text, response.throttleTimeMs(), response.errorCode(), response.clusterId(), response.controllerId());
            response.brokers().forEach(
                    broker -> broker(text, broker.nodeId(), broker.host(), broker.port(), broker.rack()));
            response.topics().forEach(topic -> {
                topic(text, topic.errorCode(), topic.name(), bits(topic.topicId()), topic.internal());
                topic.partitions()
                        .forEach(partition -> partition(text, partition.errorCode(), partition.partition(),
                                partition.leaderId(), partition.leaderEpoch(), Arrays.toString(partition.replicas()),
                                Arrays.toString(partition.inSyncReplicas()),
                                Arrays.toString(partition.offlineReplicas())));
            });
            return text.toString();
        });
    }

    static Object of(ProduceResponse response, short version) {
        return new Lazy(() -> {
            StringBuilder text = new StringBuilder().append(response.throttleTimeMs());
            response.nodeEndpoints()
                    .forEach(node -> broker(text, node.nodeId(), node.host(), node.port(), node.rack()));
            for (int i = 0; i < response.size(); i++) {
                ProduceResponse.Partition partition = response.partition(i);
                produced(text, version >= 13 ? bits(partition.topicId()) : partition.topic(), partition.partition(),
                        partition.errorCode(), partition.baseOffset(), partition.logAppendTimeMs(),
                        partition.logStartOffset(), partition.errorMessage(), partition.currentLeaderId(),
                        partition.currentLeaderEpoch());
                if (partition.recordErrors() != null) {
                    partition.recordErrors().forEach(error -> recordError(text, error.batchIndex(), error.message()));
                }
            }
            return text.toString();
        });
    }

    // The other side.

    static String of(ApiVersionsResponseData data, short version) {
        StringBuilder text = new StringBuilder().append(data.errorCode()).append('/').append(data.throttleTimeMs());
        data.apiKeys().forEach(api -> text.append(' ').append(api.apiKey()).append(':').append(api.minVersion())
                .append('-').append(api.maxVersion()));
        return text.toString();
    }

    static String of(InitProducerIdResponseData data) {
        return initProducerId(data.throttleTimeMs(), data.errorCode(), data.producerId(), data.producerEpoch());
    }

    static String of(SaslHandshakeResponseData data) {
        return handshake(data.errorCode(), data.mechanisms());
    }

    static String of(SaslAuthenticateResponseData data) {
        return authentication(data.errorCode(), data.errorMessage(), data.authBytes(), data.sessionLifetimeMs());
    }

    static String of(MetadataResponseData data, short version) {
        StringBuilder text = new StringBuilder();
        head(text, data.throttleTimeMs(), data.errorCode(), data.clusterId(), data.controllerId());
        data.brokers()
                .forEach(broker -> broker(text, broker.nodeId(), broker.host(), broker.port(), broker.rack()));
        data.topics().forEach(topic -> {
            topic(text, topic.errorCode(), topic.name(), bits(topic.topicId()), topic.isInternal());
            topic.partitions()
                    .forEach(partition -> partition(text, partition.errorCode(), partition.partitionIndex(),
                            partition.leaderId(), partition.leaderEpoch(), partition.replicaNodes().toString(),
                            partition.isrNodes().toString(), partition.offlineReplicas().toString()));
        });
        return text.toString();
    }

    static String of(ProduceResponseData data, short version) {
        StringBuilder text = new StringBuilder().append(data.throttleTimeMs());
        data.nodeEndpoints().forEach(node -> broker(text, node.nodeId(), node.host(), node.port(), node.rack()));
        data.responses().forEach(topic -> topic.partitionResponses().forEach(partition -> {
            produced(text, version >= 13 ? bits(topic.topicId()) : topic.name(), partition.index(),
                    partition.errorCode(), partition.baseOffset(), partition.logAppendTimeMs(),
                    partition.logStartOffset(), partition.errorMessage(), partition.currentLeader().leaderId(),
                    partition.currentLeader().leaderEpoch());
            List<ProduceResponseData.BatchIndexAndErrorMessage> errors = partition.recordErrors();
            errors.forEach(error -> recordError(text, error.batchIndex(), error.batchIndexErrorMessage()));
        }));
        return text.toString();
    }

    // The words.

    private static String initProducerId(int throttleTimeMs, short errorCode, long producerId, short producerEpoch) {
        return throttleTimeMs + "/" + errorCode + " " + producerId + "/" + producerEpoch;
    }

    private static String handshake(short errorCode, List<String> mechanisms) {
        return errorCode + " " + mechanisms;
    }

    private static String authentication(short errorCode, String message, byte[] token, long sessionLifetimeMs) {
        return errorCode + " " + message + " " + Arrays.toString(token) + " " + sessionLifetimeMs;
    }

    private static void head(StringBuilder text, int throttleTimeMs, short errorCode, String clusterId,
            int controllerId) {
        text.append(throttleTimeMs).append('/').append(errorCode).append(' ').append(clusterId).append('/')
                .append(controllerId);
    }

    private static void broker(StringBuilder text, int nodeId, String host, int port, String rack) {
        text.append("\nbroker ").append(nodeId).append(' ').append(host).append(':').append(port).append(' ')
                .append(rack);
    }

    private static void topic(StringBuilder text, short errorCode, String name, String topicId, boolean internal) {
        text.append("\ntopic ").append(errorCode).append(' ').append(name).append(' ').append(topicId).append(' ')
                .append(internal);
    }

    private static void partition(StringBuilder text, short errorCode, int partition, int leaderId, int leaderEpoch,
            String replicas, String inSyncReplicas, String offlineReplicas) {
        text.append("\n  ").append(errorCode).append(' ').append(partition).append(' ').append(leaderId).append('/')
                .append(leaderEpoch).append(' ').append(replicas).append(inSyncReplicas).append(offlineReplicas);
    }

    private static void produced(StringBuilder text, String topic, int partition, short errorCode, long baseOffset,
            long logAppendTimeMs, long logStartOffset, String message, int leaderId, int leaderEpoch) {
        text.append("\n").append(topic).append('-').append(partition).append(' ').append(errorCode).append(' ')
                .append(baseOffset).append(' ').append(logAppendTimeMs).append(' ').append(logStartOffset).append(' ')
                .append(message).append(' ').append(leaderId).append('/').append(leaderEpoch);
    }

    private static void recordError(StringBuilder text, int batchIndex, String message) {
        text.append("\n  ").append(batchIndex).append(' ').append(message);
    }

    private static String bits(TopicId topicId) {
        return Long.toHexString(topicId.mostSignificantBits()) + "-" + Long.toHexString(topicId.leastSignificantBits());
    }

    private static String bits(Uuid topicId) {
        return Long.toHexString(topicId.getMostSignificantBits()) + "-"
                + Long.toHexString(topicId.getLeastSignificantBits());
    }

    /** Words that are made when somebody asks. */
    private record Lazy(java.util.function.Supplier<String> words) {
        @Override
        public String toString() {
            return words.get();
        }
    }
}
