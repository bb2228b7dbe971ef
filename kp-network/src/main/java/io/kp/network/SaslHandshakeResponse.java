package io.kp.network;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a broker takes the mechanism that was named.
 *
 * @param errorCode  a code for {@link ErrorCode#forCode}.
 * @param mechanisms those that the broker offers.
 */
public record SaslHandshakeResponse(short errorCode, List<String> mechanisms) {
    private static final int MIN_NAME_BYTES = Short.BYTES;

    /**
     * Takes the list as it is then.
     *
     * @param errorCode  a code for {@link ErrorCode#forCode}.
     * @param mechanisms those that the broker offers.
     */
    public SaslHandshakeResponse {
        mechanisms = List.copyOf(mechanisms);
    }

    /**
     * Reads a response.
     *
     * @param in a reader at the body, told the version of the request.
     * @return the response.
     * @throws ProtocolException if the bytes are not a response of that version.
     */
    public static SaslHandshakeResponse decode(FrameReader in) {
        short errorCode = in.i16("errorCode");
        int count = in.arrayLength("mechanisms", MIN_NAME_BYTES);
        List<String> mechanisms = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            mechanisms.add(in.string("mechanism"));
        }
        in.end();
        return new SaslHandshakeResponse(errorCode, mechanisms);
    }
}
