package io.kp.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ValuesTest {

    private static PartitionInfo partition(final int number, final int leader) {
        return new PartitionInfo("t", number, leader, 5);
    }

    @Test
    void shouldRunInItsModule() {
        assertEquals(Boolean.getBoolean("kp.test.modulepath") ? "io.kp.metadata" : null,
                Node.class.getModule().getName());
    }

    @Test
    void shouldNeverConfuseBootstrapNodesWithBrokersOrWithNoNode() {
        final Node first = Node.bootstrap(0, "a", 1);
        final Node third = Node.bootstrap(2, "::1", 9092);

        assertEquals(-2, first.id());
        assertEquals(-4, third.id());
        assertTrue(first.isBootstrap());
        assertFalse(new Node(0, "a", 1).isBootstrap());
        assertNotEquals(first, new Node(0, "a", 1));
        assertEquals("::1:9092 (bootstrap 2)", third.toString());
        assertEquals("a:1 (id=0)", new Node(0, "a", 1).toString());
        assertEquals("a:1 (id=0, rack=r)", new Node(0, "a", 1, "r").toString());
    }

    @Test
    void shouldRefuseANodeThatCannotBe() {
        assertEquals("node id reserved for absence: id=-1, host=a",
                assertThrows(IllegalArgumentException.class, () -> new Node(-1, "a", 1)).getMessage());
        assertEquals("port out of range: port=65536, max=65535, host=a",
                assertThrows(IllegalArgumentException.class, () -> new Node(1, "a", 65536)).getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Node(1, "a", -1));
        assertThrows(NullPointerException.class, () -> new Node(1, null, 1));
        assertThrows(IllegalArgumentException.class, () -> Node.bootstrap(-1, "a", 1));
        assertEquals(65535, new Node(1, "a", 65535).port());
    }

    @Test
    void shouldCompareTopicPartitionsByBothParts() {
        final TopicPartition one = new TopicPartition("a-b", 3);

        assertEquals(one, new TopicPartition("a-b", 3));
        assertEquals(one.hashCode(), new TopicPartition(new String("a-b"), 3).hashCode());
        assertNotEquals(one, new TopicPartition("a-b", 4));
        assertNotEquals(one, new TopicPartition("a-c", 3));
        // Equal hashes: 31 * 'a' + 32 == 31 * 'b' + 1.
        assertNotEquals(new TopicPartition("a", 32), new TopicPartition("b", 1));
        assertEquals("a-b-3", one.toString());
        assertThrows(IllegalArgumentException.class, () -> new TopicPartition("a", -1));
    }

    @Property
    void shouldReadBackEveryTopicIdItWrote(@ForAll final long most, @ForAll final long least) {
        final TopicId id = new TopicId(most, least);

        assertEquals(id, TopicId.parse(id.toString()));
        assertEquals(22, id.toString().length());
    }

    @Test
    void shouldWriteTopicIdsAsKafkaDoes() {
        assertEquals("AAAAAAAAAAAAAAAAAAAAAA", TopicId.ZERO.toString());
        assertEquals("AAAAAAAAAAAAAAAAAAAAAQ", new TopicId(0, 1).toString());
        assertEquals("_____________________w", new TopicId(-1, -1).toString());
        assertSame(TopicId.ZERO, TopicId.parse("AAAAAAAAAAAAAAAAAAAAAA"));
        assertTrue(TopicId.ZERO.isZero());
        assertFalse(new TopicId(0, 1).isZero());
        assertFalse(new TopicId(1, 0).isZero());
        assertEquals("topic id must be URL-safe base64: text=!",
                assertThrows(IllegalArgumentException.class, () -> TopicId.parse("!")).getMessage());
        assertEquals("topic id must decode to 16 bytes: bytes=1, text=AA",
                assertThrows(IllegalArgumentException.class, () -> TopicId.parse("AA")).getMessage());
    }

    @Test
    void shouldNotLeakReplicaArrays() {
        final int[] replicas = {1, 2};
        final PartitionInfo info = new PartitionInfo("t", 0, 1, 7, replicas, new int[]{1}, new int[]{2});
        replicas[0] = 9;

        assertEquals(1, info.replica(0));
        assertEquals(2, info.replicaCount());
        assertEquals(1, info.inSyncReplicaCount());
        assertEquals(1, info.inSyncReplica(0));
        assertEquals(1, info.offlineReplicaCount());
        assertEquals(2, info.offlineReplica(0));
        assertEquals("t-0 (leader=1, epoch=7, replicas=[1, 2], isr=[1], offline=[2])", info.toString());
        assertThrows(IllegalArgumentException.class, () -> partition(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> partition(0, -2));
        assertThrows(IllegalArgumentException.class, () -> new PartitionInfo("t", 0, 0, -2));
    }

    @Test
    void shouldListAvailablePartitionsInOrder() {
        final TopicInfo all = TopicInfo.of("t", TopicId.ZERO, false, List.of(partition(1, 4), partition(0, 4)));
        assertEquals(2, all.availablePartitions());
        assertEquals(1, all.availablePartition(1));
        assertThrows(IndexOutOfBoundsException.class, () -> all.availablePartition(2));

        final TopicInfo some = TopicInfo.of("t", TopicId.ZERO, false,
                List.of(partition(0, -1), partition(1, 4), partition(2, -1), partition(3, 0)));
        assertEquals(4, some.partitionCount());
        assertEquals(2, some.availablePartitions());
        assertEquals(1, some.availablePartition(0));
        assertEquals(3, some.availablePartition(1));
        assertThrows(IndexOutOfBoundsException.class, () -> some.availablePartition(2));
    }

    @Test
    void shouldFillSkippedPartitionsAndRefuseNonsense() {
        final TopicInfo filled = TopicInfo.of("t", TopicId.ZERO, false, List.of(partition(2, 1)));
        assertEquals(3, filled.partitionCount());
        assertFalse(filled.partition(0).hasLeader());
        assertEquals(1, filled.availablePartitions());

        assertEquals(TopicInfo.MAX_GAP + 1, TopicInfo
                .of("t", TopicId.ZERO, false, List.of(partition(TopicInfo.MAX_GAP, 1))).partitionCount());
        assertThrows(IllegalArgumentException.class,
                () -> TopicInfo.of("t", TopicId.ZERO, false, List.of(partition(TopicInfo.MAX_GAP + 1, 1))));
        assertEquals("too many partitions skipped: partition=2147483647, listed=1, maxSkipped=1024, topic=t",
                assertThrows(IllegalArgumentException.class,
                        () -> TopicInfo.of("t", TopicId.ZERO, false, List.of(partition(Integer.MAX_VALUE, 1))))
                        .getMessage());
        assertEquals("partition listed twice: partition=0, topic=t",
                assertThrows(IllegalArgumentException.class,
                        () -> TopicInfo.of("t", TopicId.ZERO, false, List.of(partition(0, 1), partition(0, 2))))
                        .getMessage());
        assertThrows(IllegalArgumentException.class,
                () -> TopicInfo.of("other", TopicId.ZERO, false, List.of(partition(0, 1))));
    }

    @Test
    void shouldAnswerFromOneState() {
        final TopicId id = new TopicId(1, 2);
        final Cluster cluster = Cluster.of(3, "c", 1, List.of(new Node(7, "b", 2), new Node(1, "a", 1)),
                List.of(TopicInfo.of("t", id, false, List.of(partition(0, 7), partition(1, -1), partition(2, 99)))));

        assertEquals(3, cluster.version());
        assertEquals("b", cluster.node(7).host());
        assertEquals("a", cluster.node(1).host());
        assertNull(cluster.node(2));
        assertEquals(7, cluster.leaderOf("t", 0).id());
        assertEquals(7, cluster.leaderOf(new TopicPartition("t", 0)).id());
        assertNull(cluster.leaderOf("t", 1));
        assertNull(cluster.leaderOf("t", 2), "a leader that is no known broker is none");
        assertNull(cluster.leaderOf("t", 3));
        assertNull(cluster.leaderOf("t", -1));
        assertNull(cluster.leaderOf("u", 0));
        assertEquals("t", cluster.topicName(id));
        assertNull(cluster.topicName(TopicId.ZERO));
        assertEquals(1, cluster.topics().size());
        assertFalse(cluster.isBootstrap());
        assertEquals(7, cluster.nodes().get(0).id(), "in the order given");
    }

    @Test
    void shouldKnowBootstrapAddressesOnlyAtFirst() {
        final Cluster cluster = Cluster.bootstrap(1, List.of(Node.bootstrap(0, "a", 1), Node.bootstrap(1, "b", 1)));

        assertTrue(cluster.isBootstrap());
        assertEquals("b", cluster.node(-3).host());
        assertNull(cluster.clusterId());
        assertTrue(cluster.topics().isEmpty());
    }

    @Test
    void shouldHashTopicIdsApart() {
        final Random random = new Random(1);
        assertNotEquals(new TopicId(random.nextLong(), 0).hashCode(), new TopicId(random.nextLong(), 0).hashCode());
    }
}
