/**
 * Collects records into Kafka record batches, per partition, without locks, and hands them to one I/O thread.
 *
 * <h2>How the types fit together</h2>
 *
 * <pre>
 *   appending threads (any number)                          I/O thread (one)
 *
 *   RecordAccumulator.topic(name)
 *      └─ TopicQueues.partition(i)
 *           └─ PartitionQueue ◀── append, tryAppend,        poll ──▶ takes announcements, fires timers
 *                                 tryClaim ─▶ Claim         forEachReadyNode, drain ──▶ Batch
 *                  │                                        Batch: seal, buffers, complete
 *                  │  opened, complete                      retry, release, pollExpired, abortQueued
 *                  └──────── one queue of events ─────────▶
 *                            Waker, if it sleeps
 * </pre>
 *
 * {@link io.kp.accumulator.RecordAccumulator} is the whole; {@link io.kp.accumulator.PartitionQueue} is where a partition's records go in;
 * {@link io.kp.accumulator.Batch} is what comes out, in the wire format of record batches version 2. Memory comes from a
 * {@link io.kp.memory.BufferPool}, leaders from a {@link io.kp.metadata.Cluster}. Nothing in here knows of connections or requests.
 *
 * <h2>The way of a record</h2>
 *
 * <ol>
 * <li>The appender claims index and space in the partition's open segment by one compare-and-set on a packed state word.</li>
 * <li>It writes the record straight into the segment, in wire format, and its completion object into the record's slot.</li>
 * <li>It commits by one atomic add on the batch. There is no third synchronized step, no lock, and no object made for the record.</li>
 * <li>A batch is closed when a record does not fit (by the appender) or when it is due and drained (by the I/O thread), and complete when the
 * last claimed record is committed as well. Whoever does the last of these operations hands it on, once.</li>
 * <li>The I/O thread drains batches by leader, seals them with header and checksum, and has them written from where they lie.</li>
 * <li>With the outcome it walks the completion objects in record order, and releases the segments to the pool.</li>
 * </ol>
 *
 * Only the first record of a segment may have to wait, for memory. A batch whose writer stands still is skipped, and nobody waits for it but the
 * batches behind it, for the sake of order.
 *
 * <h2>Memory</h2>
 *
 * <pre>
 *   Batch ─ first ─▶ SegmentNode ── next ──▶ SegmentNode ── next ──▶ …
 *                      │   │ slots[]           │   │ slots[]             the records' completion objects; empty
 *                      │   └▶ - c - - -        │   └▶ - - c              where it is the one of the segment's first
 *                      ▼                       ▼
 *                    Segment                 Segment                     off-heap, from the pool
 *                    ┌──────┬──┬──┬───┬──┐   ┌───┬────┬──┬───────┐
 *                    │header│r0│r1│r2 │r3│   │r4 │ r5 │r6│ free  │
 *                    └──────┴──┴──┴───┴──┘   └───┴────┴──┴───────┘
 * </pre>
 *
 * A record never straddles two segments; one that is larger than a standard segment gets a segment of its own size. The node is the segment's
 * attachment and carries the batch object of the batch that it opens, so that all bookkeeping is recycled together with the memory: in the steady
 * state nothing is allocated.
 *
 * <h2>Names of memory orders</h2>
 *
 * <em>Plain</em>: no order, guarded by something else. <em>Opaque</em>: seen eventually, for hints and statistics. <em>Acquire</em> and
 * <em>release</em>: what was written before the release is seen after the acquire. <em>Volatile</em>: one order for all, with a full fence where a
 * store must come before a later load (the sleep handshake).
 */
package io.kp.accumulator;
