/**
 * Kafka's wire protocol for a producer over one NIO selector.
 *
 * <h2>Codecs</h2>
 * A request class ({@link io.kp.network.Request}) writes itself into a {@link io.kp.network.FrameWriter}, a response class reads itself
 * from a {@link io.kp.network.FrameReader}. Both work on a version that was agreed with the broker before; the writer and the reader know
 * whether that version is flexible and choose the form of strings, arrays and tags. What a peer sends is not trusted: a length is held
 * against the bytes that are left before anything is allocated, and whatever does not fit is a
 * {@link io.kp.network.ProtocolException}. {@link io.kp.network.ErrorCode} is the protocol's error table, {@link io.kp.network.ApiKey} the
 * table of APIs and versions.
 *
 * <h2>Security</h2>
 * {@link io.kp.network.TlsTransport} puts TLS on any transport; {@link io.kp.network.TlsConfig} says how, {@link io.kp.network.TlsContext} holds what was read from
 * disk. {@link io.kp.network.Sasl} has the mechanisms by which connections authenticate; {@link io.kp.network.NetworkConfig.Builder#sasl} asks for one.
 *
 * <h2>Connections</h2>
 * {@link io.kp.network.NetworkClient} keeps one connection per node over a {@link io.kp.network.Transport}: the system's TCP
 * ({@link io.kp.network.NioTransport}) or a simulated one. It starts no thread (only {@link io.kp.network.HostResolver#system()}
 * does, for names that have to be looked up); whoever owns it calls it from one thread, with that thread's time. A connection goes through these states:
 *
 * <pre>
 *               ready(node), backoff over                connected: ApiVersions asked
 *  DISCONNECTED --------------------------&gt; CONNECTING ------------------------------&gt; CHECKING_API_VERSIONS ---+
 *    ^  ^  ^                                    |                                        |    ^              |  |
 *    |  |  |   unknown host, refused, timeout   |                                        |    +--------------+  |
 *    |  |  +------------------------------------+                                        |   refused: asked in  |
 *    |  |         refused, closed, no Kafka broker, timeout of the set-up                |   a lower version    |
 *    |  +--------------------------------------------------------------------------------+                      |
 *    |                                                                                                          |
 *    |    closed by either side, request timeout, malformed or unexpected bytes, idle                           |
 *    +------------------------------------------- READY &lt;-------------------------------------------------------+
 * </pre>
 *
 * Every way back to DISCONNECTED has a {@link io.kp.network.RequestFailure} that says why, closes the socket, ends the requests on it
 * in the order in which they were sent, and begins a backoff, which doubles with each failure until the next READY. CONNECTING
 * (with the TLS handshake, if there is one), CHECKING_API_VERSIONS and AUTHENTICATING (between that and READY, with SASL) share one set-up
 * timeout, so a port that accepts and says nothing is found out by it.
 * <p>
 * A request is in one of three places: queued to be written (none or a part of it has left), with the broker (all of it has left), or
 * ended. The first two count as in flight. A {@link io.kp.network.ResponseHandler} hears when it leaves the first, and once when it ends;
 * always from within {@link io.kp.network.NetworkClient#poll}. The memory spliced into its frame is read until then and not a moment
 * longer: until all bytes are written, or the socket is closed.
 * <p>
 * Responses are matched by order and checked by correlation id. A response that is too large, too short, malformed, to another request
 * or to none costs its connection, never more memory than twice the bytes that really came.
 */
package io.kp.network;
