/**
 * A bounded, fair pool of off-heap memory segments: see {@link io.kp.memory}.
 */
// Agrona 2 has no module descriptor; it is the automatic module org.agrona. It is transitive because
// Segment.buffer() returns its MutableDirectBuffer.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.kp.memory {
    requires transitive org.agrona;

    exports io.kp.memory;
}
