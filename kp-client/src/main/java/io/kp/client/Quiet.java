package io.kp.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes what users gave, all of it, whatever some of it throws. */
final class Quiet {
    private static final Logger LOG = LoggerFactory.getLogger(Quiet.class);

    private Quiet() {
    }

    static void close(final AutoCloseable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (final Throwable e) {
            LOG.warn("failed to close: class={}", closeable.getClass().getName(), e);
        }
    }
}
