package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SizeClassesTest {
    @Test
    void shouldHaveFourClassesInEachDoubling() {
        final SizeClasses sizes = new SizeClasses(1 << 23);
        final int[] expected = {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40};
        for (int sizeClass = 0; sizeClass < expected.length; sizeClass++) {
            assertEquals(expected[sizeClass], sizes.units(sizeClass));
            assertEquals(sizeClass, sizes.sizeClass(expected[sizeClass]));
        }
    }

    @Property
    void shouldRoundUpToTheSmallestClassThatFits(@ForAll @IntRange(min = 1, max = 1 << 23) final int units,
            @ForAll @IntRange(min = 1, max = 1 << 23) final int otherUnits) {
        final int requested = Math.min(units, otherUnits);
        final SizeClasses sizes = new SizeClasses(Math.max(units, otherUnits));
        final int sizeClass = sizes.sizeClass(requested);
        final int given = sizes.units(sizeClass);
        assertTrue(given >= requested && given <= sizes.maxUnits(), () -> requested + " -> " + given);
        assertTrue(sizeClass == 0 || sizes.units(sizeClass - 1) < requested, () -> requested + " -> " + given);
        assertTrue((given - requested) * 5L < given, () -> requested + " wastes " + (given - requested));
        assertTrue(sizeClass < sizes.count());
    }
}
