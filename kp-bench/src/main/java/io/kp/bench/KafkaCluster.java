package io.kp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.RetriableException;

/**
 * A real Kafka cluster on this machine, for tests, benchmarks and the command line: one process per node (KRaft, broker and controller
 * combined; before KRaft, broker and ZooKeeper), on the loopback address, in a temporary folder.
 *
 * <p>
 * Nothing is left behind: {@link #close()} kills the processes and deletes the folder, and when this JVM ends in any other way, SIGKILL
 * included, each node sees its standard input end, deletes the folder and halts. Nodes ignore Ctrl-C.
 *
 * <p>
 * Methods may be called by any thread, one at a time; those that wait for a node block for at most the start timeout.
 */
public final class KafkaCluster implements AutoCloseable {
    /** The release that is started unless another is asked for. */
    public static final String DEFAULT_RELEASE = "4.3";

    private static final String HOST = "127.0.0.1";
    // Below the range from which the kernel takes ports of outgoing connections: a port that is free now stays free until the node
    // binds it, and while a killed node waits for its restart.
    private static final int FIRST_PORT = 18_000;
    private static final int PORTS = 14_000;
    private static final int PORT_ATTEMPTS = 1_000;
    private static final int START_ATTEMPTS = 3;
    // Short, so that a paused node that was asked does not hold up what others know.
    private static final int ANSWER_TIMEOUT_SECONDS = 3;

    private final Builder settings;
    private final BrokerInstallation installation;
    private final String clusterId;
    private final Path folder;
    private final List<BrokerNode> nodes = new ArrayList<>();
    private Admin admin;
    private boolean closed;

