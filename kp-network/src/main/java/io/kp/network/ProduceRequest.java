package io.kp.network;

import java.util.Arrays;
import java.util.Objects;

import io.kp.metadata.TopicId;

/**
 * Appends one record batch to each of some partitions that one broker leads.
 * <p>
 * A reusable object: {@link #begin}, then {@link #add} for each batch, in any order; the partitions are grouped by topic on the wire.
 * When the outcome is known {@link #indexOf(String, int)} or {@link #indexOf(TopicId, int)} finds the batch that a part of the
 * response belongs to, so that no other map is needed. In steady state nothing is allocated. Used by one thread at a time, and not
 * changed while the request is on its way.
 */
public final class ProduceRequest implements Request {
    /** The broker does not answer; nobody knows whether the records arrived. */
    public static final short ACKS_NONE = 0;

    /** The leader answers when it has written the records. */
    public static final short ACKS_LEADER = 1;

    /** The leader answers when all replicas in sync have the records. */
    public static final short ACKS_ALL = -1;

    private static final short FIRST_VERSION_WITH_TOPIC_IDS = 13;
    private static final int INITIAL_CAPACITY = 16;

    private short acks;
    private int timeoutMs;
    private String transactionalId;
    private short minVersion;
    private short maxVersion;

    /*
     * The batches in the order of add(), and the topics in the order of their first batch. The batches of a topic are a linked list through
     * 'next', so that they can be written one after the other without sorting.
     */
    private int count;
    private RecordsSource[] sources = new RecordsSource[INITIAL_CAPACITY];
    private int[] partitions = new int[INITIAL_CAPACITY];
    private int[] topicOf = new int[INITIAL_CAPACITY];
    private int[] next = new int[INITIAL_CAPACITY];

    private int topicCount;
    private String[] topics = new String[INITIAL_CAPACITY];
    private TopicId[] topicIds = new TopicId[INITIAL_CAPACITY];
    private int[] firstOf = new int[INITIAL_CAPACITY];
    private int[] lastOf = new int[INITIAL_CAPACITY];
    private int[] sizeOf = new int[INITIAL_CAPACITY];

    private final IndexTable topicsByName = new IndexTable();
    private final IndexTable topicsById = new IndexTable();
    private final IndexTable batches = new IndexTable();

    private long recordsBytes;

    /**
     * Creates an empty request; {@link #begin} makes it usable.
     */
    public ProduceRequest() {
    }

    /**
     * Starts a request, after forgetting the one before.
     *
     * @param acks            {@link #ACKS_NONE}, {@link #ACKS_LEADER} or {@link #ACKS_ALL}.
     * @param timeoutMs       how long the leader may wait for replicas, in milliseconds.
     * @param transactionalId the transactional id, or {@code null}.
     * @return this request.
     * @throws IllegalArgumentException if {@code acks} is none of the three.
     */
    public ProduceRequest begin(short acks, int timeoutMs, String transactionalId) {
        if (acks < ACKS_ALL || acks > ACKS_LEADER) {
            throw new IllegalArgumentException("acks must be 0, 1 or -1: acks=" + acks);
        }
        clear();
        this.acks = acks;
        this.timeoutMs = timeoutMs;
        this.transactionalId = transactionalId;
        this.minVersion = apiKey().minVersion();
        this.maxVersion = apiKey().maxVersion();
        return this;
    }

    /**
     * Demands a version, since what the batches contain is not allowed below it: zstd needs 7.
     *
     * @param version the lowest version, inclusive.
     * @return this request.
     */
    public ProduceRequest atLeast(short version) {
        minVersion = (short) Math.max(minVersion, version);
        return this;
    }

    /**
     * Rules higher versions out, since they mean something else: inside a transaction of the older kind it must be at most 11.
     *
     * @param version the highest version, inclusive.
     * @return this request.
     */
    public ProduceRequest atMost(short version) {
        maxVersion = (short) Math.min(maxVersion, version);
        return this;
    }

