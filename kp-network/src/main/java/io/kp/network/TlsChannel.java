package io.kp.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * One TLS connection over a channel of another transport.
 *
 * <pre>
 *  owner's buffers --wrap--&gt; netOut --write--&gt; channel below
 *  owner's buffer  &lt;-unwrap- netIn  &lt;--read--- channel below
 *        ^------- appIn &lt;-'   (only when a record does not fit the rest of the owner's buffer)
 * </pre>
 *
 * The direct buffers are the connection's own and are reused. {@link #write} has taken bytes once they are encrypted: the owner's memory is not looked at again. What
 * did not leave yet stays in {@code netOut}, which bounds it.
 *
 * <p>The engine is used by the transport's thread, except while tasks of the handshake run on the executor: then nobody else touches it.
 */
final class TlsChannel implements TransportChannel {
    private static final String TLS_1_3 = "TLSv1.3";
    private static final int MAX_RECORD_BYTES = 16 * 1024;
    private static final int OUT_RECORDS = 4;
    private static final int IN_RECORDS = 2;
    private static final int MAX_NET_IN_BYTES = 1 << 18;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private enum Stage {
        /** The connection below is being made. */
        CONNECTING,
        /** Keys are being agreed on. */
        HANDSHAKE,
        /** Bytes of the owner pass. */
        OPEN,
        /** Something has failed, see {@link #failure}. */
        FAILED,
        /** Closed by the owner. */
        CLOSED
    }

    private final TlsTransport transport;
    private final TlsContext context;
    private final Executor executor;
    private final InetSocketAddress address;
    private final Object attachment;
    private TransportChannel below;
    private Stage stage = Stage.CONNECTING;
    private IOException failure;
    private SSLEngine engine;
    private int generation;

    /** Encrypted, to be decrypted: between position and limit. */
    private ByteBuffer netIn;
    /** What is in {@link #netIn} is less than a record. */
    private boolean starved = true;
    /** Decrypted, to be fetched by the owner: between position and limit. */
    private ByteBuffer appIn = NOTHING;
    /** Encrypted, to be written: up to the position. */
    private ByteBuffer netOut;
    private final ByteBuffer[] single = new ByteBuffer[1];
    private boolean tasksRunning;
    private Throwable taskFailure;
    private boolean receivedBytes;
    private boolean receivedData;
    private boolean endOfStream;
    private boolean ownerWantsWrite;
    /** Listed by the transport. */
    boolean pending;

    TlsChannel(TlsTransport transport, TlsContext context, Executor executor, InetSocketAddress address,
            Object attachment) {
        this.transport = transport;
        this.context = context;
        this.executor = executor;
        this.address = address;
        this.attachment = attachment;
    }

    void over(TransportChannel channel) {
        below = channel;
    }

    // ---- Events, each answered with the operations to report to the owner ----------------------------------------

    int onInnerReady(int readyOps) {
        switch (stage) {
            case CONNECTING :
                try {
                    if (!below.finishConnect()) {
                        return 0;
                    }
                } catch (IOException e) {
                    return failed(e);
                }
                return begin();
            case HANDSHAKE :
                return goOn();
            case OPEN :
                return onOpenReady(readyOps);
            case FAILED :
                return Transport.OP_READ;
            default :
                return 0;
        }
    }

    private int onOpenReady(int readyOps) {
        int ops = readyOps & Transport.OP_READ;
        if ((readyOps & Transport.OP_WRITE) != 0) {
            try {
                flushOut();
                if (ownerWantsWrite && netOut.position() == 0) {
                    ops |= Transport.OP_WRITE;
                }
            } catch (IOException e) {
                // Found out by read, after what was received before.
                failure = e;
                ops |= Transport.OP_READ;
            }
        }
        return ops;
    }

    int onTasksDone() {
        tasksRunning = false;
        return stage == Stage.HANDSHAKE ? goOn() : 0;
    }

    int onPending() {
        switch (stage) {
            case CONNECTING :
                return below.isConnected() ? begin() : 0;
            case HANDSHAKE :
                return 0;
            case CLOSED :
                return 0;
            default :
                return Transport.OP_READ;
        }
    }

