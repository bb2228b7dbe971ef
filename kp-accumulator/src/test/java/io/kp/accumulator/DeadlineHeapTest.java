package io.kp.accumulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DeadlineHeapTest {
    @Property(tries = 200)
    void shouldBehaveAsASortedSet(@ForAll final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final long originNs = random.nextBoolean() ? 0 : Long.MAX_VALUE - 50;
        final DeadlineHeap heap = new DeadlineHeap();
        final TreeSet<Batch> model = new TreeSet<>(
                Comparator.comparingLong((Batch batch) -> batch.timerNs - originNs)
                        .thenComparingLong(batch -> batch.order));
        final List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            final Batch batch = new Batch();
            batch.order = i;
            batches.add(batch);
        }
        for (int i = 0; i < 1_000; i++) {
            final Batch batch = batches.get(random.nextInt(batches.size()));
            model.remove(batch);
            if (random.nextInt(3) == 0) {
                heap.cancel(batch);
            } else {
                heap.schedule(batch, originNs + random.nextInt(100));
                model.add(batch);
            }
            assertEquals(model.size(), heap.size());
            assertSame(model.isEmpty() ? null : model.first(), heap.peek());
        }
        while (!model.isEmpty()) {
            assertSame(model.pollFirst(), heap.peek());
            heap.cancel(heap.peek());
        }
        assertNull(heap.peek());
    }

    @Test
    void shouldIgnoreTheCancellationOfWhatIsNotScheduled() {
        final DeadlineHeap heap = new DeadlineHeap();
        heap.cancel(new Batch());
        assertEquals(0, heap.size());
    }
}
