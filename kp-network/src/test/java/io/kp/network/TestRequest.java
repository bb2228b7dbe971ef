package io.kp.network;

import java.nio.ByteBuffer;

/** A metadata or produce request with a body of any bytes. */
final class TestRequest implements Request {
    private final ApiKey apiKey;
    private final boolean expectsResponse;
    private final ByteBuffer[] body;
    private final short minVersion;
    private final short maxVersion;

    TestRequest(ApiKey apiKey, boolean expectsResponse, ByteBuffer... body) {
        this(apiKey, expectsResponse, apiKey.minVersion(), apiKey.maxVersion(), body);
    }

    TestRequest(ApiKey apiKey, boolean expectsResponse, int minVersion, int maxVersion, ByteBuffer... body) {
        this.apiKey = apiKey;
        this.expectsResponse = expectsResponse;
        this.minVersion = (short) minVersion;
        this.maxVersion = (short) maxVersion;
        this.body = body;
    }

    static TestRequest metadata() {
        return new TestRequest(ApiKey.METADATA, true);
    }

    @Override
    public ApiKey apiKey() {
        return apiKey;
    }

    @Override
    public short minVersion() {
        return minVersion;
    }

    @Override
    public short maxVersion() {
        return maxVersion;
    }

    @Override
    public boolean expectsResponse() {
        return expectsResponse;
    }

    @Override
    public void encodeBody(FrameWriter out, short version) {
        for (ByteBuffer part : body) {
            out.splice(part);
        }
    }
}
