package io.kp.memory;

import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * By what means the bytes of a segment are reached. Decided once for the whole JVM, so that one subclass of {@link Segment} is
 * loaded and calls of its methods have one target.
 */
enum SegmentAccess {
    /** Agrona's buffers, which need a package of java.base that is exported to nobody unless a JVM option says so. */
    AGRONA {
        @Override
        Segment segment(final BufferPool pool, final int number, final Slab slab, final int sizeClass,
                final ByteBuffer memory) {
            return new AgronaSegment(pool, number, slab, sizeClass, memory);
        }
    },
    /** The JDK's own direct byte buffers, which work everywhere. */
    JDK {
        @Override
        Segment segment(final BufferPool pool, final int number, final Slab slab, final int sizeClass,
                final ByteBuffer memory) {
            return new JdkSegment(pool, number, slab, sizeClass, memory);
        }
    };

    static final String PROPERTY = "io.kp.memory.access";
    private static final String PACKAGE = "jdk.internal.misc";
    private static SegmentAccess chosen;

    abstract Segment segment(BufferPool pool, int number, Slab slab, int sizeClass, ByteBuffer memory);

    /** The choice for this JVM. */
    static SegmentAccess chosen() {
        synchronized (SegmentAccess.class) { // only while a pool is built; nothing in here waits
            if (chosen == null) {
                chosen = choose(System.getProperty(PROPERTY, "auto"));
            }
            return chosen;
        }
    }

    static boolean agronaWorks() {
        // Asked first, because a class that fails to initialize stays broken for everybody else in this JVM.
        if (!Object.class.getModule().isExported(PACKAGE, agrona())) {
            return false;
        }
        try {
            return new UnsafeBuffer(ByteBuffer.allocateDirect(Long.BYTES)).getLong(0) == 0;
        } catch (final LinkageError e) {
            return false; // an Agrona or a JDK that we do not know
        }
    }

    /** Why there are no Agrona buffers and what to do about it. */
    static String agronaUnavailable() {
        return Object.class.getModule().isExported(PACKAGE, agrona())
                ? "Agrona's buffers are not in use: " + PROPERTY + "=" + System.getProperty(PROPERTY, "auto")
                : "Agrona's buffers need the JVM option " + missingOption();
    }

    /** The JVM option for the way in which Agrona was loaded here. */
    static String missingOption() {
        return "--add-exports java.base/" + PACKAGE + "=" + (agrona().isNamed() ? agrona().getName() : "ALL-UNNAMED");
    }

    private static Module agrona() {
        return DirectBuffer.class.getModule();
    }

    static SegmentAccess choose(final String property) {
        switch (property) {
            case "auto" :
                if (agronaWorks()) {
                    return AGRONA;
                }
                System.getLogger("io.kp.memory").log(Level.INFO, "Segments use the JDK's byte buffers. "
                        + agronaUnavailable() + "; with it they use Agrona's, which are faster.");
                return JDK;
            case "agrona" :
                if (!agronaWorks()) {
                    throw new IllegalStateException(PROPERTY + "=agrona cannot be met: " + agronaUnavailable());
                }
                return AGRONA;
            case "jdk" :
                return JDK;
            default :
                throw new IllegalArgumentException(
                        "access must be one of agrona, jdk, auto: " + PROPERTY + "=" + property);
        }
    }

}
