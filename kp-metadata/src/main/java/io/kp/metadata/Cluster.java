package io.kp.metadata;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * One state of a cluster as a client knows it: brokers, controller, topics with their partitions and leaders.
 *
 * <p>
 * Immutable, so it may be read by any number of threads without a lock; every look-up is wait-free and allocates nothing. Two
 * answers taken from one instance always fit each other. A newer state is another instance with a higher {@link #version()}.
 */
public final class Cluster {

    private final long version;
    private final String clusterId;
    private final int controllerId;
    private final List<Node> nodes;
    /** The same nodes in rising order of ids, with the ids beside them for the search. */
    private final Node[] nodesById;
    private final int[] nodeIds;
    private final SnapshotMap<String, TopicInfo> topics;
    private final SnapshotMap<TopicId, TopicInfo> topicsById;
    private final Set<String> invalidTopics;
    private final Set<String> unauthorizedTopics;

    /** By insertion: brokers list themselves in order, or nearly so. */
    private static void sortById(final Node[] nodes) {
        for (int i = 1; i < nodes.length; i++) {
            final Node node = nodes[i];
            int at = i;
            for (; at > 0 && nodes[at - 1].id() > node.id(); at--) {
                nodes[at] = nodes[at - 1];
            }
            nodes[at] = node;
        }
    }

    Cluster(final long version, final String clusterId, final int controllerId, final Collection<Node> nodes,
            final SnapshotMap<String, TopicInfo> topics, final SnapshotMap<TopicId, TopicInfo> topicsById,
            final Set<String> invalidTopics, final Set<String> unauthorizedTopics) {
        this.version = version;
        this.clusterId = clusterId;
        this.controllerId = controllerId;
        this.nodes = List.copyOf(nodes);
        this.nodesById = this.nodes.toArray(new Node[0]);
        // Loops, here and elsewhere on the way to the first acknowledgement: streams and comparators load some forty classes of the JDK.
        sortById(nodesById);
        this.nodeIds = new int[nodesById.length];
        for (int i = 0; i < nodesById.length; i++) {
            nodeIds[i] = nodesById[i].id();
        }
        this.topics = topics;
        this.topicsById = topicsById;
        this.invalidTopics = Set.copyOf(invalidTopics);
        this.unauthorizedTopics = Set.copyOf(unauthorizedTopics);
    }

    /**
     * Makes a state from its parts, for tests and for tools that get it from elsewhere.
     *
     * @param version      the state's version
     * @param clusterId    the cluster's id, or null
     * @param controllerId the controller's broker id, or {@link Node#NO_ID}
     * @param nodes        the brokers
     * @param topics       the topics
     * @return the state
     */
    public static Cluster of(final long version, final String clusterId, final int controllerId,
            final Collection<Node> nodes, final Collection<TopicInfo> topics) {
        final SnapshotMap.Builder<String, TopicInfo> byName = SnapshotMap.builder(topics.size());
        final SnapshotMap.Builder<TopicId, TopicInfo> byId = SnapshotMap.builder(topics.size());
        for (final TopicInfo topic : topics) {
            byName.put(topic.name(), topic);
            if (!topic.id().isZero()) {
                byId.put(topic.id(), topic);
            }
        }
        return new Cluster(version, clusterId, controllerId, nodes, byName.build(), byId.build(), Set.of(), Set.of());
    }

    /**
     * Makes the state before the first response: bootstrap addresses and nothing else.
     *
     * @param version        the state's version
     * @param bootstrapNodes the addresses, see {@link Node#bootstrap(int, String, int)}
     * @return the state
     */
    public static Cluster bootstrap(final long version, final Collection<Node> bootstrapNodes) {
        return of(version, null, Node.NO_ID, bootstrapNodes, List.of());
    }

    SnapshotMap<String, TopicInfo> topicMap() {
        return topics;
    }

    SnapshotMap<TopicId, TopicInfo> topicIdMap() {
        return topicsById;
    }

    /**
     * The state's version, which rises with every accepted change.
     *
     * @return the version, from 1
     */
    public long version() {
        return version;
    }

    /**
     * The cluster's id.
     *
     * @return the id, or null before the first response
     */
    public String clusterId() {
        return clusterId;
    }

    /**
     * The controller's broker id.
     *
     * @return the id, or {@link Node#NO_ID}
     */
    public int controllerId() {
        return controllerId;
    }

    /**
     * The brokers, or the bootstrap addresses while no broker is known.
     *
     * @return an immutable list, in the order of the response
     */
    public List<Node> nodes() {
        return nodes;
    }

    /**
     * Tells whether only bootstrap addresses are known.
     *
     * @return true before the first response and after going back to the bootstrap list
     */
    public boolean isBootstrap() {
        return nodeIds.length > 0 && nodeIds[nodeIds.length - 1] <= Node.FIRST_BOOTSTRAP_ID;
    }

    /**
     * Finds a node.
     *
     * @param id the node's id
     * @return the node, or null if none has this id
     */
    public Node node(final int id) {
        final int index = Arrays.binarySearch(nodeIds, id);
        return index < 0 ? null : nodesById[index];
    }

    /**
     * The topics that are known, not in any order.
     *
     * @return an immutable view; to walk it costs time in proportion to the number of topics
     */
    public Collection<TopicInfo> topics() {
        return topics.values();
    }

    /**
     * Finds a topic by name.
     *
     * @param name the topic's name
     * @return the topic, or null if it is not known
     */
    public TopicInfo topic(final String name) {
        return topics.get(Objects.requireNonNull(name, "name"));
    }

    /**
     * Finds a topic by id.
     *
     * @param id the topic's id
     * @return the topic, or null if it is not known
     */
    public TopicInfo topic(final TopicId id) {
        return topicsById.get(Objects.requireNonNull(id, "id"));
    }

    /**
     * Finds a topic's name.
     *
     * @param id the topic's id
     * @return the name, or null if the topic is not known
     */
    public String topicName(final TopicId id) {
        final TopicInfo topic = topic(id);
        return topic == null ? null : topic.name();
    }

    /**
     * The topics whose names the cluster refused as invalid.
     *
     * @return an immutable set
     */
    public Set<String> invalidTopics() {
        return invalidTopics;
    }

    /**
     * The topics that the cluster would not describe to this client.
     *
     * @return an immutable set
     */
    public Set<String> unauthorizedTopics() {
        return unauthorizedTopics;
    }

    /**
     * Finds a partition's leader.
     *
     * @param topic     the topic's name
     * @param partition the partition's number; may be out of range
     * @return the leader, or null if topic or partition are not known, there is no leader, or the leader is no known broker
     */
    public Node leaderOf(final String topic, final int partition) {
        final TopicInfo info = topics.get(topic);
        if (info == null || partition < 0 || partition >= info.partitionCount()) {
            return null;
        }
        final int leaderId = info.partition(partition).leaderId();
        return leaderId == Node.NO_ID ? null : node(leaderId);
    }

    /**
     * Finds a partition's leader.
     *
     * @param partition the partition
     * @return the leader, or null as for {@link #leaderOf(String, int)}
     */
    public Node leaderOf(final TopicPartition partition) {
        return leaderOf(partition.topic(), partition.partition());
    }

    /**
     * Shows the state for people, without its topics, which may be many.
     *
     * @return for example {@code Cluster(version=3, id=…, controller=1, nodes=[…], topics=12)}
     */
    @Override
    public String toString() {
        return "Cluster(version=" + version + ", id=" + clusterId + ", controller=" + controllerId + ", nodes=" + nodes
                + ", topics=" + topics.size() + ')';
    }
}
