package io.kp.memory.offending;

import io.kp.client.Producer;

/** Uses a module that is built upon its own. */
public final class Climbing {
    /** What a buffer pool has no business with. */
    public Producer<?, ?> producer;
}
