package io.kp.checks.offending;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** Takes time and randomness from the system, in each form. */
public final class Timed {
    long call() {
        return System.nanoTime();
    }

    LongSupplier reference() {
        return System::nanoTime;
    }

    int draw() {
        return new SplittableRandom().nextInt();
    }

    int seeded() {
        return new SplittableRandom(17).nextInt();
    }

    Instant now() {
        return Instant.now();
    }

    int secret() {
        return new SecureRandom().nextInt();
    }
}
