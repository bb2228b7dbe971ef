package io.kp.partition;

/** Placeholder. */
public final class Placeholder {
    private Placeholder() {
    }
}
