package io.kp.client;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The outcomes of one partition on their way through the completion executor, which may have many threads: one at a time, in their order. The I/O thread adds, the
 * executor's threads take.
 *
 * <p>Who raises {@code waiting} from 0 has the lane run; who runs it goes on until it has lowered it to 0 again. So the lane is in the executor at most once.
 */
final class CallbackLane implements Runnable {
    /** How many batches are told in one go before other partitions have their turn. */
    private static final int BATCHES_PER_TURN = 16;

    private final Completions completions;
    private final ConcurrentLinkedQueue<CallbackTask> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    CallbackLane(final Completions completions) {
        this.completions = completions;
    }

    void add(final CallbackTask task) {
        tasks.add(task);
        if (waiting.getAndIncrement() == 0) {
            completions.execute(this);
        }
    }

    @Override
    public void run() {
        for (int told = 1;; told++) {
            final CallbackTask task = tasks.poll();
            if (task == null) {
                // An executor that has run the lane and refused it afterwards, against its contract.
                return;
            }
            task.run();
            if (waiting.decrementAndGet() == 0) {
                return;
            }
            if (told % BATCHES_PER_TURN == 0 && completions.tryExecute(this)) {
                return;
            }
        }
    }
}
