package io.kp.network;

/**
 * Learns how a request ended: {@link #onResponse} or {@link #onFailure}, one of them, once.
 * <p>
 * All methods are called by the client's thread from within {@link NetworkClient#poll} and {@link NetworkClient#close}, never from
 * within {@link NetworkClient#send}. They may send further requests and disconnect nodes, but not poll. An exception out of a
 * handler harms no other request: it is reported to {@link ConnectionListener#onHandlerError}. If it comes out of
 * {@link #onResponse} the request counts as not answered and {@link #onFailure} is called as well, with
 * {@link RequestFailure.Kind#PROTOCOL_ERROR} if the exception is a {@link ProtocolException} (the connection is then closed) and
 * {@link RequestFailure.Kind#HANDLER_ERROR} otherwise, so that whoever waits for the request always hears of its end.
 */
public interface ResponseHandler {

    /**
     * The broker has answered; or the request asked for no answer and was written in full.
     *
     * @param body    the response after its header, valid until this method returns; null if the request expects no response
     * @param version the version in which the request was sent and the response is written
     * @param nowNs   the time
     */
    void onResponse(FrameReader body, short version, long nowNs);

    /**
     * The request has failed and will not be answered. Its connection, if it got as far as that, is closed, and no memory of the
     * request is in use any more.
     *
     * @param failure why, and how much of the request has left
     * @param nowNs   the time
     */
    void onFailure(RequestFailure failure, long nowNs);

    /**
     * All bytes of the request have been handed to the socket: the memory that was spliced into it is not read any more. Comes
     * before {@link #onResponse}, and not at all if the connection ends first.
     *
     * @param nowNs the time
     */
    default void onWritten(long nowNs) {
    }
}
