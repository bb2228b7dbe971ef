package io.kp.metadata;

import static io.kp.metadata.Fixture.topic;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Callers and the I/O thread at the same time, for real and at every point of the waiting protocol in turn. */
@Timeout(60)
class MetadataConcurrencyTest {

    private static final MetadataConfig NO_PAUSE = MetadataConfig.DEFAULTS.withRefreshBackoffMs(0, 0);

    /** Sleeps without a time limit: who misses a wake-up never comes back. */
    private static final Parker UNTIMED = new Parker() {
        @Override
        public void park(final Object blocker, final long nanos) {
            LockSupport.park(blocker);
        }

        @Override
        public void unpark(final Thread thread) {
            LockSupport.unpark(thread);
        }
    };

    /**
     * Holds one caller between its last look at the outcome and its sleep until the answer has come. The weakened kind forgets a permit that is given to a
     * thread that does not sleep yet, which the protocol must not survive.
     */
    private static final class WindowParker implements Parker {

        private final boolean forgets;
        private final AtomicInteger parks = new AtomicInteger();
        private final AtomicInteger answers = new AtomicInteger();
        private final AtomicInteger sleptThrough = new AtomicInteger();
        private final Semaphore permit = new Semaphore(0);
        private volatile boolean parked;

        WindowParker(final boolean forgets) {
            this.forgets = forgets;
        }

        @Override
        public void park(final Object blocker, final long nanos) {
            final int park = parks.incrementAndGet();
            await(() -> answers.get() >= park);
            parked = true;
            try {
                if (!permit.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                    sleptThrough.incrementAndGet();
                }
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
            parked = false;
        }

        @Override
        public void unpark(final Thread thread) {
            if (!forgets || parked) {
                permit.release();
            }
        }
    }

