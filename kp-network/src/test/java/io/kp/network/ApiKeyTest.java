package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ApiKeyTest {
    @ParameterizedTest
    @EnumSource(ApiKey.class)
    void shouldAgreeWithKafka(ApiKey key) {
        ApiKeys expected = ApiKeys.forId(key.id());
        assertEquals(expected.name, key.messageName());
        assertEquals(expected.name(), key.name());
        assertEquals(expected.messageType.lowestSupportedVersion(), key.minVersion());
        assertEquals(expected.messageType.highestSupportedVersion(false), key.maxVersion());
        AbstractResponse response = response(key);
        for (short version = key.minVersion(); version <= key.maxVersion(); version++) {
            assertEquals(expected.requestHeaderVersion(version), key.requestHeaderVersion(version));
            assertEquals(expected.responseHeaderVersion(version), key.responseHeaderVersion(version));
            assertEquals(response.shouldClientThrottle(version), key.clientThrottles(version));
        }
    }

    private static AbstractResponse response(ApiKey key) {
        return switch (key) {
            case PRODUCE -> new org.apache.kafka.common.requests.ProduceResponse(new ProduceResponseData());
            case METADATA ->
                new org.apache.kafka.common.requests.MetadataResponse(new MetadataResponseData(), key.maxVersion());
            case SASL_HANDSHAKE ->
                new org.apache.kafka.common.requests.SaslHandshakeResponse(new SaslHandshakeResponseData());
            case API_VERSIONS ->
                new org.apache.kafka.common.requests.ApiVersionsResponse(new ApiVersionsResponseData());
            case INIT_PRODUCER_ID ->
                new org.apache.kafka.common.requests.InitProducerIdResponse(new InitProducerIdResponseData());
            case SASL_AUTHENTICATE ->
                new org.apache.kafka.common.requests.SaslAuthenticateResponse(new SaslAuthenticateResponseData());
        };
    }

    @Test
    void shouldFindOnlyWhatItSpeaks() {
        for (short id = -1; id < 200; id++) {
            ApiKey key = ApiKey.forId(id);
            if (key != null) {
                assertEquals(id, key.id());
            }
        }
        assertSame(ApiKey.SASL_AUTHENTICATE, ApiKey.forId((short) 36));
        assertNull(ApiKey.forId((short) 1));
        assertNull(ApiKey.forId((short) 37));
        assertNull(ApiKey.forId((short) -1));
    }
}
