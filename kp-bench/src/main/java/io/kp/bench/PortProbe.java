package io.kp.bench;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

import io.kp.network.ApiKey;
import io.kp.network.ApiVersionsRequest;
import io.kp.network.FrameWriter;

/**
 * Finds out what speaks at a port, by saying hello in three languages, on a connection each: Kafka's, TLS, HTTP. It trusts any certificate, as it only looks: whether the
 * producer would is asked of the producer's own code, and nothing but the hello is ever sent here.
 */
final class PortProbe {
    private static final int CORRELATION_ID = 0x6b70;
    private static final int TLS_ALERT = 0x15;
    private static final int TLS_HANDSHAKE = 0x16;
    private static final int TLS_MAJOR = 3;
    private static final int HEAD_BYTES = 32;
    private static final int SIZE_BYTES = 4;

    /** A language. */
    enum Speaks {
        KAFKA, TLS, HTTP, OTHER, CLOSED, SILENT
    }

    /**
     * What was seen.
     *
     * @param speaks    what the port speaks
     * @param detail    the first bytes, or what ended the connection; {@code null} if there is nothing to tell
     * @param handshake what TLS came to; {@code null} where no handshake was possible
     */
    record Look(Speaks speaks, String detail, Handshake handshake) {
    }

    /**
     * A TLS handshake that took any certificate.
     *
     * @param protocol         the version agreed on
     * @param cipher           the cipher suite agreed on
     * @param chain            the broker's certificates
     * @param certificateAsked whether the broker asked for a client certificate
     * @param failure          why it did not end; {@code null} if it did
     */
    record Handshake(String protocol, String cipher, List<X509Certificate> chain, boolean certificateAsked,
            String failure) {
    }

    private final String host;
    private final InetSocketAddress address;
    private final int timeoutMs;

    /**
     * Creates a probe.
     *
     * @param host      the name that was asked for
     * @param address   where it was found
     * @param port      the port
     * @param timeoutMs longest wait for one answer
     */
    PortProbe(final String host, final InetAddress address, final int port, final int timeoutMs) {
        this.host = host;
        this.address = new InetSocketAddress(address, port);
        this.timeoutMs = timeoutMs;
    }

