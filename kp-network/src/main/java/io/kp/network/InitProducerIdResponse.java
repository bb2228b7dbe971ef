package io.kp.network;

/**
 * The producer id and epoch that a broker hands out.
 *
 * @param throttleTimeMs how long the client has to keep quiet on this connection, in milliseconds, if {@link ApiKey#clientThrottles}
 *                       says that it is up to the client.
 * @param errorCode      a code for {@link ErrorCode#forCode}.
 * @param producerId     the producer id, -1 if there was an error.
 * @param producerEpoch  the epoch.
 */
public record InitProducerIdResponse(int throttleTimeMs, short errorCode, long producerId, short producerEpoch) {
    /**
     * Reads a response.
     *
     * @param in a reader at the body, told the version of the request.
     * @return the response.
     * @throws ProtocolException if the bytes are not a response of that version.
     */
    public static InitProducerIdResponse decode(FrameReader in) {
        InitProducerIdResponse response = new InitProducerIdResponse(in.i32("throttleTimeMs"), in.i16("errorCode"),
                in.i64("producerId"), in.i16("producerEpoch"));
        in.skipTags("tags");
        in.end();
        return response;
    }
}
