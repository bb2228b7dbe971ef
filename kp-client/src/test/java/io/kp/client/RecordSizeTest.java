package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.AbstractRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.Test;

/** The size that is held against max.request.size, with kafka-clients as the oracle. */
class RecordSizeTest {
    private static void assertSame(final byte[] key, final byte[] value, final Header[] kafkas) {
        final Headers headers = new Headers();
        for (final Header header : kafkas) {
            headers.add(header.key(), header.value());
        }
        final int expected = AbstractRecords.estimateSizeInBytesUpperBound(RecordBatch.MAGIC_VALUE_V2,
                Compression.NONE.type(), key == null ? null : ByteBuffer.wrap(key),
                value == null ? null : ByteBuffer.wrap(value), kafkas);
        assertEquals(expected, RecordSize.upperBound(key, value, HeaderBytes.of(headers)));
    }

    @Property(tries = 500)
    void shouldAgreeWithKafka(@ForAll("bytes") final byte[] key, @ForAll("bytes") final byte[] value,
            @ForAll("headers") final List<Header> headers) {
        assertSame(key, value, headers.toArray(new Header[0]));
    }

    @Test
    void shouldAgreeWithKafkaWhereVarintsGrow() {
        for (final int length : new int[]{0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576}) {
            assertSame(null, new byte[length], new Header[0]);
            assertSame(new byte[length], null, new Header[]{new RecordHeader("k", new byte[length])});
        }
        final Header[] many = new Header[64];
        java.util.Arrays.fill(many, new RecordHeader("ä€", null));
        assertSame(null, null, many);
    }

    @Provide
    Arbitrary<byte[]> bytes() {
        return Arbitraries.integers().between(0, 10_000).map(byte[]::new).injectNull(0.1);
    }

    @Provide
    Arbitrary<List<Header>> headers() {
        final Arbitrary<String> keys = Arbitraries.strings().ofMaxLength(100);
        return Combinators.combine(keys, bytes()).as((key, value) -> (Header) new RecordHeader(key, value)).list()
                .ofMaxSize(5);
    }
}
