package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kp.metadata.Node;
import io.kp.network.FakeTransport.FakeChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Authentication of connections, step by step and without a machine. */
class SaslConnectionTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final FakeTransport transport = new FakeTransport();
    private final RecordingListener listener = new RecordingListener();
    private final List<Runnable> steps = new ArrayList<>();
    private final Node node = new Node(0, "b1", 9092);
    private SaslCredentials credentials = SaslCredentials.of("alice", "s3cret");
    private NetworkClient client = client(Runnable::run);

    private NetworkClient client(Executor executor) {
        return new NetworkClient(NetworkConfig.builder().clientId("c").sasl(Sasl.of(Sasl.plain(() -> credentials),
                executor)).build(), transport, host -> new InetAddress[]{InetAddress.getLoopbackAddress()},
                transport::nowNs, new Random(1), listener);
    }

    @Test
    void shouldAuthenticateBeforeItIsReady() {
        connect(0);
        assertEquals(List.of("ready 0"), listener.events);
        assertTrue(client.canSend(0, transport.nowNs));
        assertEquals(0, client.requestsSent());
    }

    @Test
    void shouldSayWhoWasRefusedByWhomAndWhy() {
        handshake();
        answer(authenticate(), new SaslAuthenticateResponseData().setErrorCode(Errors.SASL_AUTHENTICATION_FAILED.code())
                .setErrorMessage("invalid credentials"));
        RequestFailure failure = client.lastFailure(0);
        assertEquals(RequestFailure.Kind.AUTHENTICATION, failure.kind());
        assertTrue(failure.message().startsWith("authentication failed: mechanism=PLAIN, user=alice, "
                + "error=SASL_AUTHENTICATION_FAILED"), failure.message());
        assertTrue(failure.message().endsWith("brokerSays=\"invalid credentials\": node=0, address=b1:9092/127.0.0.1"),
                failure.message());
        assertFalse(failure.toString().contains("s3cret"), failure.toString());

        // Not at once again, and then with what the credentials are by then.
        assertTrue(client.readyDelayNs(node, transport.nowNs) > TimeUnit.MILLISECONDS.toNanos(700),
                "delay=" + client.readyDelayNs(node, transport.nowNs));
        assertFalse(client.ready(node, transport.nowNs));
        assertEquals(1, transport.channels.size());
        credentials = SaslCredentials.of("alice", "other");
        transport.nowNs += 2 * SECOND_NS;
        handshake();
        assertEquals("\0alice\0other", token(authenticated(0)));
        assertTrue(client.canSend(0, transport.nowNs));
    }

    /** A refusal could begin lines of its own in the log, or fill it. */
    @Test
    void shouldNotLetABrokerWriteLinesIntoTheLog() {
        handshake();
        answer(authenticate(), new SaslAuthenticateResponseData().setErrorCode(Errors.SASL_AUTHENTICATION_FAILED.code())
                .setErrorMessage("no\r\n2026-01-01 INFO all is well\u001b[2J\u2028\u202e" + "x".repeat(20_000)));
        String message = client.lastFailure(0).message();
        assertTrue(message.contains("brokerSays=\"no??2026-01-01 INFO all is well?[2J??xxx"), message);
        assertTrue(message.contains("... (20037 characters)\""), message);
        assertTrue(message.length() < 1_000, message);
    }

    /** Who is not authenticated yet could fill 100 MiB for each connection. */
    @Test
    void shouldBoundWhatAStrangerMaySend() {
        begin();
        channel().takeRequests();
        channel().send(ByteBuffer.allocate(4).putInt((1 << 20) + 1).array());
        poll();
        assertEquals("response larger than allowed: size=1048577, maxBeforeReady=1048576",
                client.lastFailure(0).reason());
    }

    @Test
    void shouldNameTheMechanismsThatTheBrokerOffers() {
        begin();
        answer(channel().takeRequests().get(0), new SaslHandshakeResponseData()
                .setErrorCode(Errors.UNSUPPORTED_SASL_MECHANISM.code())
                .setMechanisms(List.of("GSSAPI", "OAUTHBEARER")));
        assertTrue(client.lastFailure(0).reason().endsWith(
                "the broker does not offer this mechanism: offered=[GSSAPI, OAUTHBEARER]"),
                listener.failures::toString);
        assertEquals(RequestFailure.Kind.AUTHENTICATION, client.lastFailure(0).kind());
    }

    @Test
    void shouldSayThatTheListenerDoesNotUseSasl() {
        begin();
        answer(channel().takeRequests().get(0),
                new SaslHandshakeResponseData().setErrorCode(Errors.ILLEGAL_SASL_STATE.code()));
        assertTrue(client.lastFailure(0).reason().contains("the listener does not use SASL"),
                listener.failures::toString);
    }

    @Test
    void shouldBoundEachStepByTheSetUpTimeout() {
        for (int stall = 0; stall < 3; stall++) {
            client = client(stall == 1 ? steps::add : Runnable::run);
            begin();
            if (stall > 0) {
                answer(channel().takeRequests().get(0),
                        new SaslHandshakeResponseData().setMechanisms(List.of("PLAIN")));
            }
            for (int i = 0; i < 5 && client.state(0) != ConnectionState.DISCONNECTED; i++) {
                client.poll(Long.MAX_VALUE, transport.nowNs);
            }
            RequestFailure failure = client.lastFailure(0);
            assertEquals(RequestFailure.Kind.TIMED_OUT, failure.kind());
            assertTrue(failure.reason().contains(stall == 1
                    ? "this side's answer is not computed: mechanism=PLAIN, user=alice"
                    : "the broker did not answer"), failure.reason());
        }
        // Too late: nobody is there any more.
        steps.forEach(Runnable::run);
        client.poll(0, transport.nowNs);
        assertEquals(List.of(), listener.errors);
    }

    /** 85 % of a short session leave no time for what is in the sockets. */
    @Test
    void shouldAuthenticateAgainASecondBeforeTheEndOfAShortSession() {
        connect(2_000);
        transport.nowNs += 999_000_000L;
        assertTrue(client.canSend(0, transport.nowNs));
        transport.nowNs += 1_000_000L;
        assertFalse(client.canSend(0, transport.nowNs));
        assertFalse(client.ready(node, transport.nowNs));
        poll();
        ScriptedBroker.Received handshake = channel().takeRequests().get(0);
        answer(handshake, new SaslHandshakeResponseData().setMechanisms(List.of("PLAIN")));
        authenticated(500);
        transport.nowNs += 249_000_000L;
        assertTrue(client.canSend(0, transport.nowNs));
        transport.nowNs += 1_000_000L;
        assertFalse(client.canSend(0, transport.nowNs), "half of a session of less than two seconds");
    }

    @Test
    void shouldAuthenticateAgainBehindRequestsInFlightAndHoldBackOthers() {
        connect(10_000);
        RecordingHandler before = send(true);
        RecordingHandler without = send(false);
        poll();
        transport.nowNs += 9_600_000_000L; // more than 95 % of the session
        assertFalse(client.canSend(0, transport.nowNs));
        assertFalse(client.ready(node, transport.nowNs));
        poll();
        List<ScriptedBroker.Received> requests = channel().takeRequests();
        assertEquals(List.of(ApiKeys.METADATA, ApiKeys.PRODUCE, ApiKeys.SASL_HANDSHAKE),
                requests.stream().map(request -> request.header().apiKey()).toList());
        assertTrue(without.responded);
        assertFalse(client.canSend(0, transport.nowNs));

        answer(requests.get(0), new MetadataResponseData());
        assertTrue(before.responded);
        answer(requests.get(2), new SaslHandshakeResponseData().setMechanisms(List.of("PLAIN")));
        authenticated(10_000);
        assertTrue(client.ready(node, transport.nowNs));
        assertEquals(List.of("ready 0"), listener.events);

        // And again.
        transport.nowNs += 9_600_000_000L;
        assertFalse(client.ready(node, transport.nowNs));
        poll();
        assertEquals(ApiKeys.SASL_HANDSHAKE, channel().takeRequests().get(0).header().apiKey());
    }

    @Test
    void shouldCloseTheConnectionIfAuthenticatingAgainIsRefused() {
        connect(10_000);
        transport.nowNs += 9_600_000_000L;
        assertFalse(client.ready(node, transport.nowNs));
        poll();
        answer(channel().takeRequests().get(0), new SaslHandshakeResponseData().setMechanisms(List.of("PLAIN")));
        answer(authenticate(),
                new SaslAuthenticateResponseData().setErrorCode(Errors.SASL_AUTHENTICATION_FAILED.code()));
        assertEquals(RequestFailure.Kind.AUTHENTICATION, client.lastFailure(0).kind());
        assertEquals(List.of("ready 0", "lost 0"), listener.events);
    }

    @Test
    void shouldChooseAConnectionThatIsToAuthenticateAgain() {
        connect(10_000);
        transport.nowNs += 9_600_000_000L;
        assertEquals(node, client.leastLoaded(List.of(node), transport.nowNs));
    }

    @Test
    void shouldRetryWhenCredentialsCannotBeHadNow() {
        client = new NetworkClient(NetworkConfig.builder().sasl(Sasl.of(Sasl.oauthBearer(() -> {
            throw new IOException("no way to the identity provider");
        }), Runnable::run)).build(), transport, host -> new InetAddress[]{InetAddress.getLoopbackAddress()},
                transport::nowNs, new Random(1), listener);
        handshake();
        assertEquals(RequestFailure.Kind.DISCONNECTED, client.lastFailure(0).kind());
        assertTrue(client.lastFailure(0).reason().startsWith("credentials cannot be had now: no way to"),
                client.lastFailure(0).reason());
    }

    // ---- Help ---------------------------------------------------------------------------------------------------

    private FakeChannel channel() {
        return transport.last();
    }

    private void poll() {
        client.poll(0, transport.nowNs);
        client.poll(0, transport.nowNs);
    }

    /** Up to the handshake request. */
    private void begin() {
        transport.connectAtOnce = true;
        client.ready(node, transport.nowNs);
        poll();
        ApiVersionCollection ranges = ScriptedBroker.ranges();
        ranges.add(ScriptedBroker.range(ApiKeys.SASL_HANDSHAKE, 0, 1));
        ranges.add(ScriptedBroker.range(ApiKeys.SASL_AUTHENTICATE, 0, 2));
        channel().respond(channel().takeRequests().get(0), new ApiVersionsResponseData().setApiKeys(ranges));
        poll();
    }

    private void handshake() {
        begin();
        assertEquals(ConnectionState.AUTHENTICATING, client.state(0));
        ScriptedBroker.Received request = channel().takeRequests().get(0);
        assertEquals(1, request.header().apiVersion());
        assertTrue(List.of("PLAIN", "OAUTHBEARER").contains(
                new SaslHandshakeRequestData(new ByteBufferAccessor(request.body()), (short) 1).mechanism()));
        answer(request, new SaslHandshakeResponseData().setMechanisms(List.of("PLAIN")));
    }

    private ScriptedBroker.Received authenticate() {
        ScriptedBroker.Received request = channel().takeRequests().get(0);
        assertEquals(ApiKeys.SASL_AUTHENTICATE, request.header().apiKey());
        return request;
    }

    private ScriptedBroker.Received authenticated(long sessionLifetimeMs) {
        ScriptedBroker.Received request = authenticate();
        ByteBuffer body = request.body().duplicate();
        answer(request, new SaslAuthenticateResponseData().setSessionLifetimeMs(sessionLifetimeMs));
        return new ScriptedBroker.Received(request.header(), body);
    }

    private static String token(ScriptedBroker.Received request) {
        return new String(new SaslAuthenticateRequestData(new ByteBufferAccessor(request.body()),
                request.header().apiVersion()).authBytes(), StandardCharsets.UTF_8);
    }

    private void connect(long sessionLifetimeMs) {
        handshake();
        assertEquals("\0alice\0s3cret", token(authenticated(sessionLifetimeMs)));
    }

    private void answer(ScriptedBroker.Received request, ApiMessage body) {
        channel().respond(request, body);
        poll();
    }

    private RecordingHandler send(boolean expectsResponse) {
        RecordingHandler handler = new RecordingHandler();
        client.send(node, new TestRequest(expectsResponse ? ApiKey.METADATA : ApiKey.PRODUCE, expectsResponse), handler,
                transport.nowNs);
        return handler;
    }
}
