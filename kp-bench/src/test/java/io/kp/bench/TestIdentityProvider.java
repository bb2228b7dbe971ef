package io.kp.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A token endpoint on the loopback address that gives a token to everybody who asks. */
final class TestIdentityProvider implements AutoCloseable {
    final AtomicInteger asked = new AtomicInteger();
    private final ServerSocket server;
    private final Supplier<String> tokens;
    private final int lifeSeconds;

    TestIdentityProvider(final Supplier<String> tokens, final int lifeSeconds) throws IOException {
        this.tokens = tokens;
        this.lifeSeconds = lifeSeconds;
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        final Thread thread = new Thread(this::serve, "identity-provider");
        thread.setDaemon(true);
        thread.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/token";
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                final BufferedReader in = new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                int length = 0;
                for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                    if (line.toLowerCase().startsWith("content-length: ")) {
                        length = Integer.parseInt(line.substring("content-length: ".length()));
                    }
                }
                in.skip(length);
                asked.incrementAndGet();
                final String body = "{\"access_token\":\"" + tokens.get()
                        + "\",\"token_type\":\"Bearer\",\"expires_in\":"
                        + lifeSeconds + '}';
                socket.getOutputStream()
                        .write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                                + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
            } catch (final IOException e) {
                continue; // closed, or a client that went away
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
