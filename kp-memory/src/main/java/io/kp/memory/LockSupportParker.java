package io.kp.memory;

import java.util.concurrent.locks.LockSupport;

/** The JDK's own parking. */
final class LockSupportParker implements Parker {
    @Override
    public void park(final Object blocker, final long nanos) {
        LockSupport.parkNanos(blocker, nanos);
    }

    @Override
    public void unpark(final Thread thread) {
        LockSupport.unpark(thread);
    }
}
