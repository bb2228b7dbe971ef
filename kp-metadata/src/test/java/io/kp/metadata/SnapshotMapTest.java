package io.kp.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SnapshotMapTest {

    /** A key whose hash collides with seven others. */
    record Key(int value) {
        @Override
        public int hashCode() {
            return value & ~7;
        }
    }

    private static void assertSame(final Map<Key, Integer> model, final SnapshotMap<Key, Integer> map) {
        assertEquals(model.size(), map.size());
        model.forEach((key, value) -> assertEquals(value, map.get(key)));
        assertEquals(model.size(), map.values().size());
        assertEquals(new HashSet<>(model.values()), new HashSet<>(map.values()));
    }

    @Property(tries = 300)
    void shouldBehaveAsAHashMapAndNeverChangeAnOlderState(
            @ForAll @Size(max = 60) final List<@Size(max = 30) List<@IntRange(min = -200, max = 200) Integer>> rounds) {
        SnapshotMap<Key, Integer> map = SnapshotMap.empty();
        final Map<Key, Integer> model = new HashMap<>();
        for (final List<Integer> round : rounds) {
            final SnapshotMap<Key, Integer> before = map;
            final Map<Key, Integer> modelBefore = new HashMap<>(model);
            final SnapshotMap.Builder<Key, Integer> builder = map.toBuilder();
            for (final int change : round) {
                final Key key = new Key(Math.abs(change));
                if (change < 0) {
                    builder.remove(key);
                    model.remove(key);
                } else {
                    builder.put(key, change);
                    model.put(key, change);
                }
                assertEquals(model.get(key), builder.get(key));
            }
            map = builder.build();
            assertSame(model, map);
            assertSame(modelBefore, before);
        }
    }

    @Test
    void shouldHoldManyEntriesPutOneByOne() {
        SnapshotMap<String, Integer> map = SnapshotMap.empty();
        for (int i = 0; i < 20_000; i++) {
            map = map.toBuilder().put("topic-" + i, i).build();
        }
        assertEquals(20_000, map.size());
        for (int i = 0; i < 20_000; i++) {
            assertEquals(i, map.get("topic-" + i));
        }
        assertNull(map.get("topic-20000"));
    }

    @Test
    void shouldShareOneEmptyMap() {
        assertEquals(0, SnapshotMap.empty().size());
        assertTrue(SnapshotMap.empty().values().isEmpty());
        assertNull(SnapshotMap.empty().get("x"));
        assertThrows(NoSuchElementException.class, () -> SnapshotMap.empty().values().iterator().next());
        final SnapshotMap<String, Integer> one = SnapshotMap.<String, Integer>empty().toBuilder().put("a", 1).build();
        assertEquals(0, one.toBuilder().remove("a").remove("b").build().size());
        assertNull(SnapshotMap.empty().get("a"));
    }
}
