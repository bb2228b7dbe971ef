package io.kp.metadata;

import static io.kp.metadata.Fixture.id;
import static io.kp.metadata.Fixture.topic;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataTest {

    private static final long MS_500 = MILLISECONDS.toNanos(500);

    private final Fixture fixture = new Fixture();
    private final Metadata metadata = fixture.metadata;

    // ------------------------------------------------------------------------------------------------- first steps

    @Test
    void shouldBeginWithTheBootstrapAddressesAndAnUpdateDue() {
        assertTrue(metadata.cluster().isBootstrap());
        assertEquals(1, metadata.version());
        assertEquals(0, fixture.dueInMs());

        final MetadataRequestPlan plan = fixture.begin();
        assertTrue(plan.full());
        assertEquals(List.of(), plan.topics());
        assertEquals("full update of 0 topics (first update)", plan.toString());
        assertEquals(Long.MAX_VALUE, fixture.dueInMs(), "one update at a time");

        final Cluster cluster = fixture.complete(plan);
        assertSame(cluster, metadata.cluster());
        assertEquals(2, cluster.version());
        assertEquals("cluster", cluster.clusterId());
        assertEquals(List.of(Fixture.ONE, Fixture.TWO), cluster.nodes());
        assertFalse(cluster.isBootstrap());
        assertEquals(300_000, fixture.dueInMs(), "nothing wanted: until it is too old");
    }

    @Test
    void shouldRefuseNodesThatAreNoBootstrapNodes() {
        assertEquals("bootstrap nodes must not be empty: bootstrapNodes=0, min=1",
                assertThrows(IllegalArgumentException.class,
                        () -> new Metadata(MetadataConfig.DEFAULTS, List.of(), () -> 0, new Random(1))).getMessage());
        assertEquals("bootstrap node must not have a broker's id: node=one:9092 (id=1), maxId=-2",
                assertThrows(IllegalArgumentException.class,
                        () -> new Metadata(MetadataConfig.DEFAULTS, List.of(Fixture.ONE), () -> 0, new Random(1)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> MetadataConfig.DEFAULTS.withMaxAgeMs(-1));
        assertThrows(IllegalArgumentException.class, () -> MetadataConfig.DEFAULTS.withMaxIdleMs(-1));
        assertThrows(IllegalArgumentException.class, () -> MetadataConfig.DEFAULTS.withRefreshBackoffMs(-1, 1));
        assertThrows(IllegalArgumentException.class, () -> MetadataConfig.DEFAULTS.withRefreshBackoffMs(1, -1));
        assertEquals("rebootstrapTriggerMs must not be negative: rebootstrapTriggerMs=-1, min=0",
                assertThrows(IllegalArgumentException.class,
                        () -> MetadataConfig.DEFAULTS.withRecovery(RecoveryStrategy.NONE, -1)).getMessage());
    }

    @Test
    void shouldRefuseASecondUpdateInFlightAndAPlanThatIsNot() {
        final MetadataRequestPlan plan = fixture.begin();
        assertThrows(IllegalStateException.class, () -> metadata.beginUpdate(0));
        fixture.complete(plan);
        assertThrows(IllegalStateException.class, () -> fixture.complete(plan));
        assertThrows(IllegalStateException.class, () -> metadata.failUpdate(plan, new Exception("x"), 0));
        assertThrows(IllegalStateException.class, () -> fixture.complete(null));
    }

    // ----------------------------------------------------------------------------------------------------- waiting

    @Test
    void shouldWaitForAnUnknownTopicAndWakeTheIoThread() throws Exception {
        fixture.update();
        fixture.script.add(() -> {
            assertEquals(1, fixture.wakeups);
            assertEquals(0, fixture.dueInMs(), "a new topic waits for no pause");
            final MetadataRequestPlan plan = fixture.begin();
            assertFalse(plan.full());
            assertEquals(List.of("t"), plan.topics());
            fixture.complete(plan, topic("t", 3, 5));
        });

        final TopicInfo info = metadata.awaitTopic("t", -1, MS_500);

        assertEquals(3, info.partitionCount());
        assertSame(info, metadata.topic("t", fixture.nowNs));
        assertSame(info, metadata.cluster().topic("t"));
        assertEquals(List.of(Thread.currentThread()), fixture.unparked);
    }

    @Test
    void shouldNeverWaitForAKnownTopicWhileNoBrokerAnswers() throws Exception {
        metadata.requestTopic("t");
        fixture.update(topic("t", 3, 5));
        for (int i = 0; i < 100; i++) {
            metadata.requestUpdate("leader lost");
            fixture.fail("connection refused");
            fixture.passMs(60_000);
            if (metadata.rebootstrapDue(fixture.nowNs)) {
                assertTrue(metadata.rebootstrap());
            }
        }
        assertTrue(metadata.cluster().isBootstrap(), "this took hours");

        fixture.script.add(() -> {
            throw new AssertionError("parked");
        });
        assertEquals(3, metadata.awaitTopic("t", 2, 0).partitionCount());
        assertNotNull(metadata.topic("t", fixture.nowNs));
        assertEquals(3, metadata.cluster().topic("t").availablePartitions());
        assertNull(metadata.cluster().leaderOf("t", 0), "but nobody can be reached");
    }

    @Test
    void shouldTimeOutWithWhatTheClusterSaidLast() {
        fixture.update();
        fixture.script.add(() -> fixture.update(TopicUpdate.failed("t", Fixture.UNKNOWN)));

        final MetadataTimeoutException e = assertThrows(MetadataTimeoutException.class,
                () -> metadata.awaitTopic("t", -1, MS_500));

        assertEquals("Topic t not present in metadata after 500 ms; last error: UNKNOWN_TOPIC_OR_PARTITION (3)",
                e.getMessage());
        assertEquals(MetadataException.Reason.TIMEOUT, e.reason());
        assertEquals("t", e.topic());
        assertEquals(-1, e.partition());
        assertEquals(-1, e.partitionCount());
        assertEquals(500, e.waitedMs());
        assertEquals(Fixture.UNKNOWN, e.lastError());
    }

    @Test
    void shouldTimeOutWithWhatTheConnectionSaidLast() {
        fixture.script.add(() -> fixture.fail("connection refused: node=boot:9092 (bootstrap 0)"));

        final MetadataTimeoutException e = assertThrows(MetadataTimeoutException.class,
                () -> metadata.awaitTopic("t", 4, MS_500));

        assertEquals("Topic t not present in metadata after 500 ms; last update failed: connection refused: "
                + "node=boot:9092 (bootstrap 0)", e.getMessage());
        assertEquals(4, e.partition());
        assertNull(e.lastError());
        assertEquals(IllegalStateException.class, e.getCause().getClass());
    }

    @Test
    void shouldTimeOutWaitingForAPartitionThatDoesNotAppear() throws Exception {
        metadata.requestTopic("t");
        fixture.update(topic("t", 3, 5));
        fixture.script.add(() -> {
            final MetadataRequestPlan plan = fixture.begin();
            assertFalse(plan.full(), "only the topic in question");
            fixture.complete(plan, topic("t", 3, 5));
            assertEquals(List.of("t"), fixture.begin().topics(), "and again, while somebody waits");
        });

        final MetadataTimeoutException e = assertThrows(MetadataTimeoutException.class,
                () -> metadata.awaitTopic("t", 3, MS_500));

        assertEquals("Partition 3 of topic t with partition count 3 not present in metadata after 500 ms",
                e.getMessage());
        assertEquals(3, e.partitionCount());
        assertEquals(3, metadata.awaitTopic("t", 2, MS_500).partitionCount(), "the others need no waiting");
    }

    @Test
    void shouldWaitForAPartitionUntilItAppears() throws Exception {
        metadata.requestTopic("t");
        fixture.update(topic("t", 3, 5));
        fixture.script.add(() -> fixture.update(topic("t", 3, 5)));
        fixture.script.add(() -> fixture.update(topic("t", 4, 5)));

        assertEquals(4, metadata.awaitTopic("t", 3, 10 * MS_500).partitionCount());
    }

    @Test
    void shouldFailAtOnceButAskWhenThereIsNoTime() {
        fixture.update();
        fixture.script.add(() -> {
            throw new AssertionError("parked");
        });
        assertEquals("Topic t not present in metadata after 0 ms",
                assertThrows(MetadataTimeoutException.class, () -> metadata.awaitTopic("t", -1, 0)).getMessage());
        assertThrows(MetadataTimeoutException.class, () -> metadata.awaitTopic("t", -1, -1));
        assertEquals(1, fixture.wakeups);
        assertEquals(List.of("t"), fixture.begin().topics());
    }

    @Test
    void shouldThrowInvalidTopicToWaitersAndAtOnceLater() {
        fixture.update();
        fixture.script.add(() -> fixture.update(TopicUpdate.failed("t t", Fixture.INVALID)));
        final MetadataException e = assertThrows(MetadataException.class,
                () -> metadata.awaitTopic("t t", -1, MS_500));
        assertEquals(MetadataException.Reason.INVALID_TOPIC, e.reason());
        assertEquals("Invalid topic name: topic=t t, error=INVALID_TOPIC_EXCEPTION (17)", e.getMessage());
        assertEquals(Set.of("t t"), metadata.cluster().invalidTopics());

        fixture.script.add(() -> {
            throw new AssertionError("parked");
        });
        assertEquals(MetadataException.Reason.INVALID_TOPIC,
                assertThrows(MetadataException.class, () -> metadata.awaitTopic("t t", -1, MS_500)).reason());
        assertEquals(300_000, fixture.dueInMs(), "not asked for again");
    }

    @Test
    void shouldThrowUnauthorizedToWaitersAndMakeANewAttemptLater() throws Exception {
        fixture.update();
        fixture.script.add(() -> fixture.update(TopicUpdate.failed("t", Fixture.DENIED)));
        final MetadataException e = assertThrows(MetadataException.class, () -> metadata.awaitTopic("t", -1, MS_500));
        assertEquals(MetadataException.Reason.UNAUTHORIZED_TOPIC, e.reason());
        assertEquals("Not authorized to access topic: topic=t, error=TOPIC_AUTHORIZATION_FAILED (29)", e.getMessage());
        assertEquals(Set.of("t"), metadata.cluster().unauthorizedTopics());
        assertEquals(300_000, fixture.dueInMs(), "not asked for again by itself");

        fixture.script.add(() -> fixture.update(topic("t", 1, 0)));
        assertEquals(1, metadata.awaitTopic("t", -1, MS_500).partitionCount());
        assertEquals(Set.of(), metadata.cluster().unauthorizedTopics());
    }

    @Test
    void shouldKeepAskingAfterAnyOtherErrorWhileSomebodyWaits() {
        fixture.update();
        for (int i = 0; i < 3; i++) {
            fixture.script.add(() -> fixture.update(TopicUpdate.failed("t", Fixture.STRANGE)));
        }
        assertEquals(Fixture.STRANGE, assertThrows(MetadataTimeoutException.class,
                () -> metadata.awaitTopic("t", -1, 10 * MS_500)).lastError());
        fixture.update(TopicUpdate.failed("t", Fixture.STRANGE));
        assertTrue(fixture.dueInMs() > 200_000, "nobody waits any more");
    }

    @Test
    void shouldThrowFatalErrorsOnceToTheWaiter() throws Exception {
        fixture.update();
        final Exception cause = new Exception("bad password");
        fixture.script.add(() -> metadata.fatal(cause));
        final MetadataException e = assertThrows(MetadataException.class, () -> metadata.awaitTopic("t", -1, MS_500));
        assertEquals(MetadataException.Reason.FATAL, e.reason());
        assertEquals("Metadata of topic t cannot be fetched: java.lang.Exception: bad password", e.getMessage());
        assertSame(cause, e.getCause());

        fixture.script.add(() -> fixture.update(topic("t", 1, 0)));
        assertEquals(1, metadata.awaitTopic("t", -1, MS_500).partitionCount());
    }

    @Test
    void shouldThrowFatalErrorsToTheNextCallerWhenNobodyWaits() {
        fixture.update();
        metadata.fatal(new Exception("bad password"));
        assertEquals(MetadataException.Reason.FATAL,
                assertThrows(MetadataException.class, () -> metadata.awaitTopic("t", -1, MS_500)).reason());
        assertEquals(1, fixture.wakeups, "the topic is wanted all the same");
        assertThrows(MetadataTimeoutException.class, () -> metadata.awaitTopic("t", -1, MS_500));

        metadata.fatal(new Exception("bad password"));
        fixture.update(TopicUpdate.failed("t", Fixture.UNKNOWN));
        assertThrows(MetadataTimeoutException.class, () -> metadata.awaitTopic("t", -1, MS_500),
                "an update succeeded meanwhile");
    }

    @Test
    void shouldEndWaitingWhenClosed() throws Exception {
        metadata.requestTopic("known");
        fixture.update(topic("known", 1, 0));
        fixture.script.add(metadata::close);
        assertEquals(MetadataException.Reason.CLOSED,
                assertThrows(MetadataException.class, () -> metadata.awaitTopic("t", -1, MS_500)).reason());
        assertEquals("Metadata closed while topic t was wanted",
                assertThrows(MetadataException.class, () -> metadata.awaitTopic("t", -1, MS_500)).getMessage());
        metadata.close();
        assertEquals(1, metadata.awaitTopic("known", -1, 0).partitionCount());
    }

    @Test
    void shouldGoOnUpdatingWhenClosed() {
        // What was accepted before may need a new leader.
        metadata.requestTopic("known");
        fixture.update(topic("known", 1, 0));
        metadata.close();
        metadata.requestUpdate("leader moved");
        assertTrue(fixture.dueInMs() < Long.MAX_VALUE);
        fixture.update(topic("known", 2, 0));
        assertEquals(2, metadata.cluster().topic("known").partitionCount());
    }

    @Test
    void shouldThrowWhenInterruptedAndLeaveNoWaiterBehind() {
        fixture.update();
        Thread.currentThread().interrupt();
        assertEquals("interrupted while waiting for metadata of topic t",
                assertThrows(InterruptedException.class, () -> metadata.awaitTopic("t", -1, MS_500)).getMessage());
        assertFalse(Thread.interrupted());
        fixture.update(topic("t", 1, 0));
        assertEquals(List.of(), fixture.unparked);
    }

    @Test
    void shouldReturnWhatCameTogetherWithAnInterrupt() throws Exception {
        fixture.update();
        fixture.script.add(() -> {
            fixture.update(topic("t", 1, 0));
            Thread.currentThread().interrupt();
        });
        assertEquals(1, metadata.awaitTopic("t", -1, MS_500).partitionCount());
        assertTrue(Thread.interrupted(), "the interrupt is not lost");
    }

    @Test
    void shouldReturnWhatCameInTheLastMoment() throws Exception {
        fixture.update();
        fixture.script.add(() -> {
            fixture.passMs(500);
            fixture.update(topic("t", 1, 0));
        });
        assertEquals(1, metadata.awaitTopic("t", -1, MS_500).partitionCount());
    }

    @Test
    void shouldWakeOnlyThoseWhomAResponseSettles() throws Exception {
        fixture.update();
        fixture.script.add(() -> {
            fixture.update(TopicUpdate.failed("t", Fixture.UNKNOWN));
            assertEquals(List.of(), fixture.unparked);
            metadata.requestTopic("u");
            fixture.update(topic("u", 1, 0));
            assertEquals(List.of(), fixture.unparked);
            fixture.update(topic("t", 1, 0));
            assertEquals(1, fixture.unparked.size());
        });
        metadata.awaitTopic("t", -1, 100 * MS_500);
    }

    // ------------------------------------------------------------------------------------------------ what to fetch

    @Test
    void shouldAskOnlyForNewTopicsAndKeepTheOthers() {
        metadata.requestTopic("a");
        fixture.update(topic("a", 2, 1));
        metadata.requestTopic("b");
        final MetadataRequestPlan plan = fixture.begin();
        assertEquals("partial update of 1 topics (new or incomplete topics)", plan.toString());

        final Cluster cluster = fixture.complete(plan, topic("b", 1, 1));

        assertEquals(2, cluster.topic("a").partitionCount());
        assertEquals(1, cluster.topic("b").partitionCount());
        assertNotNull(metadata.topic("a", fixture.nowNs));
    }

    @Test
    void shouldAskForAllWhenAFullUpdateWasRequested() {
        metadata.requestTopic("a");
        fixture.update(topic("a", 2, 1));
        metadata.requestTopic("b");
        metadata.requestUpdate("leader of a-0 changed");
        final MetadataRequestPlan plan = fixture.begin();
        assertTrue(plan.full());
        assertEquals("leader of a-0 changed", plan.reason());
        assertEquals(Set.of("a", "b"), Set.copyOf(plan.topics()));

        final Cluster cluster = fixture.complete(plan, topic("b", 1, 1));
        assertNull(cluster.topic("a"), "a full response drops what it does not name");
        assertNull(metadata.topic("a", fixture.nowNs));
    }

    @Test
    void shouldNotLoseRequestsMadeDuringTheFlight() {
        final MetadataRequestPlan plan = fixture.begin();
        metadata.requestTopic("t");
        metadata.requestUpdate("leader lost");
        metadata.requestUpdate("again");
        fixture.complete(plan);

        assertEquals(0, fixture.dueInMs(), "for the new topic");
        final MetadataRequestPlan next = fixture.begin();
        assertTrue(next.full());
        assertEquals("leader lost", next.reason());
        fixture.complete(next, topic("t", 1, 1));
        assertEquals(300_000, fixture.dueInMs());
    }

    @Test
    void shouldNotLoseATopicRequestedDuringItsOwnFlight() {
        fixture.update();
        metadata.requestTopic("t");
        final MetadataRequestPlan plan = fixture.begin();
        metadata.requestTopic("t");
        fixture.complete(plan, topic("t", 1, 1));
        assertTrue(fixture.dueInMs() <= 120, "asked again: its partitions may be more by now");
        assertEquals(List.of("t"), fixture.begin().topics());
    }

    @Test
    void shouldAskAgainForWhatAFailedUpdateAskedFor() {
        fixture.update();
        metadata.requestTopic("t");
        fixture.fail("disconnected");
        assertEquals(List.of("t"), fixture.begin().topics());
    }

    @Test
    void shouldStillOweAFullUpdateThatFailedForAge() {
        fixture.update();
        fixture.passMs(300_000);
        assertEquals(0, fixture.dueInMs());
        final MetadataRequestPlan plan = fixture.begin();
        assertEquals("full update of 0 topics (age)", plan.toString());
        metadata.requestTopic("t");
        metadata.failUpdate(plan, new Exception("x"), fixture.nowNs);
        assertTrue(fixture.begin().full());
    }

    @Test
    void shouldFetchEverythingByAge() {
        metadata.requestTopic("t");
        fixture.update(topic("t", 1, 1));
        fixture.passMs(299_999);
        assertEquals(1, fixture.dueInMs());
        metadata.topic("t", fixture.nowNs);
        metadata.requestTopic("new");
        fixture.passMs(1);
        final MetadataRequestPlan plan = fixture.begin();
        assertTrue(plan.full(), "no partial update when it is time for a full one");
        assertEquals(2, plan.topics().size());
    }

    @Test
    void shouldCountAResponseWithoutBrokersAsFailed() {
        metadata.requestTopic("t");
        final Cluster cluster = metadata.completeUpdate(fixture.begin(),
                new ClusterUpdate("c", 1, List.of(), List.of(topic("t", 1, 1))), fixture.nowNs);
        assertTrue(cluster.isBootstrap());
        assertEquals(1, cluster.version());
        assertTrue(fixture.dueInMs() > 0 && fixture.dueInMs() <= 120);
        assertEquals("Topic t not present in metadata after 1000 ms; last update failed: metadata response lists no "
                + "broker: topics=1",
                assertThrows(MetadataTimeoutException.class, () -> metadata.awaitTopic("t", -1, 2 * MS_500))
                        .getMessage());
    }

    @Test
    void shouldRefuseABrokerThatClaimsABootstrapId() {
        assertEquals("broker id must not be negative: id=-2, min=0",
                assertThrows(IllegalArgumentException.class,
                        () -> new ClusterUpdate("c", 1, List.of(Fixture.ONE, new Node(-2, "evil", 1)), List.of()))
                        .getMessage());
    }

    @Test
    void shouldIgnoreTopicsThatAreNotInUseAndTakeTheLastWordOnTopicsNamedTwice() {
        metadata.requestTopic("a");
        metadata.requestTopic("b");
        final Cluster cluster = fixture.update(topic("x", 1, 1), topic("a", id(1), 1, 1, 1), topic("a", id(2), 2, 1, 1),
                topic("b", id(3), 1, 1, 1), TopicUpdate.failed("b", Fixture.INVALID));
        assertNull(cluster.topic("x"));
        assertEquals(2, cluster.topic("a").partitionCount());
        assertEquals(2, metadata.topic("a", 0).partitionCount());
        assertNull(cluster.topic(id(1)));
        assertEquals("a", cluster.topicName(id(2)));
        assertNull(cluster.topic("b"));
        assertNull(cluster.topicName(id(3)));
        assertNull(metadata.topic("b", 0));
    }

    @Test
    void shouldAskAgainForIncompleteTopicsOnly() {
        metadata.requestTopic("a");
        metadata.requestTopic("b");
        metadata.requestTopic("c");
        final Cluster cluster = fixture.update(topic("a", 1, 1), TopicUpdate.failed("b", Fixture.UNKNOWN),
                TopicUpdate.described("c", TopicId.ZERO, false, List.of(new PartitionInfo("c", 0, -1, 3)), true));
        assertNotNull(cluster.topic("a"));
        assertNull(cluster.topic("b"));
        assertEquals(0, cluster.topic("c").availablePartitions());
        assertTrue(fixture.dueInMs() >= 80 && fixture.dueInMs() <= 120, "after a pause: " + fixture.dueInMs());
        final MetadataRequestPlan plan = fixture.begin();
        assertFalse(plan.full());
        assertEquals(List.of("b", "c"), plan.topics());
    }

    // ----------------------------------------------------------------------------------------------------- pauses

    @Test
    void shouldPauseTwiceAsLongAfterEachFailure() {
        final long[] expectedMs = {100, 200, 400, 800, 1000, 1000};
        for (final long expected : expectedMs) {
            fixture.fail("disconnected");
            final long ns = metadata.timeToNextUpdateNs(fixture.nowNs);
            final long ms = MILLISECONDS.toNanos(1);
            assertTrue(ns >= expected * ms * 8 / 10 && ns <= Math.min(1000, expected * 12 / 10) * ms,
                    "expectedMs=" + expected + ", ns=" + ns);
        }
    }

    @Test
    void shouldPauseTwiceAsLongAfterEachResponseThatSaysNothingNew() {
        metadata.requestTopic("t");
        fixture.update(topic("t", 1, 1));
        for (final long expected : new long[]{100, 200, 400, 800, 1000}) {
            metadata.requestUpdate("leader lost");
            fixture.update(topic("t", 1, 1));
            metadata.requestUpdate("leader lost");
            final long due = fixture.dueInMs();
            assertTrue(due >= expected * 8 / 10 - 1 && due <= expected * 12 / 10, expected + " " + due);
        }
        fixture.update(topic("t", 1, 2));
        metadata.requestUpdate("leader lost");
        assertTrue(fixture.dueInMs() <= 120, "a new epoch is news");
    }

    @Test
    void shouldNotPauseForANewTopic() {
        for (int i = 0; i < 5; i++) {
            fixture.fail("disconnected");
        }
        assertTrue(fixture.dueInMs() > 700);
        metadata.requestTopic("t");
        assertEquals(0, fixture.dueInMs());
        fixture.fail("disconnected");
        assertTrue(fixture.dueInMs() <= 120, "the pauses begin anew");
        metadata.requestTopic("t");
        assertTrue(fixture.dueInMs() > 0, "the same topic is no longer new");
    }

    @Test
    void shouldNeverPauseLongerThanTheMaximumEvenIfItIsBelowTheFirst() {
        final Fixture odd = new Fixture(MetadataConfig.DEFAULTS.withRefreshBackoffMs(500, 50), Long.MAX_VALUE - 5);
        for (int i = 0; i < 70; i++) {
            odd.fail("x");
            assertTrue(odd.dueInMs() >= 39 && odd.dueInMs() <= 50, "" + odd.dueInMs());
        }
        final Fixture none = new Fixture(MetadataConfig.DEFAULTS.withRefreshBackoffMs(0, 1000), 0);
        none.fail("x");
        assertEquals(0, none.dueInMs());
    }

    // ------------------------------------------------------------------------------------------------------ epochs

    @Test
    void shouldIgnoreOlderEpochsPerPartition() {
        metadata.requestTopic("t");
        fixture.update(topic("t", id(1), 2, 1, 5));
        final TopicInfo before = metadata.topic("t", 0);
        metadata.requestUpdate("x");
        fixture.update(topic("t", id(1), 2, 2, 4));
        assertSame(before, metadata.topic("t", 0), "nothing changed, nothing new to collect");

        metadata.requestUpdate("x");
        fixture.update(TopicUpdate.described("t", id(1), false,
                List.of(new PartitionInfo("t", 0, 2, 6), new PartitionInfo("t", 1, 2, 4)), false));
        assertEquals(2, metadata.cluster().leaderOf("t", 0).id());
        assertEquals(1, metadata.cluster().leaderOf("t", 1).id());
        assertEquals(5, metadata.topic("t", 0).partition(1).leaderEpoch());
        assertSame(before.partition(1), metadata.topic("t", 0).partition(1));
    }

    @Test
    void shouldTakeEqualEpochsAndUnknownOnes() {
        metadata.requestTopic("t");
        fixture.update(topic("t", id(1), 1, 1, 5));
        metadata.requestUpdate("x");
        fixture.update(topic("t", id(1), 1, 2, 5));
        assertEquals(2, metadata.cluster().leaderOf("t", 0).id());
        metadata.requestUpdate("x");
        fixture.update(topic("t", id(1), 1, 1, PartitionInfo.NO_EPOCH));
        assertEquals(1, metadata.cluster().leaderOf("t", 0).id());
        metadata.requestUpdate("x");
        fixture.update(topic("t", id(1), 1, 2, 3));
        assertEquals(2, metadata.cluster().leaderOf("t", 0).id(), "an unknown epoch forgets the one before");
    }

    @Test
    void shouldTakeAnyEpochOfARecreatedTopic() {
        metadata.requestTopic("t");
        fixture.update(topic("t", id(1), 4, 1, 5));
        metadata.requestUpdate("x");
        fixture.update(topic("t", id(2), 1, 2, 0));
        assertEquals(1, metadata.topic("t", 0).partitionCount());
        assertEquals(2, metadata.cluster().leaderOf("t", 0).id());
        assertNull(metadata.cluster().topic(id(1)));
        assertEquals("t", metadata.cluster().topicName(id(2)));
    }

    @Test
    void shouldRememberEpochsOfATopicThatFailedMeanwhile() {
        metadata.requestTopic("t");
        fixture.update(topic("t", id(1), 1, 1, 5));
        metadata.requestUpdate("x");
        fixture.update(TopicUpdate.failed("t", Fixture.UNKNOWN));
        assertNull(metadata.topic("t", 0));
        fixture.update(topic("t", id(1), 1, 2, 4));
        assertEquals(1, metadata.cluster().leaderOf("t", 0).id(), "the answer of a broker that lags behind");
    }

    @Test
    void shouldTakeStrictlyNewerLeaderHints() {
        metadata.requestTopic("t");
        metadata.requestTopic("u");
        fixture.update(topic("t", id(1), 3, 1, 5), topic("u", 1, 5));
        final long version = metadata.version();
        final Node three = new Node(3, "three", 9092);
        final List<Node> endpoints = List.of(three);

        assertEquals(0, metadata.updateLeaders(List.of(new LeaderHint("t", 0, 2, 5), new LeaderHint("t", 0, 2, -1),
                new LeaderHint("t", 0, -1, 9), new LeaderHint("t", 3, 2, 9), new LeaderHint("t", -1, 2, 9),
                new LeaderHint("x", 0, 2, 9), new LeaderHint("t", 0, 4, 9)), endpoints));
        assertEquals(version, metadata.version());

        assertEquals(3, metadata.updateLeaders(List.of(new LeaderHint("t", 0, 3, 6), new LeaderHint("t", 2, 2, 6),
                new LeaderHint("u", 0, 2, 6)), endpoints));
        assertEquals(version + 1, metadata.version());
        final Cluster cluster = metadata.cluster();
        assertEquals(three, cluster.leaderOf("t", 0));
        assertEquals(1, cluster.leaderOf("t", 1).id());
        assertEquals(2, cluster.leaderOf("t", 2).id());
        assertEquals(2, cluster.leaderOf("u", 0).id());
        assertSame(cluster.topic("t"), metadata.topic("t", 0));
        assertSame(cluster.topic("t"), cluster.topic(id(1)));
        assertEquals(List.of(Fixture.ONE, Fixture.TWO, three), cluster.nodes());

        metadata.requestUpdate("x");
        fixture.update(topic("t", id(1), 3, 1, 5), topic("u", 1, 7));
        assertEquals(6, metadata.topic("t", 0).partition(0).leaderEpoch(), "a hint counts as an epoch seen");
        assertNull(metadata.cluster().leaderOf("t", 0), "the response does not list broker 3");
        assertEquals(1, metadata.cluster().leaderOf("u", 0).id());
    }

    // ------------------------------------------------------------------------------------------------------ expiry

    @Test
    void shouldForgetIdleTopicsUnlessPinned() {
        metadata.requestTopic("idle");
        metadata.requestTopic("used");
        metadata.pin("pinned");
        fixture.update(topic("idle", id(1), 1, 1, 1), topic("used", 1, 1), topic("pinned", 1, 1));
        for (int i = 0; i < 2; i++) {
            fixture.passMs(160_000);
            assertNotNull(metadata.topic("used", fixture.nowNs));
        }
        assertNotNull(metadata.cluster().topic("idle"), "not before a response came");

        final Cluster cluster = fixture.update(topic("idle", id(1), 1, 1, 1), topic("used", 1, 1),
                topic("pinned", 1, 1));
        assertNull(cluster.topic("idle"));
        assertNull(cluster.topic(id(1)));
        assertNull(metadata.topic("idle", fixture.nowNs));
        assertNotNull(cluster.topic("used"));
        assertNotNull(cluster.topic("pinned"));

        metadata.unpin("pinned");
        metadata.unpin("never seen");
        fixture.passMs(310_000);
        fixture.update(topic("pinned", 1, 1), topic("used", 1, 1));
        assertEquals(0, metadata.cluster().topics().size());
        assertEquals(List.of(), fixture.begin().topics());
    }

    @Test
    void shouldNotForgetATopicBeforeItsIdleTimeIsOver() {
        metadata.requestTopic("t");
        fixture.update(topic("t", 1, 1));
        fixture.passMs(299_999);
        metadata.requestUpdate("x");
        assertNotNull(fixture.update(topic("t", 1, 1)).topic("t"));
    }

    @Test
    void shouldNotForgetATopicThatSomebodyWaitsFor() throws Exception {
        fixture.update();
        fixture.script.add(() -> {
            fixture.passMs(400_000);
            final MetadataRequestPlan plan = fixture.begin();
            assertTrue(plan.full());
            fixture.complete(plan, TopicUpdate.failed("t", Fixture.UNKNOWN));
            fixture.update(topic("t", 1, 1));
        });
        assertNotNull(metadata.awaitTopic("t", -1, MILLISECONDS.toNanos(1_000_000)));
    }

    @Test
    void shouldStopAskingForAnUnknownTopicThatNobodyUses() {
        metadata.requestTopic("t");
        fixture.update(TopicUpdate.failed("t", Fixture.UNKNOWN));
        int asked = 0;
        while (fixture.dueInMs() < 10_000) {
            asked++;
            fixture.update(TopicUpdate.failed("t", Fixture.UNKNOWN));
        }
        assertTrue(asked > 250 && asked < 450, "once per longest pause, for the idle time: asked=" + asked);
        assertNull(metadata.topic("t", fixture.nowNs));
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE - 1_000_000_000L})
    void shouldWorkWhateverTheClocksOrigin(final long originNs) {
        final Fixture wrapping = new Fixture(MetadataConfig.DEFAULTS, originNs);
        wrapping.metadata.requestTopic("t");
        wrapping.update(topic("t", 1, 1));
        assertEquals(300_000, wrapping.dueInMs());
        wrapping.passMs(200_000);
        assertNotNull(wrapping.metadata.topic("t", wrapping.nowNs));
        wrapping.passMs(200_000);
        assertEquals(0, wrapping.dueInMs());
        assertNotNull(wrapping.update(topic("t", 1, 1)).topic("t"));
        wrapping.passMs(320_000);
        assertNull(wrapping.update(topic("t", 1, 1)).topic("t"));
        assertEquals(500, assertThrows(MetadataTimeoutException.class,
                () -> wrapping.metadata.awaitTopic("t", -1, MS_500)).waitedMs());
    }

    // ------------------------------------------------------------------------------------------------- rebootstrap

    @Test
    void shouldGoBackToTheBootstrapAddressesAndForgetEpochs() {
        metadata.requestTopic("t");
        fixture.update(topic("t", 2, 5));
        assertFalse(metadata.rebootstrapDue(fixture.nowNs));
        assertTrue(metadata.rebootstrap());

        final Cluster cluster = metadata.cluster();
        assertTrue(cluster.isBootstrap());
        assertEquals(Fixture.BOOTSTRAP, cluster.nodes());
        assertEquals(Node.NO_ID, cluster.controllerId());
        assertEquals(2, cluster.topic("t").partitionCount());
        assertEquals(0, fixture.dueInMs());
        final MetadataRequestPlan plan = fixture.begin();
        assertEquals("full update of 1 topics (rebootstrap)", plan.toString());

        fixture.complete(plan, topic("t", 2, 1));
        assertEquals(1, metadata.topic("t", 0).partition(0).leaderEpoch(), "it may be another cluster");
        assertEquals(1, metadata.cluster().leaderOf("t", 0).id());
    }

    @Test
    void shouldNotMakeVersionsWhenAlreadyBackAtTheBootstrapAddresses() {
        assertTrue(metadata.rebootstrap());
        assertEquals(1, metadata.version());
    }

    @Test
    void shouldBeDueForRebootstrapAfterTheTriggerTimeWithoutMetadata() {
        fixture.update();
        fixture.passMs(1_000_000);
        assertFalse(metadata.rebootstrapDue(fixture.nowNs), "no attempt yet");
        assertEquals(0, fixture.dueInMs());
        fixture.passMs(300_000);
        assertFalse(metadata.rebootstrapDue(fixture.nowNs));
        fixture.fail("x");
        fixture.passMs(1);
        assertTrue(metadata.rebootstrapDue(fixture.nowNs));
        assertTrue(metadata.rebootstrap());
        assertFalse(metadata.rebootstrapDue(fixture.nowNs), "the time begins anew");
        assertEquals(0, fixture.dueInMs());
        fixture.passMs(300_001);
        assertTrue(metadata.rebootstrapDue(fixture.nowNs));
        fixture.update();
        assertFalse(metadata.rebootstrapDue(fixture.nowNs));
    }

    @Test
    void shouldNotRebootstrapWhenTheStrategyForbidsIt() {
        final Fixture none = new Fixture(MetadataConfig.DEFAULTS.withRecovery(RecoveryStrategy.NONE, 0), 0);
        none.update();
        none.passMs(300_000);
        none.fail("x");
        none.passMs(1_000_000);
        assertFalse(none.metadata.rebootstrapDue(none.nowNs));
        assertFalse(none.metadata.rebootstrap());
        assertFalse(none.metadata.cluster().isBootstrap());
    }

    @Test
    void shouldWakeTheIoThreadOnlyForNews() {
        metadata.requestTopic("t");
        metadata.requestTopic("t");
        metadata.requestUpdate("the first one is still owed");
        assertEquals(1, fixture.wakeups);
        fixture.update(topic("t", 1, 1));
        metadata.requestUpdate("x");
        metadata.requestUpdate("y");
        assertEquals(2, fixture.wakeups);
        metadata.pin("t");
        assertEquals(2, fixture.wakeups);
        metadata.pin("u");
        assertEquals(3, fixture.wakeups);
    }

    @Test
    void shouldGiveEverySnapshotItsOwnInstance() {
        final Cluster first = fixture.update();
        metadata.requestUpdate("x");
        assertNotSame(first, fixture.update());
        assertEquals(first.version() + 1, metadata.version());
    }
}
