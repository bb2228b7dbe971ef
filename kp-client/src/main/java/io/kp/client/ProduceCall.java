package io.kp.client;

import java.util.ArrayList;
import java.util.List;

import io.kp.accumulator.Batch;
import io.kp.accumulator.BatchHandler;
import io.kp.metadata.Cluster;
import io.kp.metadata.LeaderHint;
import io.kp.metadata.Node;
import io.kp.metadata.TopicId;
import io.kp.metadata.TopicInfo;
import io.kp.metadata.TopicPartition;
import io.kp.network.ErrorCode;
import io.kp.network.FrameReader;
import io.kp.network.ProduceRequest;
import io.kp.network.ProduceResponse;
import io.kp.network.RequestFailure;
import io.kp.network.ResponseHandler;

/**
 * One produce request on its way and the batches in it. Reused when it has ended. I/O thread only.
 */
final class ProduceCall implements ResponseHandler {
    private final Sender sender;
    private final ProduceRequest request = new ProduceRequest();
    /** By the request's index; {@code null} once the batch's outcome is told. */
    private final ArrayList<Batch> batches = new ArrayList<>();
    private Node node;
    private long sentNs;
    private long writtenNs;
    private boolean written;

    ProduceCall(final Sender sender) {
        this.sender = sender;
    }

    /**
     * Starts a request.
     *
     * @return takes the batches; {@link #encode} comes when they are sealed
     */
    List<Batch> begin(final Node to, final short acks, final int timeoutMs) {
        node = to;
        written = false;
        batches.clear();
        request.begin(acks, timeoutMs, null);
        return batches;
    }

    void encode(final Cluster cluster, final long nowNs) {
        sentNs = nowNs;
        for (int i = 0; i < batches.size(); i++) {
            final Batch batch = batches.get(i);
            final TopicPartition partition = batch.topicPartition();
            final TopicInfo topic = cluster.topic(partition.topic());
            request.add(partition.topic(), topic == null ? TopicId.ZERO : topic.id(), partition.partition(),
                    BatchTrace.of(batch));
        }
    }

    /** Hands over the batches whose outcome is open; they stay in the request until it ends. */
    void abort(final BatchHandler handler) {
        for (int i = 0; i < batches.size(); i++) {
            final Batch batch = batches.get(i);
            if (batch != null) {
                handler.onBatch(batch, true);
            }
        }
    }

    /** Batches of the request that are not released. */
    int pending() {
        int count = 0;
        for (int i = 0; i < batches.size(); i++) {
            count += batches.get(i) == null ? 0 : 1;
        }
        return count;
    }

    /** The broker that the request goes to. */
    Node node() {
        return node;
    }

    /** A partition of the request that another broker leads now, or the same one at another address; {@code null} if there is none. */
    TopicPartition movedPartition(final Cluster cluster) {
        for (int i = 0; i < batches.size(); i++) {
            final Batch batch = batches.get(i);
            final Node leader = batch == null ? null : cluster.leaderOf(batch.topicPartition());
            if (leader != null && (leader.id() != node.id() || leader.port() != node.port()
                    || !leader.host().equals(node.host()))) {
                return batch.topicPartition();
            }
        }
        return null;
    }

    ProduceRequest request() {
        return request;
    }

    @Override
    public void onWritten(final long nowNs) {
        written = true;
        writtenNs = nowNs;
        for (int i = 0; i < batches.size(); i++) {
            final Batch batch = batches.get(i);
            if (batch != null) {
                sender.stats().written(batch, nowNs - sentNs, nowNs);
            }
        }
    }

    /** Before any outcome is told: what the answer says is not what took the time. */
    private void answered(final long nowNs) {
        for (int i = 0; i < batches.size(); i++) {
            final Batch batch = batches.get(i);
            if (batch != null) {
                final BatchTrace trace = BatchTrace.of(batch);
                trace.answered = true;
                trace.answeredNs = nowNs;
                sender.stats().answered(batch, written ? nowNs - writtenNs : 0, nowNs);
            }
        }
    }

    @Override
    public void onResponse(final FrameReader body, final short version, final long nowNs) {
        final Outcomes outcomes = sender.outcomes();
        answered(nowNs);
        if (body == null) {
            // acks=0: written is all that will ever be known.
            for (int i = 0; i < batches.size(); i++) {
                outcomes.acknowledged(batches.get(i), RecordMetadata.NO_OFFSET, RecordMetadata.NO_TIMESTAMP);
                done(i);
            }
            sender.ended(this);
            return;
        }
        final ProduceResponse response = sender.response().decode(body);
        sender.throttle(node, body, version, response.throttleTimeMs(), nowNs);
        sender.stats().requestAnswered(node, nowNs - sentNs, response.throttleTimeMs(), nowNs);
        applyLeaderHints(response);
        for (int i = 0; i < response.size(); i++) {
            final ProduceResponse.Partition answer = response.partition(i);
            final int index = answer.topic() != null
                    ? request.indexOf(answer.topic(), answer.partition())
                    : request.indexOf(answer.topicId(), answer.partition());
            if (index >= 0 && batches.get(index) != null) {
                outcomes.answered(batches.get(index), answer, nowNs);
                done(index);
            }
        }
        response.clear();
        for (int i = 0; i < batches.size(); i++) {
            if (batches.get(i) != null) {
                outcomes.unmentioned(batches.get(i), node, nowNs);
                done(i);
            }
        }
        sender.ended(this);
    }

    /** Brokers that no longer lead a partition may say who does (KIP-951): the retry then need not wait for the metadata. */
    private void applyLeaderHints(final ProduceResponse response) {
        List<LeaderHint> hints = null;
        for (int i = 0; i < response.size(); i++) {
            final ProduceResponse.Partition answer = response.partition(i);
            final int index = answer.currentLeaderId() < 0 || answer.errorCode() == ErrorCode.NONE.code()
                    ? -1
                    : answer.topic() != null
                            ? request.indexOf(answer.topic(), answer.partition())
                            : request.indexOf(answer.topicId(), answer.partition());
            if (index >= 0) {
                hints = hints == null ? new ArrayList<>() : hints;
                hints.add(new LeaderHint(request.topic(index), answer.partition(), answer.currentLeaderId(),
                        answer.currentLeaderEpoch()));
            }
        }
        if (hints != null) {
            final List<Node> endpoints = new ArrayList<>();
            for (final ProduceResponse.NodeEndpoint endpoint : response.nodeEndpoints()) {
                endpoints.add(new Node(endpoint.nodeId(), endpoint.host(), endpoint.port(), endpoint.rack()));
            }
            sender.leadersMoved(hints, endpoints);
        }
    }

    @Override
    public void onFailure(final RequestFailure failure, final long nowNs) {
        for (int i = 0; i < batches.size(); i++) {
            if (batches.get(i) != null) {
                sender.outcomes().unanswered(batches.get(i), failure, nowNs);
                done(i);
            }
        }
        sender.ended(this);
    }

    /** After the outcome is told and not before: if telling it fails halfway, the network calls {@link #onFailure}, which must find the batch. */
    private void done(final int index) {
        batches.set(index, null);
    }
}
