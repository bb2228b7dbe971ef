package io.kp.client;

import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.metadata.ClusterUpdate;
import io.kp.metadata.Metadata;
import io.kp.metadata.MetadataRequestPlan;
import io.kp.metadata.Node;
import io.kp.network.ConnectionState;
import io.kp.network.ErrorCode;
import io.kp.network.FrameReader;
import io.kp.network.MetadataRequest;
import io.kp.network.MetadataResponse;
import io.kp.network.NetworkClient;
import io.kp.network.RequestFailure;
import io.kp.network.ResponseHandler;

/**
 * Fetches what the metadata says is to be fetched, from the least loaded broker. I/O thread only.
 */
final class MetadataFetcher implements ResponseHandler {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataFetcher.class);

    private final Metadata metadata;
    private final NetworkClient network;
    private final Backoff backoff;
    private MetadataRequestPlan plan;
    private Node asked;
    /** The node whose connection an update waits for; {@code null} if none does. */
    private Node awaited;
    private ConnectionState awaitedState;
    private RequestFailure connectionFailure;
    /** The last failure of a connection since metadata was fetched. */
    private RequestFailure lastFailure;

    MetadataFetcher(final Metadata metadata, final NetworkClient network, final Backoff backoff) {
        this.metadata = metadata;
        this.network = network;
        this.backoff = backoff;
    }

    /** A connection could not be made or ended: leaders may have moved, whether or not a request was on it; if an update waits for it, that is why it does. */
    void onDisconnect(final RequestFailure failure) {
        if (failure.kind() != RequestFailure.Kind.CLOSED) {
            lastFailure = failure;
            metadata.requestUpdate("connection lost: " + failure.message());
        }
        if (failure.kind() == RequestFailure.Kind.AUTHENTICATION) {
            metadata.fatal(ConnectionException.of(failure)); // waiting would not help who waits
        }
        if (awaited != null && awaited.id() == failure.nodeId()) {
            connectionFailure = failure;
            awaited = null;
        }
    }

    /** What may keep metadata, and so the leaders of partitions, from being known; {@code null} if nothing is in its way. */
    RequestFailure lastFailure() {
        return lastFailure;
    }

    /**
     * Sends a request if one is due and a broker can take it.
     *
     * @return when to try again, in nanoseconds from now; {@link Long#MAX_VALUE} if an event will tell
     */
    long poll(final long nowNs) {
        final RequestFailure failure = connectionFailure;
        connectionFailure = null;
        final long delayNs = metadata.timeToNextUpdateNs(nowNs);
        if (delayNs > 0) {
            return delayNs;
        }
        if (failure != null) {
            // The update that is due has failed before it could begin: waiting callers are to learn why.
            metadata.failUpdate(metadata.beginUpdate(nowNs), ConnectionException.of(failure), nowNs);
            rebootstrapIfDue(nowNs);
            return Math.max(0, metadata.timeToNextUpdateNs(nowNs));
        }
        final Node node = network.leastLoaded(metadata.cluster().nodes(), nowNs);
        if (node == null) {
            if (!metadata.cluster().isBootstrap() && !anyReady() && metadata.rebootstrap()) {
                LOG.warn("no broker of the last metadata can be reached, starting again from bootstrap.servers");
                return 0;
            }
            return backoff.initialNs();
        }
        if (!network.ready(node, nowNs)) {
            final ConnectionState state = network.state(node.id());
            if (awaited != node || awaitedState != state) {
                metadata.updateDelayed(ConnectionException.awaited(node, state));
                awaitedState = state;
            }
            awaited = node;
            return network.readyDelayNs(node, nowNs);
        }
        awaited = null;
        plan = metadata.beginUpdate(nowNs);
        asked = node;
        LOG.debug("asking {} for metadata: {}", node, plan);
        network.send(node, MetadataRequest.topics(plan.topics(), true), this, nowNs);
        return Long.MAX_VALUE;
    }

    private boolean anyReady() {
        for (final Node node : metadata.cluster().nodes()) {
            if (network.state(node.id()) == ConnectionState.READY) {
                return true;
            }
        }
        return false;
    }

    private void rebootstrapIfDue(final long nowNs) {
        if (metadata.rebootstrapDue(nowNs)) {
            LOG.warn(
                    "no metadata for longer than metadata.recovery.rebootstrap.trigger.ms, starting again from bootstrap.servers");
            rebootstrap(nowNs);
        }
    }

    private void rebootstrap(final long nowNs) {
        final List<Node> nodes = metadata.cluster().nodes();
        if (metadata.rebootstrap()) {
            for (final Node node : nodes) {
                network.disconnect(node.id());
            }
        }
    }

    @Override
    public void onResponse(final FrameReader body, final short version, final long nowNs) {
        final MetadataResponse response = MetadataResponse.decode(body);
        network.throttle(asked.id(), body.apiKey(), version, response.throttleTimeMs(), nowNs);
        final ErrorCode error = ErrorCode.forCode(response.errorCode());
        // May throw; the plan is then still there for onFailure, else the metadata would wait for its outcome for ever.
        final ClusterUpdate update = error == ErrorCode.NONE ? response.toClusterUpdate() : null;
        final MetadataRequestPlan answered = plan;
        plan = null;
        if (error != ErrorCode.NONE) {
            metadata.failUpdate(answered, new KpException(KpException.Category.RETRY_LATER,
                    "metadata refused: " + ErrorCode.describe(response.errorCode()) + ", broker=" + asked), nowNs);
            if (error == ErrorCode.REBOOTSTRAP_REQUIRED) {
                rebootstrap(nowNs);
            }
            return;
        }
        metadata.completeUpdate(answered, update, nowNs);
        lastFailure = null;
    }

    @Override
    public void onFailure(final RequestFailure failure, final long nowNs) {
        final MetadataRequestPlan unanswered = plan;
        if (unanswered == null) {
            return;
        }
        plan = null;
        final ConnectionException cause = ConnectionException.of(failure);
        metadata.failUpdate(unanswered, cause, nowNs);
        if (failure.kind() == RequestFailure.Kind.UNSUPPORTED_VERSION
                || failure.kind() == RequestFailure.Kind.AUTHENTICATION) {
            metadata.fatal(cause);
        }
        rebootstrapIfDue(nowNs);
    }
}
