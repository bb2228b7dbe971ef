package io.kp.memory;

/** Placeholder. */
public final class Placeholder {
    private Placeholder() {
    }
}
