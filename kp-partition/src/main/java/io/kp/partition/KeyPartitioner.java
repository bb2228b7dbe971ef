package io.kp.partition;

import java.nio.ByteBuffer;

/**
 * Places a key where every Kafka client with default settings places it: {@code (murmur2(key) & 0x7fffffff) % partitionCount}.
 *
 * <p>
 * All partitions count, also those without a leader: a key must not move because a broker is down. An empty key is a key. Pure functions; they
 * allocate nothing.
 */
public final class KeyPartitioner {

    private KeyPartitioner() {
    }

    /**
     * Places a key.
     *
     * @param key            the serialized key
     * @param partitionCount the number of the topic's partitions, from 1
     * @return the partition, from 0 to {@code partitionCount - 1}
     * @throws IllegalArgumentException if the topic has no partition
     */
    public static int partition(final byte[] key, final int partitionCount) {
        return partition(key, 0, key.length, partitionCount);
    }

    /**
     * Places a key that is part of an array.
     *
     * @param key            the array
     * @param offset         the key's first byte
     * @param length         the key's length in bytes
     * @param partitionCount the number of the topic's partitions, from 1
     * @return the partition, from 0 to {@code partitionCount - 1}
     * @throws IllegalArgumentException  if the topic has no partition
     * @throws IndexOutOfBoundsException if the key is not within the array
     */
    public static int partition(final byte[] key, final int offset, final int length, final int partitionCount) {
        return place(Murmur2.hash(key, offset, length), partitionCount);
    }

    /**
     * Places a key that is part of a buffer, by absolute index.
     *
     * @param key            the buffer, left as it is
     * @param index          the key's first byte
     * @param length         the key's length in bytes
     * @param partitionCount the number of the topic's partitions, from 1
     * @return the partition, from 0 to {@code partitionCount - 1}
     * @throws IllegalArgumentException  if the topic has no partition
     * @throws IndexOutOfBoundsException if the key is not within the buffer's limit
     */
    public static int partition(final ByteBuffer key, final int index, final int length, final int partitionCount) {
        return place(Murmur2.hash(key, index, length), partitionCount);
    }

    private static int place(final int hash, final int partitionCount) {
        if (partitionCount < 1) {
            throw new IllegalArgumentException(
                    "topic must have a partition: partitionCount=" + partitionCount + ", min=1");
        }
        return (hash & 0x7fffffff) % partitionCount;
    }
}
