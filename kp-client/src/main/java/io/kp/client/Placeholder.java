package io.kp.client;

/** Placeholder. */
public final class Placeholder {
    private Placeholder() {
    }
}
