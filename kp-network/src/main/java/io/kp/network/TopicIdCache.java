package io.kp.network;

import io.kp.metadata.TopicId;

/**
 * Topic ids by their bits, so that an id that comes back in every response is not made anew each time. Bounded as {@link NameCache} is.
 */
final class TopicIdCache {
    private static final int WAYS = 4;
    private static final int SLOTS = 256 * WAYS;

    private final TopicId[] topicIds = new TopicId[SLOTS];
    private int nextVictim;

    TopicId intern(long mostSignificantBits, long leastSignificantBits) {
        long bits = 31 * mostSignificantBits + leastSignificantBits;
        int first = NameCache.firstSlot((int) (bits ^ bits >>> 32), SLOTS, WAYS);
        int slot = first;
        while (slot < first + WAYS && topicIds[slot] != null) {
            TopicId known = topicIds[slot];
            if (known.mostSignificantBits() == mostSignificantBits
                    && known.leastSignificantBits() == leastSignificantBits) {
                return known;
            }
            slot++;
        }
        if (slot == first + WAYS) {
            slot = first + (nextVictim++ & WAYS - 1);
        }
        topicIds[slot] = new TopicId(mostSignificantBits, leastSignificantBits);
        return topicIds[slot];
    }
}
