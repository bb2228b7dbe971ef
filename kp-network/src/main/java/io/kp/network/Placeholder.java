package io.kp.network;

/** Placeholder. */
public final class Placeholder {
    private Placeholder() {
    }
}
