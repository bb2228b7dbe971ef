package example.memory;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.kp.memory.BufferPool;
import io.kp.memory.PoolExhaustedException;
import io.kp.memory.Segment;

/** Says back what it hears. However many clients there are, what they say takes 16 KiB at most. */
public final class EchoServer {
    private static final int CLIENTS = 100;

    public static void main(String[] args) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(20);
        try (BufferPool pool = BufferPool.builder().capacityBytes(16 * 1024).segmentBytes(4 * 1024).build();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), CLIENTS);
            Thread clients = new Thread(() -> talk(server));
            clients.start();
            for (int i = 0; i < CLIENTS; i++) {
                SocketChannel client = server.accept();
                threads.execute(() -> serve(client, pool));
            }
            clients.join();
            threads.shutdown();
            threads.awaitTermination(10, TimeUnit.SECONDS);
            System.out.println(pool.usedBytes() + " of " + pool.capacityBytes() + " bytes in use, "
                    + pool.committedBytes() + " were enough");
        }
    }

    private static void serve(SocketChannel client, BufferPool pool) {
        try (client) {
            Segment segment = pool.acquire(1000, Duration.ofSeconds(10).toNanos());
            try {
                ByteBuffer message = segment.byteBuffer().clear();
                while (message.hasRemaining() && client.read(message) >= 0) {
                    // Until the client has said everything, or the segment is full.
                }
                message.flip();
                while (message.hasRemaining()) {
                    client.write(message);
                }
            } finally {
                segment.release();
            }
        } catch (PoolExhaustedException e) {
            System.out.println("sent away: " + e.getMessage());
        } catch (IOException | InterruptedException e) {
            System.out.println("lost: " + e);
        }
    }

    private static void talk(ServerSocketChannel server) {
        int answers = 0;
        for (int i = 0; i < CLIENTS; i++) {
            try (SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                ByteBuffer answer = ByteBuffer.allocate(100);
                client.write(UTF_8.encode("client " + i));
                client.shutdownOutput();
                while (client.read(answer) >= 0) {
                    // Until the server has said everything.
                }
                answers += UTF_8.decode(answer.flip()).toString().equals("client " + i) ? 1 : 0;
            } catch (IOException e) {
                System.out.println("no answer: " + e);
            }
        }
        System.out.println(answers + " of " + CLIENTS + " clients were answered");
    }
}
