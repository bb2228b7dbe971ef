package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;

import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.kp.metadata.TopicId;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class FrameReaderTest {
    private static final short INFLEXIBLE = 8;
    private static final short FLEXIBLE = 9;

    private final FrameReader reader = new FrameReader();

    private FrameReader over(String hex, short version) {
        return reader.wrap(KafkaOracle.surrounded(ByteBuffer.wrap(KafkaOracle.bytes(hex))), ApiKey.METADATA, version);
    }

    @Test
    void shouldReadPrimitives() {
        FrameReader in = over("fe 0102 03040506 0708090a0b0c0d0e 01 00 02", INFLEXIBLE);
        assertEquals(-2, in.i8("a"));
        assertEquals(0x0102, in.i16("b"));
        assertEquals(0x03040506, in.i32("c"));
        assertEquals(0x0708090a0b0c0d0eL, in.i64("d"));
        assertEquals(true, in.bool("e"));
        assertEquals(false, in.bool("f"));
        assertEquals(true, in.bool("g"));
        in.end();
    }

    @Test
    void shouldReadTheFormThatTheVersionHas() {
        FrameReader in = over("0002c3a9 ffff 00000001 00000007 ffffffff", INFLEXIBLE);
        assertEquals("é", in.string("a"));
        assertNull(in.nullableString("b"));
        assertArrayEquals(new int[]{7}, in.i32Array("c"));
        assertEquals(-1, in.nullableArrayLength("d", 1));
        in.skipTags("tags");
        in.end();

        in = over("03c3a9 00 02 00000007 00 02 05 01 ff 7f 00", FLEXIBLE);
        assertEquals("é", in.string("a"));
        assertNull(in.nullableString("b"));
        assertArrayEquals(new int[]{7}, in.i32Array("c"));
        assertEquals(-1, in.nullableArrayLength("d", 1));
        in.skipTags("tags");
        in.end();
    }

    @Property(tries = 1000)
    void shouldReadVarintsAsKafkaWritesThem(@ForAll int value) {
        ByteBufferAccessor bytes = new ByteBufferAccessor(ByteBuffer.allocate(5));
        bytes.writeUnsignedVarint(value);
        bytes.flip();
        FrameReader in = reader.wrap(bytes.buffer(), ApiKey.METADATA, FLEXIBLE);
        assertEquals(value, in.uvarint("value"));
        in.end();
    }

    @ParameterizedTest
    @ValueSource(strings = {"8080808010", "ffffffffff", "808080808000", "ffffffff1f"})
    void shouldRefuseAVarintThatDoesNotEnd(String hex) {
        ProtocolException e = assertThrows(ProtocolException.class, () -> over(hex, FLEXIBLE).uvarint("value"));
        assertEquals("malformed Metadata response: version=9, field=value, offset=0, claimed=5, available=5: "
                + "varint does not end within 32 bits", e.getMessage());
    }

    @Test
    void shouldTellWhatIsWrong() {
        FrameReader in = over("0000 00000000 00000063 01", INFLEXIBLE);
        in.i16("first");
        in.i32("second");
        ProtocolException e = assertThrows(ProtocolException.class, () -> in.arrayLength("topics", 2));
        assertEquals("malformed Metadata response: version=8, field=topics, offset=6, claimed=99, available=0: "
                + "more elements than fit", e.getMessage());
        assertSame(ApiKey.METADATA, e.apiKey());
        assertEquals(8, e.version());
        assertEquals("topics", e.field());
        assertEquals(6, e.offset());
        assertEquals(99, e.claimed());
        assertEquals(0, e.available());
    }

    @ParameterizedTest
    @CsvSource({"8, fffe, -2, length of a string is out of range", "8, ffff, -1, field may not be null",
            "8, 0005 61, 5, field ends after the frame", "9, 00, -1, field may not be null",
            "9, 06 61, 5, field ends after the frame", "9, ffffffff0f, 4294967294, length of a string is out of range",
            "9, 8080808008, 2147483647, length of a string is out of range",
            "9, 818002, 32768, length of a string is out of range"})
    void shouldRefuseStringLengths(short version, String hex, long claimed, String rule) {
        ProtocolException e = assertThrows(ProtocolException.class, () -> over(hex, version).string("name"));
        assertEquals(claimed, e.claimed());
        assertEquals(rule, e.getMessage().substring(e.getMessage().lastIndexOf(": ") + 2));
    }

    @ParameterizedTest
    @CsvSource({"8, ffffffff, -1, field may not be null", "8, fffffffe, -2, number of elements is out of range",
            "8, 80000000, -2147483648, number of elements is out of range",
            "8, 7fffffff, 2147483647, more elements than fit",
            "8, 00000002 00000000 000000, 2, more elements than fit", "9, 00, -1, field may not be null",
            "9, ffffffff0f, 4294967294, number of elements is out of range",
            "9, 8080808008, 2147483647, more elements than fit", "9, 03 00000000 000000, 2, more elements than fit"})
    void shouldRefuseArrayLengths(short version, String hex, long claimed, String rule) {
        ProtocolException e = assertThrows(ProtocolException.class, () -> over(hex, version).i32Array("ids"));
        assertEquals(claimed, e.claimed());
        assertEquals(rule, e.getMessage().substring(e.getMessage().lastIndexOf(": ") + 2));
    }

    @ParameterizedTest
    @CsvSource({"05 00 00 00 00, 5, more tagged fields than fit", "ffffffff0f, 4294967295, more tagged fields than fit",
            "01 05 03 00 00, 3, tagged field ends after the frame",
            "01 05 ffffffff0f, 4294967295, tagged field ends after the frame"})
    void shouldRefuseTags(String hex, long claimed, String rule) {
        ProtocolException e = assertThrows(ProtocolException.class, () -> over(hex, FLEXIBLE).skipTags("tags"));
        assertEquals(claimed, e.claimed());
        assertEquals(rule, e.getMessage().substring(e.getMessage().lastIndexOf(": ") + 2));
    }

    @Test
    void shouldHoldATaggedFieldAgainstItsSize() {
        FrameReader in = over("08 0000000000000000 77", FLEXIBLE);
        int outer = in.enterTag("epoch");
        in.i32("epoch");
        ProtocolException tooLong = assertThrows(ProtocolException.class, () -> in.leaveTag("epoch", outer));
        assertEquals(4, tooLong.claimed());

        FrameReader again = over("04 0000000000000000 77", FLEXIBLE);
        again.enterTag("epoch");
        ProtocolException tooShort = assertThrows(ProtocolException.class, () -> again.i64("epoch"));
        assertEquals(4, tooShort.available());
    }

    @Test
    void shouldRefuseBytesThatAreLeftOver() {
        FrameReader in = over("00 00", INFLEXIBLE);
        in.i8("a");
        ProtocolException e = assertThrows(ProtocolException.class, in::end);
        assertEquals("malformed Metadata response: version=8, field=end of frame, offset=1, claimed=1, available=0: "
                + "bytes left over after the last field", e.getMessage());
    }

    @Test
    void shouldReadLongStrings() {
        String text = "ä".repeat(16_000);
        FrameWriter writer = new FrameWriter(64).begin(ApiKey.METADATA, FLEXIBLE);
        writer.string(text);
        FrameReader in = over(KafkaOracle.send(writer.finish(), 1 << 20).substring(8), FLEXIBLE);
        assertEquals(text, in.string("text"));
        in.end();
    }

    @Test
    void shouldKeepNamesApartThatShareASlot() {
        // More names than the cache has slots, each read twice.
        NameCache cache = new NameCache();
        for (int i = 0; i < 5000; i++) {
            String name = "topic-" + i;
            FrameWriter writer = new FrameWriter(64).begin(ApiKey.METADATA, FLEXIBLE);
            writer.string(name);
            writer.string("topic-" + i / 2);
            writer.string("n".repeat(300));
            FrameReader in = over(KafkaOracle.send(writer.finish(), 1000).substring(8), FLEXIBLE);
            assertEquals(name, in.string("name", cache));
            assertEquals("topic-" + i / 2, in.string("name", cache));
            assertEquals("n".repeat(300), in.string("name", cache));
        }
    }

    @Test
    void shouldKeepTopicIdsApartThatShareASlot() {
        TopicIdCache cache = new TopicIdCache();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 5000; i++) {
                TopicId topicId = cache.intern(i, 7L * i << 32);
                assertEquals(new TopicId(i, 7L * i << 32), topicId);
                assertSame(topicId, cache.intern(i, 7L * i << 32));
            }
        }
    }

    @Test
    void shouldForgetTheFrame() {
        over("0000", INFLEXIBLE).clear();
        assertEquals(0, reader.remaining());
        assertThrows(ProtocolException.class, () -> reader.i8("a"));
    }
}
