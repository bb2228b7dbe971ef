package io.kp.bench;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.kp.client.ConnectionSetup;
import io.kp.metadata.Node;
import io.kp.network.ConnectionListener;
import io.kp.network.FrameReader;
import io.kp.network.NetworkClient;
import io.kp.network.Request;
import io.kp.network.RequestFailure;
import io.kp.network.ResponseHandler;

/** A producer's network client, driven step by step: connect to a node with all that a producer does for it, ask it one thing. Used by one thread. */
final class BrokerSession implements ConnectionListener, AutoCloseable {
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final NetworkClient client;
    private final Map<Integer, RequestFailure> failures = new HashMap<>();

    BrokerSession(final ConnectionSetup setup) {
        client = setup.openClient(this);
    }

    @Override
    public void onDisconnect(final RequestFailure failure, final boolean wasReady, final long nowNs) {
        failures.put(failure.nodeId(), failure);
    }

    /**
     * Connects and authenticates, once.
     *
     * @return {@code null} if requests can be sent now, else why not
     */
    String connect(final Node node, final long deadlineNs) {
        failures.remove(node.id());
        for (long nowNs = System.nanoTime(); nowNs - deadlineNs < 0; nowNs = System.nanoTime()) {
            if (client.ready(node, nowNs)) {
                return null;
            }
            final RequestFailure failure = failures.get(node.id());
            if (failure != null) {
                return failure.reason();
            }
            client.poll(Math.min(POLL_NS, deadlineNs - nowNs), nowNs);
        }
        return "no connection within the time allowed";
    }

    /**
     * Asks a node that is connected.
     *
     * @throws IOException if there is no answer, or one that cannot be read
     */
    <T> T ask(final Node node, final Request request, final long deadlineNs, final Function<FrameReader, T> decode)
            throws IOException {
        final Answer<T> answer = new Answer<>(decode);
        client.sendControl(node, request, answer, System.nanoTime());
        while (!answer.ended) {
            final long nowNs = System.nanoTime();
            if (nowNs - deadlineNs >= 0) {
                throw new IOException("no answer to " + request.apiKey().messageName() + " within the time allowed");
            }
            client.poll(Math.min(POLL_NS, deadlineNs - nowNs), nowNs);
        }
        if (answer.failure != null) {
            throw new IOException(answer.failure.reason(), answer.failure.cause());
        }
        return answer.value;
    }

    @Override
    public void close() {
        client.close();
    }

    private static final class Answer<T> implements ResponseHandler {
        private final Function<FrameReader, T> decode;
        private T value;
        private RequestFailure failure;
        private boolean ended;

        Answer(final Function<FrameReader, T> decode) {
            this.decode = decode;
        }

        @Override
        public void onResponse(final FrameReader body, final short version, final long nowNs) {
            value = decode.apply(body);
            ended = true;
        }

        @Override
        public void onFailure(final RequestFailure reason, final long nowNs) {
            failure = reason;
            ended = true;
        }
    }
}
