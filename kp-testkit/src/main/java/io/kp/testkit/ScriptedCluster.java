package io.kp.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

import io.kp.metadata.TopicId;
import io.kp.network.ApiKey;
import io.kp.network.ErrorCode;
import io.kp.network.ProtocolException;
import io.kp.testkit.Answers.PartitionAnswer;
import io.kp.testkit.Answers.ProducePartition;
import io.kp.testkit.Answers.ProduceTopic;
import io.kp.testkit.Answers.TopicAnswer;
import io.kp.testkit.ClusterTopic.ClusterPartition;
import io.kp.testkit.ReceivedBatch.Refusal;

/**
 * A Kafka cluster in memory: its nodes, topics and logs, and what they answer. It has no thread, clock or socket; {@link ScriptedBroker} gives it those.
 *
 * <p>It does what brokers of Kafka 4.3 do, unless its {@link #script()} says otherwise. Differences: each partition has one log, which every replica sees at once; a
 * change takes effect everywhere at once; a request of a transactional producer is treated like any other.
 *
 * <p>Thread-safe: tests look at it and change it while it answers. Node ids begin with 0.
 */
public final class ScriptedCluster {
    private static final Pattern TOPIC_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
    private static final Pattern SOFTWARE = Pattern
            .compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])? [a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");
    private static final String CLUSTER_ID = "kp-scripted-cluster-id";
    private static final int JOURNAL_LIMIT = 100_000;
    private static final long FIRST_PRODUCER_ID = 1000;
    private static final long TOPIC_ID_PREFIX = 0x6B70_0000_0000_4000L;
    private static final long NO_PRODUCER_ID = -1;
    private static final short NO_EPOCH = -1;

    /** Told when a node's sockets have to follow what the cluster says; called with the cluster's lock held. */
    interface NodeListener {
        void started(int nodeId);

        void stopped(int nodeId);

        void resumed(int nodeId);

        void dropped(int nodeId);
    }

    private final Object lock = new Object();
    private final Script script = new Script(lock);
    private final Answers answers = new Answers();
    private final TreeMap<Integer, ClusterNode> nodes = new TreeMap<>();
    private final Map<String, ClusterTopic> topics = new LinkedHashMap<>();
    private final Map<TopicId, ClusterTopic> topicsById = new HashMap<>();
    private final ArrayDeque<SeenRequest> journal = new ArrayDeque<>();
    private final Map<ApiKey, Long> counts = new EnumMap<>(ApiKey.class);
    private final List<String> problems = new ArrayList<>();
    private final List<NodeListener> listeners = new ArrayList<>();
    private boolean keepsJournal = true;
    private boolean autoCreate = true;
    private int autoCreatedPartitions = 1;
    private boolean leaderHints = true;
    private boolean failover = true;
    private boolean strictProducerIds;
    private long topicIds;
    private long nextProducerId = FIRST_PRODUCER_ID;
    private short nextProducerEpoch;
    private long repetitions;

    /**
     * Makes a cluster without topics.
     *
     * @param nodeCount how many nodes it has, with the ids from 0 on
     * @throws IllegalArgumentException if there is to be no node
     */
    public ScriptedCluster(final int nodeCount) {
        if (nodeCount <= 0) {
            throw new IllegalArgumentException("nodeCount must be positive: nodeCount=" + nodeCount);
        }
        for (int i = 0; i < nodeCount; i++) {
            nodes.put(i, new ClusterNode(i));
        }
    }

    /**
     * Says when the cluster misbehaves.
     *
     * @return the script, one for each cluster
     */
    public Script script() {
        return script;
    }

    // ---- topics

    /**
     * Creates a topic with one replica for each node, leaders in turn.
     *
     * @param name the topic
     * @param partitionCount its number of partitions
     * @return this
     * @throws IllegalArgumentException if the topic exists, or name or number is not valid
     */
    public ScriptedCluster createTopic(final String name, final int partitionCount) {
        synchronized (lock) {
            if (topics.containsKey(name)) {
                throw new IllegalArgumentException("topic exists: topic=" + name);
            }
            if (!isValidName(name)) {
                throw new IllegalArgumentException("not a valid name of a topic: topic=" + name);
            }
            if (partitionCount <= 0) {
                throw new IllegalArgumentException("partitionCount must be positive: partitionCount=" + partitionCount);
            }
            create(name, partitionCount);
            return this;
        }
    }

    private ClusterTopic create(final String name, final int partitionCount) {
        final ClusterTopic topic = new ClusterTopic(name, new TopicId(TOPIC_ID_PREFIX, ++topicIds));
        topics.put(name, topic);
        topicsById.put(topic.id, topic);
        grow(topic, partitionCount);
        return topic;
    }

    private void grow(final ClusterTopic topic, final int partitionCount) {
        final List<Integer> ids = new ArrayList<>(nodes.keySet());
        while (topic.partitions.size() < partitionCount) {
            final int first = topic.partitions.size();
            final int[] replicas = new int[ids.size()];
            for (int i = 0; i < replicas.length; i++) {
                replicas[i] = ids.get((first + i) % replicas.length);
            }
            final ClusterPartition partition = new ClusterPartition(replicas);
            if (!node(partition.leader).up) {
                elect(partition);
            }
            topic.partitions.add(partition);
        }
    }

    /**
     * Deletes a topic with its logs.
     *
     * @param name the topic
     * @return this
     */
    public ScriptedCluster deleteTopic(final String name) {
        synchronized (lock) {
            final ClusterTopic topic = topic(name);
            topics.remove(name);
            topicsById.remove(topic.id);
            return this;
        }
    }

    /**
     * Deletes a topic and creates one of the same name, which has another id and knows no producer.
     *
     * @param name the topic
     * @param partitionCount its number of partitions from now on
     * @return this
     */
    public ScriptedCluster recreateTopic(final String name, final int partitionCount) {
        synchronized (lock) {
            return deleteTopic(name).createTopic(name, partitionCount);
        }
    }

    /**
     * Adds partitions to a topic.
     *
     * @param name the topic
     * @param partitionCount how many it has afterwards
     * @return this
     */
    public ScriptedCluster growTopic(final String name, final int partitionCount) {
        synchronized (lock) {
            grow(topic(name), partitionCount);
            return this;
        }
    }

    /**
     * Whether topics are created when a client asks for them, as they are at first.
     *
     * @param on whether
     * @param partitionCount how many partitions they get
     * @return this
     */
    public ScriptedCluster autoCreateTopics(final boolean on, final int partitionCount) {
        synchronized (lock) {
            autoCreate = on;
            autoCreatedPartitions = partitionCount;
            return this;
        }
    }

    /**
     * The size that a batch of a topic may have at most, {@code max.message.bytes}; 1048588 at first.
     *
     * @param name the topic
     * @param bytes the size of the whole batch
     * @return this
     */
    public ScriptedCluster maxMessageBytes(final String name, final int bytes) {
        synchronized (lock) {
            topic(name).maxMessageBytes = bytes;
            return this;
        }
    }

    /**
     * Gives the records of a topic the time of appending as their timestamp.
     *
     * @param name the topic
     * @param timeMs that time; negative for the records' own timestamps, as at first
     * @return this
     */
    public ScriptedCluster logAppendTimeMs(final String name, final long timeMs) {
        synchronized (lock) {
            topic(name).logAppendTimeMs = timeMs;
            return this;
        }
    }

    /**
     * Whether a topic exists.
     *
     * @param name the topic
     * @return true if it does
     */
    public boolean hasTopic(final String name) {
        synchronized (lock) {
            return topics.containsKey(name);
        }
    }

    /**
     * What is in a partition's log now.
     *
     * @param name the topic
     * @param partition the partition
     * @return a snapshot
     */
    public PartitionLog log(final String name, final int partition) {
        synchronized (lock) {
            final ClusterPartition found = partition(name, partition);
            return new PartitionLog(found.startOffset, found.endOffset, List.copyOf(found.batches));
        }
    }

    /**
     * How many records the logs of a topic hold.
     *
     * @param name the topic
     * @return the number over all partitions
     */
    public long recordCount(final String name) {
        synchronized (lock) {
            long count = 0;
            for (final ClusterPartition partition : topic(name).partitions) {
                for (final StoredBatch batch : partition.batches) {
                    count += batch.recordCount();
                }
            }
            return count;
        }
    }

    /**
     * Removes old batches, as retention does.
     *
     * @param name the topic
     * @param partition the partition
     * @param offset the new start of the log
     * @return this
     */
    public ScriptedCluster deleteRecordsBefore(final String name, final int partition, final long offset) {
        synchronized (lock) {
            partition(name, partition).deleteBefore(offset);
            return this;
        }
    }

    /**
     * Removes the newest batches, as happens to what was not replicated when a leader is lost. What the partition knows of its producers is what the rest says.
     *
     * @param name the topic
     * @param partition the partition
     * @param offset the first offset that is lost
     * @return this
     */
    public ScriptedCluster loseTail(final String name, final int partition, final long offset) {
        synchronized (lock) {
            partition(name, partition).cut(offset);
            return this;
        }
    }

    /**
     * Makes a partition forget its producers, as happens when they were silent for long.
     *
     * @param name the topic
     * @param partition the partition
     * @return this
     */
    public ScriptedCluster forgetProducers(final String name, final int partition) {
        synchronized (lock) {
            partition(name, partition).producers.clear();
            return this;
        }
    }

    // ---- leaders and nodes

    /**
     * Makes another node the leader of a partition, under the next leader epoch.
     *
     * @param name the topic
     * @param partition the partition
     * @param nodeId the new leader, or -1 for none
     * @return this
     */
    public ScriptedCluster moveLeader(final String name, final int partition, final int nodeId) {
        synchronized (lock) {
            if (nodeId != ClusterPartition.NO_LEADER) {
                node(nodeId);
            }
            partition(name, partition).lead(nodeId);
            return this;
        }
    }

    /**
     * The leader of a partition.
     *
     * @param name the topic
     * @param partition the partition
     * @return its node id, or -1
     */
    public int leader(final String name, final int partition) {
        synchronized (lock) {
            return partition(name, partition).leader;
        }
    }

    /**
     * The leader epoch of a partition.
     *
     * @param name the topic
     * @param partition the partition
     * @return the epoch, 0 for the first leader
     */
    public int leaderEpoch(final String name, final int partition) {
        synchronized (lock) {
            return partition(name, partition).leaderEpoch;
        }
    }

    /**
     * Whether a node that is asked for a partition it does not lead says who does (KIP-951), as at first.
     *
     * @param on whether
     * @return this
     */
    public ScriptedCluster leaderHints(final boolean on) {
        synchronized (lock) {
            leaderHints = on;
            return this;
        }
    }

    /**
     * Whether other nodes become leaders when one stops, as at first.
     *
     * @param on whether
     * @return this
     */
    public ScriptedCluster failover(final boolean on) {
        synchronized (lock) {
            failover = on;
            return this;
        }
    }

    /**
     * Whether a partition that does not know a producer answers UNKNOWN_PRODUCER_ID to a sequence other than 0, as brokers before 2.5 do; at first it takes any.
     *
     * @param on whether
     * @return this
     */
    public ScriptedCluster strictProducerIds(final boolean on) {
        synchronized (lock) {
            strictProducerIds = on;
            return this;
        }
    }

    /**
     * The producer id and epoch that the next request for them gets; the epochs after it begin with 0 again.
     *
     * @param id the id; the next ones count up from it
     * @param epoch the epoch
     * @return this
     */
    public ScriptedCluster nextProducerId(final long id, final short epoch) {
        synchronized (lock) {
            nextProducerId = id;
            nextProducerEpoch = epoch;
            return this;
        }
    }

    /**
     * Stops a node: its connections end and it takes no new ones.
     *
     * @param nodeId the node
     * @return this
     */
    public ScriptedCluster stopNode(final int nodeId) {
        synchronized (lock) {
            final ClusterNode node = node(nodeId);
            if (node.up) {
                node.up = false;
                node.paused = false;
                if (failover) {
                    for (final ClusterTopic topic : topics.values()) {
                        for (final ClusterPartition partition : topic.partitions) {
                            if (partition.leader == nodeId) {
                                elect(partition);
                            }
                        }
                    }
                }
                listeners.forEach(listener -> listener.stopped(nodeId));
            }
            return this;
        }
    }

    private void elect(final ClusterPartition partition) {
        for (final int replica : partition.replicas) {
            if (node(replica).up) {
                partition.lead(replica);
                return;
            }
        }
        // The last leader stays; it is the first that can lead again.
    }

    /**
     * Starts a node again, at an address that it did not have before. It leads what it led, unless another node does meanwhile.
     *
     * @param nodeId the node
     * @return this
     */
    public ScriptedCluster startNode(final int nodeId) {
        synchronized (lock) {
            final ClusterNode node = node(nodeId);
            if (!node.up) {
                node.up = true;
                listeners.forEach(listener -> listener.started(nodeId));
                if (failover) {
                    for (final ClusterTopic topic : topics.values()) {
                        for (final ClusterPartition partition : topic.partitions) {
                            if (partition.leader < 0 || !node(partition.leader).up) {
                                partition.lead(nodeId);
                            }
                        }
                    }
                }
            }
            return this;
        }
    }

    /**
     * Makes a node do nothing while its sockets stay open, like a process that was sent SIGSTOP.
     *
     * @param nodeId the node
     * @return this
     */
    public ScriptedCluster pauseNode(final int nodeId) {
        synchronized (lock) {
            node(nodeId).paused = true;
            return this;
        }
    }

    /**
     * Lets a paused node go on.
     *
     * @param nodeId the node
     * @return this
     */
    public ScriptedCluster resumeNode(final int nodeId) {
        synchronized (lock) {
            node(nodeId).paused = false;
            listeners.forEach(listener -> listener.resumed(nodeId));
            return this;
        }
    }

    /**
     * Ends all connections of a node, which takes new ones at once.
     *
     * @param nodeId the node
     * @return this
     */
    public ScriptedCluster dropConnections(final int nodeId) {
        synchronized (lock) {
            node(nodeId);
            listeners.forEach(listener -> listener.dropped(nodeId));
            return this;
        }
    }

    /**
     * Whether metadata leaves a node out, although it runs.
     *
     * @param nodeId the node
     * @param hidden whether
     * @return this
     */
    public ScriptedCluster hideNode(final int nodeId, final boolean hidden) {
        synchronized (lock) {
            node(nodeId).hidden = hidden;
            return this;
        }
    }

    /**
     * The versions of an API that all nodes offer.
     *
     * @param api the API
     * @param min the lowest version
     * @param max the highest version
     * @return this
     */
    public ScriptedCluster versions(final ApiKey api, final int min, final int max) {
        synchronized (lock) {
            nodes.keySet().forEach(nodeId -> versions(nodeId, api, min, max));
            return this;
        }
    }

    /**
     * The versions of an API that a node offers. Its open connections keep what they have negotiated, and are closed at the first request outside of the range.
     *
     * @param nodeId the node
     * @param api the API
     * @param min the lowest version
     * @param max the highest version; below {@code min} if the node does not offer the API at all
     * @return this
     * @throws IllegalArgumentException if this module does not speak one of the versions
     */
    public ScriptedCluster versions(final int nodeId, final ApiKey api, final int min, final int max) {
        synchronized (lock) {
            if (min < 0 || max > api.maxVersion()) {
                throw new IllegalArgumentException("versions out of range: api=" + api + ", min=" + min + ", max=" + max
                        + ", highest=" + api.maxVersion());
            }
            if (max < min) {
                node(nodeId).versions.remove(api);
            } else {
                node(nodeId).versions.put(api, new ClusterNode.Range((short) min, (short) max));
            }
            return this;
        }
    }

    /**
     * The address that metadata gives for a node. {@link ScriptedBroker} sets it whenever a node starts.
     *
     * @param nodeId the node
     * @param host the host's name
     * @param port the port
     * @return this
     */
    public ScriptedCluster advertise(final int nodeId, final String host, final int port) {
        synchronized (lock) {
            final ClusterNode node = node(nodeId);
            node.host = host;
            node.port = port;
            return this;
        }
    }

    /**
     * The nodes' ids.
     *
     * @return the ids of running and of stopped nodes, in ascending order
     */
    public List<Integer> nodeIds() {
        synchronized (lock) {
            return List.copyOf(nodes.keySet());
        }
    }

    // ---- what was seen

    /**
     * The requests that were received, in their order; the newest 100,000.
     *
     * @return a snapshot
     */
    public List<SeenRequest> requests() {
        synchronized (lock) {
            return List.copyOf(journal);
        }
    }

    /**
     * How many requests of an API were received.
     *
     * @param api the API
     * @return the number since the cluster was made
     */
    public long requestCount(final ApiKey api) {
        synchronized (lock) {
            return counts.getOrDefault(api, 0L);
        }
    }

    /**
     * Whether {@link #requests()} are kept, as at first.
     *
     * @param on whether
     * @return this
     */
    public ScriptedCluster keepRequests(final boolean on) {
        synchronized (lock) {
            keepsJournal = on;
            journal.clear();
            return this;
        }
    }

    /**
     * How many batches were repetitions, which are answered and not appended.
     *
     * @return the number since the cluster was made
     */
    public long repeatedBatches() {
        synchronized (lock) {
            return repetitions;
        }
    }

    /**
     * What clients did that no correct client does: frames that cannot be read, versions that were not offered, damaged batches.
     *
     * @return one line for each, empty if all is well
     */
    public List<String> problems() {
        synchronized (lock) {
            return List.copyOf(problems);
        }
    }

    // ---- for what drives the cluster

    void addListener(final NodeListener listener) {
        synchronized (lock) {
            listeners.add(listener);
        }
    }

    boolean isUp(final int nodeId) {
        synchronized (lock) {
            return node(nodeId).up;
        }
    }

    boolean isPaused(final int nodeId) {
        synchronized (lock) {
            return node(nodeId).paused;
        }
    }

    /**
     * Reads a request when it arrives, and finds out what the script has in store for it.
     *
     * @param frame the frame without its size field; must not change any more
     * @return the request, or {@code null} if the connection has to be closed
     */
    Inbound receive(final int nodeId, final long connection, final ByteBuffer frame) {
        final Inbound request;
        try {
            request = new Inbound(nodeId, connection, frame);
        } catch (final ProtocolException e) {
            synchronized (lock) {
                problems.add("node " + nodeId + ": " + e.getMessage());
            }
            return null;
        }
        synchronized (lock) {
            final ClusterNode.Range range = request.api == null ? null : node(nodeId).versions.get(request.api);
            if (request.api != ApiKey.API_VERSIONS
                    && (request.unreadable || range == null || !range.includes(request.version))) {
                problems.add("node " + nodeId + ": version was not offered: api="
                        + request.api + ", version=" + request.version + ", offered=" + range);
                return null;
            }
            counts.merge(request.api, 1L, Long::sum);
            if (keepsJournal) {
                if (journal.size() == JOURNAL_LIMIT) {
                    journal.removeFirst();
                }
                journal.addLast(new SeenRequest(nodeId, connection, request.api, request.version,
                        request.correlationId, request.clientId, partitionNames(request)));
            }
            request.rules = script.take(request.api, nodeId, request.clientId,
                    (topic, partition) -> isAbout(request, topic, partition));
            for (final Script.Rule rule : request.rules) {
                request.fault = request.fault.and(rule.fault());
            }
            return request;
        }
    }

    private String partitionNames(final Inbound request) {
        if (request.api != ApiKey.PRODUCE || request.topics == null) {
            return "";
        }
        final StringBuilder names = new StringBuilder();
        for (final Inbound.Topic topic : request.topics) {
            for (final Inbound.Partition partition : topic.partitions) {
                names.append(names.isEmpty() ? "" : ",").append(nameOf(topic)).append('-').append(partition.index());
            }
        }
        return names.toString();
    }

    private String nameOf(final Inbound.Topic topic) {
        if (topic.name != null) {
            return topic.name;
        }
        final ClusterTopic found = topicsById.get(topic.id);
        return found == null ? topic.id.toString() : found.name;
    }

    private boolean isAbout(final Inbound request, final String name, final int partition) {
        if (request.topics == null) {
            return request.api == ApiKey.METADATA;
        }
        for (final Inbound.Topic topic : request.topics) {
            if (name.equals(nameOf(topic))) {
                if (partition < 0 || request.api == ApiKey.METADATA) {
                    return true;
                }
                for (final Inbound.Partition each : topic.partitions) {
                    if (each.index() == partition) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /**
     * Does what a request asks for.
     *
     * @return the answer with its size field; {@code null} if there is none
     * @throws HangUp if the node closes the connection instead
     */
    ByteBuffer process(final Inbound request) throws HangUp {
        synchronized (lock) {
            final Fault fault = request.fault;
            if (fault.change != null) {
                fault.change.accept(this);
            }
            if (fault.unprocessed) {
                return null;
            }
            return switch (request.api) {
                case API_VERSIONS -> apiVersions(request);
                case METADATA -> metadata(request);
                case INIT_PRODUCER_ID -> initProducerId(request);
                default -> produce(request);
            };
        }
    }

    /** The node closes the connection without an answer, as brokers do when acks=0 leaves no other way to report an error. */
    static final class HangUp extends Exception {
        private static final long serialVersionUID = 1L;

        HangUp() {
            super("connection closed", null, false, false);
        }
    }

    private ByteBuffer apiVersions(final Inbound request) {
        final Map<ApiKey, ClusterNode.Range> ranges = node(request.nodeId).versions;
        final ClusterNode.Range own = ranges.get(ApiKey.API_VERSIONS);
        if (request.unreadable || !own.includes(request.version)) {
            return answers.apiVersionsFallback(request, own);
        }
        short error = (short) request.fault.errorCode;
        if (error == 0 && request.software != null && !SOFTWARE.matcher(request.software).matches()) {
            error = ErrorCode.INVALID_REQUEST.code();
        }
        return answers.apiVersions(request, error, error == 0 ? ranges : Map.of());
    }

    private ByteBuffer initProducerId(final Inbound request) {
        if (request.fault.errorCode != 0) {
            return answers.initProducerId(request, (short) request.fault.errorCode, NO_PRODUCER_ID, NO_EPOCH);
        }
        final short epoch = nextProducerEpoch;
        nextProducerEpoch = 0;
        return answers.initProducerId(request, ErrorCode.NONE.code(), nextProducerId++, epoch);
    }

    // ---- metadata

    private ByteBuffer metadata(final Inbound request) {
        final List<ClusterNode> listed = new ArrayList<>();
        for (final ClusterNode node : nodes.values()) {
            if (node.up && !node.hidden) {
                listed.add(node);
            }
        }
        final short topError = request.fault.ofWholeAnswer
                || request.fault.errorCode == ErrorCode.REBOOTSTRAP_REQUIRED.code()
                        ? (short) request.fault.errorCode
                        : ErrorCode.NONE.code();
        final List<TopicAnswer> found = new ArrayList<>();
        if (topError == 0 && request.topics == null) {
            topics.values().forEach(topic -> describe(request, topic, found));
        } else if (topError == 0) {
            for (final Inbound.Topic asked : request.topics) {
                find(request, asked, found);
            }
        }
        return answers.metadata(request, listed, CLUSTER_ID, listed.isEmpty() ? -1 : listed.get(0).id, topError, found);
    }

    private void find(final Inbound request, final Inbound.Topic asked, final List<TopicAnswer> found) {
        final ClusterTopic topic = asked.name == null ? topicsById.get(asked.id) : topics.get(asked.name);
        if (topic != null) {
            describe(request, topic, found);
            return;
        }
        ErrorCode error = asked.name == null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        if (asked.name != null) {
            if (!isValidName(asked.name)) {
                error = ErrorCode.INVALID_TOPIC_EXCEPTION;
            } else if (autoCreate && request.autoCreate) {
                // As a broker does: it says that there is no such topic, and there is one when it is asked again.
                create(asked.name, autoCreatedPartitions);
            }
        }
        for (final Script.Rule rule : request.rules) {
            if (rule.fault().errorCode != 0 && asked.name != null && rule.isAbout(asked.name, -1)) {
                error = ErrorCode.forCode((short) rule.fault().errorCode);
                break;
            }
        }
        found.add(new TopicAnswer(error.code(), asked.name, asked.name == null ? asked.id : TopicId.ZERO, List.of()));
    }

    private void describe(final Inbound request, final ClusterTopic topic, final List<TopicAnswer> found) {
        short topicError = 0;
        for (final Script.Rule rule : request.rules) {
            final Fault fault = rule.fault();
            if (!rule.namesPartition() && rule.isAbout(topic.name, -1)) {
                if (fault.leftOut) {
                    return;
                }
                topicError = topicError == 0 ? (short) fault.errorCode : topicError;
            }
        }
        final List<PartitionAnswer> partitions = new ArrayList<>();
        if (topicError == 0) {
            for (int i = 0; i < topic.partitions.size(); i++) {
                final PartitionAnswer answer = describe(request, topic, i);
                if (answer != null) {
                    partitions.add(answer);
                }
            }
        }
        found.add(new TopicAnswer(topicError, topic.name, topic.id, partitions));
    }

    private PartitionAnswer describe(final Inbound request, final ClusterTopic topic, final int index) {
        final ClusterPartition partition = topic.partitions.get(index);
        short error = 0;
        for (final Script.Rule rule : request.rules) {
            if (rule.namesPartition() && rule.isAbout(topic.name, index)) {
                if (rule.fault().leftOut) {
                    return null;
                }
                error = error == 0 ? (short) rule.fault().errorCode : error;
            }
        }
        int leader = partition.leader;
        if (error == 0 && (leader < 0 || !node(leader).up)) {
            error = ErrorCode.LEADER_NOT_AVAILABLE.code();
        }
        if (error == ErrorCode.LEADER_NOT_AVAILABLE.code()) {
            leader = ClusterPartition.NO_LEADER;
        }
        final int[] alive = new int[partition.replicas.length];
        final int[] gone = new int[alive.length];
        int aliveCount = 0;
        int goneCount = 0;
        for (final int replica : partition.replicas) {
            if (node(replica).up) {
                alive[aliveCount++] = replica;
            } else {
                gone[goneCount++] = replica;
            }
        }
        return new PartitionAnswer(error, index, leader, partition.leaderEpoch, partition.replicas.clone(),
                Arrays.copyOf(alive, aliveCount), Arrays.copyOf(gone, goneCount));
    }

    // ---- produce

    private ByteBuffer produce(final Inbound request) throws HangUp {
        final List<ProduceTopic> answered = new ArrayList<>();
        final Map<Integer, ClusterNode> endpoints = new TreeMap<>();
        boolean failed = false;
        for (final Inbound.Topic asked : request.topics) {
            final ClusterTopic topic = asked.name == null ? topicsById.get(asked.id) : topics.get(asked.name);
            final List<ProducePartition> partitions = new ArrayList<>();
            for (final Inbound.Partition partition : asked.partitions) {
                final ProducePartition answer = produce(request, asked, topic, partition);
                if (answer != null) {
                    partitions.add(answer);
                    failed |= answer.error != 0;
                    if (answer.leader >= 0 && nodes.containsKey(answer.leader)) {
                        endpoints.put(answer.leader, node(answer.leader));
                    }
                }
            }
            answered.add(new ProduceTopic(asked.name, asked.id, partitions));
        }
        if (request.acks == 0) {
            if (failed) {
                throw new HangUp();
            }
            return null;
        }
        return answers.produce(request, answered, endpoints.values());
    }

    private ProducePartition produce(final Inbound request, final Inbound.Topic asked, final ClusterTopic topic,
            final Inbound.Partition partition) {
        final ProducePartition answer = new ProducePartition(partition.index());
        final Fault fault = faultOf(request, topic == null ? asked.name : topic.name, partition.index());
        if (fault == null || fault.errorCode == 0 || fault.processInSpite) {
            append(request, asked, topic, partition, answer);
        }
        if (fault != null && fault.errorCode != 0) {
            answer.error = (short) fault.errorCode;
            answer.baseOffset = -1;
            answer.message = fault.errorMessage;
            if (fault.refusedRecords != null) {
                answer.refusedRecords = fault.refusedRecords.clone();
                answer.refusal = fault.errorMessage;
            }
            if (topic != null && partition.index() >= 0 && partition.index() < topic.partitions.size()) {
                answer.logStartOffset = topic.partitions.get(partition.index()).startOffset;
            }
        }
        if (fault != null && fault.hintedLeader != Fault.NOT_SET) {
            answer.leader = fault.hintedLeader;
            answer.leaderEpoch = fault.hintedEpoch;
        }
        return fault != null && fault.leftOut ? null : answer;
    }

    /** The error of a partition comes from the first rule that is about it. */
    private static Fault faultOf(final Inbound request, final String topic, final int partition) {
        for (final Script.Rule rule : request.rules) {
            final Fault fault = rule.fault();
            if ((fault.errorCode != 0 || fault.leftOut)
                    && (topic == null ? rule.isAbout("", -1) : rule.isAbout(topic, partition))) {
                return fault;
            }
        }
        return null;
    }

    private void append(final Inbound request, final Inbound.Topic asked, final ClusterTopic topic,
            final Inbound.Partition partition, final ProducePartition answer) {
        try {
            final ReceivedBatch batch = new ReceivedBatch(partition.records(), request.version);
            if (topic == null) {
                throw new Refusal(
                        asked.name == null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                        "no such topic");
            }
            if (request.acks < -1 || request.acks > 1) {
                throw new Refusal(ErrorCode.INVALID_REQUIRED_ACKS, "acks must be -1, 0 or 1: acks=" + request.acks);
            }
            if (partition.index() < 0 || partition.index() >= topic.partitions.size()) {
                throw new Refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "no such partition: partition="
                        + partition.index() + ", partitionCount=" + topic.partitions.size());
            }
            append(request, topic, topic.partitions.get(partition.index()), batch, answer);
        } catch (final Refusal e) {
            answer.error = e.error().code();
            answer.message = e.getMessage();
            if (e.error() == ErrorCode.CORRUPT_MESSAGE || e.error() == ErrorCode.INVALID_RECORD) {
                problems.add("node " + request.nodeId + ": " + e.error() + " for " + nameOf(asked) + '-'
                        + partition.index() + ": " + e.getMessage());
            }
        }
    }

    private void append(final Inbound request, final ClusterTopic topic, final ClusterPartition partition,
            final ReceivedBatch batch, final ProducePartition answer) {
        if (partition.leader != request.nodeId) {
            if (leaderHints && partition.leader >= 0) {
                answer.leader = partition.leader;
                answer.leaderEpoch = partition.leaderEpoch;
            }
            throw new Refusal(ErrorCode.NOT_LEADER_OR_FOLLOWER, "leader is node " + partition.leader);
        }
        answer.logStartOffset = partition.startOffset;
        if (batch.sizeInBytes() > topic.maxMessageBytes) {
            throw new Refusal(ErrorCode.MESSAGE_TOO_LARGE, "batch is too large: bytes=" + batch.sizeInBytes()
                    + ", maxMessageBytes=" + topic.maxMessageBytes);
        }
        if (batch.producerId() >= 0) {
            final long offset = partition.producers.check(batch, strictProducerIds);
            if (offset != ProducerStates.NOT_A_REPETITION) {
                repetitions++;
                answer.baseOffset = offset;
                return;
            }
        }
        answer.baseOffset = partition.append(batch, topic.logAppendTimeMs).baseOffset();
        answer.logAppendTimeMs = topic.logAppendTimeMs < 0 ? -1 : topic.logAppendTimeMs;
    }

    // ---- look-ups

    private static boolean isValidName(final String name) {
        return TOPIC_NAME.matcher(name).matches() && !".".equals(name) && !"..".equals(name);
    }

    private ClusterNode node(final int nodeId) {
        final ClusterNode node = nodes.get(nodeId);
        if (node == null) {
            throw new IllegalArgumentException("no such node: node=" + nodeId + ", nodes=" + nodes.keySet());
        }
        return node;
    }

    private ClusterTopic topic(final String name) {
        final ClusterTopic topic = topics.get(name);
        if (topic == null) {
            throw new IllegalArgumentException("no such topic: topic=" + name + ", topics=" + topics.keySet());
        }
        return topic;
    }

    private ClusterPartition partition(final String name, final int partition) {
        final ClusterTopic topic = topic(name);
        if (partition < 0 || partition >= topic.partitions.size()) {
            throw new IllegalArgumentException("no such partition: topic=" + name + ", partition=" + partition
                    + ", partitionCount=" + topic.partitions.size());
        }
        return topic.partitions.get(partition);
    }
}
