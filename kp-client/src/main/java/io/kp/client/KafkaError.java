package io.kp.client;

import io.kp.client.KpException.Category;

/**
 * Those of Kafka's error codes whose exception or category differs from the rule. The complete table is the protocol's, in kp-network.
 * Source: https://kafka.apache.org/protocol#protocol_error_codes
 */
final class KafkaError {
    static final int UNKNOWN_TOPIC_OR_PARTITION = 3;
    static final int MESSAGE_TOO_LARGE = 10;
    static final int INVALID_TOPIC_EXCEPTION = 17;
    static final int RECORD_LIST_TOO_LARGE = 18;
    static final int INVALID_REQUIRED_ACKS = 21;
    static final int TOPIC_AUTHORIZATION_FAILED = 29;
    static final int CLUSTER_AUTHORIZATION_FAILED = 31;
    static final int INVALID_TIMESTAMP = 32;
    static final int UNSUPPORTED_VERSION = 35;
    static final int INVALID_REQUEST = 42;
    static final int UNSUPPORTED_FOR_MESSAGE_FORMAT = 43;
    static final int POLICY_VIOLATION = 44;
    static final int OUT_OF_ORDER_SEQUENCE_NUMBER = 45;
    static final int INVALID_PRODUCER_EPOCH = 47;
    static final int INVALID_PRODUCER_ID_MAPPING = 49;
    static final int TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53;
    static final int UNKNOWN_PRODUCER_ID = 59;
    static final int UNSUPPORTED_COMPRESSION_TYPE = 76;
    static final int INVALID_RECORD = 87;
    static final int PRODUCER_FENCED = 90;
    static final int UNKNOWN_TOPIC_ID = 100;

    private KafkaError() {
    }

    /** The category that an error asks for, or null if it leaves that to the type of the exception. */
    static Category category(int errorCode) {
        return switch (errorCode) {
            case MESSAGE_TOO_LARGE, INVALID_TOPIC_EXCEPTION, INVALID_TIMESTAMP, INVALID_REQUEST, POLICY_VIOLATION,
                    INVALID_RECORD ->
                Category.FIX_RECORD;
            case RECORD_LIST_TOO_LARGE, INVALID_REQUIRED_ACKS, TOPIC_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED,
                    UNSUPPORTED_VERSION, UNSUPPORTED_FOR_MESSAGE_FORMAT, TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                    UNSUPPORTED_COMPRESSION_TYPE ->
                Category.FIX_CONFIGURATION;
            case INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED -> Category.FATAL;
            default -> null;
        };
    }
}
