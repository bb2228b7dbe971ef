package io.kp.partition;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyPartitionerTest {

    @ParameterizedTest
    @CsvSource({"'',275646681", "21,-973932308", "foobar,-790332482", "a-little-bit-long-string,-985981536",
            "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8,-58897971", "abc,479470107"})
    void shouldHashKnownTextsAsKafkaDoes(final String text, final int hash) {
        assertEquals(hash, Murmur2.hash(text.getBytes(UTF_8)));
    }

    @Test
    void shouldHashEveryLengthAsKafkaDoes() {
        final Random random = new Random(11);
        for (int length = 0; length <= 1024; length++) {
            final byte[] key = new byte[length];
            random.nextBytes(key);
            assertEquals(Utils.murmur2(key), Murmur2.hash(key), "length=" + length);
        }
    }

    @Property
    void shouldHashAnyPartOfAnyMemoryAsKafkaDoes(@ForAll @Size(max = 200) final byte[] key,
            @ForAll @IntRange(max = 9) final int before, @ForAll @IntRange(max = 9) final int after,
            @ForAll final boolean direct, @ForAll final boolean littleEndian) {
        final byte[] around = new byte[before + key.length + after];
        Arrays.fill(around, (byte) 0xa5);
        System.arraycopy(key, 0, around, before, key.length);
        final ByteBuffer buffer = direct
                ? ByteBuffer.allocateDirect(around.length)
                : ByteBuffer.allocate(around.length + 1).position(1).slice();
        buffer.put(around).position(around.length / 2);
        buffer.order(littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        final int expected = Utils.murmur2(key);

        assertEquals(expected, Murmur2.hash(around, before, key.length));
        assertEquals(expected, Murmur2.hash(buffer, before, key.length));
        assertEquals(expected, Murmur2.hash(buffer.asReadOnlyBuffer(), before, key.length));
        assertEquals(around.length / 2, buffer.position(), "left as it was");
    }

    @Property
    void shouldPlaceKeysWhereKafkaPlacesThem(@ForAll @Size(max = 64) final byte[] key,
            @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) final int partitions) {
        final int expected = BuiltInPartitioner.partitionForKey(key, partitions);
        assertEquals(expected, KeyPartitioner.partition(key, partitions));
        assertEquals(expected, KeyPartitioner.partition(key, 0, key.length, partitions));
        assertEquals(expected, KeyPartitioner.partition(ByteBuffer.wrap(key), 0, key.length, partitions));
    }

    @Test
    void shouldRefuseATopicWithoutPartitionsAndAPartOutsideTheMemory() {
        final byte[] key = new byte[8];
        assertEquals("topic must have a partition: partitionCount=0, min=1",
                assertThrows(IllegalArgumentException.class, () -> KeyPartitioner.partition(key, 0)).getMessage());
        assertThrows(IndexOutOfBoundsException.class, () -> Murmur2.hash(key, 1, 8));
        assertThrows(IndexOutOfBoundsException.class, () -> Murmur2.hash(key, -1, 4));
        assertThrows(IndexOutOfBoundsException.class, () -> Murmur2.hash(key, 4, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> Murmur2.hash(key, 4, Integer.MAX_VALUE));
        final ByteBuffer buffer = ByteBuffer.wrap(key).limit(6);
        assertThrows(IndexOutOfBoundsException.class, () -> Murmur2.hash(buffer, 0, 7));
        assertThrows(IndexOutOfBoundsException.class, () -> Murmur2.hash(buffer, 7, 0));
        assertEquals(Murmur2.hash(new byte[6]), Murmur2.hash(buffer, 0, 6));
    }
}