    private int failed(IOException e) {
        // The owner learns of it by finishConnect while it waits for that, later by read.
        int op = stage == Stage.OPEN ? Transport.OP_READ : Transport.OP_CONNECT;
        failure = e;
        stage = Stage.FAILED;
        return op;
    }

    // ---- The handshake ------------------------------------------------------------------------------------------

    private int begin() {
        stage = Stage.HANDSHAKE;
        try {
            generation = context.generation();
            engine = context.newEngine(address.getHostString(), address.getPort());
            int packetBytes = engine.getSession().getPacketBufferSize();
            netIn = ByteBuffer.allocateDirect(IN_RECORDS * packetBytes).limit(0);
            netOut = ByteBuffer.allocateDirect(OUT_RECORDS * packetBytes);
            engine.beginHandshake();
        } catch (SSLException e) {
            return failed(TlsErrors.handshake(e, context, null));
        }
        return goOn();
    }

    private int goOn() {
        try {
            if (!handshake()) {
                return 0;
            }
        } catch (SSLException e) {
            sendAlert();
            return failed(TlsErrors.handshake(e, context, sentCertificate()));
        } catch (IOException e) {
            return failed(e);
        }
        stage = Stage.OPEN;
        wantWrites();
        if (netIn.hasRemaining()) {
            transport.pending(this);
        }
        return Transport.OP_CONNECT;
    }

