/**
 * Collects records into Kafka record batches, per partition, without locks, and compresses them.
 *
 * @uses io.kp.accumulator.CompressionCodec
 * @provides io.kp.accumulator.CompressionCodec
 */
// Agrona 2 has no module descriptor; it is the automatic module org.agrona. So is lz4's.
@SuppressWarnings("requires-automatic")
module io.kp.accumulator {
    requires org.agrona;
    requires org.jctools.core.jdk11;
    requires transitive io.kp.memory;
    requires transitive io.kp.metadata;
    // Optional: each is needed by the codec of its name only, which says so when it is chosen and the library is not there. snappy's has no name of its own.
    requires static com.github.luben.zstd_jni;
    requires static org.lz4.java;

    exports io.kp.accumulator;

    uses io.kp.accumulator.CompressionCodec;

    provides io.kp.accumulator.CompressionCodec with io.kp.accumulator.codec.GzipCodec,
            io.kp.accumulator.codec.SnappyCodec, io.kp.accumulator.codec.Lz4Codec,
            io.kp.accumulator.codec.ZstdCodec;
}
