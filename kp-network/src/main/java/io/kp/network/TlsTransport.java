package io.kp.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * TLS over another transport, be it the system's or a simulated one: each channel is a {@link javax.net.ssl.SSLEngine} over one of the other's channels. A channel counts as
 * connected once its handshake is done.
 *
 * <p>What takes long in a handshake (key agreement, signatures, checking certificates: about a millisecond each) is done by an executor, and the channel waits for it while
 * the transport's thread serves the others. Files are looked at by the executor too. With {@code Runnable::run} as executor everything happens on the transport's thread in
 * a fixed order, which is what a simulation wants.
 */
public final class TlsTransport implements Transport {
    private static final long NS_PER_MS = 1_000_000;

    private final Transport inner;
    private final TlsContext context;
    private final Executor executor;
    private final LongSupplier nanoClock;
    private final long checkIntervalNs;
    private final boolean replaceConnections;
    private final SelectionHandler onInner = this::onInner;
    private final ConcurrentLinkedQueue<TlsChannel> tasksDone = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean checking = new AtomicBoolean();

    // Channels with something to report that the other transport cannot know of: bytes that are here already, or an error.
    private ArrayList<TlsChannel> pending = new ArrayList<>();
    private ArrayList<TlsChannel> reporting = new ArrayList<>();
    private SelectionHandler handler;
    private long nextCheckNs;
    private int reported;

    private TlsTransport(Transport inner, TlsContext context, Executor executor, LongSupplier nanoClock,
            long checkIntervalMs,
            boolean replaceConnections) {
        this.inner = inner;
        this.context = context;
        this.executor = executor;
        this.nanoClock = nanoClock;
        this.checkIntervalNs = Math.min(checkIntervalMs, Long.MAX_VALUE / 4 / NS_PER_MS) * NS_PER_MS;
        this.replaceConnections = replaceConnections;
        this.nextCheckNs = checkIntervalNs > 0 ? nanoClock.getAsLong() + checkIntervalNs : 0;
    }

    /**
     * Puts TLS on a transport, which is then this one's to close.
     *
     * @param inner              where the bytes go
     * @param context            keys, certificates and trust
     * @param executor           does what takes long; not closed by this transport
     * @param nanoClock          the time, for looking at the files
     * @param checkIntervalMs    how often to look whether certificate and trust have changed on disk; 0 for never
     * @param replaceConnections whether to replace connections that were made before such a change, one after the other, each when nothing is under way on it
     * @return the transport
     */
    public static TlsTransport over(Transport inner, TlsContext context, Executor executor, LongSupplier nanoClock,
            long checkIntervalMs,
            boolean replaceConnections) {
        return new TlsTransport(Objects.requireNonNull(inner, "inner"), Objects.requireNonNull(context, "context"),
                Objects.requireNonNull(executor, "executor"), Objects.requireNonNull(nanoClock, "nanoClock"),
                checkIntervalMs,
                replaceConnections);
    }

    @Override
    public TransportChannel connect(InetSocketAddress address, int sendBufferBytes, int receiveBufferBytes,
            Object attachment)
            throws IOException {
        TlsChannel channel = new TlsChannel(this, context, executor, address, attachment);
        TransportChannel below = inner.connect(address, sendBufferBytes, receiveBufferBytes, channel);
        channel.over(below);
        if (below.isConnected()) {
            pending(channel);
        }
        return channel;
    }

    @Override
    public int select(long timeoutNs, SelectionHandler handler) throws IOException {
        long waitNs = timeoutNs;
        if (checkIntervalNs > 0) {
            long nowNs = nanoClock.getAsLong();
            if (nowNs - nextCheckNs >= 0) {
                nextCheckNs = nowNs + checkIntervalNs;
                check();
            }
            waitNs = Math.min(waitNs, nextCheckNs - nowNs);
        }
        if (!pending.isEmpty() || !tasksDone.isEmpty()) {
            waitNs = 0;
        }
        this.handler = handler;
        reported = 0;
        try {
            // What is pending now is reported after what the network has; what becomes pending on the way, by the next select.
            ArrayList<TlsChannel> now = pending;
            pending = reporting;
            reporting = now;
            inner.select(waitNs, onInner);
            for (TlsChannel done = tasksDone.poll(); done != null; done = tasksDone.poll()) {
                report(done, done.onTasksDone());
            }
            for (int i = 0; i < now.size(); i++) {
                TlsChannel channel = now.get(i);
                channel.pending = false;
                report(channel, channel.onPending());
            }
            now.clear();
        } finally {
            this.handler = null;
        }
        return reported;
    }

    private void onInner(TransportChannel below, int readyOps) {
        TlsChannel channel = (TlsChannel) below.attachment();
        report(channel, channel.onInnerReady(readyOps));
    }

    private void report(TlsChannel channel, int readyOps) {
        if (readyOps != 0 && !channel.isClosed()) {
            reported++;
            handler.onReady(channel, readyOps);
        }
    }

    /** The next select is to report the channel. */
    void pending(TlsChannel channel) {
        if (!channel.pending) {
            channel.pending = true;
            pending.add(channel);
        }
    }

    /** Any thread: the channel's handshake can go on. */
    void tasksDone(TlsChannel channel) {
        tasksDone.add(channel);
        inner.wakeup();
    }

    boolean isOutdated(int generation) {
        return replaceConnections && generation != context.generation();
    }

    private void check() {
        if (checking.compareAndSet(false, true)) {
            executor.execute(() -> {
                try {
                    if (context.check()) {
                        inner.wakeup();
                    }
                } finally {
                    checking.set(false);
                }
            });
        }
    }

    @Override
    public void wakeup() {
        inner.wakeup();
    }

    @Override
    public void close() throws IOException {
        inner.close();
    }
}
