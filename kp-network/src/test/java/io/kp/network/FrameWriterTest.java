package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;

import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.junit.jupiter.api.Test;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class FrameWriterTest {
    private static final short INFLEXIBLE = 8;
    private static final short FLEXIBLE = 9;

    private final FrameWriter writer = new FrameWriter(64);

    private static String hexOf(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private String body() {
        return KafkaOracle.send(writer.finish(), 1000).substring(2 * FrameWriter.SIZE_FIELD_BYTES);
    }

    @Test
    void shouldWritePrimitives() {
        writer.begin(ApiKey.PRODUCE, INFLEXIBLE);
        writer.i8((byte) -2);
        writer.i16((short) 0x0102);
        writer.i32(0x03040506);
        writer.i64(0x0708090a0b0c0d0eL);
        writer.bool(true);
        writer.bool(false);
        writer.uuid(1, -2);
        assertEquals("fe" + "0102" + "03040506" + "0708090a0b0c0d0e" + "0100" + "0000000000000001fffffffffffffffe",
                body());
    }

    @Test
    void shouldWriteTheFormThatTheVersionAsksFor() {
        writer.begin(ApiKey.PRODUCE, INFLEXIBLE);
        writer.string("é");
        writer.nullableString(null);
        writer.arrayLength(3);
        writer.arrayLength(-1);
        writer.emptyTags();
        assertEquals("0002c3a9" + "ffff" + "00000003" + "ffffffff", body());

        writer.begin(ApiKey.PRODUCE, FLEXIBLE);
        writer.string("é");
        writer.nullableString(null);
        writer.arrayLength(3);
        writer.arrayLength(-1);
        writer.emptyTags();
        assertEquals("03c3a9" + "00" + "04" + "00" + "00", body());
    }

    @Test
    void shouldWriteTaggedFields() {
        writer.begin(ApiKey.PRODUCE, FLEXIBLE);
        writer.tags(2);
        writer.tag(0, 1);
        writer.bool(true);
        writer.tag(200, 2);
        writer.i16((short) 5);
        assertEquals("02" + "00" + "01" + "01" + "c801" + "02" + "0005", body());
    }

    @Property(tries = 1000)
    void shouldWriteVarintsAsKafkaDoes(@ForAll int value) {
        ByteBufferAccessor expected = new ByteBufferAccessor(ByteBuffer.allocate(10));
        expected.writeUnsignedVarint(value);
        expected.writeVarint(value);
        expected.flip();
        writer.begin(ApiKey.PRODUCE, FLEXIBLE);
        writer.uvarint(value);
        writer.varint(value);
        assertEquals(KafkaOracle.hex(expected.buffer()), body());
    }

    @Property(tries = 1000)
    void shouldWriteUtf8AsTheJdkDoes(@ForAll String text) {
        writer.begin(ApiKey.PRODUCE, FLEXIBLE);
        writer.string(text);
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        writer.i8((byte) 1);
        writer.uvarint(length);
        FrameReader in = new FrameReader().wrap(ByteBuffer.wrap(HexFormat.of().parseHex(body())), ApiKey.PRODUCE,
                FLEXIBLE);
        assertEquals(length + 1, in.uvarint("length"));
        in.offset(0);
        // The JDK's encoder puts a question mark where half of a surrogate pair is missing, and so do we.
        assertEquals(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8), in.string("text"));
        assertEquals(1, in.i8("mark"));
        assertEquals(length, in.uvarint("length again"));
        in.end();
    }

    @Test
    void shouldRefuseAStringThatNoLengthFieldHolds() {
        writer.begin(ApiKey.METADATA, INFLEXIBLE);
        writer.string("x".repeat(Short.MAX_VALUE));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> writer.string("ä".repeat(Short.MAX_VALUE / 2) + "xy"));
        assertEquals("string too long: utf8Bytes=32768, maxBytes=32767", e.getMessage());
    }

    @Property(tries = 200)
    void shouldKeepTheOrderOfScratchAndSplicedBytes(@ForAll Random random) {
        // The scratch buffer starts small, so that it is replaced while spans of it are waiting.
        StringBuilder expected = new StringBuilder();
        writer.begin(ApiKey.PRODUCE, INFLEXIBLE);
        for (int i = random.nextInt(60); i > 0; i--) {
            if (random.nextBoolean()) {
                String text = KafkaOracle.text(random);
                writer.string(text);
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                expected.append(HexFormat.of().toHexDigits((short) bytes.length))
                        .append(HexFormat.of().formatHex(bytes));
            } else {
                byte[] bytes = new byte[random.nextInt(50)];
                random.nextBytes(bytes);
                writer.splice(random.nextBoolean()
                        ? ByteBuffer.wrap(bytes)
                        : ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
                expected.append(HexFormat.of().formatHex(bytes));
            }
        }
        writer.finish();
        assertEquals(expected.length() / 2 + 4, writer.sizeInBytes());
        assertEquals(writer.sizeInBytes(), writer.remainingBytes());
        String sent = KafkaOracle.send(writer, 1 + random.nextInt(300));
        assertEquals(HexFormat.of().toHexDigits(expected.length() / 2) + expected, sent);
        assertEquals(0, writer.remainingBytes());
    }

    @Test
    void shouldSpliceByReference() {
        ByteBuffer segment = ByteBuffer.allocateDirect(100).position(10).limit(30);
        writer.begin(ApiKey.PRODUCE, INFLEXIBLE);
        writer.i8((byte) 1);
        writer.splice(segment);
        writer.finish();
        assertEquals(2, writer.partCount());
        assertSame(segment, writer.parts()[1]);
        assertEquals(10, segment.position());
        segment.put(10, (byte) 0x55);
        assertTrue(KafkaOracle.send(writer, 1000).startsWith("00000015" + "01" + "5500"));
        assertEquals(30, segment.position());
    }

    @Test
    void shouldLetGoOfSplicedBuffersWhenCleared() {
        writer.begin(ApiKey.PRODUCE, INFLEXIBLE);
        for (int i = 0; i < 20; i++) {
            writer.i8((byte) 1);
            writer.splice(ByteBuffer.allocateDirect(1));
        }
        writer.finish();
        writer.clear();
        for (ByteBuffer part : writer.parts()) {
            assertEquals(null, part);
        }
        assertEquals(0, writer.remainingBytes());
    }

    @Test
    void shouldRefuseToWriteToAFinishedFrame() {
        writer.begin(ApiKey.PRODUCE, INFLEXIBLE);
        writer.i32(7);
        writer.finish();
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> writer.i8((byte) 1));
        assertEquals("frame is finished: sizeInBytes=8", e.getMessage());
        assertThrows(IllegalStateException.class, () -> writer.splice(ByteBuffer.allocate(1)));
        assertThrows(IllegalStateException.class, writer::finish);
        assertEquals("0000000400000007", KafkaOracle.send(writer, 3));
    }

    @Test
    void shouldGiveUpALargeScratchBuffer() {
        writer.begin(ApiKey.METADATA, INFLEXIBLE);
        for (int i = 0; i < 10; i++) {
            writer.string("x".repeat(Short.MAX_VALUE));
        }
        int large = writer.finish().parts()[0].capacity();
        assertTrue(large > FrameWriter.MAX_RETAINED_SCRATCH_BYTES, "capacity=" + large);
        writer.begin(ApiKey.METADATA, INFLEXIBLE);
        writer.string("again");
        assertEquals(64, writer.finish().parts()[0].capacity());
        assertEquals("0000000700056167" + "61696e", KafkaOracle.send(writer, 100));
        assertEquals("6167" + "61696e", hexOf("again"));
    }

    @Test
    void shouldRefuseATinyScratchBuffer() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new FrameWriter(63));
        assertEquals("scratch buffer too small: initialScratchBytes=63, minScratchBytes=64", e.getMessage());
    }

    @Test
    void shouldRefuseAFrameAbove2GiB() {
        // One buffer many times: only its size counts here, nothing is sent.
        ByteBuffer segment = ByteBuffer.allocate(1 << 20);
        writer.begin(ApiKey.PRODUCE, INFLEXIBLE);
        for (int i = 0; i < 2048; i++) {
            writer.splice(segment);
        }
        IllegalStateException e = assertThrows(IllegalStateException.class, writer::finish);
        assertEquals("frame too large: bytes=2147483652, max=2147483647", e.getMessage());
    }
}
