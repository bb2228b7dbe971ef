package io.kp.network;

import java.nio.ByteBuffer;
import java.util.List;

/** A record batch in a few buffers, as the accumulator would hand it over. */
final class TestBatch implements RecordsSource {
    private final List<ByteBuffer> segments;

    TestBatch(ByteBuffer... segments) {
        this.segments = List.of(segments);
    }

    /** Cuts bytes into segments, each a direct buffer with something in front of the bytes. */
    static TestBatch of(byte[] bytes, int segmentBytes) {
        int count = (bytes.length + segmentBytes - 1) / segmentBytes;
        ByteBuffer[] segments = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            int from = i * segmentBytes;
            int length = Math.min(segmentBytes, bytes.length - from);
            segments[i] = ByteBuffer.allocateDirect(length + 2);
            segments[i].position(2);
            segments[i].put(bytes, from, length).position(2);
        }
        return new TestBatch(segments);
    }

    @Override
    public int sizeInBytes() {
        int size = 0;
        for (int i = 0; i < segments.size(); i++) {
            size += segments.get(i).limit() - 2;
        }
        return size;
    }

    @Override
    public void spliceInto(FrameWriter out) {
        for (int i = 0; i < segments.size(); i++) {
            segments.get(i).position(2);
            out.splice(segments.get(i));
        }
    }
}