    /**
     * Adds a batch.
     * <p>
     * Versions from 13 on name topics by id only, so one topic without an id keeps the whole request below 13.
     *
     * @param topic     the topic's name.
     * @param topicId   the topic's id, or {@link TopicId#ZERO}.
     * @param partition the partition's number.
     * @param source    the batch.
     * @return the index of the batch in this request.
     * @throws IllegalArgumentException if the request has a batch for this partition already; the protocol allows one.
     */
    public int add(String topic, TopicId topicId, int partition, RecordsSource source) {
        int topicIndex = topicIndex(topic, topicId);
        if (batchIndex(topicIndex, partition) >= 0) {
            throw new IllegalArgumentException("request may have one batch for each partition: topic=" + topic
                    + ", partition=" + partition);
        }
        if (count == sources.length) {
            int length = 2 * count;
            sources = Arrays.copyOf(sources, length);
            partitions = Arrays.copyOf(partitions, length);
            topicOf = Arrays.copyOf(topicOf, length);
            next = Arrays.copyOf(next, length);
        }
        int index = count++;
        sources[index] = Objects.requireNonNull(source, "source");
        partitions[index] = partition;
        topicOf[index] = topicIndex;
        next[index] = -1;
        if (sizeOf[topicIndex]++ == 0) {
            firstOf[topicIndex] = index;
        } else {
            next[lastOf[topicIndex]] = index;
        }
        lastOf[topicIndex] = index;
        batches.insert(batchHash(topicIndex, partition), index);
        recordsBytes += source.sizeInBytes();
        return index;
    }

    /**
     * Forgets all batches.
     */
    public void clear() {
        Arrays.fill(sources, 0, count, null);
        Arrays.fill(topics, 0, topicCount, null);
        Arrays.fill(topicIds, 0, topicCount, null);
        count = 0;
        topicCount = 0;
        recordsBytes = 0;
        transactionalId = null;
        topicsByName.clear();
        topicsById.clear();
        batches.clear();
    }

    /**
     * How many batches there are.
     *
     * @return the number of batches.
     */
    public int size() {
        return count;
    }

    /**
     * How large the batches are together.
     *
     * @return the number of bytes.
     */
    public long recordsBytes() {
        return recordsBytes;
    }

    /**
     * The topic of a batch.
     *
     * @param index the index of the batch, from 0 to {@link #size()} - 1.
     * @return the topic's name.
     */
    public String topic(int index) {
        return topics[topicOf[index]];
    }

    /**
     * The topic id of a batch.
     *
     * @param index the index of the batch, from 0 to {@link #size()} - 1.
     * @return the topic's id, {@link TopicId#ZERO} if it has none.
     */
    public TopicId topicId(int index) {
        return topicIds[topicOf[index]];
    }

    /**
     * The partition of a batch.
     *
     * @param index the index of the batch, from 0 to {@link #size()} - 1.
     * @return the partition's number.
     */
    public int partition(int index) {
        return partitions[index];
    }

    /**
     * A batch.
     *
     * @param index the index of the batch, from 0 to {@link #size()} - 1.
     * @return the batch.
     */
    public RecordsSource source(int index) {
        return sources[index];
    }

    /**
     * Finds the batch of a partition.
     *
     * @param topic     the topic's name.
     * @param partition the partition's number.
     * @return its index, or -1.
     */
    public int indexOf(String topic, int partition) {
        int hash = topic.hashCode();
        for (int slot = topicsByName.first(hash); slot >= 0; slot = topicsByName.next(slot, hash)) {
            int topicIndex = topicsByName.index(slot);
            int index = topics[topicIndex].equals(topic) ? batchIndex(topicIndex, partition) : -1;
            if (index >= 0) {
                return index;
            }
        }
        return -1;
    }

    /**
     * Finds the batch of a partition.
     *
     * @param topicId   the topic's id, not {@link TopicId#ZERO}.
     * @param partition the partition's number.
     * @return its index, or -1.
     */
    public int indexOf(TopicId topicId, int partition) {
        int hash = topicId.hashCode();
        for (int slot = topicsById.first(hash); slot >= 0; slot = topicsById.next(slot, hash)) {
            int topicIndex = topicsById.index(slot);
            if (topicIds[topicIndex].equals(topicId)) {
                return batchIndex(topicIndex, partition);
            }
        }
        return -1;
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.PRODUCE;
    }

