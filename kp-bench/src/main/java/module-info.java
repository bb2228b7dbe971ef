/**
 * Benchmarks, the kp command line and an embedded real Kafka broker.
 */
// kafka-clients and slf4j-simple (run time) have no module descriptor: this module runs Kafka's own code and is never published as a
// library, so their file names as module names do no harm.
@SuppressWarnings("requires-automatic")
module io.kp.bench {
    requires io.kp.accumulator;
    requires io.kp.client;
    requires io.kp.testkit;

    requires java.management;
    requires java.management.rmi;
    requires jdk.attach;
    // So that kp's events can be recorded: an optional module must be asked for by somebody.
    requires jdk.jfr;
    requires jdk.management;

    // So that it is there where a codec is chosen: an optional module must be asked for by somebody.
    requires com.github.luben.zstd_jni;
    requires com.fasterxml.jackson.core;
    requires HdrHistogram;
    requires info.picocli;
    requires kafka.clients;
    requires me.tongfei.progressbar;

    exports io.kp.bench;

    // picocli fills the annotated fields of the commands.
    opens io.kp.bench to
            info.picocli;
}
