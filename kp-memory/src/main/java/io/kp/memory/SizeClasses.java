package io.kp.memory;

/**
 * The sizes in which memory is given out, counted in units of one standard segment.
 *
 * <pre>
 *  class   0  1  2  3 | 4  5  6  7 |  8  9 10 11 | 12 13 14 15 | ...
 *  units   1  2  3  4 | 5  6  7  8 | 10 12 14 16 | 20 24 28 32 | ...
 * </pre>
 *
 * Class 0 is the standard segment. From 4 units on there are four classes in each doubling, so that rounding up wastes less
 * than a fifth of the memory given out, and requests of similar sizes find each other's cached memory. The last class is cut
 * to the largest request that the pool can serve.
 */
final class SizeClasses {
    private final int maxUnits;

    /**
     * @param maxUnits the largest request, in units.
     */
    SizeClasses(final int maxUnits) {
        this.maxUnits = maxUnits;
    }

    int count() {
        return sizeClass(maxUnits) + 1;
    }

    int maxUnits() {
        return maxUnits;
    }

    /** The smallest class of at least so many units. */
    int sizeClass(final int units) {
        if (units <= 4) {
            return units - 1;
        }
        final int doubling = 31 - Integer.numberOfLeadingZeros(units - 1); // 2^doubling < units <= 2^(doubling + 1)
        final int quarter = units - 1 - (1 << doubling) >> doubling - 2;
        return 4 * (doubling - 1) + quarter;
    }

    /** The size of a class in units. */
    int units(final int sizeClass) {
        if (sizeClass < 4) {
            return Math.min(sizeClass + 1, maxUnits);
        }
        final int doubling = sizeClass / 4 + 1;
        final int quarters = 5 + sizeClass % 4;
        return (int) Math.min((long) quarters << doubling - 2, maxUnits);
    }
}
