package io.kp.testkit;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

import io.kp.network.ApiKey;

/**
 * Says when a cluster misbehaves: rules of the form <i>which requests</i>, <i>how often</i>, <i>then what</i>.
 *
 * <pre>{@code
 * script.produce().partition("orders", 0).times(2).then(Fault.error(ErrorCode.NOT_ENOUGH_REPLICAS));
 * script.metadata().node(1).forever().then(Fault.delay(Duration.ofMillis(50)));
 * script.any().chance(0.01, random).forever().then(Fault.loseResponse());
 * }</pre>
 *
 * <p>Each request meets every rule that fits and is not used up, in the order in which they were made; their faults come together, and of two errors for the
 * same partition the first rule's counts. A rule without a word on how often holds once. Rules may be made by any thread at any time; a rule is complete, and holds, with {@link When#then}.
 */
public final class Script {
    private static final long FOREVER = Long.MAX_VALUE;

    private final Object lock;
    private final List<Rule> rules = new ArrayList<>();

    Script(final Object lock) {
        this.lock = lock;
    }

    /**
     * Begins a rule for requests of one API.
     *
     * @param api the API
     * @return the rule's beginning
     */
    public When on(final ApiKey api) {
        return new When(requireNonNull(api, "api"));
    }

    /**
     * Begins a rule for requests of all APIs.
     *
     * @return the rule's beginning
     */
    public When any() {
        return new When(null);
    }

    /**
     * Begins a rule for produce requests.
     *
     * @return the rule's beginning
     */
    public When produce() {
        return on(ApiKey.PRODUCE);
    }

    /**
     * Begins a rule for metadata requests.
     *
     * @return the rule's beginning
     */
    public When metadata() {
        return on(ApiKey.METADATA);
    }

    /**
     * Begins a rule for requests of a producer id.
     *
     * @return the rule's beginning
     */
    public When initProducerId() {
        return on(ApiKey.INIT_PRODUCER_ID);
    }

    /**
     * Begins a rule for the requests that a connection begins with.
     *
     * @return the rule's beginning
     */
    public When apiVersions() {
        return on(ApiKey.API_VERSIONS);
    }

    /**
     * Forgets all rules.
     */
    public void clear() {
        synchronized (lock) {
            for (final Rule rule : rules) {
                rule.left = 0;
            }
            rules.clear();
        }
    }

    /** The rules that a request meets, each counted as met. The caller holds the lock. */
    List<Rule> take(final ApiKey api, final int nodeId, final String clientId, final Mentions request) {
        List<Rule> met = null;
        for (final Iterator<Rule> each = rules.iterator(); each.hasNext();) {
            final Rule rule = each.next();
            if (rule.meets(api, nodeId, clientId, request)) {
                rule.hits++;
                rule.left = rule.left == FOREVER ? FOREVER : rule.left - 1;
                if (rule.left == 0) {
                    each.remove();
                }
                met = met == null ? new ArrayList<>() : met;
                met.add(rule);
            }
        }
        return met == null ? List.of() : met;
    }

    /** What a request says, as far as rules ask. */
    interface Mentions {
        /** Whether the request is about the topic, and about its partition unless that is negative. */
        boolean mentions(String topic, int partition);
    }

    /**
     * The beginning of a rule: which requests, how often. Not thread-safe.
     */
    public final class When {
        private final ApiKey api;
        private int node = -1;
        private String client;
        private String topic;
        private int partition = -1;
        private long skip;
        private long times = 1;
        private double chance = 1;
        private RandomGenerator random;

        private When(final ApiKey api) {
            this.api = api;
        }

        /**
         * Only requests to one node.
         *
         * @param nodeId the node
         * @return this
         */
        public When node(final int nodeId) {
            node = nodeId;
            return this;
        }

        /**
         * Only requests of one client.
         *
         * @param clientId the client's {@code client.id}
         * @return this
         */
        public When client(final String clientId) {
            client = clientId;
            return this;
        }

