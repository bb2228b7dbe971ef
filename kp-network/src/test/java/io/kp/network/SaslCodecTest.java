package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ShortRange;
import net.jqwik.api.statistics.StatisticsReport;

class SaslCodecTest {
    @Property(tries = 200)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldWriteHandshakesAsKafkaDoes(@ForAll @ShortRange(min = 0, max = 1) short version,
            @ForAll int correlationId,
            @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.SASL_HANDSHAKE, version);
        SaslHandshakeRequestData expected = new SaslHandshakeRequestData().setMechanism(KafkaOracle.cleanText(random));
        assertEquals(KafkaOracle.requestFrame(expected, version, correlationId, "kp"),
                KafkaOracle.ourFrame(new SaslHandshakeRequest(expected.mechanism()), version, correlationId, "kp"));
    }

    @Property(tries = 200)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldReadHandshakesAsKafkaWritesThem(@ForAll @ShortRange(min = 0, max = 1) short version,
            @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.SASL_HANDSHAKE, version);
        List<String> mechanisms = new ArrayList<>();
        for (int i = KafkaOracle.count(random); i > 0; i--) {
            mechanisms.add(KafkaOracle.cleanText(random));
        }
        short error = (short) random.nextInt(100);
        assertEquals(new SaslHandshakeResponse(error, mechanisms), SaslHandshakeResponse.decode(KafkaOracle
                .reader(new SaslHandshakeResponseData().setErrorCode(error).setMechanisms(mechanisms), version)));
    }

    @Property(tries = 300)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldWriteTokensAsKafkaDoes(@ForAll @ShortRange(min = 0, max = 2) short version, @ForAll int correlationId,
            @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.SASL_AUTHENTICATE, version);
        byte[] token = token(random);
        assertEquals(
                KafkaOracle.requestFrame(new SaslAuthenticateRequestData().setAuthBytes(token), version, correlationId,
                        "kp"),
                KafkaOracle.ourFrame(new SaslAuthenticateRequest(token), version, correlationId, "kp"));
    }

    @Property(tries = 300)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldReadTokensAsKafkaWritesThem(@ForAll @ShortRange(min = 0, max = 2) short version, @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.SASL_AUTHENTICATE, version);
        SaslAuthenticateResponseData expected = new SaslAuthenticateResponseData()
                .setErrorCode((short) random.nextInt(100)).setErrorMessage(KafkaOracle.nullableText(random))
                .setAuthBytes(token(random));
        if (version >= 1) {
            expected.setSessionLifetimeMs(KafkaOracle.longNumber(random));
        }
        if (version >= 2) {
            UnknownTags.addTo(expected.unknownTaggedFields(), random);
        }
        SaslAuthenticateResponse actual = SaslAuthenticateResponse.decode(KafkaOracle.reader(expected, version));
        assertEquals(expected.errorCode(), actual.errorCode());
        assertEquals(expected.errorMessage(), actual.errorMessage());
        assertArrayEquals(expected.authBytes(), actual.token());
        assertEquals(expected.sessionLifetimeMs(), actual.sessionLifetimeMs());
    }

    private static byte[] token(Random random) {
        byte[] token = new byte[KafkaOracle.count(random) * 3];
        random.nextBytes(token);
        return token;
    }
}
