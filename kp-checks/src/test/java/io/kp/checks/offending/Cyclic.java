package io.kp.checks.offending;

import io.kp.checks.offending.other.Backwards;

/** Uses a package that uses this one. */
public final class Cyclic {
    /** One half of the cycle. */
    public Backwards other;
}
