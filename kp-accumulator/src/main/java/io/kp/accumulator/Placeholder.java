package io.kp.accumulator;

/** Placeholder. */
public final class Placeholder {
    private Placeholder() {
    }
}
