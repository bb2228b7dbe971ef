package io.kp.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

import io.kp.testkit.Fault.Answer;
import io.kp.testkit.Fault.Ending;

/**
 * The node's end of one connection, without socket, clock and thread: bytes and the time come in, bytes and deadlines go out. One request is processed
 * at a time, as on a real broker: the next one waits until the one before is answered.
 *
 * <p>When the client ends the connection, requests that have arrived in full are processed nevertheless, and their answers go nowhere.
 */
final class BrokerConnection {
    static final long NEVER = Long.MAX_VALUE;
    private static final int SIZE_FIELD_BYTES = Integer.BYTES;
    private static final int MAX_FRAME_BYTES = 256 * 1024 * 1024;
    private static final long BYTE_GAP_NS = 200_000;

    private enum Phase {
        /** Waits for a request. */
        IDLE,
        /** Has a request that is not to be processed yet. */
        HELD,
        /** Has an answer that is not to be sent yet. */
        DELAYED,
        /** Sends an answer byte by byte. */
        DRIPPING
    }

    private final ScriptedCluster cluster;
    private final int nodeId;
    private final long id;
    private final ArrayDeque<ByteBuffer> frames = new ArrayDeque<>();
    private final ArrayDeque<ByteBuffer> output = new ArrayDeque<>();
    private final byte[] size = new byte[SIZE_FIELD_BYTES];
    private int sizeBytes;
    private ByteBuffer frame;
    private Phase phase = Phase.IDLE;
    private Inbound request;
    private ByteBuffer answer;
    private long dueNs;
    private Ending ending = Ending.NONE;
    private boolean deaf;
    private long requestsDone;

    BrokerConnection(final ScriptedCluster cluster, final int nodeId, final long id) {
        this.cluster = cluster;
        this.nodeId = nodeId;
        this.id = id;
    }

    int nodeId() {
        return nodeId;
    }

    /** Takes all bytes of the buffer, as they come from the client. */
    void receive(final ByteBuffer in) {
        while (in.hasRemaining()) {
            if (frame == null) {
                size[sizeBytes++] = in.get();
                if (sizeBytes < SIZE_FIELD_BYTES) {
                    continue;
                }
                sizeBytes = 0;
                final int frameBytes = ByteBuffer.wrap(size).getInt();
                if (frameBytes < 0 || frameBytes > MAX_FRAME_BYTES) {
                    end(Ending.CLOSE);
                    in.position(in.limit());
                    return;
                }
                frame = ByteBuffer.allocate(frameBytes);
            }
            final int taken = Math.min(in.remaining(), frame.remaining());
            frame.put(in.slice(in.position(), taken));
            in.position(in.position() + taken);
            if (!frame.hasRemaining()) {
                frames.addLast(frame.flip());
                frame = null;
            }
        }
    }

    /** The client has ended the connection: what it has asked for is still done. */
    void peerGone() {
        deaf = true;
        output.clear();
    }

    /**
     * Does what is due.
     *
     * @return when to come again; {@link #NEVER} if only new bytes change anything
     */
    long advance(final long nowNs) {
        while (ending == Ending.NONE || ending == Ending.HALF_CLOSE) {
            if (cluster.isPaused(nodeId)) {
                return NEVER;
            }
            if (phase == Phase.IDLE) {
                final ByteBuffer next = frames.pollFirst();
                if (next == null) {
                    return NEVER;
                }
                request = cluster.receive(nodeId, id, next);
                if (request == null) {
                    end(Ending.CLOSE);
                    return NEVER;
                }
                dueNs = nowNs + request.fault.holdNs;
                phase = Phase.HELD;
            }
            if (dueNs - nowNs > 0) {
                return dueNs;
            }
            step(nowNs);
        }
        return NEVER;
    }

    private void step(final long nowNs) {
        switch (phase) {
            case HELD -> {
                try {
                    answer = cluster.process(request);
                } catch (final ScriptedCluster.HangUp e) {
                    end(Ending.CLOSE);
                }
                requestsDone++;
                dueNs = nowNs + request.fault.delayNs;
                phase = Phase.DELAYED;
            }
            case DELAYED -> {
                answer = alter(answer, request.fault);
                if (answer != null && answer.hasRemaining() && request.fault.byteByByte && !deaf) {
                    phase = Phase.DRIPPING;
                } else {
                    put(answer);
                    finish();
                }
            }
            default -> {
                put(ByteBuffer.wrap(new byte[]{answer.get()}));
                dueNs = nowNs + BYTE_GAP_NS;
                if (!answer.hasRemaining()) {
                    finish();
                }
            }
        }
    }

    private static ByteBuffer alter(final ByteBuffer answer, final Fault fault) {
        ByteBuffer bytes = fault.garbage != null ? ByteBuffer.wrap(fault.garbage) : answer;
        if (bytes == null || fault.answer == Answer.WITHHOLD) {
            return null;
        }
        if (fault.cutTo != Fault.NOT_SET && bytes.remaining() > SIZE_FIELD_BYTES + fault.cutTo) {
            bytes.limit(SIZE_FIELD_BYTES + fault.cutTo);
            bytes.putInt(0, fault.cutTo);
        }
        if (fault.answer == Answer.DUPLICATE) {
            bytes = ByteBuffer.allocate(2 * bytes.remaining()).put(bytes.duplicate()).put(bytes).flip();
        }
        if (fault.endAfterBytes != Fault.NOT_SET) {
            bytes.limit(Math.min(bytes.limit(), fault.endAfterBytes));
        }
        return bytes;
    }

    private void put(final ByteBuffer bytes) {
        if (bytes != null && bytes.hasRemaining() && !deaf && ending == Ending.NONE) {
            output.addLast(bytes);
        }
    }

    private void finish() {
        if (ending == Ending.NONE) {
            ending = request.fault.ending;
        }
        request = null;
        answer = null;
        phase = Phase.IDLE;
    }

    private void end(final Ending how) {
        ending = how;
        frames.clear();
    }

    /** The next bytes to send, to be taken by position; {@code null} if there are none. */
    ByteBuffer output() {
        while (!output.isEmpty() && !output.peekFirst().hasRemaining()) {
            output.removeFirst();
        }
        return output.peekFirst();
    }

    /** What is to become of the connection when {@link #output()} has been sent. */
    Ending ending() {
        return ending;
    }

    /** Nothing will happen unless bytes arrive. */
    boolean isIdle() {
        return phase == Phase.IDLE && frames.isEmpty()
                || ending != Ending.NONE && ending != Ending.HALF_CLOSE;
    }

    /** Requests that were processed or deliberately were not. */
    long requestsDone() {
        return requestsDone;
    }

    @Override
    public String toString() {
        return "BrokerConnection[node=" + nodeId + ", id=" + id + ", phase=" + phase + ", frames=" + frames.size()
                + ", ending=" + ending + "]";
    }
}