    /**
     * Looks.
     *
     * @param tlsExpected whether to begin with TLS
     * @return what speaks there
     */
    Look look(final boolean tlsExpected) {
        final Handshake first = tlsExpected ? handshake() : null;
        if (first != null) {
            return new Look(Speaks.TLS, null, first);
        }
        final Look plain = plain(hello());
        if (plain.speaks() != Speaks.CLOSED && plain.speaks() != Speaks.SILENT && plain.speaks() != Speaks.TLS) {
            return plain;
        }
        final Handshake handshake = tlsExpected ? null : handshake();
        if (handshake != null) {
            return new Look(Speaks.TLS, null, handshake);
        }
        if (plain.speaks() == Speaks.TLS) {
            return plain;
        }
        final Look http = plain("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return http.speaks() == Speaks.HTTP || http.speaks() == Speaks.OTHER ? http : plain;
    }

    private static byte[] hello() {
        final FrameWriter out = new FrameWriter(256);
        out.begin(ApiKey.API_VERSIONS, (short) 0);
        out.i16(ApiKey.API_VERSIONS.id());
        out.i16((short) 0);
        out.i32(CORRELATION_ID);
        out.string("kp-doctor");
        new ApiVersionsRequest("kp", "0").encodeBody(out, (short) 0);
        final ByteBuffer frame = out.finish().toBuffer();
        final byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    private Look plain(final byte[] greeting) {
        try (Socket socket = open()) {
            final DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.write(greeting);
            out.flush();
            final byte[] head = new byte[HEAD_BYTES];
            final InputStream in = socket.getInputStream();
            final int count = in.readNBytes(head, 0, 2 * SIZE_BYTES);
            if (count == 0) {
                return new Look(Speaks.CLOSED, "the connection was closed without a word", null);
            }
            final int more = in.available() > 0 ? Math.max(0, in.read(head, count, HEAD_BYTES - count)) : 0;
            return classify(head, count + more);
        } catch (final SocketTimeoutException e) {
            return new Look(Speaks.SILENT, "no answer within " + timeoutMs + " ms", null);
        } catch (final IOException e) {
            return new Look(Speaks.CLOSED, "the connection ended: " + e.getMessage(), null);
        }
    }

    private static Look classify(final byte[] head, final int count) {
        if (count >= 2 && (head[0] == TLS_ALERT || head[0] == TLS_HANDSHAKE) && head[1] == TLS_MAJOR) {
            return new Look(Speaks.TLS, null, null);
        }
        final String text = new String(head, 0, count, StandardCharsets.ISO_8859_1);
        if (text.startsWith("HTTP/")) {
            return new Look(Speaks.HTTP, printable(text), null);
        }
        if (count >= 2 * SIZE_BYTES && ByteBuffer.wrap(head).getInt(SIZE_BYTES) == CORRELATION_ID) {
            return new Look(Speaks.KAFKA, null, null);
        }
        return new Look(Speaks.OTHER, "it said \"" + printable(text) + '"', null);
    }

    private static String printable(final String text) {
        return text.replaceAll("[\r\n].*", "").replaceAll("[^ -~]", ".");
    }

    private Socket open() throws IOException {
        final Socket socket = new Socket();
        try {
            socket.connect(address, timeoutMs);
            socket.setSoTimeout(timeoutMs);
            return socket;
        } catch (final IOException e) {
            socket.close();
            throw e;
        }
    }

    /** A handshake that trusts everybody; {@code null} if the port does not speak TLS. */
    private Handshake handshake() {
        final Asked asked = new Asked();
        final Seen seen = new Seen();
        try (Socket plain = open()) {
            final SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[]{asked}, new TrustManager[]{seen}, new SecureRandom());
            // The name goes into SNI: servers of many names choose their certificate by it.
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host,
                    address.getPort(), true)) {
                socket.startHandshake();
                final List<X509Certificate> chain = new ArrayList<>();
                for (final Certificate certificate : socket.getSession().getPeerCertificates()) {
                    chain.add((X509Certificate) certificate);
                }
                return new Handshake(socket.getSession().getProtocol(), socket.getSession().getCipherSuite(), chain,
                        asked.asked, null);
            }
        } catch (final SSLException e) {
            final String message = String.valueOf(e.getMessage());
            // Only who speaks TLS sends alerts or certificates.
            return message.contains("fatal alert") || !seen.chain.isEmpty()
                    ? new Handshake(null, null, seen.chain, asked.asked, message)
                    : null;
        } catch (final IOException e) {
            return seen.chain.isEmpty() ? null : new Handshake(null, null, seen.chain, asked.asked, e.getMessage());
        } catch (final GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Has no certificate, and remembers that it was asked for one. */
    private static final class Asked extends X509ExtendedKeyManager {
        private boolean asked;

        @Override
        public String chooseClientAlias(final String[] keyTypes, final Principal[] issuers, final Socket socket) {
            asked = true;
            return null;
        }

        @Override
        public String chooseEngineClientAlias(final String[] keyTypes, final Principal[] issuers,
                final SSLEngine engine) {
            asked = true;
            return null;
        }

        @Override
        public String[] getClientAliases(final String keyType, final Principal[] issuers) {
            return null;
        }

        @Override
        public String[] getServerAliases(final String keyType, final Principal[] issuers) {
            return null;
        }

        @Override
        public String chooseServerAlias(final String keyType, final Principal[] issuers, final Socket socket) {
            return null;
        }

        @Override
        public X509Certificate[] getCertificateChain(final String alias) {
            return null;
        }

        @Override
        public PrivateKey getPrivateKey(final String alias) {
            return null;
        }
    }

    /** Takes any certificate, and remembers it. */
    private static final class Seen extends X509ExtendedTrustManager {
        private List<X509Certificate> chain = List.of();

        @Override
        public void checkServerTrusted(final X509Certificate[] certificates, final String authType) {
            chain = List.of(certificates);
        }

        @Override
        public void checkServerTrusted(final X509Certificate[] certificates, final String authType,
                final Socket socket) {
            chain = List.of(certificates);
        }

        @Override
        public void checkServerTrusted(final X509Certificate[] certificates, final String authType,
                final SSLEngine engine) {
            chain = List.of(certificates);
        }

        @Override
        public void checkClientTrusted(final X509Certificate[] certificates, final String authType) {
            throw new IllegalStateException("never a server");
        }

        @Override
        public void checkClientTrusted(final X509Certificate[] certificates, final String authType,
                final Socket socket) {
            throw new IllegalStateException("never a server");
        }

        @Override
        public void checkClientTrusted(final X509Certificate[] certificates, final String authType,
                final SSLEngine engine) {
            throw new IllegalStateException("never a server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
