package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BufferPoolTest {
    private static final int SEGMENT_BYTES = 256;

    @Test
    void shouldHaveTheDocumentedDefaults() {
        final BufferPool pool = BufferPool.builder().build();
        assertEquals(32 * 1024 * 1024, pool.capacityBytes());
        assertEquals(2048, pool.segmentBytes());
        assertEquals(32 * 1024 * 1024, pool.maxRequestBytes());
        assertEquals(0, pool.committedBytes());
        final Segment segment = pool.tryAcquire(1);
        assertEquals(2048, segment.capacity());
        assertEquals(2048, pool.usedBytes());
        assertEquals(BufferPool.SLAB_BYTES, pool.committedBytes());
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 256, 600})
    void shouldGiveOutTheBudgetAndNoMore(final int units) {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, units).build();
        for (int round = 0; round < 2; round++) {
            final List<Segment> held = new ArrayList<>();
            for (int i = 0; i < units; i++) {
                held.add(pool.tryAcquire(i % (SEGMENT_BYTES + 1)));
                assertEquals((i + 1L) * SEGMENT_BYTES, pool.usedBytes());
            }
            assertNull(pool.tryAcquire(0));
            assertEquals(round + 1, pool.exhaustedCount());
            assertEquals(pool.capacityBytes(), pool.committedBytes());
            held.forEach(Segment::release);
            assertEquals(0, pool.usedBytes());
        }
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldAllocateWhenMemoryIsFirstNeeded() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1000).build();
        final List<Segment> held = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            held.add(pool.tryAcquire(1));
            final int slabs = i / 15 + 1; // a slab is at most one 64th of the budget
            assertEquals(Math.min(slabs * 15L, 1000L) * SEGMENT_BYTES, pool.committedBytes());
        }
        held.forEach(Segment::release);
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @CsvSource({"257,512", "512,512", "513,768", "2048,2048", "2049,2560", "3585,4096", "10000,10240", "25600,25600"})
    void shouldRoundOversizeRequestsToASizeClass(final int requestedBytes, final int givenBytes) {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 100).build();
        final Segment segment = pool.tryAcquire(requestedBytes);
        assertEquals(givenBytes, segment.capacity());
        assertEquals(givenBytes, pool.usedBytes());
        assertEquals(givenBytes, pool.committedBytes());
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldReuseOversizeMemory() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 100).build();
        final Segment first = pool.tryAcquire(10_000);
        final Segment second = pool.tryAcquire(9_999);
        assertNotSame(first, second);
        first.release();
        assertSame(first, pool.tryAcquire(9_500));
        first.release();
        second.release();
        for (int i = 0; i < 100; i++) {
            final Segment again = pool.tryAcquire(10_000);
            assertTrue(again == first || again == second);
            again.release();
        }
        assertEquals(2 * 10_240, pool.committedBytes());
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldGiveThePreferredSizeWhileTheBudgetHasRoomForIt() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        pool.tryAcquire(1).release();
        final Segment preferred = pool.tryAcquire(1, 4 * SEGMENT_BYTES);
        assertEquals(4 * SEGMENT_BYTES, preferred.capacity(), "though a smaller one is free");
        preferred.release();
        assertSame(preferred, pool.tryAcquire(1, 4 * SEGMENT_BYTES));
        preferred.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldTakeWhatIsFreeRatherThanDropItForThePreferredSize() throws InterruptedException {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        final Segment four = pool.tryAcquire(4 * SEGMENT_BYTES);
        final Segment three = pool.tryAcquire(3 * SEGMENT_BYTES);
        final Segment two = pool.tryAcquire(2 * SEGMENT_BYTES);
        final Segment one = pool.tryAcquire(1);
        three.release();
        two.release();
        one.release();
        assertSame(three, pool.tryAcquire(SEGMENT_BYTES, 4 * SEGMENT_BYTES), "the largest first");
        assertSame(two, pool.acquire(SEGMENT_BYTES, 4 * SEGMENT_BYTES, 0));
        assertSame(one, pool.tryAcquire(SEGMENT_BYTES, 4 * SEGMENT_BYTES));
        assertNull(pool.tryAcquire(SEGMENT_BYTES, 4 * SEGMENT_BYTES));
        one.release();
        assertNull(pool.tryAcquire(2 * SEGMENT_BYTES, 4 * SEGMENT_BYTES), "smaller than the least");
        List.of(four, three, two).forEach(Segment::release);
        final Segment all = pool.tryAcquire(1, Integer.MAX_VALUE);
        assertEquals(4 * SEGMENT_BYTES, all.capacity(), "a preference larger than the budget drops nothing");
        all.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldTakeWhatIsLargerRatherThanDropIt() throws InterruptedException {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        final Segment seven = pool.tryAcquire(7 * SEGMENT_BYTES);
        final Segment three = pool.tryAcquire(3 * SEGMENT_BYTES);
        seven.release();
        three.release();
        assertSame(three, pool.tryAcquire(1, SEGMENT_BYTES), "the smallest that is larger first");
        assertSame(seven, pool.acquire(1, SEGMENT_BYTES, 0));
        assertNull(pool.tryAcquire(1, SEGMENT_BYTES));
        three.release();
        seven.release();
        final Segment exact = pool.tryAcquire(1);
        assertEquals(SEGMENT_BYTES, exact.capacity(), "who has no preference gets what he asks for");
        exact.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldAllocateTheLeastSizeWhileTheBudgetHasRoomForItThoughSomethingLargerIsFree() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        final Segment eight = pool.tryAcquire(8 * SEGMENT_BYTES);
        eight.release();
        final Segment segment = pool.tryAcquire(SEGMENT_BYTES, 3 * SEGMENT_BYTES);
        assertEquals(SEGMENT_BYTES, segment.capacity());
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldDropFreeMemoryForTheLeastSizeIfNothingFreeWillDo() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 20).build();
        final Segment large = pool.tryAcquire(20 * SEGMENT_BYTES);
        large.release();
        final Segment segment = pool.tryAcquire(SEGMENT_BYTES, 2 * SEGMENT_BYTES);
        assertEquals(SEGMENT_BYTES, segment.capacity(), "twenty are more than eight times two");
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldRefuseAPreferenceBelowTheLeastSize() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        final String message = "preferred size must not be less than the least one: preferredBytes=1, minBytes=2";
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> pool.tryAcquire(2, 1)).getMessage());
        assertEquals(message,
                assertThrows(IllegalArgumentException.class, () -> pool.acquire(2, 1, 1)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> pool.tryAcquire(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> pool.tryAcquire(2561, 4000));
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldDropOversizeMemoryForStandardSegments() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        final Segment large = pool.tryAcquire(7 * SEGMENT_BYTES);
        final Segment small = pool.tryAcquire(3 * SEGMENT_BYTES);
        large.release();
        small.release();
        final List<Segment> held = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            held.add(pool.tryAcquire(1));
            assertEquals((i + 1L) * SEGMENT_BYTES, pool.usedBytes());
            assertTrue(pool.committedBytes() <= pool.capacityBytes());
        }
        assertNull(pool.tryAcquire(1));
        held.forEach(Segment::release);
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldDropNoMoreOversizeMemoryThanNeeded() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        final Segment large = pool.tryAcquire(7 * SEGMENT_BYTES);
        final Segment small = pool.tryAcquire(3 * SEGMENT_BYTES);
        large.release();
        small.release();
        final Segment standard = pool.tryAcquire(1);
        assertSame(large, pool.tryAcquire(7 * SEGMENT_BYTES));
        large.release();
        standard.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldDropFreeSlabsForOversizeMemory() {
        // 64 slabs of 16 segments each.
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1024).build();
        final List<Segment> held = new ArrayList<>();
        for (int i = 0; i < 1024; i++) {
            held.add(pool.tryAcquire(1));
        }
        final Segment keepsOneSlab = held.remove(100);
        held.forEach(Segment::release);
        held.clear();
        assertEquals(SEGMENT_BYTES, pool.usedBytes());

        assertNull(pool.tryAcquire(1000 * SEGMENT_BYTES), "one slab is in use");
        assertEquals(SEGMENT_BYTES, pool.usedBytes(), "a failure must not lose what it looked at");
        final Segment large = pool.tryAcquire(896 * SEGMENT_BYTES);
        assertEquals(896 * SEGMENT_BYTES, large.capacity());
        assertEquals(pool.capacityBytes(), pool.committedBytes());
        for (int units = 897; units < 1024; units++) {
            held.add(pool.tryAcquire(1));
            assertEquals((units + 1L) * SEGMENT_BYTES, pool.usedBytes());
        }
        assertNull(pool.tryAcquire(1));
        held.forEach(Segment::release);
        large.release();
        keepsOneSlab.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldDropOversizeMemoryOfOtherClasses() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        for (int units = 2; units <= 10; units++) {
            final Segment segment = pool.tryAcquire(units * SEGMENT_BYTES);
            assertTrue(segment.capacity() >= units * SEGMENT_BYTES);
            segment.release();
            assertTrue(pool.committedBytes() <= pool.capacityBytes());
        }
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldRejectARequestLargerThanTheBudgetAtOnce() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        final String message = "request larger than the pool can ever serve: requestedBytes=2561, capacityBytes=2560, "
                + "maxRequestBytes=2560";
        assertEquals(message,
                assertThrows(IllegalArgumentException.class, () -> pool.acquire(2561, Tests.FOREVER_NS)).getMessage());
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> pool.tryAcquire(2561)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> pool.tryAcquire(Integer.MAX_VALUE));
        assertEquals("request must not be negative: requestedBytes=-1",
                assertThrows(IllegalArgumentException.class, () -> pool.tryAcquire(-1)).getMessage());
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldRejectARequestLargerThanAnySegmentAtOnce() {
        final BufferPool pool = BufferPool.builder().capacityBytes(1L << 33).segmentBytes(1 << 16).build();
        assertEquals(1L << 33, pool.capacityBytes());
        assertEquals(Integer.MAX_VALUE - 65535, pool.maxRequestBytes());
        final String message = assertThrows(IllegalArgumentException.class, () -> pool.tryAcquire(Integer.MAX_VALUE))
                .getMessage();
        assertTrue(message.contains("requestedBytes=2147483647, capacityBytes=8589934592"), message);
        assertEquals(0, pool.committedBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -256, 128, 255, 257, 3000, Integer.MIN_VALUE})
    void shouldRejectSegmentSizesThatAreNoPowerOfTwo(final int segmentBytes) {
        assertEquals("segment size must be a power of two of at least 256: segmentBytes=" + segmentBytes, assertThrows(
                IllegalArgumentException.class, () -> BufferPool.builder().segmentBytes(segmentBytes)).getMessage());
    }

    @Test
    void shouldRejectBudgetsThatDoNotFitTheSegments() {
        assertEquals("capacity must be positive: capacityBytes=0",
                assertThrows(IllegalArgumentException.class, () -> BufferPool.builder().capacityBytes(0)).getMessage());
        assertEquals("capacity must be 1 to 2^30 segments: capacityBytes=2047, segmentBytes=2048", assertThrows(
                IllegalArgumentException.class, () -> BufferPool.builder().capacityBytes(2047).build()).getMessage());
        assertThrows(IllegalArgumentException.class, () -> BufferPool.builder().capacityBytes(1L << 50).build());
        assertEquals(4096, BufferPool.builder().capacityBytes(6143).build().capacityBytes());
    }

    @Test
    void shouldFailWithoutWaitingWhenNoTimeIsAllowed() throws InterruptedException {
        final ScriptedParker parker = new ScriptedParker();
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 3).parker(parker).nanoClock(() -> parker.nowNs)
                .build();
        final Segment oversize = pool.acquire(512, 0);
        final Segment standard = pool.acquire(1, Long.MIN_VALUE);
        for (final long timeoutNs : new long[]{0, -1, Long.MIN_VALUE}) {
            final PoolExhaustedException failure = assertThrows(PoolExhaustedException.class,
                    () -> pool.acquire(300, timeoutNs));
            assertEquals("no memory within the time allowed: requestedBytes=300, waitedNs=0, capacityBytes=768, "
                    + "usedBytes=768, waiters=0", failure.getMessage());
        }
        assertEquals(0, parker.parks);
        assertEquals(3, pool.exhaustedCount());
        oversize.release();
        standard.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldGiveUpWhenTheTimeIsOver() throws InterruptedException {
        final ScriptedParker parker = new ScriptedParker();
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1).parker(parker).nanoClock(() -> parker.nowNs)
                .build();
        final Segment segment = pool.acquire(1, 0);
        parker.then(() -> {
            // woken for nothing
        }).then(() -> assertEquals(1, pool.waiters()));
        final PoolExhaustedException failure = assertThrows(PoolExhaustedException.class, () -> pool.acquire(5, 1000));
        assertEquals(3, parker.parks);
        assertEquals(5, failure.requestedBytes());
        assertEquals(1000, failure.waitedNs());
        assertEquals(256, failure.capacityBytes());
        assertEquals(256, failure.usedBytes());
        assertEquals(0, failure.waiters());
        assertEquals(1000, pool.waitedNs());
        assertEquals(1, pool.exhaustedCount());
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldTakeMemoryThatComesInTheLastMoment() throws InterruptedException {
        final ScriptedParker parker = new ScriptedParker();
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1).parker(parker).nanoClock(() -> parker.nowNs)
                .build();
        final Segment segment = pool.acquire(1, 0);
        parker.then(() -> {
            parker.nowNs += 1_000_000;
            segment.release();
        });
        assertSame(segment, pool.acquire(1, 1000));
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldWaitForAsLongAsALongCanSay() throws InterruptedException {
        final ScriptedParker parker = new ScriptedParker();
        parker.nowNs = Long.MAX_VALUE - 1; // the clock wraps while waiting
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1).parker(parker).nanoClock(() -> parker.nowNs)
                .build();
        final Segment segment = pool.acquire(1, 0);
        parker.then(() -> parker.nowNs += 1000).then(segment::release);
        assertSame(segment, pool.acquire(1, Long.MAX_VALUE));
        assertEquals(1002, pool.waitedNs());
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldNotCheckForInterruptsWhenThereIsNoNeedToWait() throws InterruptedException {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1).build();
        Thread.currentThread().interrupt();
        final Segment segment = pool.acquire(1, 1000);
        assertThrows(PoolExhaustedException.class, () -> pool.acquire(1, 0));
        assertThrows(InterruptedException.class, () -> pool.acquire(1, 1000));
        assertEquals(false, Thread.interrupted());
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 600})
    void shouldPassOnWhatWasGrantedToAnInterruptedCaller(final int minBytes) throws InterruptedException {
        final ScriptedParker parker = new ScriptedParker();
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 3).parker(parker).nanoClock(() -> parker.nowNs)
                .build();
        final Segment first = pool.acquire(768, 0);
        parker.then(() -> {
            first.release(); // serves the waiter
            assertEquals(0, pool.waiters());
            Thread.currentThread().interrupt();
        });
        assertThrows(InterruptedException.class, () -> pool.acquire(minBytes, 1000));
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldGiveBudgetBackThatWasGrantedToAnInterruptedCaller() throws InterruptedException {
        final ScriptedParker parker = new ScriptedParker();
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 3).parker(parker).nanoClock(() -> parker.nowNs)
                .build();
        final Segment first = pool.acquire(1, 0);
        parker.then(() -> {
            first.release(); // makes room for oversize memory, which the waiter is to allocate
            assertEquals(768, pool.usedBytes());
            Thread.currentThread().interrupt();
        });
        assertThrows(InterruptedException.class, () -> pool.acquire(600, 1000));
        assertEquals(0, pool.committedBytes());
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldLoseNothingWhenTheParkerFails() throws InterruptedException {
        final ScriptedParker parker = new ScriptedParker();
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1).parker(parker).nanoClock(() -> parker.nowNs)
                .build();
        final Segment segment = pool.acquire(1, 0);
        parker.then(() -> {
            throw new IllegalStateException("simulation ends");
        }).then(() -> {
            segment.release();
            throw new IllegalStateException("simulation ends");
        });
        assertThrows(IllegalStateException.class, () -> pool.acquire(1, 1000));
        assertEquals(0, pool.waiters());
        assertThrows(IllegalStateException.class, () -> pool.acquire(1, 1000));
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldFailOnAClosedPool() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 4).build();
        final Segment standard = pool.tryAcquire(1);
        final Segment oversize = pool.tryAcquire(512);
        pool.close();
        pool.close();
        assertThrows(PoolClosedException.class, () -> pool.tryAcquire(1));
        assertThrows(PoolClosedException.class, () -> pool.acquire(1, 0));
        assertThrows(PoolClosedException.class, () -> pool.acquire(1, 1000));
        standard.putLong(0, 1);
        standard.release();
        oversize.release();
        assertThrows(PoolClosedException.class, () -> pool.tryAcquire(1));
        assertEquals(0, pool.usedBytes());
        assertEquals(0, pool.waiters());
        assertEquals("", pool.leakReport());
    }

    @Test
    void shouldListSegmentsOnLoanByTheirSite() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        assertEquals("", pool.leakReport());
        final List<Segment> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            held.add(pool.tryAcquire(1));
        }
        held.add(pool.tryAcquire(1000));
        final String report = pool.leakReport();
        final String thread = Thread.currentThread().getName();
        assertTrue(report.contains("segments=3, bytes=768, acquired by thread " + thread), report);
        assertTrue(report.contains("segments=1, bytes=1024, acquired by thread " + thread), report);
        assertTrue(report.contains("shouldListSegmentsOnLoanByTheirSite(BufferPoolTest.java:"), report);
        held.forEach(Segment::release);
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldSayHowToTrackSegmentsOnLoan() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).trackAllocations(false).build();
        final Segment segment = pool.tryAcquire(1);
        assertEquals("bytes=256; io.kp.memory.track=true tells where they were acquired", pool.leakReport());
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldDescribeItself() {
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 10).build();
        assertEquals("BufferPool[capacityBytes=2560, usedBytes=0, waiters=0]", pool.toString());
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldKeepSegmentsApart(final SegmentAccess access) {
        final BufferPool pool = Tests.builder(access, 310).build();
        final List<Segment> held = new ArrayList<>();
        for (int i = 0; i < 290; i++) {
            held.add(pool.tryAcquire(1));
        }
        held.add(pool.tryAcquire(5 * SEGMENT_BYTES));
        held.add(pool.tryAcquire(5 * SEGMENT_BYTES));
        for (int i = 0; i < held.size(); i++) {
            for (int index = 0; index < held.get(i).capacity(); index += 8) {
                held.get(i).putLong(index, i);
            }
        }
        for (int i = 0; i < held.size(); i++) {
            for (int index = 0; index < held.get(i).capacity(); index += 8) {
                assertEquals(i, held.get(i).getLong(index));
            }
            held.get(i).release();
        }
        Tests.assertAllMemoryBack(pool);
    }

    @Test
    void shouldPassErrorsOfTheClockOn() {
        final AtomicReference<RuntimeException> failure = new AtomicReference<>(new IllegalStateException("no clock"));
        final BufferPool pool = Tests.builder(SegmentAccess.JDK, 1).nanoClock(() -> {
            throw failure.get();
        }).build();
        final Segment segment = pool.tryAcquire(1);
        assertSame(failure.get(), assertThrows(IllegalStateException.class, () -> pool.acquire(1, 1000)));
        assertEquals(0, pool.waiters());
        segment.release();
        Tests.assertAllMemoryBack(pool);
    }

    @ParameterizedTest
    @MethodSource("io.kp.memory.Tests#accesses")
    void shouldAllocateNothingWhenMemoryIsAtHand(final SegmentAccess access) throws Exception {
        final BufferPool pool = Tests.builder(access, 100).trackAllocations(false).poison(false).build();
        pool.tryAcquire(1).release();
        pool.tryAcquire(1000).release();
        long allocatedBytes = Long.MAX_VALUE;
        for (int round = 0; round < 20 && allocatedBytes > 8000; round++) { // the first rounds load classes
            final long before = Tests.allocatedBytes();
            for (int i = 0; i < 1000; i++) {
                final Segment standard = pool.acquire(1, 0);
                final Segment oversize = pool.tryAcquire(1000);
                standard.putLong(0, i);
                oversize.putInt(0, i);
                oversize.release();
                standard.release();
            }
            allocatedBytes = Tests.allocatedBytes() - before;
        }
        // Less than the smallest object for each second pair; asking for the number allocates about a thousand bytes.
        assertTrue(allocatedBytes <= 8000, "allocatedBytes=" + allocatedBytes);
        Tests.assertAllMemoryBack(pool);
    }
}
