package io.kp.bench;

/** Placeholder. */
public final class Placeholder {
    private Placeholder() {
    }
}
