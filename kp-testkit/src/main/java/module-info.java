/**
 * For tests of kp and of applications that use it: a scripted Kafka cluster with fault injection, and a producer without any cluster. Start with
 * {@link io.kp.testkit.ScriptedBroker} or {@link io.kp.testkit.MockProducer}.
 */
module io.kp.testkit {
    requires io.kp.accumulator;
    requires transitive io.kp.client;
    requires transitive io.kp.network;

    exports io.kp.testkit;
}