    /** Goes on until it is done (then true) or waits for the peer or for tasks (then false). */
    private boolean handshake() throws IOException {
        if (taskFailure != null) {
            throw new IOException("TLS handshake failed: " + taskFailure, taskFailure);
        }
        while (!tasksRunning) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK :
                    runTasks();
                    break;
                case NEED_WRAP :
                    if (!wrapHandshake()) {
                        wantWrites();
                        return false;
                    }
                    break;
                case NEED_UNWRAP :
                case NEED_UNWRAP_AGAIN :
                    flushHandshake();
                    if (!unwrapHandshake()) {
                        wantWrites();
                        return false;
                    }
                    break;
                default :
                    flushHandshake();
                    return true;
            }
        }
        flushHandshake();
        wantWrites();
        return false;
    }

    private void runTasks() throws IOException {
        tasksRunning = true;
        SSLEngine running = engine;
        try {
            executor.execute(() -> {
                try {
                    for (Runnable task = running.getDelegatedTask(); task != null; task = running.getDelegatedTask()) {
                        task.run();
                    }
                } catch (RuntimeException | Error e) {
                    taskFailure = e;
                } finally {
                    transport.tasksDone(this);
                }
            });
        } catch (RejectedExecutionException e) {
            tasksRunning = false;
            throw new IOException("TLS handshake given up: its executor is closed", e);
        }
    }

    private boolean wrapHandshake() throws IOException {
        SSLEngineResult result = engine.wrap(NOTHING, netOut);
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
            int before = netOut.position();
            flushHandshake();
            return netOut.position() < before;
        }
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new IOException("TLS connection closed during the handshake");
        }
        return true;
    }

    private boolean unwrapHandshake() throws IOException {
        // Without looking for more first: what is here may be enough, or nothing may be needed (NEED_UNWRAP_AGAIN).
        if (starved && !fill()) {
            return false;
        }
        SSLEngineResult result = engine.unwrap(netIn, NOTHING);
        switch (result.getStatus()) {
            case BUFFER_UNDERFLOW :
                starving();
                return fill();
            case CLOSED :
                throw new IOException("connection closed by the other side during the TLS handshake (close_notify)");
            default :
                starved = !netIn.hasRemaining();
                return true;
        }
    }

    /** Writes; if that fails, what the peer has said before it went comes first, as it may be the reason. */
    private void flushHandshake() throws IOException {
        try {
            flushOut();
        } catch (IOException e) {
            netOut.clear();
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP && unwrapHandshake()) {
                continue;
            }
            throw e;
        }
    }

    private boolean fill() throws IOException {
        netIn.compact();
        int count;
        try {
            count = below.read(netIn);
        } finally {
            netIn.flip();
        }
        if (count > 0) {
            starved = false;
            receivedBytes = true;
            return true;
        }
        if (count < 0 && stage == Stage.HANDSHAKE) {
            throw new IOException(receivedBytes
                    ? "connection closed by the other side during the TLS handshake"
                    : "connection closed by the other side when TLS was begun (the port may be plaintext)");
        }
        endOfStream = count < 0;
        return false;
    }

    /** The engine has less than a record to read. */
    private void starving() throws IOException {
        starved = true;
        if (netIn.remaining() == netIn.capacity()) {
            int needed = Math.max(engine.getSession().getPacketBufferSize(), 2 * netIn.capacity());
            if (needed > MAX_NET_IN_BYTES) {
                throw new IOException("TLS record too large: bytes=" + netIn.capacity());
            }
            netIn = ByteBuffer.allocateDirect(needed).put(netIn).flip();
        }
    }

    private Boolean sentCertificate() {
        return context.sentCertificate(engine);
    }

    /** Tells the peer why, as far as that goes: its log then has the reason, too. */
    private void sendAlert() {
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                    && engine.wrap(NOTHING, netOut).bytesProduced() > 0) {
                continue;
            }
            flushOut();
        } catch (IOException e) {
            // The failure that is about to be reported is the one that counts.
            return;
        }
    }

    /** What comes after the handshake: key updates and session tickets of TLS 1.3; nothing in TLS 1.2. */
    private void afterHandshake(HandshakeStatus status) throws IOException {
        HandshakeStatus next = status;
        while (next != HandshakeStatus.NOT_HANDSHAKING && next != HandshakeStatus.FINISHED) {
            if (!TLS_1_3.equals(engine.getSession().getProtocol())) {
                throw new SSLException("renegotiation is refused");
            }
            switch (next) {
                case NEED_TASK :
                    // None of today's messages needs one; should one come, it is short.
                    for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                        task.run();
                    }
                    break;
                case NEED_WRAP :
                    if (engine.wrap(NOTHING, netOut).getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
                        flushOut();
                        return; // asked again with the next record
                    }
                    flushOut();
                    break;
                default :
                    return;
            }
            next = engine.getHandshakeStatus();
        }
    }

    // ---- The owner's side ---------------------------------------------------------------------------------------

    @Override
    public boolean finishConnect() throws IOException {
        if (failure != null) {
            throw failure;
        }
        return stage == Stage.OPEN;
    }

    @Override
    public boolean isConnected() {
        return stage == Stage.OPEN;
    }

    @Override
    public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (stage != Stage.OPEN) {
            return 0;
        }
        long taken = 0;
        int first = offset;
        int end = offset + length;
        int packetBytes = engine.getSession().getPacketBufferSize();
        while (true) {
            while (first < end && !buffers[first].hasRemaining()) {
                first++;
            }
            if (first == end) {
                break;
            }
            if (netOut.remaining() < packetBytes) {
                flushOut();
                if (netOut.remaining() < packetBytes) {
                    break;
                }
            }
            // As many buffers as fill a record: the engine looks at all that it is given.
            int last = first;
            for (int bytes = 0; last < end && bytes < MAX_RECORD_BYTES; last++) {
                bytes += Math.min(buffers[last].remaining(), MAX_RECORD_BYTES);
            }
            SSLEngineResult result = engine.wrap(buffers, first, last - first, netOut);
            taken += result.bytesConsumed();
            if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                throw new IOException("TLS connection was closed");
            }
            if (result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
                afterHandshake(result.getHandshakeStatus());
            }
        }
        flushOut();
        wantWrites();
        return taken;
    }

    private void flushOut() throws IOException {
        if (netOut.position() == 0) {
            return;
        }
        netOut.flip();
        single[0] = netOut;
        try {
            below.write(single, 0, 1);
        } finally {
            netOut.compact();
        }
        if (stage == Stage.OPEN) {
            wantWrites();
        }
    }

    private void wantWrites() {
        below.writeInterest(ownerWantsWrite || netOut.position() > 0);
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        if (stage == Stage.FAILED) {
            throw failure;
        }
        if (stage != Stage.OPEN) {
            return 0;
        }
        int start = buffer.position();
        boolean end = false;
        IOException error = null;
        try {
            end = !receive(buffer);
        } catch (SSLException e) {
            sendAlert();
            // An answer to the handshake may come this late: with TLS 1.3 the client is done before the broker has seen its certificate.
            error = receivedData
                    ? new IOException("TLS failure: " + e.getMessage(), e)
                    : TlsErrors.handshake(e, context, sentCertificate());
        } catch (IOException e) {
            error = e;
        }
        int count = buffer.position() - start;
        if (count > 0) {
            receivedData = true;
        }
        if (error != null) {
            failure = error;
            stage = Stage.FAILED;
            if (count == 0) {
                throw error;
            }
            transport.pending(this);
        } else if (end) {
            if (count == 0) {
                return -1;
            }
            transport.pending(this);
        } else if (!buffer.hasRemaining() && (appIn.hasRemaining() || !starved)) {
            transport.pending(this);
        }
        return count;
    }

    /** Decrypts into the buffer until it is full or nothing more is there; false at the end of the stream. */
    private boolean receive(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (appIn.hasRemaining()) {
                int count = Math.min(buffer.remaining(), appIn.remaining());
                buffer.put(buffer.position(), appIn, appIn.position(), count);
                buffer.position(buffer.position() + count);
                appIn.position(appIn.position() + count);
                continue;
            }
            if (starved && !fill()) {
                if (failure != null) {
                    throw failure; // of a write, now that everything received has been passed on
                }
                if (endOfStream) {
                    throw new IOException("connection cut off: closed by the other side without TLS close_notify");
                }
                return true;
            }
            int recordBytes = engine.getSession().getApplicationBufferSize();
            boolean direct = buffer.remaining() >= recordBytes;
            ByteBuffer target = buffer;
            if (!direct) {
                if (appIn.capacity() < recordBytes) {
                    appIn = ByteBuffer.allocateDirect(recordBytes);
                }
                target = appIn.clear();
            }
            SSLEngineResult result;
            try {
                result = engine.unwrap(netIn, target);
            } finally {
                if (!direct) {
                    appIn.flip();
                }
            }
            if (result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
                    && result.getStatus() != SSLEngineResult.Status.CLOSED) {
                afterHandshake(result.getHandshakeStatus());
            }
            switch (result.getStatus()) {
                case BUFFER_UNDERFLOW :
                    starving();
                    break;
                case CLOSED :
                    return false;
                case BUFFER_OVERFLOW :
                    throw new SSLException("record larger than agreed: recordBytes=" + recordBytes);
                default :
                    starved = !netIn.hasRemaining();
                    break;
            }
        }
        return true;
    }

    @Override
    public void writeInterest(boolean on) {
        ownerWantsWrite = on;
        if (stage == Stage.OPEN) {
            wantWrites();
        }
    }

    @Override
    public boolean isEncrypted() {
        return true;
    }

    @Override
    public boolean isOutdated() {
        return stage == Stage.OPEN && transport.isOutdated(generation);
    }

    @Override
    public String awaited() {
        if (stage == Stage.CONNECTING) {
            return below.awaited();
        }
        return "the port accepted the connection, but the TLS handshake was not completed: "
                + (tasksRunning
                        ? "its executor is busy"
                        : receivedBytes ? "the other side fell silent" : "no answer (the port may not speak TLS)");
    }

    @Override
    public Object attachment() {
        return attachment;
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return address;
    }

    @Override
    public InetSocketAddress localAddress() {
        return below.localAddress();
    }

    boolean isClosed() {
        return stage == Stage.CLOSED;
    }

    @Override
    public void close() {
        Stage before = stage;
        stage = Stage.CLOSED;
        if (before == Stage.OPEN && failure == null) {
            try {
                engine.closeOutbound();
                if (netOut.remaining() >= engine.getSession().getPacketBufferSize()) {
                    engine.wrap(NOTHING, netOut);
                }
                flushOut();
            } catch (IOException e) {
                // It was a courtesy: the connection ends either way.
                failure = e;
            }
        }
        below.close();
    }

    @Override
    public String toString() {
        return "TlsChannel[" + address + ", " + stage + ']';
    }
}
