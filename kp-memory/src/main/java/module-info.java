/**
 * A bounded, fair pool of off-heap memory segments.
 */
// Agrona 2 has no module descriptor; it is the automatic module org.agrona.
@SuppressWarnings("requires-automatic")
module io.kp.memory {
    requires org.agrona;
    requires org.jctools.core.jdk11;

    exports io.kp.memory;
}