    @Override
    public short minVersion() {
        return minVersion;
    }

    @Override
    public short maxVersion() {
        return maxVersion;
    }

    @Override
    public boolean expectsResponse() {
        return acks != ACKS_NONE;
    }

    @Override
    public void encodeBody(FrameWriter out, short version) {
        out.nullableString(transactionalId);
        out.i16(acks);
        out.i32(timeoutMs);
        out.arrayLength(topicCount);
        for (int topicIndex = 0; topicIndex < topicCount; topicIndex++) {
            if (version >= FIRST_VERSION_WITH_TOPIC_IDS) {
                TopicId topicId = topicIds[topicIndex];
                out.uuid(topicId.mostSignificantBits(), topicId.leastSignificantBits());
            } else {
                out.string(topics[topicIndex]);
            }
            out.arrayLength(sizeOf[topicIndex]);
            for (int index = firstOf[topicIndex]; index >= 0; index = next[index]) {
                out.i32(partitions[index]);
                encodeRecords(out, index);
                out.emptyTags();
            }
            out.emptyTags();
        }
        out.emptyTags();
    }

    private void encodeRecords(FrameWriter out, int index) {
        RecordsSource source = sources[index];
        int bytes = source.sizeInBytes();
        out.bytesLength(bytes);
        long before = out.sizeInBytes();
        source.spliceInto(out);
        long spliced = out.sizeInBytes() - before;
        // A frame whose length fields lie would be taken apart at the wrong places, and other topics' bytes with it.
        if (spliced != bytes) {
            throw new IllegalStateException("batch is not as large as it says: topic=" + topic(index) + ", partition="
                    + partitions[index] + ", sizeInBytes=" + bytes + ", spliced=" + spliced);
        }
    }

    private int topicIndex(String topic, TopicId topicId) {
        // Batches of one topic tend to come one after the other.
        if (topicCount > 0 && isTopic(topicCount - 1, topic, topicId)) {
            return topicCount - 1;
        }
        int hash = topic.hashCode();
        for (int slot = topicsByName.first(hash); slot >= 0; slot = topicsByName.next(slot, hash)) {
            int topicIndex = topicsByName.index(slot);
            if (isTopic(topicIndex, topic, topicId)) {
                return topicIndex;
            }
        }
        return addTopic(topic, topicId, hash);
    }

    private boolean isTopic(int topicIndex, String topic, TopicId topicId) {
        return topics[topicIndex].equals(topic) && topicIds[topicIndex].equals(topicId);
    }

    private int addTopic(String topic, TopicId topicId, int hash) {
        if (topicCount == topics.length) {
            int length = 2 * topicCount;
            topics = Arrays.copyOf(topics, length);
            topicIds = Arrays.copyOf(topicIds, length);
            firstOf = Arrays.copyOf(firstOf, length);
            lastOf = Arrays.copyOf(lastOf, length);
            sizeOf = Arrays.copyOf(sizeOf, length);
        }
        if (topicId.isZero()) {
            atMost((short) (FIRST_VERSION_WITH_TOPIC_IDS - 1));
        }
        int topicIndex = topicCount++;
        topics[topicIndex] = topic;
        topicIds[topicIndex] = topicId;
        sizeOf[topicIndex] = 0;
        topicsByName.insert(hash, topicIndex);
        if (!topicId.isZero()) {
            topicsById.insert(topicId.hashCode(), topicIndex);
        }
        return topicIndex;
    }

    private int batchIndex(int topicIndex, int partition) {
        int hash = batchHash(topicIndex, partition);
        for (int slot = batches.first(hash); slot >= 0; slot = batches.next(slot, hash)) {
            int index = batches.index(slot);
            if (topicOf[index] == topicIndex && partitions[index] == partition) {
                return index;
            }
        }
        return -1;
    }

    private static int batchHash(int topicIndex, int partition) {
        return 31 * topicIndex + partition;
    }
}
