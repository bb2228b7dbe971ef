package io.kp.metadata;

/** Placeholder. */
public final class Placeholder {
    private Placeholder() {
    }
}
