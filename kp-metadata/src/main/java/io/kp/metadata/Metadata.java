package io.kp.metadata;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Keeps what a client knows of its cluster: which topics it uses, what was last said of them, when to ask again, and who waits for an
 * answer. It does no I/O: it says what to fetch and takes what was fetched.
 *
 * <p>
 * Two sides use it.
 *
 * <ul>
 * <li><b>Callers</b>, any number of threads: {@link #cluster()}, {@link #topic}, {@link #awaitTopic}, {@link #requestTopic},
 * {@link #requestUpdate}, {@link #pin}, {@link #unpin}, {@link #close}. {@code cluster} and {@code topic} are wait-free, allocate nothing and
 * write nothing that is shared, but for one plain integer per topic and second. Only {@code awaitTopic} blocks, and only for a topic
 * (or partition) that is not known: a topic that was described once stays known while no broker can be reached, until it has been idle for
 * {@code maxIdleMs} and a broker answered again.</li>
 * <li><b>The I/O thread</b>, one thread: {@link #timeToNextUpdateNs}, {@link #beginUpdate}, then exactly one of {@link #completeUpdate} and
 * {@link #failUpdate} for each plan; {@link #updateLeaders}, {@link #rebootstrapDue}, {@link #rebootstrap}, {@link #fatal}. These never park
 * for a caller: they take a lock that callers hold for some instructions only, on their slow path. Which node to ask is not
 * decided here.</li>
 * </ul>
 *
 * All times are nanoseconds of one monotonic clock with any origin, such as {@link System#nanoTime()}.
 *
 * @see <a href="https://cwiki.apache.org/confluence/x/fKzcDQ">KIP-951: leader discovery optimisations</a>
 */
public final class Metadata implements AutoCloseable {

    /*
     * State. `cluster` and each Entry.info are published by the I/O thread with volatile writes: first the cluster, then the entries, so that who
     * sees a topic in an entry finds a cluster at least as new. `entries` maps a topic's name to what must survive snapshots: when it was last
     * used, its last error, the last description (with the epochs that newer ones are compared with). Entries are added and
     * removed only under the lock.
     *
     * What to fetch. Full updates are counted when requested; a plan carries the count it began with, so that what was requested during the
     * flight is still wanted afterwards. Single topics that are wanted (new, failed, or asked for) are in `wanted`; beginUpdate takes them out,
     * so the same holds for them. `urgent` lets a new topic go out at once, whatever the backoff.
     *
     * Waiting. A waiter checks and enrols itself under the lock; the I/O thread publishes first and then walks the waiters under the lock. So
     * either the waiter's check sees what was published, or the walk sees the waiter: a wake-up cannot be lost. The walk decides each
     * waiter's outcome; a waiter without one has its topic wanted again. Nobody parks with the lock held.
     */

    private static final VarHandle USED_TICK;
    private static final VarHandle FIRST;

    static {
        try {
            USED_TICK = MethodHandles.lookup().findVarHandle(Entry.class, "usedTick", int.class);
            FIRST = MethodHandles.lookup().findVarHandle(Metadata.class, "first", Entry.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** A tick of the idle clock is 2^30 ns, about a second: the resolution of maxIdleMs and the rate of writes to an entry. */
    private static final int TICK_SHIFT = 30;

    private static final double JITTER = 0.2;

    private final long refreshBackoffNs;
    private final long refreshBackoffMaxNs;
    private final long maxAgeNs;
    private final int maxIdleTicks;
    private final long rebootstrapTriggerNs;
    private final RecoveryStrategy recoveryStrategy;
    private final LongSupplier nanoClock;
    private final RandomGenerator random;
    private final Parker parker;
    private final List<Node> bootstrapNodes;

    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();
    /** One of the entries, or one that was removed: its info is null then. */
    private Entry first;
    private volatile Cluster cluster;
    private volatile Runnable wakeup = () -> {
    };

    /** Guards all that follows; never held while a thread parks, calls out or builds a snapshot. */
    private final ReentrantLock lock = new ReentrantLock();
    private final Waiter waiters = new Waiter(null, null, -1);
    private final LinkedHashSet<Entry> wanted = new LinkedHashSet<>();
    private long requestedFull = 1;
    private long servedFull;
    private String requestReason = "first update";
    private boolean urgent = true;
    private boolean closed;
    private Throwable pendingFatal;
    private Throwable lastFailure;
    private MetadataRequestPlan inFlight;
    private long backoffFromNs;
    private long backoffNs;
    private int failures;
    private int equivalentResponses;
    private long lastFullNs;
    private boolean attempting;
    private long attemptingSinceNs;

    /** Rises when epochs seen before mean nothing any more; only the I/O thread uses it. */
    private int epochGeneration;

    /**
     * Starts with the bootstrap addresses and no topics. An update is due at once.
     *
     * @param config         the times to act by
     * @param bootstrapNodes the addresses to begin with, see {@link Node#bootstrap}; not empty
     * @param nanoClock      a monotonic clock in nanoseconds
     * @param random         the source of jitter; used by the I/O thread only
     * @param parker         how waiting callers sleep
     * @throws IllegalArgumentException if there is no bootstrap node, or one that has a broker's id
     */
    public Metadata(final MetadataConfig config, final Collection<Node> bootstrapNodes, final LongSupplier nanoClock,
            final RandomGenerator random, final Parker parker) {
        if (bootstrapNodes.isEmpty()) {
            throw new IllegalArgumentException("bootstrap nodes must not be empty: bootstrapNodes=0, min=1");
        }
        for (final Node node : bootstrapNodes) {
            if (!node.isBootstrap()) {
                throw new IllegalArgumentException("bootstrap node must not have a broker's id: node=" + node
                        + ", maxId=" + Node.FIRST_BOOTSTRAP_ID);
            }
        }
        this.refreshBackoffMaxNs = TimeUnit.MILLISECONDS.toNanos(config.refreshBackoffMaxMs());
        this.refreshBackoffNs = Math.min(TimeUnit.MILLISECONDS.toNanos(config.refreshBackoffMs()), refreshBackoffMaxNs);
        this.maxAgeNs = TimeUnit.MILLISECONDS.toNanos(config.maxAgeMs());
        // Rounded up, as the last tick may just have begun when it was noted.
        this.maxIdleTicks = (int) Math.min(Integer.MAX_VALUE,
                (TimeUnit.MILLISECONDS.toNanos(config.maxIdleMs()) >>> TICK_SHIFT) + 1);
        this.rebootstrapTriggerNs = TimeUnit.MILLISECONDS.toNanos(config.rebootstrapTriggerMs());
        this.recoveryStrategy = config.recoveryStrategy();
        this.nanoClock = Objects.requireNonNull(nanoClock, "nanoClock");
        this.random = Objects.requireNonNull(random, "random");
        this.parker = Objects.requireNonNull(parker, "parker");
        this.bootstrapNodes = List.copyOf(bootstrapNodes);
        this.cluster = Cluster.bootstrap(1, this.bootstrapNodes);
        this.waiters.unlink();
    }

    /**
     * Starts with the bootstrap addresses and no topics; waiting callers sleep with {@link Parker#SYSTEM}.
     *
     * @param config         the times to act by
     * @param bootstrapNodes the addresses to begin with, see {@link Node#bootstrap}; not empty
     * @param nanoClock      a monotonic clock in nanoseconds
     * @param random         the source of jitter; used by the I/O thread only
     * @throws IllegalArgumentException if there is no bootstrap node, or one that has a broker's id
     */
    public Metadata(final MetadataConfig config, final Collection<Node> bootstrapNodes, final LongSupplier nanoClock,
            final RandomGenerator random) {
        this(config, bootstrapNodes, nanoClock, random, Parker.SYSTEM);
    }

    // ---------------------------------------------------------------------------------------------------- callers

    /**
     * Sets what wakes the I/O thread when something new is to be fetched. Any thread; set it before callers come.
     *
     * @param wakeup called by the thread that asks, without a lock held; must not block
     */
    public void onUpdateWanted(final Runnable wakeup) {
        this.wakeup = Objects.requireNonNull(wakeup, "wakeup");
    }

    /**
     * The newest state of the cluster. Any thread; wait-free.
     *
     * @return the snapshot
     */
    public Cluster cluster() {
        return cluster;
    }

    /**
     * The bootstrap addresses, which stay the same. Any thread; wait-free.
     *
     * @return the addresses given at construction, immutable
     */
    public List<Node> bootstrapNodes() {
        return bootstrapNodes;
    }

    /**
     * The newest snapshot's version. Any thread; wait-free.
     *
     * @return the version, from 1
     */
    public long version() {
        return cluster.version();
    }

    /**
     * Finds a topic that is in use and marks it as used now. Any thread; wait-free, allocates nothing.
     *
     * @param name  the topic's name
     * @param nowNs the time
     * @return the topic, or null if it is not known: then {@link #awaitTopic} or {@link #requestTopic} is next
     */
    public TopicInfo topic(final String name, final long nowNs) {
        Entry entry = (Entry) FIRST.getAcquire(this);
        TopicInfo info = null;
        if (entry != null && entry.name == name) {
            info = entry.info;
        }
        if (info == null) {
            entry = entries.get(name);
            if (entry == null) {
                return null;
            }
            info = entry.info;
            if (info == null) {
                return null;
            }
            rememberFirst(entry);
        }
        entry.use(nowNs);
        return info;
    }

    /** Who uses one topic, with one String for its name, as most do, is spared the map. Never replaced while the topic is in use. */
    private void rememberFirst(final Entry entry) {
        final Entry first = (Entry) FIRST.getAcquire(this);
        if (first == null || first.info == null) {
            FIRST.setRelease(this, entry);
        }
    }

    /**
     * Finds a topic, and waits for it if it is not known. Any thread but the I/O thread. Blocks only if the topic, or the partition asked for, is not
     * known; then it has the topic fetched and wakes the I/O thread.
     *
     * @param name      the topic's name
     * @param partition a partition that must exist, or -1 if any will do
     * @param timeoutNs the longest time to wait, in nanoseconds; with 0 or less an unknown topic is asked for, and the call fails at once
     * @return the topic, with more than {@code partition} partitions
     * @throws MetadataTimeoutException if the topic or partition did not become known in time; says what the cluster and the last failed
     *                                  update said
     * @throws MetadataException        if the cluster says that the topic's name is invalid or that the client may not see it, if the client
     *                                  cannot talk to the cluster at all ({@link #fatal}), or if the metadata is closed
     * @throws InterruptedException     if the calling thread is interrupted while it waits
     */
    public TopicInfo awaitTopic(final String name, final int partition, final long timeoutNs)
            throws InterruptedException {
        final long startNs = nanoClock.getAsLong();
        final TopicInfo known = topic(name, startNs);
        if (satisfies(known, partition)) {
            return known;
        }
        return awaitUnknown(Objects.requireNonNull(name, "name"), partition, timeoutNs, startNs);
    }

    private static boolean satisfies(final TopicInfo info, final int partition) {
        return info != null && partition < info.partitionCount();
    }

    private TopicInfo awaitUnknown(final String name, final int partition, final long timeoutNs, final long startNs)
            throws InterruptedException {
        final Waiter waiter;
        boolean wake = false;
        lock.lock();
        try {
            if (closed) {
                throw closedException(name);
            }
            final Entry entry = register(name, startNs);
            if (satisfies(entry.info, partition)) {
                return entry.info;
            }
            if (entry.error != null && entry.error.kind() == TopicError.Kind.INVALID_TOPIC) {
                throw failure(name, entry.error);
            }
            wake = want(entry);
            if (pendingFatal != null) {
                final Throwable cause = pendingFatal;
                pendingFatal = null;
                throw fatalException(name, cause);
            }
            waiter = new Waiter(Thread.currentThread(), entry, partition);
            if (timeoutNs > 0) {
                waiters.addBefore(waiter);
                entry.waiters++;
            }
        } finally {
            lock.unlock();
            if (wake) {
                wakeup.run();
            }
        }
        try {
            long remainingNs = timeoutNs;
            while (waiter.outcome == null && remainingNs > 0) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while waiting for metadata of topic " + name);
                }
                parker.park(this, remainingNs);
                remainingNs = timeoutNs - (nanoClock.getAsLong() - startNs);
            }
        } finally {
            leave(waiter);
        }
        return result(waiter, timeoutNs <= 0 ? 0 : nanoClock.getAsLong() - startNs);
    }

    private void leave(final Waiter waiter) {
        lock.lock();
        try {
            if (waiter.isLinked()) {
                waiter.unlink();
                waiter.entry.waiters--;
            }
        } finally {
            lock.unlock();
        }
    }

    /** What the waiter gets; it has left the list, so the outcome does not change any more. */
    private TopicInfo result(final Waiter waiter, final long waitedNs) {
        final String name = waiter.entry.name;
        final Object outcome = waiter.outcome;
        if (outcome instanceof TopicInfo info) {
            return info;
        }
        if (outcome instanceof TopicError error) {
            throw failure(name, error);
        }
        if (outcome == Waiter.CLOSED) {
            throw closedException(name);
        }
        if (outcome instanceof Throwable cause) {
            throw fatalException(name, cause);
        }
        lock.lock();
        try {
            final TopicInfo info = waiter.entry.info;
            throw new MetadataTimeoutException(name, waiter.partition, info == null ? -1 : info.partitionCount(),
                    TimeUnit.NANOSECONDS.toMillis(waitedNs), waiter.entry.error, lastFailure);
        } finally {
            lock.unlock();
        }
    }

    private static MetadataException failure(final String topic, final TopicError error) {
        return error.kind() == TopicError.Kind.INVALID_TOPIC
                ? new MetadataException(MetadataException.Reason.INVALID_TOPIC, topic,
                        "Invalid topic name: topic=" + topic + ", error=" + error, null)
                : new MetadataException(MetadataException.Reason.UNAUTHORIZED_TOPIC, topic,
                        "Not authorized to access topic: topic=" + topic + ", error=" + error, null);
    }

    private static MetadataException fatalException(final String topic, final Throwable cause) {
        return new MetadataException(MetadataException.Reason.FATAL, topic,
                "Metadata of topic " + topic + " cannot be fetched: " + cause, cause);
    }

    private static MetadataException closedException(final String topic) {
        return new MetadataException(MetadataException.Reason.CLOSED, topic,
                "Metadata closed while topic " + topic + " was wanted", null);
    }

    /**
     * Has a topic fetched without waiting for it: takes it into use if it is not, and asks for it if it is. The I/O thread is woken if that is
     * news. Any thread.
     *
     * @param name the topic's name
     */
    public void requestTopic(final String name) {
        Objects.requireNonNull(name, "name");
        final long nowNs = nanoClock.getAsLong();
        boolean wake = false;
        lock.lock();
        try {
            wake = want(register(name, nowNs));
        } finally {
            lock.unlock();
        }
        if (wake) {
            wakeup.run();
        }
    }

    /**
     * Has everything fetched again, after the pause that the last updates call for. A request made while an update is in flight is answered by
     * the next one. Any thread.
     *
     * @param reason why, for logs
     */
    public void requestUpdate(final String reason) {
        final boolean news;
        lock.lock();
        try {
            news = (servedFull == requestedFull
                    || inFlight != null && inFlight.full() && inFlight.requestedFull() == requestedFull);
            if (news) {
                requestedFull++;
                requestReason = Objects.requireNonNull(reason, "reason");
            }
        } finally {
            lock.unlock();
        }
        if (news) {
            wakeup.run();
        }
    }

    /**
     * Takes a topic into use for good: it does not expire when idle. Any thread.
     *
     * @param name the topic's name
     */
    public void pin(final String name) {
        Objects.requireNonNull(name, "name");
        final long nowNs = nanoClock.getAsLong();
        boolean wake = false;
        lock.lock();
        try {
            final int before = wanted.size();
            register(name, nowNs).pinned = true;
            wake = wanted.size() > before;
        } finally {
            lock.unlock();
        }
        if (wake) {
            wakeup.run();
        }
    }

    /**
     * Takes a {@link #pin} back, however often it was made; the topic expires when it has been idle from now on. Any thread.
     *
     * @param name the topic's name
     */
    public void unpin(final String name) {
        final long nowNs = nanoClock.getAsLong();
        lock.lock();
        try {
            final Entry entry = entries.get(name);
            if (entry != null) {
                entry.use(nowNs);
                entry.pinned = false;
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends all waiting, now and later, with {@link MetadataException.Reason#CLOSED}. Known topics can still be read, and updates go on for as long as
     * the I/O thread begins them: what is still to be sent may need a new leader. Any thread; does nothing the second time.
     */
    @Override
    public void close() {
        final List<Thread> woken;
        lock.lock();
        try {
            closed = true;
            woken = endAllWaiting(Waiter.CLOSED);
        } finally {
            lock.unlock();
        }
        woken.forEach(parker::unpark);
    }

    /** Finds or makes the entry of a topic; a new one is wanted at once. Lock held. */
    private Entry register(final String name, final long nowNs) {
        Entry entry = entries.get(name);
        if (entry == null) {
            entry = new Entry(name, tick(nowNs));
            entries.put(name, entry);
            wanted.add(entry);
            // A new topic waits for no pause that older troubles call for.
            urgent = true;
            failures = 0;
            equivalentResponses = 0;
            entry.isNew = true;
        } else {
            entry.use(nowNs);
        }
        return entry;
    }

    /** Has an entry fetched; true if the I/O thread should hear of it. Lock held. */
    private boolean want(final Entry entry) {
        final boolean isNew = entry.isNew;
        entry.isNew = false;
        return wanted.add(entry) || isNew;
    }

    private List<Thread> endAllWaiting(final Object outcome) {
        final List<Thread> woken = new ArrayList<>();
        for (Waiter waiter = waiters.next; waiter != waiters; waiter = waiters.next) {
            woken.add(endWaiting(waiter, outcome));
        }
        return woken;
    }

    private static Thread endWaiting(final Waiter waiter, final Object outcome) {
        waiter.unlink();
        waiter.entry.waiters--;
        waiter.outcome = outcome;
        return waiter.thread;
    }

    // ------------------------------------------------------------------------------------------------- I/O thread

    /**
     * How long until an update should begin. I/O thread.
     *
     * <p>
     * Updates are due when one was requested, a topic is new or came back incomplete, or the last full one is {@code maxAgeMs} old; but not before
     * the pause after the last one is over, unless a topic is new. The first time that this says 0, the attempts count as begun, see
     * {@link #rebootstrapDue}.
     *
     * @param nowNs the time
     * @return nanoseconds, 0 if an update is due, {@link Long#MAX_VALUE} while one is in flight
     */
    public long timeToNextUpdateNs(final long nowNs) {
        lock.lock();
        try {
            if (inFlight != null) {
                return Long.MAX_VALUE;
            }
            final long untilNeeded = fullRequested() || !wanted.isEmpty() ? 0 : untilAged(nowNs);
            final long untilAllowed = urgent ? 0 : Math.max(0, backoffNs - (nowNs - backoffFromNs));
            final long remaining = Math.max(untilNeeded, untilAllowed);
            if (remaining == 0) {
                attemptBegins(nowNs);
            }
            return remaining;
        } finally {
            lock.unlock();
        }
    }

    private boolean fullRequested() {
        return requestedFull != servedFull;
    }

    private long untilAged(final long nowNs) {
        return Math.max(0, maxAgeNs - (nowNs - lastFullNs));
    }

    private void attemptBegins(final long nowNs) {
        if (!attempting) {
            attempting = true;
            attemptingSinceNs = nowNs;
        }
    }

    /**
     * Begins an update: says what to ask for. I/O thread; {@link #completeUpdate} or {@link #failUpdate} must follow.
     *
     * @param nowNs the time
     * @return what to ask for
     * @throws IllegalStateException if an update is in flight
     */
    public MetadataRequestPlan beginUpdate(final long nowNs) {
        lock.lock();
        try {
            if (inFlight != null) {
                throw new IllegalStateException("metadata update already in flight: inFlight=" + inFlight);
            }
            attemptBegins(nowNs);
            final boolean aged = servedFull > 0 && untilAged(nowNs) == 0;
            if (aged) {
                equivalentResponses = 0;
            }
            final boolean full = fullRequested() || aged || wanted.isEmpty();
            final Collection<Entry> asked = full ? entries.values() : wanted;
            final List<String> names = new ArrayList<>(full ? entries.size() : wanted.size());
            for (final Entry entry : asked) {
                entry.isNew = false;
                names.add(entry.name);
            }
            final String reason = fullRequested() ? requestReason : full ? "age" : "new or incomplete topics";
            wanted.clear();
            urgent = false;
            inFlight = new MetadataRequestPlan(full, List.copyOf(names), reason, requestedFull);
            return inFlight;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a response: makes a new snapshot and wakes those whose topics it settles. I/O thread.
     *
     * <p>
     * A partition whose leader epoch is lower than one seen before keeps what is known of it, unless the topic's id changed; a response to a full
     * request replaces all topics, one to a partial request only those it names; topics that are no longer in use are left out. A response without
     * brokers counts as failed.
     *
     * @param plan   what {@link #beginUpdate} gave
     * @param update what the response says
     * @param nowNs  the time
     * @return the snapshot after the update
     * @throws IllegalStateException if the plan is not the one in flight
     */
    public Cluster completeUpdate(final MetadataRequestPlan plan, final ClusterUpdate update, final long nowNs) {
        checkInFlight(plan);
        if (update.brokers().isEmpty()) {
            failUpdate(plan, new IllegalStateException("metadata response lists no broker: topics="
                    + update.topics().size()), nowNs);
            return cluster;
        }
        if (plan.full()) {
            expireIdle(nowNs);
        }
        final List<Entry> incomplete = new ArrayList<>();
        final boolean changed = publish(plan, update, incomplete);

        final List<Thread> woken = new ArrayList<>();
        lock.lock();
        try {
            inFlight = null;
            attempting = false;
            failures = 0;
            lastFailure = null;
            pendingFatal = null;
            if (plan.full()) {
                servedFull = plan.requestedFull();
                lastFullNs = nowNs;
            }
            equivalentResponses = changed ? 0 : equivalentResponses + 1;
            pause(nowNs, Math.max(0, equivalentResponses - 1));
            for (final Entry entry : incomplete) {
                if (entries.get(entry.name) == entry) {
                    retryIncomplete(entry, nowNs);
                }
            }
            final long version = cluster.version();
            for (Waiter waiter = waiters.next, next; waiter != waiters; waiter = next) {
                next = waiter.next;
                final Entry entry = waiter.entry;
                if (satisfies(entry.info, waiter.partition)) {
                    woken.add(endWaiting(waiter, entry.info));
                } else if (entry.seenVersion == version && isFinal(entry.error)) {
                    woken.add(endWaiting(waiter, entry.error));
                } else {
                    wanted.add(entry);
                }
            }
        } finally {
            lock.unlock();
        }
        woken.forEach(parker::unpark);
        return cluster;
    }

    private static boolean isFinal(final TopicError error) {
        return error != null && (error.kind() == TopicError.Kind.INVALID_TOPIC
                || error.kind() == TopicError.Kind.UNAUTHORIZED);
    }

    private void retryIncomplete(final Entry entry, final long nowNs) {
        if (entry.info == null && entry.canExpire(tick(nowNs), maxIdleTicks)) {
            // Nobody has asked for this unknown topic for long: stop asking for it, and do not wait for a full update to notice.
            entries.remove(entry.name);
            wanted.remove(entry);
        } else {
            wanted.add(entry);
        }
    }

    private void expireIdle(final long nowNs) {
        final int tick = tick(nowNs);
        lock.lock();
        try {
            // A wanted topic is new, or was asked for since the update began.
            entries.values().removeIf(entry -> {
                final boolean expired = !wanted.contains(entry) && entry.canExpire(tick, maxIdleTicks);
                if (expired) {
                    entry.info = null; // for whoever holds the entry itself
                }
                return expired;
            });
        } finally {
            lock.unlock();
        }
    }

    /** Builds and publishes the snapshot; true if the response changed an epoch, a leader or a topic's presence. */
    private boolean publish(final MetadataRequestPlan plan, final ClusterUpdate update, final List<Entry> incomplete) {
        final Cluster old = cluster;
        final long version = old.version() + 1;
        final boolean full = plan.full();
        final SnapshotMap.Builder<String, TopicInfo> topics = full
                ? SnapshotMap.builder(update.topics().size())
                : old.topicMap().toBuilder();
        final SnapshotMap.Builder<TopicId, TopicInfo> topicsById = full
                ? SnapshotMap.builder(update.topics().size())
                : old.topicIdMap().toBuilder();
        final Set<String> invalid = full ? new HashSet<>() : new HashSet<>(old.invalidTopics());
        final Set<String> unauthorized = full ? new HashSet<>() : new HashSet<>(old.unauthorizedTopics());
        final List<Entry> touched = new ArrayList<>(update.topics().size());
        boolean changed = false;

        for (final TopicUpdate said : update.topics()) {
            final Entry entry = entries.get(said.name());
            if (entry == null) {
                continue;
            }
            final TopicError oldError = entry.error;
            TopicInfo info = said.info();
            if (info != null) {
                final TopicInfo last = entry.epochGeneration == epochGeneration ? entry.lastInfo : null;
                info = last == null ? info : last.advanceTo(info);
                changed |= last == null || oldError != null || !info.sameLeaders(last);
                entry.lastInfo = info;
                entry.epochGeneration = epochGeneration;
            } else {
                changed |= !said.error().equals(oldError);
            }
            final TopicInfo before = topics.get(said.name());
            if (before != null && (info == null || !before.id().equals(info.id()))) {
                topics.remove(before.name());
                topicsById.remove(before.id());
            }
            invalid.remove(said.name());
            unauthorized.remove(said.name());
            if (info != null) {
                topics.put(info.name(), info);
                if (!info.id().isZero()) {
                    topicsById.put(info.id(), info);
                }
            } else if (said.error().kind() == TopicError.Kind.INVALID_TOPIC) {
                invalid.add(said.name());
            } else if (said.error().kind() == TopicError.Kind.UNAUTHORIZED) {
                unauthorized.add(said.name());
            }
            if (said.incomplete() || said.error() != null && said.error().kind() == TopicError.Kind.RETRIABLE) {
                incomplete.add(entry);
            }
            entry.nextInfo = info;
            entry.error = said.error();
            if (entry.seenVersion != version) {
                entry.seenVersion = version;
                touched.add(entry);
            }
        }

        cluster = new Cluster(version, update.clusterId(), update.controllerId(), update.brokers(), topics.build(),
                topicsById.build(), invalid, unauthorized);
        for (final Entry entry : touched) {
            final TopicInfo next = entry.nextInfo;
            entry.nextInfo = null;
            if (entry.info != next) {
                entry.info = next;
            }
        }
        if (full) {
            for (final Entry entry : entries.values()) {
                if (entry.seenVersion != version && entry.info != null) {
                    entry.info = null;
                    changed = true;
                }
            }
        }
        return changed;
    }

    /**
     * Notes that an update failed; the next one is due after a pause that doubles with every failure. I/O thread.
     *
     * @param plan  what {@link #beginUpdate} gave
     * @param cause why, for the message of those who wait too long
     * @param nowNs the time
     * @throws IllegalStateException if the plan is not the one in flight
     */
    public void failUpdate(final MetadataRequestPlan plan, final Throwable cause, final long nowNs) {
        checkInFlight(plan);
        lock.lock();
        try {
            inFlight = null;
            lastFailure = cause;
            pause(nowNs, failures);
            failures++;
            if (!plan.full()) {
                for (final String name : plan.topics()) {
                    final Entry entry = entries.get(name);
                    if (entry != null) {
                        wanted.add(entry);
                    }
                }
            } else if (!fullRequested()) {
                // Begun for age: still as old, but topics that were wanted by themselves went into it.
                requestedFull++;
                requestReason = "failed update";
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Notes what an update that is due waits for, so that callers whose time ends meanwhile can be told. I/O thread.
     *
     * @param cause what it waits for
     */
    public void updateDelayed(final Throwable cause) {
        lock.lock();
        try {
            lastFailure = cause;
        } finally {
            lock.unlock();
        }
    }

    private void checkInFlight(final MetadataRequestPlan plan) {
        lock.lock();
        try {
            if (plan == null || plan != inFlight) {
                throw new IllegalStateException("not the metadata update in flight: plan=" + plan + ", inFlight="
                        + inFlight);
            }
        } finally {
            lock.unlock();
        }
    }

    private void pause(final long nowNs, final int exponent) {
        // 2^40 pauses' worth is above any cap that matters, and the shift below cannot overflow.
        final double term = Math.min((double) refreshBackoffNs * (1L << Math.min(exponent, 40)), refreshBackoffMaxNs);
        final double factor = 1 - JITTER + 2 * JITTER * random.nextDouble();
        backoffFromNs = nowNs;
        backoffNs = Math.min((long) (term * factor), refreshBackoffMaxNs);
    }

    /**
     * Reports a failure that repeating does not cure, such as failed authentication or an unsupported version. It is thrown once: to all that
     * wait now, else to the next caller that would have to wait, unless an update succeeds before. Known topics stay usable. I/O thread.
     *
     * @param cause what happened
     */
    public void fatal(final Throwable cause) {
        Objects.requireNonNull(cause, "cause");
        final List<Thread> woken;
        lock.lock();
        try {
            woken = endAllWaiting(cause);
            if (woken.isEmpty()) {
                pendingFatal = cause;
            }
        } finally {
            lock.unlock();
        }
        woken.forEach(parker::unpark);
    }

    /**
     * Applies what produce responses said of new leaders (KIP-951), so that batches need not wait for a refresh. A hint counts only if its leader
     * and epoch are given, the epoch is strictly newer than the known one, the partition is known and the leader's address is known, from the same
     * response or from before. I/O thread. Request a full update all the same.
     *
     * @param hints     the new leaders
     * @param endpoints addresses of brokers, from the same response
     * @return the number of partitions that changed
     */
    public int updateLeaders(final Collection<LeaderHint> hints, final Collection<Node> endpoints) {
        final Cluster old = cluster;
        final Map<Integer, Node> nodes = new LinkedHashMap<>();
        for (final Node node : old.nodes()) {
            nodes.put(node.id(), node);
        }
        for (final Node node : endpoints) {
            nodes.put(node.id(), node);
        }
        final Map<String, TopicInfo> changedTopics = new LinkedHashMap<>();
        int changed = 0;
        for (final LeaderHint hint : hints) {
            final TopicInfo info = changedTopics.getOrDefault(hint.topic(), old.topic(hint.topic()));
            if (info == null || hint.partition() < 0 || hint.partition() >= info.partitionCount() || hint.leaderId() < 0
                    || !nodes.containsKey(hint.leaderId())
                    || hint.leaderEpoch() <= info.partition(hint.partition()).leaderEpoch()) {
                continue;
            }
            changedTopics.put(hint.topic(), info.withPartition(
                    info.partition(hint.partition()).withLeader(hint.leaderId(), hint.leaderEpoch())));
            changed++;
        }
        if (changed == 0) {
            return 0;
        }
        final SnapshotMap.Builder<String, TopicInfo> topics = old.topicMap().toBuilder();
        final SnapshotMap.Builder<TopicId, TopicInfo> topicsById = old.topicIdMap().toBuilder();
        for (final TopicInfo info : changedTopics.values()) {
            topics.put(info.name(), info);
            if (!info.id().isZero()) {
                topicsById.put(info.id(), info);
            }
        }
        cluster = new Cluster(old.version() + 1, old.clusterId(), old.controllerId(), nodes.values(), topics.build(),
                topicsById.build(), old.invalidTopics(), old.unauthorizedTopics());
        for (final TopicInfo info : changedTopics.values()) {
            final Entry entry = entries.get(info.name());
            if (entry != null && entry.info != null) {
                entry.lastInfo = info;
                entry.info = info;
            }
        }
        return changed;
    }

    /**
     * Tells whether to go back to the bootstrap addresses because no update has succeeded for longer than {@code rebootstrapTriggerMs} (KIP-1102). Ask
     * whenever an attempt failed. If true, close the connections to all nodes and call {@link #rebootstrap}. I/O thread.
     *
     * @param nowNs the time
     * @return true if it is time, and the strategy allows it
     */
    public boolean rebootstrapDue(final long nowNs) {
        lock.lock();
        try {
            return recoveryStrategy == RecoveryStrategy.REBOOTSTRAP && attempting
                    && nowNs - attemptingSinceNs > rebootstrapTriggerNs;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Goes back to the bootstrap addresses, if the strategy allows it: no known node can be reached (KIP-899), {@link #rebootstrapDue}, or a broker
     * says so (error 129, KIP-1102). What is known of topics stays, so that records for them are still accepted, but no partition has a
     * reachable leader until the next update, and epochs seen before are forgotten, since another cluster may answer. I/O thread.
     *
     * @return true if the bootstrap addresses are the nodes now, false if the strategy is {@link RecoveryStrategy#NONE}
     */
    public boolean rebootstrap() {
        if (recoveryStrategy == RecoveryStrategy.NONE) {
            return false;
        }
        final Cluster old = cluster;
        final boolean back = !old.isBootstrap();
        if (back) {
            epochGeneration++;
            cluster = new Cluster(old.version() + 1, old.clusterId(), Node.NO_ID, bootstrapNodes, old.topicMap(),
                    old.topicIdMap(), old.invalidTopics(), old.unauthorizedTopics());
        }
        lock.lock();
        try {
            attempting = false;
            equivalentResponses = 0;
            if (back) {
                requestedFull++;
                requestReason = "rebootstrap";
                urgent = true;
            }
        } finally {
            lock.unlock();
        }
        return true;
    }

    private static int tick(final long nowNs) {
        // Wraps after 73 years; ticks are only ever subtracted.
        return (int) (nowNs >> TICK_SHIFT);
    }

    /** What must be remembered of a topic from one snapshot to the next. */
    private static final class Entry {

        final String name;

        /** The topic in the newest snapshot, or null; written by the I/O thread. */
        volatile TopicInfo info;

        /**
         * When the topic was last used. Read and written opaque: a lost or late write moves the expiry by a tick at most, and the check before the
         * write keeps the cache line shared between the threads that send to this topic.
         */
        private int usedTick;

        /** What the last response said, if it was an error; written by the I/O thread. */
        volatile TopicError error;

        // Lock held.
        boolean pinned;
        boolean isNew;
        int waiters;

        // I/O thread only.
        TopicInfo lastInfo;
        TopicInfo nextInfo;
        long seenVersion;
        int epochGeneration;

        Entry(final String name, final int tick) {
            this.name = name;
            this.usedTick = tick;
        }

        void use(final long nowNs) {
            final int now = tick(nowNs);
            if ((int) USED_TICK.getOpaque(this) != now) {
                USED_TICK.setOpaque(this, now);
            }
        }

        boolean canExpire(final int tick, final int maxIdleTicks) {
            return !pinned && waiters == 0 && tick - (int) USED_TICK.getOpaque(this) > maxIdleTicks;
        }
    }

    /** A thread that waits, in a ring around a head; links are used with the lock held. */
    private static final class Waiter {

        static final Object CLOSED = new Object();

        final Thread thread;
        final Entry entry;
        final int partition;
        /** A TopicInfo, a TopicError, a Throwable or CLOSED; null while there is none. Set once, after which the waiter is out of the ring. */
        volatile Object outcome;
        private Waiter previous;
        private Waiter next;

        Waiter(final Thread thread, final Entry entry, final int partition) {
            this.thread = thread;
            this.entry = entry;
            this.partition = partition;
        }

        boolean isLinked() {
            return next != null && next != this;
        }

        void addBefore(final Waiter waiter) {
            waiter.previous = previous;
            waiter.next = this;
            previous.next = waiter;
            previous = waiter;
        }

        void unlink() {
            if (next != null) {
                next.previous = previous;
                previous.next = next;
            }
            next = this;
            previous = this;
        }
    }
}