    private KafkaCluster(final Builder settings, final BrokerInstallation installation) {
        this.settings = settings;
        this.installation = installation;
        clusterId = newClusterId();
        try {
            folder = Files.createTempDirectory("kp-kafka-");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns a builder of a one-node cluster of the default release.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts a cluster with default settings.
     *
     * @param nodes how many nodes; also the replication factor of its topics
     * @return the cluster, all nodes answering
     * @throws BrokerException
     *                             if it does not start
     */
    public static KafkaCluster start(final int nodes) {
        return builder().nodes(nodes).start();
    }

    /**
     * Addresses of all nodes, as {@code bootstrap.servers} wants them.
     *
     * @return {@code host:port,…}
     */
    public String bootstrapServers() {
        return nodes.stream().map(node -> HOST + ":" + node.port()).collect(Collectors.joining(","));
    }

    /**
     * Addresses of all nodes at one of the {@linkplain Builder#listener further listeners}.
     *
     * @param listener the listener's name
     * @return {@code host:port,…}
     */
    public String bootstrapServers(final String listener) {
        return nodes.stream().map(node -> HOST + ":" + node.listeners().get(listener)).collect(Collectors.joining(","));
    }

    /**
     * The release that runs.
     *
     * @return for example {@code 4.3}
     */
    public String release() {
        return installation.release();
    }

    /**
     * The temporary folder with properties, data and logs of all nodes.
     *
     * @return the folder, which exists until the cluster is closed
     */
    public Path folder() {
        return folder;
    }

    /**
     * The number of nodes, killed ones included.
     *
     * @return at least one; the nodes' ids are 1 to this
     */
    public int nodeCount() {
        return nodes.size();
    }

    /**
     * The port of a node, the same after a restart.
     *
     * @param node the node's id
     * @return the port on the loopback address
     */
    public int port(final int node) {
        return node(node).port();
    }

    /**
     * The process of a node.
     *
     * @param node the node's id
     * @return the process id of its latest start
     */
    public long pid(final int node) {
        return node(node).pid();
    }

    /**
     * Ends a node at once, with SIGKILL, and waits until the process is gone.
     *
     * @param node the node's id
     */
    public void kill(final int node) {
        node(node).kill();
    }

    /**
     * Stops a node in its tracks, with SIGSTOP: connections stay open and nothing is answered.
     *
     * @param node the node's id
     */
    public void pause(final int node) {
        node(node).pause();
    }

    /**
     * Lets a paused node run on.
     *
     * @param node the node's id
     */
    public void resume(final int node) {
        node(node).resume();
    }

    /**
     * Shuts a node down as an operator does, with SIGTERM: it hands over what it leads, and ends. Waits until the process is gone.
     *
     * @param node the node's id
     */
    public void shutDown(final int node) {
        node(node).shutDown();
    }

    /**
     * Starts a killed node again, on its port and its data, and waits until it is part of the cluster.
     *
     * @param node the node's id
     * @throws BrokerException
     *                             if it does not come back within the start timeout
     */
    public void restart(final int node) {
        final BrokerNode broker = node(node);
        if (broker.isAlive()) {
            throw new IllegalStateException(
                    "only a killed node can be restarted: node=" + node + ", pid=" + broker.pid());
        }
        start(List.of(broker));
    }

    /**
     * Starts all killed nodes again, together, and waits until they are part of the cluster. Without a majority of its nodes a cluster has no controller, and
     * none of them gets ready alone.
     *
     * @throws BrokerException
     *                             if they do not come back within the start timeout
     */
    public void restartAll() {
        start(nodes.stream().filter(node -> !node.isAlive()).toList());
    }

    private void start(final List<BrokerNode> brokers) {
        brokers.forEach(broker -> broker.start(installation, clusterId, settings.heapMegabytes, settings.jvmOptions));
        // Its old membership may outlive it: what counts is that it takes connections again.
        for (final BrokerNode broker : brokers) {
            await("node " + broker.id() + " listens", () -> {
                checkAlive(broker);
                return listens(broker.port());
            });
        }
        awaitMembers();
    }

    /**
     * Creates a topic, with the number of nodes as replication factor, and waits until every partition has a leader.
     *
     * @param name       the topic's name
     * @param partitions the number of partitions
     * @param configs    the topic's configuration; may be empty
     * @throws BrokerException
     *                             if the cluster refuses it or does not answer in time
     */
    public void createTopic(final String name, final int partitions, final Map<String, String> configs) {
        final NewTopic topic = new NewTopic(name, partitions, (short) nodes.size()).configs(configs);
        get(admin().createTopics(List.of(topic)).all(), "created: topic=" + name + ", partitions=" + partitions);
        awaitLeaders(name, partitions);
    }

    /**
     * Adds partitions to a topic and waits until every one has a leader.
     *
     * @param name       the topic's name
     * @param partitions how many partitions it shall have
     * @throws BrokerException
     *                             if the cluster refuses it or does not answer in time
     */
    public void addPartitions(final String name, final int partitions) {
        get(admin().createPartitions(Map.of(name, NewPartitions.increaseTo(partitions))).all(),
                "given more partitions: topic=" + name + ", partitions=" + partitions);
        awaitLeaders(name, partitions);
    }

    /**
     * Deletes a topic and waits until no node that runs holds a partition of it.
     *
     * @param name the topic's name
     * @throws BrokerException
     *                             if the cluster refuses it or does not answer in time
     */
    public void deleteTopic(final String name) {
        get(admin().deleteTopics(List.of(name)).all(), "deleted: topic=" + name);
        // A node renames the folder of a partition as soon as it hears that it is deleted, and removes it later.
        final Pattern held = Pattern.compile(Pattern.quote(name) + "-[0-9]+");
        await("no node holds topic=" + name, () -> nodes.stream().filter(BrokerNode::isAlive).noneMatch(node -> {
            try (Stream<Path> logs = Files.list(data(node))) {
                return logs.anyMatch(log -> held.matcher(log.getFileName().toString()).matches());
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
    }

    private void get(final KafkaFuture<Void> future, final String what) {
        try {
            future.get(settings.startTimeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (final ExecutionException e) {
            throw new BrokerException("the topic could not be " + what + ": " + e.getCause().getMessage(),
                    e.getCause());
        } catch (final TimeoutException e) {
            throw new BrokerException("the topic was not " + what + ", timeout=" + settings.startTimeout, e);
        } catch (final InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void awaitLeaders(final String name, final int partitions) {
        await("every partition of topic=" + name + " has a leader", () -> {
            final int[] leaders = leaders(name);
            return leaders.length == partitions && Arrays.stream(leaders).allMatch(leader -> leader > 0);
        });
    }

    /**
     * Asks the cluster which nodes lead a topic's partitions now.
     *
     * @param topic the topic
     * @return the leader's id of each partition, -1 for one that has none; empty if the cluster does not know the topic yet or does not answer
     */
    public int[] leaders(final String topic) {
        return describe(topic).stream().mapToInt(info -> info.leader() == null ? -1 : info.leader().id()).toArray();
    }

    /**
     * Asks the cluster how many replicas of a topic's partitions are in sync now.
     *
     * @param topic the topic
     * @return the least number of any partition, 0 if the cluster does not know the topic yet or does not answer
     */
    public int leastInSyncReplicas(final String topic) {
        return describe(topic).stream().mapToInt(info -> info.isr().size()).min().orElse(0);
    }

    /**
     * Asks the cluster which node leads a partition now.
     *
     * @param topic     the topic
     * @param partition the partition
     * @return the node's id, -1 if there is none or the cluster does not know the topic yet
     */
    public int leader(final String topic, final int partition) {
        final int[] leaders = leaders(topic);
        return partition < leaders.length ? leaders[partition] : -1;
    }

    /**
     * Asks the cluster how many replicas of a partition are in sync now.
     *
     * @param topic     the topic
     * @param partition the partition
     * @return the number, 0 if the cluster does not know the topic yet
     */
    public int inSyncReplicas(final String topic, final int partition) {
        final List<TopicPartitionInfo> partitions = describe(topic);
        return partition < partitions.size() ? partitions.get(partition).isr().size() : 0;
    }

    private List<TopicPartitionInfo> describe(final String topic) {
        try {
            return admin().describeTopics(List.of(topic)).allTopicNames().get(ANSWER_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .get(topic)
                    .partitions();
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof RetriableException) {
                return List.of();
            }
            throw new BrokerException("the topic cannot be described: topic=" + topic + ": " + e.getCause(),
                    e.getCause());
        } catch (final TimeoutException e) {
            return List.of();
        } catch (final InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Waits for a condition, for at most the start timeout.
     *
     * @param what      the condition in words, for the error
     * @param condition checked every 20 ms
     * @throws BrokerException
     *                             if it does not come true in time, or a node that nobody killed ends meanwhile
     */
    public void await(final String what, final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + settings.startTimeout.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new BrokerException("not within " + settings.startTimeout + ": " + what + logTails(), null);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (final InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    /**
     * Copies the nodes' logs, which {@link #close()} deletes.
     *
     * @param target the folder to copy to; created if need be
     * @return the copies
     */
    public List<Path> keepLogs(final Path target) {
        final List<Path> copies = new ArrayList<>();
        try {
            Files.createDirectories(target);
            for (final BrokerNode node : nodes) {
                if (Files.exists(node.log())) {
                    copies.add(Files.copy(node.log(),
                            target.resolve(folder.getFileName() + "-" + node.log().getFileName())));
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return copies;
    }

    /** Kills all nodes and deletes the folder. Does nothing the second time. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (admin != null) {
            admin.close(Duration.ZERO);
        }
        nodes.forEach(BrokerNode::kill);
        Folders.deleteTree(folder);
    }

    private BrokerNode node(final int node) {
        if (node < 1 || node > nodes.size()) {
            throw new IllegalArgumentException("no such node: node=" + node + ", nodes=" + nodes.size());
        }
        return nodes.get(node - 1);
    }

    private Admin admin() {
        if (admin == null) {
            admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers(), "reconnect.backoff.ms", 50,
                    "reconnect.backoff.max.ms", 200, "retry.backoff.ms", 50, "request.timeout.ms", 3_000));
        }
        return admin;
    }

    private void startNodes() {
        final Set<Integer> taken = new HashSet<>();
        for (int id = 1; id <= settings.nodes; id++) {
            final Map<String, Integer> listeners = new LinkedHashMap<>();
            final int port = freePort(taken);
            final int controllerPort = freePort(taken);
            for (final String listener : settings.listeners.keySet()) {
                listeners.put(listener, freePort(taken));
            }
            nodes.add(new BrokerNode(id, port, controllerPort, listeners, folder));
        }
        for (final BrokerNode node : nodes) {
            node.writeProperties(properties(node));
            node.start(installation, clusterId, settings.heapMegabytes, settings.jvmOptions);
        }
        // A node listens late in its start: asking before that would only fill the log with refused connections.
        await("all nodes listen", () -> {
            nodes.forEach(this::checkAlive);
            return nodes.stream().allMatch(node -> listens(node.port()));
        });
        awaitMembers();
    }

    private void awaitMembers() {
        await("all nodes that run are members", () -> {
            nodes.stream().filter(node -> !node.isPaused()).forEach(this::checkStarted);
            final Set<Integer> members = members();
            return nodes.stream().filter(BrokerNode::isAlive).allMatch(node -> members.contains(node.id()));
        });
    }

    private void checkStarted(final BrokerNode node) {
        // During a restart the other nodes may be down on purpose; only one that was up and is not listening any more is of interest.
        if (nodes.stream().noneMatch(BrokerNode::isAlive)) {
            checkAlive(node);
        }
    }

    private void checkAlive(final BrokerNode node) {
        if (!node.isAlive()) {
            throw new BrokerException("a node ended while it started: node=" + node.id() + ", release=" + release()
                    + "\n" + node.logTail(), null);
        }
    }

    private Set<Integer> members() {
        try {
            return admin().describeCluster().nodes().get(ANSWER_TIMEOUT_SECONDS, TimeUnit.SECONDS).stream()
                    .map(Node::id)
                    .collect(Collectors.toSet());
        } catch (final ExecutionException | TimeoutException e) {
            return Set.of();
        } catch (final InterruptedException e) {
            throw interrupted(e);
        }
    }

    private Map<String, String> properties(final BrokerNode node) {
        final Map<String, String> values = new LinkedHashMap<>(
                installation.needsZooKeeper() ? zooKeeperProperties(node) : kraftProperties(node));
        final String replicas = Integer.toString(settings.nodes);
        values.put("advertised.listeners", "PLAINTEXT://" + HOST + ":" + node.port());
        values.put("inter.broker.listener.name", "PLAINTEXT");
        values.put("log.dirs", data(node).toString());
        values.putIfAbsent("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT");
        node.listeners().forEach((name, port) -> {
            final String address = ',' + name + "://" + HOST + ':' + port;
            values.merge("listeners", address, String::concat);
            values.merge("advertised.listeners", address, String::concat);
            values.merge("listener.security.protocol.map", ',' + name + ':' + settings.listeners.get(name),
                    String::concat);
        });
        values.put("auto.create.topics.enable", "false");
        values.put("default.replication.factor", replicas);
        values.put("min.insync.replicas", settings.nodes >= 3 ? "2" : "1");
        values.put("offsets.topic.replication.factor", replicas);
        values.put("offsets.topic.num.partitions", "1");
        values.put("transaction.state.log.replication.factor", replicas);
        values.put("transaction.state.log.min.isr", "1");
        values.put("transaction.state.log.num.partitions", "1");
        values.put("group.initial.rebalance.delay.ms", "0");
        // A killed node is to be missed soon: tests wait for that.
        values.put("broker.session.timeout.ms", "4000");
        values.put("broker.heartbeat.interval.ms", "500");
        values.put("replica.lag.time.max.ms", "5000");
        values.putAll(settings.properties);
        return values;
    }

    private Map<String, String> kraftProperties(final BrokerNode node) {
        return Map.of("process.roles", "broker,controller", "node.id", Integer.toString(node.id()),
                "controller.quorum.voters",
                nodes.stream().map(voter -> voter.id() + "@" + HOST + ":" + voter.controllerPort())
                        .collect(Collectors.joining(",")),
                "listeners",
                "PLAINTEXT://" + HOST + ":" + node.port() + ",CONTROLLER://" + HOST + ":" + node.controllerPort(),
                "controller.listener.names", "CONTROLLER", "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    }

    /** The node's process runs the ZooKeeper too. */
    private static Map<String, String> zooKeeperProperties(final BrokerNode node) {
        return Map.of("broker.id", Integer.toString(node.id()), "zookeeper.connect",
                HOST + ":" + node.controllerPort(), "listeners", "PLAINTEXT://" + HOST + ":" + node.port());
    }

    private Path data(final BrokerNode node) {
        return folder.resolve("data-" + node.id());
    }

    private String logTails() {
        return nodes.stream().map(node -> "\nnode " + node.id() + ":\n" + node.logTail()).collect(Collectors.joining());
    }

    private static boolean listens(final int port) {
        try (java.net.Socket socket = new java.net.Socket()) {
            socket.connect(new InetSocketAddress(HOST, port), 500);
            return true;
        } catch (final IOException e) {
            return false;
        }
    }

    private static int freePort(final Set<Integer> taken) {
        for (int i = 0; i < PORT_ATTEMPTS; i++) {
            final int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
            if (!taken.contains(port) && isFree(port)) {
                taken.add(port);
                return port;
            }
        }
        throw new IllegalStateException("no free port: from=" + FIRST_PORT + ", to=" + (FIRST_PORT + PORTS - 1));
    }

    private static boolean isFree(final int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(HOST), port));
            return true;
        } catch (final IOException e) {
            return false;
        }
    }

    private static String newClusterId() {
        final UUID uuid = UUID.randomUUID();
        final byte[] bytes = java.nio.ByteBuffer.allocate(16).putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
        // Kafka refuses ids that start with a dash, which its own command line would take for an option.
        bytes[0] = (byte) (bytes[0] & 0x7f);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static BrokerException interrupted(final InterruptedException e) {
        Thread.currentThread().interrupt();
        return new BrokerException("interrupted while waiting for the cluster", e);
    }

    /** Settings of a {@link KafkaCluster}. */
    public static final class Builder {
        private String release = DEFAULT_RELEASE;
        private int nodes = 1;
        private int heapMegabytes = 512;
        private Duration startTimeout = Duration.ofSeconds(60);
        private final Map<String, String> properties = new LinkedHashMap<>();
        private final Map<String, String> listeners = new LinkedHashMap<>();
        private final List<String> jvmOptions = new ArrayList<>();

        private Builder() {
        }

        /**
         * Chooses the Kafka release.
         *
         * @param value one that the build has prepared: {@code 4.3}, {@code 3.9}, or {@code 2.8} with ZooKeeper and one node
         * @return this
         */
        public Builder release(final String value) {
            release = value;
            return this;
        }

        /**
         * Sets the number of nodes, which is the replication factor as well.
         *
         * @param value at least one
         * @return this
         */
        public Builder nodes(final int value) {
            if (value < 1) {
                throw new IllegalArgumentException("a cluster has at least one node: nodes=" + value + ", minimum=1");
            }
            nodes = value;
            return this;
        }

        /**
         * Sets a node's heap.
         *
         * @param value the most that a node's heap grows to, in MiB
         * @return this
         */
        public Builder heapMegabytes(final int value) {
            heapMegabytes = value;
            return this;
        }

        /**
         * Sets how long to wait for nodes and topics.
         *
         * @param value the longest wait
         * @return this
         */
        public Builder startTimeout(final Duration value) {
            startTimeout = value;
            return this;
        }

        /**
         * Sets a broker property of all nodes, after and above those that the cluster sets.
         *
         * @param key   for example {@code message.max.bytes}
         * @param value its value
         * @return this
         */
        public Builder property(final String key, final String value) {
            properties.put(key, value);
            return this;
        }

        /**
         * Adds a listener to all nodes, beside the plaintext one. What it needs is set by {@link #property}, for example
         * {@code listener.name.<name in small letters>.ssl.keystore.location}.
         *
         * @param name     its name in capitals
         * @param protocol {@code SSL}, {@code SASL_PLAINTEXT} or {@code SASL_SSL}
         * @return this
         */
        public Builder listener(final String name, final String protocol) {
            listeners.put(name, protocol);
            return this;
        }

        /**
         * Adds an option to the command line of the nodes' JVMs.
         *
         * @param option for example a system property
         * @return this
         */
        public Builder jvmOption(final String option) {
            jvmOptions.add(option);
            return this;
        }

        /**
         * Starts the cluster and waits until all nodes answer.
         *
         * @return the cluster
         * @throws BrokerException
         *                             if a node ends early or does not answer in time
         */
        public KafkaCluster start() {
            final BrokerInstallation installation = BrokerInstallation.of(release);
            if (installation.needsZooKeeper() && nodes > 1) {
                throw new IllegalArgumentException(
                        "a release with ZooKeeper runs as one node here: release=" + release + ", nodes=" + nodes);
            }
            for (int attempt = 1;; attempt++) {
                final KafkaCluster cluster = new KafkaCluster(this, installation);
                try {
                    cluster.startNodes();
                    return cluster;
                } catch (final BrokerException e) {
                    if (e.getCause() instanceof InterruptedException) {
                        cluster.close();
                        throw e;
                    }
                    // Somebody else may take a port between our look at it and the node's.
                    final boolean portTaken = e.getMessage().contains("BindException")
                            || e.getMessage().contains("Address already in use");
                    if (!portTaken || attempt == START_ATTEMPTS) {
                        final List<Path> logs = cluster.keepLogs(Path.of(System.getProperty("java.io.tmpdir")));
                        cluster.close();
                        throw new BrokerException(e.getMessage() + "\nlogs kept: " + logs, e);
                    }
                    cluster.close();
                } catch (final RuntimeException | Error e) {
                    cluster.close();
                    throw e;
                }
            }
        }
    }
}
