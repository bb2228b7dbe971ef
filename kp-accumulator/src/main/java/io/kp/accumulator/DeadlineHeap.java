package io.kp.accumulator;

import java.util.Arrays;

/**
 * The batches by their next deadline: a binary heap that knows each batch's place, so that a deadline can be moved or cancelled. Single
 * threaded.
 *
 * <p>
 * A heap and not a timer wheel because the I/O thread asks for the exact next deadline before each select, which a wheel can only find by
 * a scan, and because equal deadlines must come in the order of the batches. New deadlines are mostly the latest, so that the usual insert
 * compares once. Deadlines are compared by difference and may wrap.
 */
final class DeadlineHeap {
    static final int NOT_SCHEDULED = -1;

    private static final int INITIAL_CAPACITY = 64;

    private Batch[] heap = new Batch[INITIAL_CAPACITY];
    private int size;

    int size() {
        return size;
    }

    /** The batch with the earliest deadline, or null. */
    Batch peek() {
        return size == 0 ? null : heap[0];
    }

    /** Schedules the batch, or moves it if it is scheduled. */
    void schedule(final Batch batch, final long deadlineNs) {
        batch.timerNs = deadlineNs;
        int index = batch.timerIndex;
        if (index == NOT_SCHEDULED) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, size * 2);
            }
            index = size++;
        }
        siftDown(siftUp(index, batch), batch);
    }

    /** Takes the batch out; does nothing if it is not scheduled. */
    void cancel(final Batch batch) {
        final int index = batch.timerIndex;
        if (index == NOT_SCHEDULED) {
            return;
        }
        batch.timerIndex = NOT_SCHEDULED;
        final Batch moved = heap[--size];
        heap[size] = null;
        if (moved != batch) {
            siftDown(siftUp(index, moved), moved);
        }
    }

    private int siftUp(final int from, final Batch batch) {
        int index = from;
        while (index > 0) {
            final int parent = (index - 1) >>> 1;
            if (!before(batch, heap[parent])) {
                break;
            }
            put(index, heap[parent]);
            index = parent;
        }
        put(index, batch);
        return index;
    }

    private void siftDown(final int from, final Batch batch) {
        int index = from;
        while (true) {
            int child = 2 * index + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], batch)) {
                break;
            }
            put(index, heap[child]);
            index = child;
        }
        put(index, batch);
    }

    private void put(final int index, final Batch batch) {
        heap[index] = batch;
        batch.timerIndex = index;
    }

    private static boolean before(final Batch a, final Batch b) {
        final long difference = a.timerNs - b.timerNs;
        return difference < 0 || difference == 0 && a.order < b.order;
    }
}
