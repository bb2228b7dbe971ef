package io.kp.accumulator;

import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;

import io.kp.support.Jcstress;

/**
 * Deliberate mistakes in what is lock-free, each of which a jcstress test must show. Each is put into a copy of the module's own source, so
 * that it cannot grow apart from the code that it weakens. In all of them, and in one copy without a mistake, a thread sometimes loses its
 * processor between two steps that belong together: on a machine with few cores the windows are too small otherwise.
 *
 * <p>
 * There is none that only drops a fence: on x86 every atomic read-modify-write is a full fence, so that would not show. Instead there is the
 * order of instructions that the missing fence would allow.
 */
enum Weakened {
    /** No mistake, only the pauses. */
    NOTHING("PartitionQueue.java",
            "if (STATE.compareAndSet(this, seen, QueueState.withRecord(seen, bytes))) {",
            "if (Weakened.pause() && STATE.compareAndSet(this, seen, QueueState.withRecord(seen, bytes))) {",
            "} else if (STATE.compareAndSet(this, seen, QueueState.withPhase(seen, QueueState.SWITCHING))) {",
            "} else if (Weakened.pause()"
                    + " && STATE.compareAndSet(this, seen, QueueState.withPhase(seen, QueueState.SWITCHING))) {",
            "if (STATE.compareAndSet(this, seen, QueueState.withPhase(seen, nextPhase))) {",
            "if (Weakened.pause() && STATE.compareAndSet(this, seen, QueueState.withPhase(seen, nextPhase))) {",
            "commit(node, open, slot, timestampMs, completion);",
            "Weakened.pause(); commit(node, open, slot, timestampMs, completion);"),

    /** Adds get lost, and with them the batch. */
    COMMIT_READS_AND_WRITES("Batch.java", "return (long) PENDING.getAndAdd(this, 1L) == CLOSED_BIAS - 1;",
            "final long seen = pending; Weakened.pause(); return (pending = seen + 1) == CLOSED_BIAS;"),

    /** Two may find that the batch is complete. */
    COMMIT_LOOKS_AGAIN("Batch.java", "return (long) PENDING.getAndAdd(this, 1L) == CLOSED_BIAS - 1;",
            "PENDING.getAndAdd(this, 1L); Weakened.pause(); return (long) PENDING.getVolatile(this) == CLOSED_BIAS;"),

    /** Two appenders may get the same place, and a claim may undo a seal or a switch. */
    CLAIM_READS_AND_SETS("PartitionQueue.java",
            "if (STATE.compareAndSet(this, seen, QueueState.withRecord(seen, bytes))) {",
            "if ((long) STATE.getVolatile(this) == seen && Weakened.pause()"
                    + " && (state = QueueState.withRecord(seen, bytes)) != 0) {"),

    /** Two appenders may install a segment at once. */
    SWITCH_READS_AND_SETS("PartitionQueue.java",
            "} else if (STATE.compareAndSet(this, seen, QueueState.withPhase(seen, QueueState.SWITCHING))) {",
            "} else if ((long) STATE.getVolatile(this) == seen && Weakened.pause()"
                    + " && (state = QueueState.withPhase(seen, QueueState.SWITCHING)) != 0) {"),

    /** A claim between the read and the set is not in the batch's totals. */
    SEAL_READS_AND_SETS("PartitionQueue.java",
            "if (STATE.compareAndSet(this, seen, QueueState.withPhase(seen, nextPhase))) {",
            "if ((long) STATE.getVolatile(this) == seen && Weakened.pause()"
                    + " && (state = QueueState.withPhase(seen, nextPhase)) != -1) {"),

    /** What a commit without release semantics would allow. */
    COMMITS_BEFORE_IT_WRITES("PartitionQueue.java", "commit(node, open, slot, timestampMs, completion);",
            "Weakened.pause(); put(node, open, slot, position, body, delta, index, key, value, headers);",
            "                        put(node, open, slot, position, body, delta, index, key, value, headers);",
            "commit(node, open, slot, timestampMs, completion);"),

    /** Both may count the other as still at work. */
    COUNTS_READS_AND_SETS("HandBack.java", "compressing.decrementAndGet() == 0",
            "countOut() == 0", "    boolean isEmpty() {",
            "    private int countOut() { final int left = compressing.get() - 1; Weakened.pause();"
                    + " compressing.set(left); return left; }\n\n    boolean isEmpty() {"),

    /** Leaves it to somebody who takes what waits, and may be done with it before. */
    LOOKS_BEFORE_IT_COUNTS("HandBack.java",
            "final boolean last = compressing.decrementAndGet() == 0 && !moreToCompress.getAsBoolean();",
            "final boolean more = moreToCompress.getAsBoolean(); Weakened.pause();"
                    + " final boolean last = compressing.decrementAndGet() == 0 && !more;");

    private static final int RUNS_PER_PAUSE = 4;

    private final String file;
    private final String[] replacements;

    Weakened(final String file, final String... replacements) {
        this.file = file;
        this.replacements = replacements;
    }

    /** The test that must show it. */
    Class<?> test() {
        return switch (file) {
            case "Batch.java" -> BatchCompletionStress.class;
            case "HandBack.java" -> HandBackStress.class;
            default -> AppendStress.class;
        };
    }

    /** A run of that test on the weakened source. */
    Jcstress.Run run(final Jcstress jcstress) throws IOException {
        return jcstress.weakened(name(), test(), file, replacements);
    }

    /** Called by the copies. */
    static boolean pause() {
        if (ThreadLocalRandom.current().nextInt(RUNS_PER_PAUSE) == 0) {
            Thread.yield();
        }
        return true;
    }
}
