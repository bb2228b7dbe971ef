package io.kp.partition;

/**
 * The mixing function of SplitMix64: turns a counter that goes up in steps of {@link #GAMMA} into good random numbers, so that a generator is one long that
 * can be advanced by an atomic addition.
 *
 * @see <a href="https://doi.org/10.1145/2714064.2660195">Steele, Lea, Flood: Fast splittable pseudorandom number generators</a>
 */
final class SplitMix64 {

    static final long GAMMA = 0x9E3779B97F4A7C15L;

    /** The step of a stream that is seeded from another stream, so that the two do not overlap. */
    static final long INNER_GAMMA = 0xD1B54A32D192ED03L;

    private SplitMix64() {
    }

    static long mix(final long z) {
        final long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        final long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }

    /** A number from 0 to bound - 1 from a random one; the bias is below bound / 2^32. */
    static int bounded(final long random, final int bound) {
        return (int) ((random >>> 32) * bound >>> 32);
    }

    /** A number from 0 inclusive to 1 exclusive from a random one. */
    static double unit(final long random) {
        return (random >>> 11) * 0x1p-53;
    }
}
