package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The transport over real sockets on the loopback interface. */
class NioTransportTest {
    private static final long LONG_NS = TimeUnit.SECONDS.toNanos(20);

    private final NioTransport transport = NioTransport.open();
    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void closeAll() throws IOException {
        transport.close();
        server.close();
    }

    @Test
    void shouldReportReadinessUntilItIsUsed() throws Exception {
        TransportChannel channel = connect("mine");
        try (Socket peer = server.accept()) {
            assertSame("mine", channel.attachment());
            assertEquals(server.getLocalPort(), channel.remoteAddress().getPort());
            assertEquals(peer.getPort(), channel.localAddress().getPort());
            peer.getOutputStream().write(7);
            for (int i = 0; i < 3; i++) {
                assertEquals(Transport.OP_READ, select(channel));
            }
            ByteBuffer buffer = ByteBuffer.allocateDirect(10);
            assertEquals(1, channel.read(buffer));
            assertEquals(0, channel.read(buffer));

            channel.writeInterest(true);
            assertEquals(Transport.OP_WRITE, select(channel));
            channel.writeInterest(false);
            assertEquals(0, transport.select(0, (ready, ops) -> {
            }));
            ByteBuffer[] buffers = {null, ByteBuffer.wrap(new byte[]{1, 2}), ByteBuffer.wrap(new byte[]{3}), null};
            assertEquals(3, channel.write(buffers, 1, 2));
            assertEquals(1, peer.getInputStream().read());
        }
        assertEquals(Transport.OP_READ, select(channel));
        // The peer closed with two bytes unread, which is an end or a reset.
        try {
            assertEquals(-1, channel.read(ByteBuffer.allocate(1)));
        } catch (IOException reset) {
            assertTrue(reset.getMessage().contains("reset"), reset::toString);
        }
    }

    @Test
    void shouldReportRefusedConnect() throws Exception {
        int port = server.getLocalPort();
        server.close();
        List<IOException> failures = new ArrayList<>();
        try {
            TransportChannel channel = transport.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    NetworkConfig.SYSTEM_DEFAULT, NetworkConfig.SYSTEM_DEFAULT, null);
            transport.select(LONG_NS, (ready, ops) -> {
                assertSame(channel, ready);
                assertEquals(Transport.OP_CONNECT, ops);
                failures.add(assertThrows(IOException.class, channel::finishConnect));
            });
        } catch (IOException atOnce) {
            failures.add(atOnce);
        }
        assertEquals("Connection refused", failures.get(0).getMessage());
    }

    @Test
    void shouldReportNothingOfChannelClosedInTheSameSelect() throws Exception {
        TransportChannel first = connect(1);
        TransportChannel second = connect(2);
        try (Socket one = server.accept(); Socket two = server.accept()) {
            one.getOutputStream().write(1);
            two.getOutputStream().write(2);
            awaitBoth();
            List<Object> seen = new ArrayList<>();
            transport.select(0, (ready, ops) -> {
                seen.add(ready.attachment());
                first.close();
                second.close();
                first.writeInterest(true);
            });

            assertEquals(1, seen.size(), seen::toString);
            assertEquals(0, transport.select(0, (ready, ops) -> seen.add(ready)));
            assertFalse(first.isConnected());
            assertThrows(ClosedChannelException.class, () -> first.read(ByteBuffer.allocate(1)));
            first.close();
        }
    }

    @Test
    void shouldReturnAtOnceWhenWokenBefore() throws Exception {
        transport.wakeup();
        assertEquals(0, transport.select(TimeUnit.HOURS.toNanos(1), (ready, ops) -> {
        }));
    }

    @Test
    void shouldCloseChannelsAndStayQuietAfterwards() throws Exception {
        TransportChannel channel = connect(null);
        try (Socket peer = server.accept()) {
            transport.close();
            transport.close();
            assertEquals(-1, peer.getInputStream().read());
            assertFalse(channel.isConnected());
            assertEquals(0, transport.select(LONG_NS, (ready, ops) -> {
            }));
            transport.wakeup();
        }
    }

    @Test
    void shouldRefuseUnresolvedAddress() {
        assertEquals("address must be resolved: address=nowhere/<unresolved>:1",
                assertThrows(IllegalArgumentException.class,
                        () -> transport.connect(InetSocketAddress.createUnresolved("nowhere", 1), -1, -1, null))
                        .getMessage());
    }

    private TransportChannel connect(Object attachment) throws IOException {
        TransportChannel channel = transport.connect((InetSocketAddress) server.getLocalSocketAddress(), 8192, 8192,
                attachment);
        while (!channel.isConnected()) {
            transport.select(LONG_NS, (ready, ops) -> {
                if (ready == channel) {
                    try {
                        assertTrue(channel.finishConnect());
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }
            });
        }
        return channel;
    }

    private int select(TransportChannel channel) throws IOException {
        int[] seen = new int[1];
        assertEquals(1, transport.select(LONG_NS, (ready, ops) -> {
            assertSame(channel, ready);
            seen[0] = ops;
        }));
        return seen[0];
    }

    private void awaitBoth() throws IOException {
        long endNs = System.nanoTime() + LONG_NS;
        int ready = 0;
        while (ready < 2) {
            assertTrue(System.nanoTime() - endNs < 0, "both sockets must become readable");
            ready = transport.select(1_000_000, (channel, ops) -> {
            });
        }
    }
}
