package io.kp.bench.jmh;

import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import io.kp.client.Explanation;
import io.kp.client.MetricsSnapshot;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.Serializers;

/** kp-client: what it costs to look at a producer. What counting costs is in {@link ClientBenchmark}, since there is no producer without it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"-Xms1g", "-Xmx1g", "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"})
public class MetricsBenchmark {
    /** A producer that has sent a record to each partition. */
    @State(Scope.Benchmark)
    public static class Sent {
        /** Partitions of its one topic, and so of what is looked at. */
        @Param({"4", "100"})
        public int partitions;

        private Producer<byte[], byte[]> producer;

        /** Opens it and sends. */
        @Setup(Level.Trial)
        public void setUp() {
            producer = Producer.open(ProducerConfig.of(Map.of("bootstrap.servers", "127.0.0.1:9092")),
                    Serializers.byteArray(), Serializers.byteArray(),
                    new ProducerContext().transport(new NullTransport(partitions)));
            for (int i = 0; i < partitions; i++) {
                producer.send(new ProducerRecord<>(NullBroker.TOPIC, i, null, new byte[100]));
            }
            producer.flush();
        }

        /** Closes it. */
        @TearDown(Level.Trial)
        public void tearDown() {
            producer.close();
        }
    }

    /** All metrics. */
    @Benchmark
    public MetricsSnapshot snapshot(final Sent state) {
        return state.producer.snapshot();
    }

    /** What limits. */
    @Benchmark
    public Explanation explain(final Sent state) {
        return state.producer.explain();
    }
}