    private static void await(final BooleanSupplier condition) {
        final long startNs = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - startNs < 40_000_000_000L, "waited too long");
            Thread.yield();
        }
    }

    /** A thread that ends with what it threw. */
    private static final class Worker extends Thread {

        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final Body body;

        interface Body {
            void run() throws Exception;
        }

        Worker(final Body body) {
            this.body = body;
            setDaemon(true);
            start();
        }

        @Override
        public void run() {
            try {
                body.run();
            } catch (final Throwable e) {
                failure.set(e);
            }
        }

        void end() throws InterruptedException {
            join(50_000);
            assertFalse(isAlive(), "still running");
            if (failure.get() != null) {
                throw new AssertionError("a thread failed", failure.get());
            }
        }
    }

    private static Metadata metadata(final Parker parker) {
        return new Metadata(NO_PAUSE, Fixture.BOOTSTRAP, System::nanoTime, new Random(1), parker);
    }

    private static Cluster answer(final Metadata metadata, final MetadataRequestPlan plan, final int epoch) {
        final List<TopicUpdate> topics = new ArrayList<>();
        for (final String name : plan.topics()) {
            topics.add(topic(name, 2, epoch));
        }
        return metadata.completeUpdate(plan, new ClusterUpdate("c", 1, List.of(Fixture.ONE), topics),
                System.nanoTime());
    }

    /** Lets a caller and an answer meet many times. */
    private static void meet(final Parker parker, final int rounds, final long timeoutMs,
            final IntConsumer beforeAnswer,
            final Runnable afterAnswer) throws Exception {
        final Metadata metadata = metadata(parker);
        final AtomicInteger begun = new AtomicInteger(-1);
        final AtomicInteger ended = new AtomicInteger(-1);
        final Worker io = new Worker(() -> {
            for (int i = 0; i < rounds; i++) {
                final int round = i;
                metadata.requestTopic("topic-" + i);
                final MetadataRequestPlan plan = metadata.beginUpdate(System.nanoTime());
                begun.set(i);
                beforeAnswer.accept(i);
                answer(metadata, plan, 0);
                afterAnswer.run();
                await(() -> ended.get() == round);
            }
        });
        final Worker caller = new Worker(() -> {
            for (int i = 0; i < rounds; i++) {
                final int round = i;
                await(() -> begun.get() == round);
                assertEquals(2, metadata.awaitTopic("topic-" + i, -1, TimeUnit.MILLISECONDS.toNanos(timeoutMs))
                        .partitionCount());
                ended.set(i);
            }
        });
        caller.end();
        io.end();
    }

    @Test
    void shouldNeverSleepThroughAnAnswer() throws Exception {
        meet(UNTIMED, 6_000, 1_000_000, round -> {
            for (int spin = round % 256; spin > 0; spin--) {
                Thread.onSpinWait();
            }
        }, () -> {
        });
    }

    @Test
    void shouldNotSleepThroughAnAnswerThatComesJustBeforeTheSleep() throws Exception {
        final WindowParker parker = new WindowParker(false);
        meet(parker, 100, 40_000, round -> await(() -> parker.parks.get() > round), parker.answers::incrementAndGet);
        assertEquals(0, parker.sleptThrough.get());
        assertEquals(100, parker.parks.get());
    }

    @Test
    void shouldSleepThroughItIfTheParkerForgets() throws Exception {
        final WindowParker parker = new WindowParker(true);
        meet(parker, 3, 20, round -> await(() -> parker.parks.get() > round), parker.answers::incrementAndGet);
        assertEquals(3, parker.sleptThrough.get(), "a test that cannot fail proves nothing");
    }

    /** The points at which the answer may come between the steps of a caller that waits. */
    private enum Point {
        /** Before the caller looks the topic up under the lock. */
        BEFORE_ENROLLING,
        /** After it enrolled, before it looks for an outcome. */
        AFTER_ENROLLING,
        /** After it saw that there is no outcome, before it sleeps. */
        BEFORE_PARKING,
        /** While it sleeps. */
        PARKED
    }

    private static TopicInfo answerAt(final Point point, final boolean forgetful) throws Exception {
        final AtomicReference<Metadata> reference = new AtomicReference<>();
        final AtomicBoolean answered = new AtomicBoolean();
        final long[] now = new long[1];
        final boolean[] permit = new boolean[1];
        final boolean[] parked = new boolean[1];
        final Runnable answer = () -> {
            if (!answered.getAndSet(true)) {
                final Metadata metadata = reference.get();
                metadata.completeUpdate(metadata.beginUpdate(now[0]), new ClusterUpdate("c", 1, List.of(Fixture.ONE),
                        List.of(topic("t", 1, 0))), now[0]);
            }
        };
        final boolean[] waiting = new boolean[1];
        final Metadata metadata = new Metadata(NO_PAUSE, Fixture.BOOTSTRAP, () -> {
            if (waiting[0] && point == Point.BEFORE_ENROLLING) {
                answer.run();
            }
            return now[0];
        }, new Random(1), new Parker() {
            @Override
            public void park(final Object blocker, final long nanos) {
                if (point == Point.BEFORE_PARKING) {
                    answer.run();
                }
                parked[0] = true;
                if (point == Point.PARKED) {
                    answer.run();
                }
                parked[0] = false;
                if (!permit[0]) {
                    now[0] += nanos; // nobody comes: the whole time is slept away
                }
                permit[0] = false;
            }

            @Override
            public void unpark(final Thread thread) {
                permit[0] = parked[0] || !forgetful;
            }
        });
        reference.set(metadata);
        if (point == Point.BEFORE_ENROLLING) {
            metadata.requestTopic("t");
        }
        metadata.onUpdateWanted(() -> {
            if (point == Point.AFTER_ENROLLING) {
                answer.run();
            }
        });
        waiting[0] = true;
        final TopicInfo info = metadata.awaitTopic("t", -1, 1_000);
        assertTrue(now[0] == 0, "came late: point=" + point + ", now=" + now[0]);
        return info;
    }

    @ParameterizedTest
    @EnumSource
    void shouldGetAnAnswerAtOnceWheneverItComes(final Point point) throws Exception {
        assertEquals(1, answerAt(point, false).partitionCount());
    }

    @Test
    void shouldShowThatTheOrderMattersWithAForgetfulParker() throws Exception {
        assertThrows(AssertionError.class, () -> answerAt(Point.BEFORE_PARKING, true));
        assertNotNull(answerAt(Point.PARKED, true));
    }

    @Test
    void shouldGiveEveryWaiterItsTopicWhateverTheIoThreadGoesThrough() throws Exception {
        final int callers = 12;
        final int topics = 400;
        final Metadata metadata = metadata(Parker.SYSTEM);
        final AtomicBoolean stop = new AtomicBoolean();
        final Thread[] ioThread = new Thread[1];
        metadata.onUpdateWanted(() -> LockSupport.unpark(ioThread[0]));
        final Worker io = new Worker(() -> {
            final Random random = new Random(4);
            while (!stop.get()) {
                if (metadata.timeToNextUpdateNs(System.nanoTime()) > 0) {
                    LockSupport.parkNanos(100_000);
                    continue;
                }
                final MetadataRequestPlan plan = metadata.beginUpdate(System.nanoTime());
                switch (random.nextInt(6)) {
                    case 0 -> metadata.failUpdate(plan, new Exception("x"), System.nanoTime());
                    case 1 -> {
                        metadata.failUpdate(plan, new Exception("x"), System.nanoTime());
                        metadata.rebootstrap();
                    }
                    case 2 -> {
                        final List<TopicUpdate> some = new ArrayList<>();
                        for (final String name : plan.topics()) {
                            some.add(random.nextBoolean()
                                    ? topic(name, 2, 1)
                                    : TopicUpdate.failed(name, Fixture.UNKNOWN));
                        }
                        metadata.completeUpdate(plan, new ClusterUpdate("c", 1, List.of(Fixture.ONE), some),
                                System.nanoTime());
                    }
                    default -> answer(metadata, plan, 1);
                }
            }
        });
        ioThread[0] = io;
        final List<Worker> workers = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            final int first = i;
            workers.add(new Worker(() -> {
                for (int j = 0; j < topics; j++) {
                    final String name = "topic-" + (first * 7 + j) % topics;
                    assertEquals(name, metadata.awaitTopic(name, 1, TimeUnit.SECONDS.toNanos(40)).name());
                    if (j % 50 == 0) {
                        metadata.requestUpdate("leader lost");
                    }
                }
            }));
        }
        for (final Worker worker : workers) {
            worker.end();
        }
        stop.set(true);
        LockSupport.unpark(io);
        io.end();
    }

    @Test
    void shouldShowReadersWholeAndEverNewerStates() throws Exception {
        final Metadata metadata = metadata(Parker.SYSTEM);
        final List<String> names = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            names.add("topic-" + i);
            metadata.requestTopic("topic-" + i);
        }
        answer(metadata, metadata.beginUpdate(System.nanoTime()), 0);
        final AtomicBoolean stop = new AtomicBoolean();
        final List<Worker> readers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            final Random random = new Random(i);
            readers.add(new Worker(() -> {
                long version = 0;
                final int[] epochs = new int[names.size()];
                while (!stop.get()) {
                    final int index = random.nextInt(names.size());
                    final String name = names.get(index);
                    final TopicInfo info = metadata.topic(name, System.nanoTime());
                    final Cluster cluster = metadata.cluster();
                    assertTrue(cluster.version() >= version);
                    version = cluster.version();
                    final TopicInfo same = cluster.topic(name);
                    final int epoch = info.partition(0).leaderEpoch();
                    assertTrue(same.partition(0).leaderEpoch() >= epoch, "a cluster at least as new as the topic");
                    assertEquals(epoch, info.partition(1).leaderEpoch(), "one state, not parts of two");
                    assertTrue(epoch >= epochs[index]);
                    epochs[index] = epoch;
                    assertSame(cluster.leaderOf(name, 1), cluster.leaderOf(name, 0));
                }
            }));
        }
        for (int epoch = 1; epoch < 1_500; epoch++) {
            if (epoch % 3 == 0) {
                metadata.requestTopic(names.get(epoch % names.size()));
                metadata.requestTopic(names.get(epoch * 7 % names.size()));
            } else {
                metadata.requestUpdate("x");
            }
            answer(metadata, metadata.beginUpdate(System.nanoTime()), epoch);
        }
        stop.set(true);
        for (final Worker reader : readers) {
            reader.end();
        }
    }

    @Test
    void shouldWakeAllWaitersWhenClosedOrFatal() throws Exception {
        for (final boolean close : new boolean[]{true, false}) {
            final Metadata metadata = metadata(Parker.SYSTEM);
            final List<Worker> workers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                final String name = "topic-" + i % 3;
                workers.add(new Worker(() -> {
                    final MetadataException e = assertThrows(MetadataException.class,
                            () -> metadata.awaitTopic(name, -1, TimeUnit.SECONDS.toNanos(40)));
                    assertEquals(close ? MetadataException.Reason.CLOSED : MetadataException.Reason.FATAL, e.reason());
                    assertEquals(name, e.topic());
                }));
            }
            for (final Worker worker : workers) {
                while (worker.getState() != Thread.State.TIMED_WAITING) {
                    assertTrue(worker.isAlive());
                    Thread.onSpinWait();
                }
            }
            if (close) {
                metadata.close();
            } else {
                metadata.fatal(new Exception("bad password"));
            }
            for (final Worker worker : workers) {
                worker.end();
            }
        }
    }

    @Test
    void shouldInterruptOneWaiterAndNoOther() throws Exception {
        final Metadata metadata = metadata(Parker.SYSTEM);
        final Worker interrupted = new Worker(() -> assertThrows(InterruptedException.class,
                () -> metadata.awaitTopic("t", -1, TimeUnit.SECONDS.toNanos(40))));
        final Worker other = new Worker(
                () -> assertNotNull(metadata.awaitTopic("t", -1, TimeUnit.SECONDS.toNanos(40))));
        for (final Worker worker : List.of(interrupted, other)) {
            while (worker.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
        }
        interrupted.interrupt();
        interrupted.end();
        answer(metadata, metadata.beginUpdate(System.nanoTime()), 0);
        other.end();
        assertNull(metadata.topic("u", System.nanoTime()));
    }
}
