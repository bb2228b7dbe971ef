package io.kp.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.kafka.common.errors.InvalidMetadataException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCodeTest {
    @ParameterizedTest
    @EnumSource(Errors.class)
    void shouldAgreeWithKafka(Errors expected) {
        ErrorCode actual = ErrorCode.forCode(expected.code());
        assertEquals(expected.code(), actual.code());
        assertEquals(expected.name(), actual.name());
        assertEquals(expected.exception() instanceof RetriableException, actual.isRetriable());
        assertEquals(expected.exception() instanceof InvalidMetadataException, actual.isMetadataStale());
    }

    @Test
    void shouldHaveNoOtherCodes() {
        assertEquals(Errors.values().length, ErrorCode.values().length);
    }

    @Test
    void shouldKeepTheNumberOfAnUnknownCode() {
        for (short code : new short[]{-2, 134, 999, Short.MAX_VALUE, Short.MIN_VALUE}) {
            assertFalse(ErrorCode.isKnown(code));
            assertSame(ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.forCode(code));
            assertEquals("unknown error (code " + code + ", which this client's table does not have)",
                    ErrorCode.describe(code));
        }
        assertTrue(ErrorCode.isKnown((short) -1));
    }

    @Test
    void shouldDescribeAKnownCode() {
        assertEquals("NOT_LEADER_OR_FOLLOWER (code 6): the broker is not, or no longer, the leader of the partition",
                ErrorCode.describe((short) 6));
    }
}
