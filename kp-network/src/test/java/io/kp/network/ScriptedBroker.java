package io.kp.network;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.RequestHeader;

/** A server on the loopback interface that does with each connection what a test's script says. Kafka's classes are its codec. */
final class ScriptedBroker implements Closeable {

    /** What the server does with one connection; at its end the connection is closed. */
    interface Script {
        void serve(Peer peer) throws Exception;
    }

    private final ServerSocket server;
    private final Script script;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Socket> sockets = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    final AtomicInteger connections = new AtomicInteger();
    private volatile boolean closed;

    ScriptedBroker(Script script) throws IOException {
        this(0, script);
    }

    ScriptedBroker(int receiveBufferBytes, Script script) throws IOException {
        this(new ServerSocket(), receiveBufferBytes, script);
    }

    ScriptedBroker(ServerSocket server, int receiveBufferBytes, Script script) throws IOException {
        this.script = script;
        this.server = server;
        if (receiveBufferBytes > 0) {
            server.setReceiveBufferSize(receiveBufferBytes);
        }
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void start(Runnable task) {
        Thread thread = new Thread(task, "scripted-broker");
        thread.setDaemon(true);
        synchronized (threads) {
            threads.add(thread);
        }
        thread.start();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                synchronized (threads) {
                    sockets.add(socket);
                }
                connections.incrementAndGet();
                start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            script.serve(new Peer(socket));
        } catch (IOException e) {
            // The client has closed the connection: for it to check, where it matters.
            return;
        } catch (Throwable e) {
            if (!closed) {
                failure.compareAndSet(null, e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        server.close();
        List<Thread> all;
        synchronized (threads) {
            for (Socket socket : sockets) {
                socket.close();
            }
            all = List.copyOf(threads);
        }
        for (Thread thread : all) {
            thread.interrupt();
            try {
                thread.join(5_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (failure.get() != null) {
            throw new AssertionError("the broker's script failed", failure.get());
        }
    }

    /** A request as the server received it. */
    record Received(RequestHeader header, ByteBuffer body) {
    }

    /** The server's side of one connection. */
    static final class Peer {
        final Socket socket;
        private final DataInputStream in;
        private final OutputStream out;

        Peer(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new DataInputStream(socket.getInputStream());
            this.out = socket.getOutputStream();
        }

        Received receive() throws IOException {
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            ByteBuffer buffer = ByteBuffer.wrap(frame);
            return new Received(RequestHeader.parse(buffer), buffer);
        }

        /** Waits until the client has closed the connection. */
        void awaitClose() throws IOException {
            try {
                while (in.read() >= 0) {
                    continue;
                }
            } catch (EOFException e) {
                return;
            }
        }

        void send(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
        }

        void respond(Received request, ApiMessage body) throws IOException {
            send(frame(request.header(), body));
        }

        /** Answers ApiVersions as a broker of Kafka 4.3 would, to the APIs of this client. */
        void negotiate() throws IOException {
            negotiate(ranges());
        }

        void negotiate(ApiVersionCollection ranges) throws IOException {
            Received request = receive();
            if (request.header().apiKey() != ApiKeys.API_VERSIONS) {
                throw new AssertionError("first request must be ApiVersions: " + request.header());
            }
            respond(request, new ApiVersionsResponseData().setApiKeys(ranges));
        }
    }

    static ApiVersionCollection ranges() {
        ApiVersionCollection ranges = new ApiVersionCollection();
        ranges.add(range(ApiKeys.PRODUCE, 0, 13));
        ranges.add(range(ApiKeys.METADATA, 0, 13));
        ranges.add(range(ApiKeys.API_VERSIONS, 0, 4));
        ranges.add(range(ApiKeys.INIT_PRODUCER_ID, 0, 5));
        // One that this client does not know.
        ranges.add(new ApiVersion().setApiKey((short) 999).setMinVersion((short) 0).setMaxVersion((short) 7));
        return ranges;
    }

    static ApiVersion range(ApiKeys api, int min, int max) {
        return new ApiVersion().setApiKey(api.id).setMinVersion((short) min).setMaxVersion((short) max);
    }

    static byte[] frame(RequestHeader request, ApiMessage body) {
        return frame(request, body, request.apiVersion());
    }

    static byte[] frame(RequestHeader request, ApiMessage body, short version) {
        ByteBuffer header = MessageUtil.toByteBufferAccessor(request.toResponseHeader().data(),
                request.toResponseHeader().headerVersion()).buffer();
        ByteBuffer message = MessageUtil.toByteBufferAccessor(body, version).buffer();
        ByteBuffer frame = ByteBuffer.allocate(4 + header.remaining() + message.remaining());
        frame.putInt(header.remaining() + message.remaining()).put(header).put(message);
        return frame.array();
    }
}
