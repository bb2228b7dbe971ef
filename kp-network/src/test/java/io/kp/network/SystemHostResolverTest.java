package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Look-ups beside the I/O thread. */
class SystemHostResolverTest {
    private final CountDownLatch answered = new CountDownLatch(1);
    private final List<String> threads = new CopyOnWriteArrayList<>();
    private final SystemHostResolver resolver = new SystemHostResolver(host -> {
        threads.add(Thread.currentThread().getName() + (Thread.currentThread().isDaemon() ? " daemon" : ""));
        awaitAnswer();
        if (host.startsWith("unknown")) {
            throw new UnknownHostException(host);
        }
        return new InetAddress[]{InetAddress.getLoopbackAddress()};
    });

    private void awaitAnswer() {
        try {
            answered.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldShareLookUpOfSameHost() throws Exception {
        CompletableFuture<InetAddress[]> first = resolver.lookUp("broker");
        CompletableFuture<InetAddress[]> second = resolver.lookUp("broker");
        assertSame(first, second);
        assertFalse(first.isDone());
        answered.countDown();
        assertEquals(InetAddress.getLoopbackAddress(), first.get(20, TimeUnit.SECONDS)[0]);
        assertEquals(List.of("kp-dns | broker daemon"), threads);
        // What has ended is asked for anew: names move.
        CompletableFuture<InetAddress[]> third = resolver.lookUp("broker");
        assertNotSame(first, third);
        third.get(20, TimeUnit.SECONDS);
        assertEquals(2, threads.size());
    }

    @Test
    void shouldReportUnknownHost() {
        answered.countDown();
        ExecutionException e = assertThrows(ExecutionException.class,
                () -> resolver.lookUp("unknown").get(20, TimeUnit.SECONDS));
        assertInstanceOf(UnknownHostException.class, e.getCause());
        assertThrows(UnknownHostException.class, () -> resolver.resolve("unknown"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "fe80::1%1"})
    void shouldTakeLiteralAddressWithoutThread(String address) {
        answered.countDown();
        assertTrue(resolver.lookUp(address).isDone());
        assertEquals(List.of(Thread.currentThread().getName()), threads);
    }
}
