package io.kp.network;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A server of TLS sockets that knows the plain socket below each, whose end is not an end of TLS. */
final class LayeredServer extends ServerSocket {
    private static final Map<Socket, Socket> BELOW = new ConcurrentHashMap<>();

    private final SSLContext context;
    private final Consumer<SSLSocket> settings;

    LayeredServer(SSLContext context, Consumer<SSLSocket> settings) throws IOException {
        this.context = context;
        this.settings = settings;
    }

    static Socket below(Socket socket) {
        return BELOW.get(socket);
    }

    @Override
    public Socket accept() throws IOException {
        Socket plain = super.accept();
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "client", 0, true);
        socket.setUseClientMode(false);
        settings.accept(socket);
        BELOW.put(socket, plain);
        return socket;
    }
}
