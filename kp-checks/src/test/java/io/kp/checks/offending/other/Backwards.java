package io.kp.checks.offending.other;

import io.kp.checks.offending.Cyclic;

/** Uses a package that uses this one. */
public final class Backwards {
    /** The other half of the cycle. */
    public Cyclic other;
}
