package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ShortRange;
import net.jqwik.api.statistics.StatisticsReport;

class ApiVersionsCodecTest {
    @Property(tries = 200)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldWriteWhatKafkaWrites(@ForAll @ShortRange(min = 0, max = 4) short version, @ForAll int correlationId,
            @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.API_VERSIONS, version);
        String clientId = KafkaOracle.nullableText(random);
        ApiVersionsRequestData expected = new ApiVersionsRequestData();
        if (version >= 3) {
            expected.setClientSoftwareName("kp").setClientSoftwareVersion("0.1.0-SNAPSHOT");
        }
        assertEquals(KafkaOracle.requestFrame(expected, version, correlationId, clientId), KafkaOracle
                .ourFrame(new ApiVersionsRequest("kp", "0.1.0-SNAPSHOT"), version, correlationId, clientId));
    }

    @Property(tries = 500)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void shouldReadWhatKafkaWrites(@ForAll @ShortRange(min = 0, max = 4) short version, @ForAll Random random) {
        KafkaOracle.coverVersions(ApiKey.API_VERSIONS, version);
        ApiVersionsResponseData expected = random(random, version);
        ApiVersionsResponse actual = ApiVersionsResponse.decode(KafkaOracle.reader(expected, version));

        assertEquals(expected.errorCode(), actual.errorCode());
        assertEquals(version >= 1 ? expected.throttleTimeMs() : 0, actual.throttleTimeMs());
        List<ApiVersionsResponse.ApiRange> apis = new ArrayList<>();
        expected.apiKeys().forEach(
                api -> apis.add(new ApiVersionsResponse.ApiRange(api.apiKey(), api.minVersion(), api.maxVersion())));
        assertEquals(apis, actual.apis());
        List<ApiVersionsResponse.Feature> supported = new ArrayList<>();
        List<ApiVersionsResponse.Feature> finalized = new ArrayList<>();
        if (version >= 3) {
            expected.supportedFeatures().forEach(feature -> supported.add(
                    new ApiVersionsResponse.Feature(feature.name(), feature.minVersion(), feature.maxVersion())));
            expected.finalizedFeatures().forEach(feature -> finalized.add(new ApiVersionsResponse.Feature(
                    feature.name(), feature.minVersionLevel(), feature.maxVersionLevel())));
        }
        assertEquals(supported, actual.supportedFeatures());
        assertEquals(finalized, actual.finalizedFeatures());
        assertEquals(version >= 3 ? expected.finalizedFeaturesEpoch() : ApiVersionsResponse.UNKNOWN_EPOCH,
                actual.finalizedFeaturesEpoch());
    }

    static ApiVersionsResponseData random(Random random, short version) {
        ApiVersionsResponseData data = new ApiVersionsResponseData().setErrorCode((short) (random.nextInt(4) * 42))
                .setThrottleTimeMs(KafkaOracle.number(random));
        for (int i = KafkaOracle.count(random); i > 0; i--) {
            data.apiKeys().add(new ApiVersionsResponseData.ApiVersion().setApiKey((short) i)
                    .setMinVersion((short) random.nextInt(5)).setMaxVersion((short) random.nextInt()));
        }
        if (version >= 3) {
            for (int i = KafkaOracle.count(random); i > 0; i--) {
                data.supportedFeatures()
                        .add(new ApiVersionsResponseData.SupportedFeatureKey()
                                .setName(i + KafkaOracle.cleanText(random)).setMinVersion((short) random.nextInt())
                                .setMaxVersion((short) random.nextInt()));
                data.finalizedFeatures()
                        .add(new ApiVersionsResponseData.FinalizedFeatureKey()
                                .setName(i + KafkaOracle.cleanText(random)).setMinVersionLevel((short) random.nextInt())
                                .setMaxVersionLevel((short) random.nextInt()));
            }
            data.setFinalizedFeaturesEpoch(KafkaOracle.longNumber(random)).setZkMigrationReady(random.nextBoolean());
            UnknownTags.addTo(data.unknownTaggedFields(), random);
        }
        return data;
    }

    @ParameterizedTest
    @ValueSource(shorts = {0, 1, 2, 3, 4})
    void shouldReadRefusalInVersion0(short requestVersion) {
        ApiVersionsResponseData refusal = new ApiVersionsResponseData()
                .setErrorCode(ErrorCode.UNSUPPORTED_VERSION.code());
        FrameReader empty = new FrameReader().wrap(KafkaOracle.body(refusal, (short) 0), ApiKey.API_VERSIONS,
                requestVersion);
        ApiVersionsResponse withoutVersions = ApiVersionsResponse.decode(empty);
        assertEquals(ErrorCode.UNSUPPORTED_VERSION.code(), withoutVersions.errorCode());
        assertNull(withoutVersions.api(ApiKey.API_VERSIONS));

        refusal.apiKeys().add(new ApiVersionsResponseData.ApiVersion().setApiKey((short) 18).setMinVersion((short) 0)
                .setMaxVersion((short) 2));
        FrameReader one = new FrameReader().wrap(KafkaOracle.body(refusal, (short) 0), ApiKey.API_VERSIONS,
                requestVersion);
        assertEquals(2, ApiVersionsResponse.decode(one).api(ApiKey.API_VERSIONS).maxVersion());
    }

    @ParameterizedTest
    @ValueSource(shorts = {0, 1, 2, 3, 4})
    void shouldReadRefusalInItsOwnVersion(short version) {
        ApiVersionsResponseData refusal = new ApiVersionsResponseData()
                .setErrorCode(ErrorCode.UNSUPPORTED_VERSION.code()).setThrottleTimeMs(77);
        refusal.apiKeys().add(new ApiVersionsResponseData.ApiVersion().setApiKey((short) 18).setMinVersion((short) 0)
                .setMaxVersion((short) 2));
        ApiVersionsResponse response = ApiVersionsResponse.decode(KafkaOracle.reader(refusal, version));
        assertEquals(2, response.api(ApiKey.API_VERSIONS).maxVersion());
        assertEquals(version >= 1 ? 77 : 0, response.throttleTimeMs());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-kp", "kp ", "kp.", "k p", "kä"})
    void shouldRefuseSoftwareNameThatABrokerRefuses(String name) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> new ApiVersionsRequest(name, "1"));
        assertEquals("software name or version must match [a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?: softwareName="
                + name, e.getMessage());
    }

    @Test
    void shouldTakeTheSoftwareNamesThatTheExpressionMatches() {
        for (String value : new String[]{"", "a", "-", ".", "a-", "-a", "a-b", "a.b-", "0.1.0", "a_b", "a b", "ab",
                "a\u00e4b", "Z9", "@a", "a/b", "a:b", "a[b", "a`b", "a{b", "a--..b"}) {
            assertEquals(value.matches(ApiVersionsRequest.SOFTWARE), ApiVersionsRequest.isSoftware(value), value);
        }
    }

    @Test
    void shouldReadDirectlyAfterTheHeader() {
        FrameReader in = new FrameReader().wrap(
                KafkaOracle.response(new ApiVersionsResponseData().setThrottleTimeMs(5), (short) 4, 99),
                ApiKey.API_VERSIONS, (short) 4);
        assertEquals(99, ResponseHeader.decode(in));
        assertEquals(5, ApiVersionsResponse.decode(in).throttleTimeMs());
    }
}