        /**
         * Only requests about a topic, and of their answers only what is about this topic.
         *
         * @param name the topic
         * @return this
         */
        public When topic(final String name) {
            topic = name;
            partition = -1;
            return this;
        }

        /**
         * Only requests about a partition, and of their answers only what is about this partition. A metadata request is about all partitions of its topics.
         *
         * @param name the topic
         * @param index the partition
         * @return this
         */
        public When partition(final String name, final int index) {
            topic = name;
            partition = index;
            return this;
        }

        /**
         * Not the first requests that fit.
         *
         * @param requests how many of them nothing happens to
         * @return this
         */
        public When after(final long requests) {
            skip = requests;
            return this;
        }

        /**
         * Only some of the requests that fit, by chance.
         *
         * @param probability from 0 to 1
         * @param source where chance comes from; used on the thread that drives the cluster
         * @return this
         */
        public When chance(final double probability, final RandomGenerator source) {
            chance = probability;
            random = source;
            return this;
        }

        /**
         * For one request, which is also what holds if nothing is said.
         *
         * @return this
         */
        public When once() {
            return times(1);
        }

        /**
         * For so many requests.
         *
         * @param requests how many
         * @return this
         * @throws IllegalArgumentException if the number is not positive
         */
        public When times(final long requests) {
            if (requests <= 0) {
                throw new IllegalArgumentException("times must be positive: times=" + requests);
            }
            times = requests;
            return this;
        }

        /**
         * Until the rule is removed.
         *
         * @return this
         */
        public When forever() {
            times = FOREVER;
            return this;
        }

        /**
         * Completes the rule, which holds from now on.
         *
         * @param fault what happens
         * @return the rule
         */
        public Rule then(final Fault fault) {
            final Rule rule = new Rule(this, requireNonNull(fault, "fault"));
            synchronized (lock) {
                rules.add(rule);
            }
            return rule;
        }
    }

    /**
     * A rule that holds, or has held. Thread-safe.
     */
    public final class Rule {
        private final When when;
        private final Fault fault;
        private final long skip;
        private long seen;
        private long left;
        private long hits;

        private Rule(final When when, final Fault fault) {
            this.when = when;
            this.fault = fault;
            this.skip = when.skip;
            this.left = when.times;
        }

        private boolean meets(final ApiKey api, final int nodeId, final String clientId, final Mentions request) {
            if (when.api != null && when.api != api || when.node >= 0 && when.node != nodeId
                    || when.client != null && !when.client.equals(clientId)
                    || when.topic != null && !request.mentions(when.topic, when.partition)) {
                return false;
            }
            return seen++ >= skip && (when.random == null || when.random.nextDouble() < when.chance);
        }

        Fault fault() {
            return fault;
        }

        boolean isAbout(final String topic, final int partition) {
            return when.topic == null
                    || when.topic.equals(topic) && (when.partition < 0 || when.partition == partition);
        }

        boolean namesPartition() {
            return when.partition >= 0;
        }

        /**
         * How many requests have met the rule.
         *
         * @return the count
         */
        public long hits() {
            synchronized (lock) {
                return hits;
            }
        }

        /**
         * Whether the rule has been met as often as it was made for.
         *
         * @return true if it does not hold any more
         */
        public boolean isUsedUp() {
            synchronized (lock) {
                return left == 0;
            }
        }

        /**
         * Ends the rule.
         */
        public void remove() {
            synchronized (lock) {
                left = 0;
                rules.remove(this);
            }
        }

        @Override
        public String toString() {
            return (when.api == null ? "any" : when.api.name().toLowerCase(Locale.ROOT))
                    + (when.node < 0
                            ? ""
                            : " node "
                                    + when.node)
                    + (when.topic == null ? "" : " " + when.topic + (when.partition < 0 ? "" : "-" + when.partition))
                    + " then " + fault + ", hits=" + hits();
        }
    }
}
