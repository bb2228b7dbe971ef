package io.kp.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.metadata.Metadata;
import io.kp.metadata.Node;
import io.kp.network.ErrorCode;
import io.kp.network.FrameReader;
import io.kp.network.InitProducerIdRequest;
import io.kp.network.InitProducerIdResponse;
import io.kp.network.NetworkClient;
import io.kp.network.RequestFailure;
import io.kp.network.ResponseHandler;

/**
 * Gets the producer id that idempotence needs from any broker. I/O thread only. Source: KIP-98.
 */
final class ProducerIdentity {
    private static final Logger LOG = LoggerFactory.getLogger(ProducerIdentity.class);

    private static final int MAX_UNDER_WAY = 3;

    private final boolean wanted;
    private final Metadata metadata;
    private final NetworkClient network;
    private final Backoff backoff;
    private long producerId = PartitionState.NO_PRODUCER_ID;
    private short epoch = PartitionState.NO_EPOCH;
    private boolean renewing;
    /** Requests that have not ended. A broker that does not answer for a while gets company, and the first answer counts. */
    private int underWay;
    private long askedNs;
    private int failures;
    private long notBeforeNs;
    private boolean waiting;
    private Node asked;
    /** Rises with each answer that counts: those to requests before are nobody's. */
    private int answers;
    private KpException lastFailure;
    private KpException refusal;

    /**
     * @param wanted whether the producer is idempotent; if not, nothing is asked for and nothing is missing
     */
    ProducerIdentity(final boolean wanted, final Metadata metadata, final NetworkClient network,
            final Backoff backoff) {
        this.wanted = wanted;
        this.metadata = metadata;
        this.network = network;
        this.backoff = backoff;
    }

    boolean isWanted() {
        return wanted;
    }

    boolean isKnown() {
        return producerId != PartitionState.NO_PRODUCER_ID;
    }

    long producerId() {
        return producerId;
    }

    short epoch() {
        return epoch;
    }

    /** Why there is no producer id yet; {@code null} if no attempt has failed. */
    KpException lastFailure() {
        return lastFailure;
    }

    /** Why a broker has refused a producer id since the last call, for a reason that waiting does not cure; else {@code null}. */
    KpException takeRefusal() {
        final KpException taken = refusal;
        refusal = null;
        return taken;
    }

    void become(final long newProducerId, final short newEpoch) {
        producerId = newProducerId;
        epoch = newEpoch;
    }

    /** Asks for another id, from the next {@link #poll} on: epochs of this one are used up. Until then batches that are being drained keep it. */
    void renew() {
        renewing = true;
    }

    /** Whether {@link #poll} has another id to ask for. */
    boolean isRenewing() {
        return renewing;
    }

    /**
     * Sends the request if one is needed and a broker can take it.
     *
     * @return when to try again, in nanoseconds from now; {@link Long#MAX_VALUE} if an event will tell
     */
    long poll(final long nowNs) {
        if (renewing) {
            renewing = false;
            producerId = PartitionState.NO_PRODUCER_ID;
            epoch = PartitionState.NO_EPOCH;
        }
        if (!wanted || isKnown()) {
            return Long.MAX_VALUE;
        }
        if (underWay > 0) {
            final long leftNs = network.patienceNs() - (nowNs - askedNs);
            if (leftNs > 0) {
                return leftNs;
            }
            if (underWay == MAX_UNDER_WAY) {
                return Long.MAX_VALUE;
            }
        }
        if (waiting && notBeforeNs - nowNs > 0) {
            return notBeforeNs - nowNs;
        }
        waiting = false;
        final Node node = network.leastLoaded(metadata.cluster().nodes(), nowNs);
        if (node == null) {
            return backoff.initialNs();
        }
        if (underWay > 0 && node.equals(asked)) {
            return network.patienceNs();
        }
        if (!network.readyForControl(node, nowNs)) {
            return Math.min(network.controlDelayNs(node, nowNs), network.patienceNs());
        }
        underWay++;
        asked = node;
        askedNs = nowNs;
        network.sendControl(node, InitProducerIdRequest.idempotent(), new Ask(node, answers), nowNs);
        return network.patienceNs();
    }

    /** One request for an id. */
    private final class Ask implements ResponseHandler {
        private final Node node;
        private final int round;

        Ask(final Node node, final int round) {
            this.node = node;
            this.round = round;
        }

        @Override
        public void onResponse(final FrameReader body, final short version, final long nowNs) {
            final InitProducerIdResponse response = InitProducerIdResponse.decode(body);
            network.throttle(node.id(), body.apiKey(), version, response.throttleTimeMs(), nowNs);
            if (round == answers) {
                answered(response, node, nowNs);
            }
        }

        @Override
        public void onFailure(final RequestFailure failure, final long nowNs) {
            if (round == answers) {
                failed(failure, nowNs);
            }
        }
    }

    private void answered(final InitProducerIdResponse response, final Node broker, final long nowNs) {
        answers++;
        underWay = 0;
        final ErrorCode error = ErrorCode.forCode(response.errorCode());
        if (error == ErrorCode.NONE) {
            become(response.producerId(), response.producerEpoch());
            failures = 0;
            lastFailure = null;
            LOG.info("producer id {} epoch {}", producerId, epoch);
            return;
        }
        final KpException failure = new KpException(
                error.isRetriable() ? KpException.Category.RETRY_LATER : KpException.Category.FIX_CONFIGURATION,
                "no producer id, which enable.idempotence=true needs: " + ErrorCode.describe(response.errorCode())
                        + ", broker=" + broker);
        if (!error.isRetriable()) {
            refusal = failure;
        }
        tryLater(failure, nowNs);
    }

    private void failed(final RequestFailure failure, final long nowNs) {
        if (--underWay > 0) {
            return; // somebody else may still answer
        }
        final ConnectionException cause = ConnectionException.of(failure);
        if (failure.kind() == RequestFailure.Kind.UNSUPPORTED_VERSION) {
            refusal = cause;
        }
        tryLater(cause, nowNs);
    }

    private void tryLater(final KpException failure, final long nowNs) {
        lastFailure = failure;
        notBeforeNs = nowNs + backoff.afterNs(++failures);
        waiting = true;
        LOG.debug("no producer id yet, attempt {}", failures, failure);
    }
}
