package io.kp.network;

/**
 * The header in front of every request.
 *
 * <pre>
 *  0        2            4               8
 *  +--------+------------+---------------+------------------------+--------------------+
 *  | apiKey | apiVersion | correlationId | clientId (nullable str)| tags (header v2)   |
 *  +--------+------------+---------------+------------------------+--------------------+
 * </pre>
 *
 * The client id keeps its 16-bit length in both header versions.
 */
final class RequestHeader {
    private RequestHeader() {
    }

    static void encode(FrameWriter out, ApiKey apiKey, short version, int correlationId,
            String clientId) {
        out.i16(apiKey.id());
        out.i16(version);
        out.i32(correlationId);
        out.legacyNullableString(clientId);
        if (apiKey.requestHeaderVersion(version) >= 2) {
            out.emptyTags();
        }
    }
}
