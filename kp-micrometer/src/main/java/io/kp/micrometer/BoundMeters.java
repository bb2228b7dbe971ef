package io.kp.micrometer;

import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.client.Metric;
import io.kp.client.MetricValue;
import io.kp.client.MetricsSnapshot;
import io.kp.client.Producer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/**
 * A producer's meters in one registry. The registry holds this object by the meters' functions, this object holds the producer weakly.
 *
 * <p>Whoever reads a meter brings all of them up to date if they are older than {@link ProducerMeters#MAX_AGE_MS}. One thread does that at a time; others read what is there and
 * do not wait, for the registry may hold locks of its own while it reads.
 */
final class BoundMeters {
    private static final Logger LOG = LoggerFactory.getLogger(BoundMeters.class);
    private static final long MAX_AGE_NS = TimeUnit.MILLISECONDS.toNanos(ProducerMeters.MAX_AGE_MS);

    /** What makes a meter another one. */
    private record Key(Metric metric, Map<String, String> tags) {
    }

    /** The value that a meter shows. */
    static final class Cell {
        volatile double value;
        /** {@code null} if it is not ours to remove. */
        private Meter meter;
    }

    private final WeakReference<Producer<?, ?>> producer;
    private final MeterRegistry registry;
    private final Tags tags;
    private final boolean partitions;
    private final ReentrantLock lock = new ReentrantLock();
    // All below: under the lock, but for the time, which is read without.
    private final Map<Key, Cell> cells = new HashMap<>();
    private volatile long readNs;
    private boolean conflict;
    private volatile boolean closed;

    BoundMeters(final WeakReference<Producer<?, ?>> producer, final MeterRegistry registry, final Tags tags,
            final boolean partitions) {
        this.producer = producer;
        this.registry = registry;
        this.tags = tags;
        this.partitions = partitions;
    }

    void bind() {
        lock.lock();
        try {
            update();
        } finally {
            lock.unlock();
        }
    }

    /** Called by the meters. */
    double read(final Cell cell) {
        if (!closed && registry.config().clock().monotonicTime() - readNs >= MAX_AGE_NS && !lock.isHeldByCurrentThread()
                && lock.tryLock()) {
            try {
                update();
            } finally {
                lock.unlock();
            }
        }
        return cell.value;
    }

    private void update() {
        if (closed) {
            return;
        }
        final Producer<?, ?> of = producer.get();
        if (of == null) {
            remove();
            return;
        }
        final MetricsSnapshot snapshot = of.snapshot();
        readNs = registry.config().clock().monotonicTime();
        final Set<Key> gone = new HashSet<>(cells.keySet());
        Set<Meter> others = null;
        for (final MetricValue value : snapshot.values()) {
            if (!partitions && value.tags().containsKey("partition")) {
                continue;
            }
            final Key key = new Key(value.metric(), value.tags());
            gone.remove(key);
            final Cell known = cells.get(key);
            if (known != null) {
                known.value = value.value();
                continue;
            }
            if (others == null) {
                others = Collections.newSetFromMap(new IdentityHashMap<>());
                others.addAll(registry.getMeters());
            }
            register(snapshot.clientId(), key, value.value(), others);
        }
        for (final Key key : gone) {
            removeFromRegistry(cells.remove(key));
        }
    }

    private void register(final String clientId, final Key key, final double value, final Set<Meter> others) {
        final Cell cell = new Cell();
        cell.value = value;
        cells.put(key, cell);
        final Meter meter = Meters.register(registry, key.metric, Meters.tags(clientId, key.metric, key.tags, tags),
                cell, this);
        if (!others.contains(meter)) {
            cell.meter = meter;
        } else if (!conflict) {
            conflict = true;
            LOG.warn(
                    "there are meters of this name and tags already, so those of this producer are not shown: client.id={}, meter={}",
                    clientId, meter.getId());
        }
    }

    void close() {
        lock.lock();
        try {
            if (!closed) {
                remove();
            }
        } finally {
            lock.unlock();
        }
    }

    private void remove() {
        closed = true;
        for (final Iterator<Cell> all = cells.values().iterator(); all.hasNext();) {
            removeFromRegistry(all.next());
            all.remove();
        }
    }

    private void removeFromRegistry(final Cell cell) {
        if (cell.meter != null) {
            registry.remove(cell.meter);
        }
    }
}
