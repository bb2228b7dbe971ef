package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class BufferPoolPropertyTest {
    /** A segment on loan and the mark that its owner wrote all over it. */
    private static final class Loan {
        final Segment segment;
        final long mark;

        Loan(final Segment segment, final long mark) {
            this.segment = segment;
            this.mark = mark;
            for (int index = 0; index < segment.capacity(); index += Long.BYTES) {
                segment.putLong(index, mark);
            }
        }

        void end() {
            for (int index = 0; index < segment.capacity(); index += Long.BYTES) {
                assertEquals(mark, segment.getLong(index));
            }
            segment.release();
        }
    }

    @Provide
    static Arbitrary<SegmentAccess> accesses() {
        return Arbitraries.of(Tests.accesses());
    }

    /**
     * Any sequence of requests and releases, against a model that knows the sum of what is on loan.
     *
     * @param steps even: a request, small ones being the most frequent; odd: the release of one of the segments on loan.
     */
    @Property(tries = 300)
    void shouldAccountForEverySegment(@ForAll("accesses") final SegmentAccess access,
            @ForAll @IntRange(min = 1, max = 700) final int units,
            @ForAll @Size(max = 300) final List<@IntRange(min = 0, max = 1 << 20) Integer> steps) {
        final BufferPool pool = Tests.builder(access, units).trackAllocations(false).build();
        final SizeClasses sizes = new SizeClasses(units);
        final List<Loan> loans = new ArrayList<>();
        int usedUnits = 0;
        int standardLoans = 0;
        for (final int step : steps) {
            final int choice = step / 2;
            if (step % 2 == 0) {
                final int requestUnits = choice % 3 == 0 ? 1 + choice / 3 % units : 1;
                final int preferredUnits = choice % 5 == 0 ? 1 + choice / 5 % units : requestUnits;
                int givenUnits = sizes.units(sizes.sizeClass(requestUnits));
                final Segment segment;
                if (preferredUnits > requestUnits) {
                    segment = pool.tryAcquire(requestUnits * 256, preferredUnits * 256);
                    if (segment != null) {
                        assertTrue(segment.capacity() >= requestUnits * 256);
                        assertTrue(segment.capacity() <= 256L * BufferPool.MAX_EXCESS
                                * sizes.units(sizes.sizeClass(preferredUnits)));
                        givenUnits = segment.capacity() / 256;
                    }
                } else {
                    segment = pool.tryAcquire(requestUnits * 256);
                }
                if (usedUnits + givenUnits > units) {
                    assertNull(segment, "more than the budget");
                } else if (givenUnits == 1 || standardLoans == 0 || units < 2 * BufferPool.MIN_SLABS) {
                    assertNotNull(segment,
                            "free memory of any kind must do, unless slabs of several segments are in use");
                }
                if (segment != null) {
                    assertEquals(givenUnits * 256, segment.capacity());
                    usedUnits += givenUnits;
                    standardLoans += givenUnits == 1 ? 1 : 0;
                    loans.add(new Loan(segment, step * 31L + loans.size()));
                }
            } else if (!loans.isEmpty()) {
                final Loan loan = loans.remove(choice % loans.size());
                usedUnits -= loan.segment.capacity() / 256;
                standardLoans -= loan.segment.capacity() == 256 ? 1 : 0;
                loan.end();
            }
            assertEquals(usedUnits * 256L, pool.usedBytes());
            assertTrue(pool.committedBytes() <= pool.capacityBytes());
            assertTrue(pool.committedBytes() >= pool.usedBytes());
        }
        loans.forEach(Loan::end);
        Tests.assertAllMemoryBack(pool);
    }
}
