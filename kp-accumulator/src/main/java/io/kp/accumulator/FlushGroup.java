package io.kp.accumulator;

import java.util.concurrent.CompletableFuture;

/**
 * The batches opened between two flushes. A flush is over when its group and all groups before it have no batch left whose records wait
 * for their outcome. I/O thread only.
 */
final class FlushGroup {
    /** Batches of the group whose records have no outcome yet. */
    int live;
    /** Completes when this group and the ones before it are empty; null for the youngest group, which no flush has ended yet. */
    CompletableFuture<Void> ticket;
    FlushGroup next;
}
