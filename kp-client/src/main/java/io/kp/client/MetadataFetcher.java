package io.kp.client;

import java.util.ArrayList;
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
 *
 * <p>A broker that is frozen, or cut off without a word, would hold a request until its timeout, and with it all that waits for metadata. So one that does
 * not answer for a while ({@link NetworkClient#patienceNs}) gets company: the same question goes to another broker, and the first answer counts. If all
 * brokers keep produce requests waiting (which happens when a replica is dead and its leaders wait for it; and a broker answers in order), it goes over
 * connections to the bootstrap addresses, on which there is nothing else.
 */
final class MetadataFetcher {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataFetcher.class);

    private final Metadata metadata;
    private final NetworkClient network;
    private final Backoff backoff;
    private final ProducerStats stats;
    /** At most so many brokers are asked the same. */
    private static final int MAX_ASKED = 3;

    private MetadataRequestPlan plan;
    /** Requests for the plan that have not ended, and all that were made for it. */
    private int pending;
    private final List<Node> asked = new ArrayList<>(MAX_ASKED);
    private long askedNs;
    /** The node whose connection an update waits for; {@code null} if none does. */
    private Node awaited;
    private ConnectionState awaitedState;
    private RequestFailure connectionFailure;
    /** The last failure of a connection since metadata was fetched. */
    private RequestFailure lastFailure;

    MetadataFetcher(final Metadata metadata, final NetworkClient network, final Backoff backoff,
            final ProducerStats stats) {
        this.metadata = metadata;
        this.network = network;
        this.backoff = backoff;
        this.stats = stats;
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
        if (plan != null) {
            return pollAsked(nowNs);
        }
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
        Node node = network.leastLoaded(metadata.cluster().nodes(), nowNs);
        if (node == null) {
            if (!metadata.cluster().isBootstrap() && !anyReady() && metadata.rebootstrap()) {
                LOG.warn("no broker of the last metadata can be reached, starting again from bootstrap.servers");
                return 0;
            }
            return backoff.initialNs();
        }
        if (isSilent(node, nowNs)) {
            final Node beside = network.leastLoaded(metadata.bootstrapNodes(), nowNs);
            node = beside == null ? node : beside;
        }
        if (!network.readyForControl(node, nowNs)) {
            final ConnectionState state = network.state(node.id());
            if (awaited != node || awaitedState != state) {
                final RequestFailure last = network.lastFailure(node.id());
                metadata.updateDelayed(
                        last == null ? ConnectionException.awaited(node, state) : ConnectionException.of(last));
                awaitedState = state;
            }
            awaited = node;
            // One that takes long to connect to may not be the best one by then.
            return Math.min(network.controlDelayNs(node, nowNs), network.patienceNs());
        }
        awaited = null;
        plan = metadata.beginUpdate(nowNs);
        asked.clear();
        ask(node, nowNs);
        return network.patienceNs();
    }

    /** A request is under way: asks somebody else too if that takes long. */
    private long pollAsked(final long nowNs) {
        final long leftNs = network.patienceNs() - (nowNs - askedNs);
        if (leftNs > 0) {
            return leftNs;
        }
        if (asked.size() == MAX_ASKED) {
            return Long.MAX_VALUE;
        }
        Node node = network.leastLoaded(metadata.cluster().nodes(), nowNs);
        if (node == null || asked.contains(node) || isSilent(node, nowNs)) {
            node = network.leastLoaded(metadata.bootstrapNodes(), nowNs);
        }
        if (node == null || asked.contains(node)) {
            return network.patienceNs();
        }
        if (!network.readyForControl(node, nowNs)) {
            return Math.min(network.controlDelayNs(node, nowNs), network.patienceNs());
        }
        ask(node, nowNs);
        return network.patienceNs();
    }

    private boolean isSilent(final Node node, final long nowNs) {
        return network.silentNs(node.id(), nowNs) >= network.patienceNs();
    }

    private void ask(final Node node, final long nowNs) {
        LOG.debug("asking {} for metadata: {}", node, plan);
        asked.add(node);
        askedNs = nowNs;
        pending++;
        network.sendControl(node, MetadataRequest.topics(plan.topics(), true), new Ask(plan, node), nowNs);
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

    /** One broker's part in answering a plan. */
    private final class Ask implements ResponseHandler {
        private final MetadataRequestPlan asks;
        private final Node node;

        Ask(final MetadataRequestPlan asks, final Node node) {
            this.asks = asks;
            this.node = node;
        }

        @Override
        public void onResponse(final FrameReader body, final short version, final long nowNs) {
            final MetadataResponse response = MetadataResponse.decode(body);
            network.throttle(node.id(), body.apiKey(), version, response.throttleTimeMs(), nowNs);
            if (asks != plan) {
                return; // another one was faster
            }
            final ErrorCode error = ErrorCode.forCode(response.errorCode());
            // May throw; the plan is then still there for onFailure, else the metadata would wait for its outcome for ever.
            final ClusterUpdate update = error == ErrorCode.NONE ? response.toClusterUpdate() : null;
            end();
            stats.metadata(error == ErrorCode.NONE, nowNs - askedNs,
                    error == ErrorCode.NONE ? asks.toString() : error.name(), nowNs);
            if (error != ErrorCode.NONE) {
                metadata.failUpdate(asks, new KpException(KpException.Category.RETRY_LATER,
                        "metadata refused: " + ErrorCode.describe(response.errorCode()) + ", broker=" + node), nowNs);
                if (error == ErrorCode.REBOOTSTRAP_REQUIRED) {
                    rebootstrap(nowNs);
                }
                return;
            }
            metadata.completeUpdate(asks, update, nowNs);
            lastFailure = null;
        }

        @Override
        public void onFailure(final RequestFailure failure, final long nowNs) {
            if (asks != plan || --pending > 0) {
                return; // answered, or somebody else may still answer
            }
            end();
            final ConnectionException cause = ConnectionException.of(failure);
            stats.metadata(false, nowNs - askedNs, failure.message(), nowNs);
            metadata.failUpdate(asks, cause, nowNs);
            if (failure.kind() == RequestFailure.Kind.UNSUPPORTED_VERSION
                    || failure.kind() == RequestFailure.Kind.AUTHENTICATION) {
                metadata.fatal(cause);
            }
            rebootstrapIfDue(nowNs);
        }
    }

    private void end() {
        plan = null;
        pending = 0;
    }
}
