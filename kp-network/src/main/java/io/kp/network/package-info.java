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
 */
package io.kp.network;
