package io.kp.metadata;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A metadata with a fake clock, driven by one thread: when the caller parks, the next step of the script runs in its place, as the I/O thread's
 * doing; without a step the time passes.
 */
final class Fixture implements Parker {

    static final TopicError UNKNOWN = new TopicError((short) 3, "UNKNOWN_TOPIC_OR_PARTITION",
            TopicError.Kind.RETRIABLE);
    static final TopicError INVALID = new TopicError((short) 17, "INVALID_TOPIC_EXCEPTION",
            TopicError.Kind.INVALID_TOPIC);
    static final TopicError DENIED = new TopicError((short) 29, "TOPIC_AUTHORIZATION_FAILED",
            TopicError.Kind.UNAUTHORIZED);
    static final TopicError STRANGE = new TopicError((short) -1, "UNKNOWN_SERVER_ERROR", TopicError.Kind.OTHER);

    static final Node ONE = new Node(1, "one", 9092);
    static final Node TWO = new Node(2, "two", 9092);
    static final List<Node> BOOTSTRAP = List.of(Node.bootstrap(0, "boot", 9092), Node.bootstrap(1, "strap", 9092));

    final ArrayDeque<Runnable> script = new ArrayDeque<>();
    final List<Thread> unparked = new ArrayList<>();
    long nowNs;
    int wakeups;
    final Metadata metadata;

    Fixture() {
        this(MetadataConfig.DEFAULTS, 0);
    }

    Fixture(final MetadataConfig config, final long originNs) {
        nowNs = originNs;
        metadata = new Metadata(config, BOOTSTRAP, () -> nowNs, new Random(42), this);
        metadata.onUpdateWanted(() -> wakeups++);
    }

    @Override
    public void park(final Object blocker, final long nanos) {
        if (script.isEmpty()) {
            nowNs += nanos;
        } else {
            script.remove().run();
        }
    }

    @Override
    public void unpark(final Thread thread) {
        unparked.add(thread);
    }

    void passMs(final long ms) {
        nowNs += TimeUnit.MILLISECONDS.toNanos(ms);
    }

    long dueInMs() {
        final long ns = metadata.timeToNextUpdateNs(nowNs);
        return ns == Long.MAX_VALUE ? Long.MAX_VALUE : TimeUnit.NANOSECONDS.toMillis(ns);
    }

    /** Lets the time pass until an update is due, and begins it. */
    MetadataRequestPlan begin() {
        nowNs += metadata.timeToNextUpdateNs(nowNs);
        return metadata.beginUpdate(nowNs);
    }

    Cluster complete(final MetadataRequestPlan plan, final TopicUpdate... topics) {
        return metadata.completeUpdate(plan, new ClusterUpdate("cluster", 1, List.of(ONE, TWO), Arrays.asList(topics)),
                nowNs);
    }

    Cluster update(final TopicUpdate... topics) {
        return complete(begin(), topics);
    }

    void fail(final String why) {
        metadata.failUpdate(begin(), new IllegalStateException(why), nowNs);
    }

    static TopicId id(final int n) {
        return new TopicId(7, n);
    }

    /** A topic whose partitions are all led by node 1 with the same epoch. */
    static TopicUpdate topic(final String name, final int partitions, final int epoch) {
        return topic(name, TopicId.ZERO, partitions, 1, epoch);
    }

    static TopicUpdate topic(final String name, final TopicId id, final int partitions, final int leader,
            final int epoch) {
        final List<PartitionInfo> list = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            list.add(new PartitionInfo(name, i, leader, epoch));
        }
        return TopicUpdate.described(name, id, false, list, false);
    }
}
