package io.kp.testkit;

import static io.kp.testkit.Rig.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.kp.client.DeliveryException;
import io.kp.client.DeliveryException.Stage;
import io.kp.client.InvalidTopicException;
import io.kp.client.KpException;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerRecord;
import io.kp.client.TopicAuthorizationException;
import io.kp.network.ApiKey;
import io.kp.network.ErrorCode;

/**
 * What kp does about each error of a metadata response, of the whole, of a topic and of a partition; and of a response with a producer id. The rule: two errors
 * say for good that a topic cannot be had, and fail who waits for it at once; after all others the client asks again.
 */
class MetadataErrorsTest {
    private static final List<ErrorCode> FINAL = List.of(ErrorCode.INVALID_TOPIC_EXCEPTION,
            ErrorCode.TOPIC_AUTHORIZATION_FAILED);

    /** All errors in groups, since each costs some pauses; and one that nobody knows. */
    static Stream<List<Integer>> errors() {
        final List<Integer> codes = IntStream.concat(
                Stream.of(ErrorCode.values()).filter(error -> error != ErrorCode.NONE).mapToInt(ErrorCode::code),
                IntStream.of(9999)).boxed().toList();
        final int size = 27;
        return IntStream.range(0, (codes.size() + size - 1) / size)
                .mapToObj(i -> codes.subList(i * size, Math.min(codes.size(), (i + 1) * size)));
    }

    private static boolean isFinal(final int code) {
        return FINAL.stream().anyMatch(error -> error.code() == code);
    }

    private static KpException outcome(final Rig rig, final String topic, final int partition) {
        final Rig.Sent record = rig.new Sent(partition, "v");
        rig.producer.send(new ProducerRecord<>(topic, partition, "k", "v"), record::tell);
        return record.await().failure;
    }

    @ParameterizedTest
    @MethodSource("errors")
    void shouldAskAgainForATopicUnlessItCannotBeHad(final List<Integer> codes) {
        try (Rig rig = new Rig()) {
            for (final int code : codes) {
                final String topic = "topic" + code;
                rig.cluster.createTopic(topic, 1);
                final Script.Rule rule = rig.script.metadata().topic(topic).times(2).then(Fault.error(code));
                final KpException failure = outcome(rig, topic, 0);
                if (!isFinal(code)) {
                    assertEquals(null, failure, () -> "code " + code);
                    assertEquals(2, rule.hits(), () -> "code " + code);
                    continue;
                }
                final DeliveryException refusal = assertInstanceOf(DeliveryException.class, failure);
                assertEquals(code, refusal.errorCode());
                assertEquals(Stage.METADATA, refusal.stage());
                assertEquals(1, rule.hits());
                rule.remove();
            }
            // One topic's error is no other's.
            assertEquals(0, rig.send(1, "elsewhere").offset());
        }
    }

    @ParameterizedTest
    @MethodSource("errors")
    void shouldAskAgainForAPartition(final List<Integer> codes) {
        try (Rig rig = new Rig()) {
            for (final int code : codes) {
                final String topic = "topic" + code;
                rig.cluster.createTopic(topic, 3);
                final Script.Rule rule = rig.script.metadata().partition(topic, 1).times(2).then(Fault.error(code));
                assertEquals(null, outcome(rig, topic, 0), () -> "code " + code);
                assertEquals(null, outcome(rig, topic, 1), () -> "code " + code);
                assertEquals(null, outcome(rig, topic, 2), () -> "code " + code);
                assertTrue(rule.hits() > 0, () -> "code " + code);
                rule.remove();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("errors")
    void shouldAskAgainAfterAnErrorOfTheWhole(final List<Integer> codes) {
        try (Rig rig = new Rig()) {
            for (final int code : codes) {
                final String topic = "topic" + code;
                rig.cluster.createTopic(topic, 1);
                final Script.Rule rule = rig.script.metadata().times(2).then(Fault.errorOfAll(code));
                assertEquals(null, outcome(rig, topic, 0), () -> "code " + code);
                assertEquals(2, rule.hits(), () -> "code " + code);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("errors")
    void shouldGetAProducerIdAfterAnError(final List<Integer> codes) {
        for (final int code : codes) {
            try (Rig rig = new Rig(cluster -> cluster.script().initProducerId().times(1).then(Fault.error(code)))) {
                final KpException first = outcome(rig, TOPIC, 1);
                if (ErrorCode.forCode((short) code).isRetriable()) {
                    assertEquals(null, first, () -> "code " + code);
                } else if (first != null) {
                    // What waited was told, as it might have waited in vain; what comes later finds an id.
                    final DeliveryException refusal = assertInstanceOf(DeliveryException.class, first);
                    assertEquals(DeliveryException.Persistence.NOT_PERSISTED, refusal.persistence());
                    assertTrue(refusal.getMessage().contains(ErrorCode.describe((short) code)), refusal::getMessage);
                }
                assertEquals(null, outcome(rig, TOPIC, 1), () -> "code " + code);
                assertEquals(2, rig.cluster.requestCount(ApiKey.INIT_PRODUCER_ID));
            }
        }
    }

    @Test
    void shouldStartAgainFromTheBootstrapServersWhenToldSo() {
        try (Rig rig = new Rig()) {
            rig.warmUp();
            final long accepted = rig.broker.connectionsAccepted();
            rig.script.metadata().once().then(Fault.error(ErrorCode.REBOOTSTRAP_REQUIRED));
            rig.cluster.leaderHints(false).moveLeader(TOPIC, 1, 2);
            rig.send(1, "v").offset();
            assertTrue(rig.broker.connectionsAccepted() > accepted, "no new connections");
        }
    }

    @Test
    void shouldNotStartAgainIfThatIsNotWanted() {
        try (Rig rig = new Rig(ProducerConfig.METADATA_RECOVERY_STRATEGY, "none")) {
            rig.warmUp();
            final long accepted = rig.broker.connectionsAccepted();
            rig.script.metadata().once().then(Fault.error(ErrorCode.REBOOTSTRAP_REQUIRED));
            rig.cluster.leaderHints(false).moveLeader(TOPIC, 1, 2);
            rig.send(1, "v").offset();
            assertEquals(accepted, rig.broker.connectionsAccepted());
        }
    }

    /** Also when the refusal comes with the refresh of a topic that was in use. */
    @Test
    void shouldHurtNoOtherTopicWhenOneMayNotBeSeenAnyMore() {
        try (Rig rig = new Rig(ProducerConfig.METADATA_MAX_AGE_MS, 30)) {
            rig.cluster.createTopic("secret", 1);
            rig.warmUp();
            assertEquals(null, outcome(rig, "secret", 0));
            final Script.Rule rule = rig.script.metadata().topic("secret").forever()
                    .then(Fault.error(ErrorCode.TOPIC_AUTHORIZATION_FAILED));
            rig.await("the refusal", () -> rule.hits() > 1);
            assertInstanceOf(TopicAuthorizationException.class, outcome(rig, "secret", 0));
            for (int i = 0; i < 20; i++) {
                rig.send(i % 4, "v" + i).offset();
            }
            rule.remove();
            assertEquals(null, outcome(rig, "secret", 0));
        }
    }

    @Test
    void shouldNotAskBrokersForANameThatCannotBeATopics() {
        try (Rig rig = new Rig()) {
            assertInstanceOf(InvalidTopicException.class, outcome(rig, "no topic", 0));
            assertEquals(0, rig.send(1, "elsewhere").offset());
        }
    }
}
