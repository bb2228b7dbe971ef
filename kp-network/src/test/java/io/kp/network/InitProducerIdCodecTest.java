package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.junit.jupiter.api.Test;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ShortRange;
import net.jqwik.api.statistics.StatisticsReport;

class InitProducerIdCodecTest {
    @Property(tries = 500)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldWriteWhatKafkaWrites(@ForAll @ShortRange(min = 0, max = 5) short version, @ForAll int correlationId,
            @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.INIT_PRODUCER_ID, version);
        InitProducerIdRequestData expected = new InitProducerIdRequestData()
                .setTransactionalId(KafkaOracle.nullableText(random))
                .setTransactionTimeoutMs(KafkaOracle.number(random));
        if (version >= 3) {
            expected.setProducerId(KafkaOracle.longNumber(random)).setProducerEpoch((short) random.nextInt());
        }
        InitProducerIdRequest actual = new InitProducerIdRequest(expected.transactionalId(),
                expected.transactionTimeoutMs(), expected.producerId(), expected.producerEpoch());
        assertEquals(KafkaOracle.requestFrame(expected, version, correlationId, "kp"),
                KafkaOracle.ourFrame(actual, version, correlationId, "kp"));
    }

    @Property(tries = 300)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldReadWhatKafkaWrites(@ForAll @ShortRange(min = 0, max = 5) short version, @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.INIT_PRODUCER_ID, version);
        InitProducerIdResponseData expected = random(random, version);
        assertEquals(
                new InitProducerIdResponse(expected.throttleTimeMs(), expected.errorCode(), expected.producerId(),
                        expected.producerEpoch()),
                InitProducerIdResponse.decode(KafkaOracle.reader(expected, version)));
    }

    static InitProducerIdResponseData random(Random random, short version) {
        InitProducerIdResponseData data = new InitProducerIdResponseData()
                .setThrottleTimeMs(KafkaOracle.number(random)).setErrorCode((short) random.nextInt(100))
                .setProducerId(KafkaOracle.longNumber(random)).setProducerEpoch((short) random.nextInt());
        if (version >= 2) {
            UnknownTags.addTo(data.unknownTaggedFields(), random);
        }
        return data;
    }

    @Test
    void shouldNeedVersion3ToNameACurrentId() {
        assertEquals(0, InitProducerIdRequest.idempotent().minVersion());
        assertEquals(3, new InitProducerIdRequest("tx", 1000, 7, (short) 1).minVersion());
    }
}
