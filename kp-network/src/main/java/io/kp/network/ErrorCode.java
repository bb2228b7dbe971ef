package io.kp.network;

/**
 * The protocol's error codes, with what a client may do about each.
 * <p>
 * Source: the protocol's error table as of Kafka 4.3. A broker may be newer and send a code that is not here: {@link #forCode} then
 * gives {@link #UNKNOWN_SERVER_ERROR}, and {@link #describe} still tells the number.
 */
public enum ErrorCode {
    /** The broker failed in a way that it has no code for; its log says more. */
    UNKNOWN_SERVER_ERROR(-1, Trait.NONE, "the broker failed in a way that it has no code for; its log says more"),
    /** No error. */
    NONE(0, Trait.NONE, "no error"),
    /** The offset lies outside what the broker holds of the partition. */
    OFFSET_OUT_OF_RANGE(1, Trait.NONE, "the offset lies outside what the broker holds of the partition"),
    /** The batch arrived damaged: its checksum or size is wrong, or a compacted topic got a record without a key. */
    CORRUPT_MESSAGE(2, Trait.RETRIABLE,
            "the batch arrived damaged: its checksum or size is wrong, or a compacted topic got a record without a key"),
    /** The broker does not host this topic or partition. */
    UNKNOWN_TOPIC_OR_PARTITION(3, Trait.STALE_METADATA, "the broker does not host this topic or partition"),
    /** The fetch size is not valid. */
    INVALID_FETCH_SIZE(4, Trait.NONE, "the fetch size is not valid"),
    /** The partition has no leader at the moment, an election is under way. */
    LEADER_NOT_AVAILABLE(5, Trait.STALE_METADATA,
            "the partition has no leader at the moment, an election is under way"),
    /** The broker is not, or no longer, the leader of the partition. */
    NOT_LEADER_OR_FOLLOWER(6, Trait.STALE_METADATA, "the broker is not, or no longer, the leader of the partition"),
    /** The request did not finish in the time that it allowed. */
    REQUEST_TIMED_OUT(7, Trait.RETRIABLE, "the request did not finish in the time that it allowed"),
    /** The broker is not available. */
    BROKER_NOT_AVAILABLE(8, Trait.NONE, "the broker is not available"),
    /** The broker has no usable replica of the partition. */
    REPLICA_NOT_AVAILABLE(9, Trait.STALE_METADATA, "the broker has no usable replica of the partition"),
    /** The batch or record is larger than the broker's or topic's limit. */
    MESSAGE_TOO_LARGE(10, Trait.NONE, "the batch or record is larger than the broker's or topic's limit"),
    /** The cluster's controller has moved to another broker. */
    STALE_CONTROLLER_EPOCH(11, Trait.NONE, "the cluster's controller has moved to another broker"),
    /** The metadata string of a committed offset is too long. */
    OFFSET_METADATA_TOO_LARGE(12, Trait.NONE, "the metadata string of a committed offset is too long"),
    /** The connection ended before the broker answered. */
    NETWORK_EXCEPTION(13, Trait.STALE_METADATA, "the connection ended before the broker answered"),
    /** The coordinator is still loading its state. */
    COORDINATOR_LOAD_IN_PROGRESS(14, Trait.RETRIABLE, "the coordinator is still loading its state"),
    /** There is no coordinator at the moment. */
    COORDINATOR_NOT_AVAILABLE(15, Trait.RETRIABLE, "there is no coordinator at the moment"),
    /** The broker is not, or no longer, the coordinator. */
    NOT_COORDINATOR(16, Trait.RETRIABLE, "the broker is not, or no longer, the coordinator"),
    /** The topic's name is not valid, or the topic may not be written to. */
    INVALID_TOPIC_EXCEPTION(17, Trait.NONE, "the topic's name is not valid, or the topic may not be written to"),
    /** The batch is larger than a log segment of the topic. */
    RECORD_LIST_TOO_LARGE(18, Trait.NONE, "the batch is larger than a log segment of the topic"),
    /** Fewer replicas are in sync than the topic demands; nothing was written. */
    NOT_ENOUGH_REPLICAS(19, Trait.RETRIABLE, "fewer replicas are in sync than the topic demands; nothing was written"),
    /** The batch was written, but to fewer replicas than the topic demands. */
    NOT_ENOUGH_REPLICAS_AFTER_APPEND(20, Trait.RETRIABLE,
            "the batch was written, but to fewer replicas than the topic demands"),
    /** The number of acknowledgements asked for is not 0, 1 or -1. */
    INVALID_REQUIRED_ACKS(21, Trait.NONE, "the number of acknowledgements asked for is not 0, 1 or -1"),
    /** The group has moved on to another generation. */
    ILLEGAL_GENERATION(22, Trait.NONE, "the group has moved on to another generation"),
    /** The member shares no protocol with the rest of its group. */
    INCONSISTENT_GROUP_PROTOCOL(23, Trait.NONE, "the member shares no protocol with the rest of its group"),
    /** The group id is not valid. */
    INVALID_GROUP_ID(24, Trait.NONE, "the group id is not valid"),
    /** The coordinator does not know this member. */
    UNKNOWN_MEMBER_ID(25, Trait.NONE, "the coordinator does not know this member"),
    /** The session timeout is outside the broker's limits. */
    INVALID_SESSION_TIMEOUT(26, Trait.NONE, "the session timeout is outside the broker's limits"),
    /** The group is rebalancing and wants the member to join again. */
    REBALANCE_IN_PROGRESS(27, Trait.NONE, "the group is rebalancing and wants the member to join again"),
    /** The committed offsets are too large. */
    INVALID_COMMIT_OFFSET_SIZE(28, Trait.NONE, "the committed offsets are too large"),
    /** The principal may not do this with the topic. */
    TOPIC_AUTHORIZATION_FAILED(29, Trait.NONE, "the principal may not do this with the topic"),
    /** The principal may not do this with the group. */
    GROUP_AUTHORIZATION_FAILED(30, Trait.NONE, "the principal may not do this with the group"),
    /** The principal may not do this with the cluster. */
    CLUSTER_AUTHORIZATION_FAILED(31, Trait.NONE, "the principal may not do this with the cluster"),
    /** A record's timestamp is further from the broker's clock than the topic allows. */
    INVALID_TIMESTAMP(32, Trait.NONE, "a record's timestamp is further from the broker's clock than the topic allows"),
    /** The broker does not offer this SASL mechanism. */
    UNSUPPORTED_SASL_MECHANISM(33, Trait.NONE, "the broker does not offer this SASL mechanism"),
    /** The request does not belong to this stage of the SASL exchange. */
    ILLEGAL_SASL_STATE(34, Trait.NONE, "the request does not belong to this stage of the SASL exchange"),
    /** The broker does not speak this version of the API. */
    UNSUPPORTED_VERSION(35, Trait.NONE, "the broker does not speak this version of the API"),
    /** A topic of this name exists already. */
    TOPIC_ALREADY_EXISTS(36, Trait.NONE, "a topic of this name exists already"),
    /** The number of partitions is not valid. */
    INVALID_PARTITIONS(37, Trait.NONE, "the number of partitions is not valid"),
    /** The replication factor is below 1 or above the number of brokers. */
    INVALID_REPLICATION_FACTOR(38, Trait.NONE, "the replication factor is below 1 or above the number of brokers"),
    /** The assignment of replicas is not valid. */
    INVALID_REPLICA_ASSIGNMENT(39, Trait.NONE, "the assignment of replicas is not valid"),
    /** The configuration is not valid. */
    INVALID_CONFIG(40, Trait.NONE, "the configuration is not valid"),
    /** The broker is not, or no longer, the controller. */
    NOT_CONTROLLER(41, Trait.RETRIABLE, "the broker is not, or no longer, the controller"),
    /** The broker could not make sense of the request; its log says more. */
    INVALID_REQUEST(42, Trait.NONE, "the broker could not make sense of the request; its log says more"),
    /** The topic's message format does not support this request. */
    UNSUPPORTED_FOR_MESSAGE_FORMAT(43, Trait.NONE, "the topic's message format does not support this request"),
    /** A policy of the broker refuses the request. */
    POLICY_VIOLATION(44, Trait.NONE, "a policy of the broker refuses the request"),
    /** The batch's sequence number is not the one that the broker expects next. */
    OUT_OF_ORDER_SEQUENCE_NUMBER(45, Trait.NONE,
            "the batch's sequence number is not the one that the broker expects next"),
    /** The broker has written a batch of this sequence number already. */
    DUPLICATE_SEQUENCE_NUMBER(46, Trait.NONE, "the broker has written a batch of this sequence number already"),
    /** The producer's epoch is older than the one that the broker knows. */
    INVALID_PRODUCER_EPOCH(47, Trait.NONE, "the producer's epoch is older than the one that the broker knows"),
    /** The transaction is not in a state that allows this. */
    INVALID_TXN_STATE(48, Trait.NONE, "the transaction is not in a state that allows this"),
    /** The producer id does not belong to this transactional id. */
    INVALID_PRODUCER_ID_MAPPING(49, Trait.NONE, "the producer id does not belong to this transactional id"),
    /** The transaction timeout is above the broker's limit. */
    INVALID_TRANSACTION_TIMEOUT(50, Trait.NONE, "the transaction timeout is above the broker's limit"),
    /** Another operation on the same transaction is not finished yet. */
    CONCURRENT_TRANSACTIONS(51, Trait.RETRIABLE, "another operation on the same transaction is not finished yet"),
    /** The coordinator that wrote the marker was replaced. */
    TRANSACTION_COORDINATOR_FENCED(52, Trait.NONE, "the coordinator that wrote the marker was replaced"),
    /** The principal may not use this transactional id. */
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED(53, Trait.NONE, "the principal may not use this transactional id"),
    /** The broker has no security features switched on. */
    SECURITY_DISABLED(54, Trait.NONE, "the broker has no security features switched on"),
    /** The broker did not try this part, since another part of the request had failed. */
    OPERATION_NOT_ATTEMPTED(55, Trait.NONE,
            "the broker did not try this part, since another part of the request had failed"),
    /** The broker could not read or write its disk. */
    KAFKA_STORAGE_ERROR(56, Trait.STALE_METADATA, "the broker could not read or write its disk"),
    /** The broker has no such log directory. */
    LOG_DIR_NOT_FOUND(57, Trait.NONE, "the broker has no such log directory"),
    /** The broker did not accept the credentials. */
    SASL_AUTHENTICATION_FAILED(58, Trait.NONE, "the broker did not accept the credentials"),
    /** The broker holds no state for the producer id, often since retention removed its records. */
    UNKNOWN_PRODUCER_ID(59, Trait.NONE,
            "the broker holds no state for the producer id, often since retention removed its records"),
    /** The partition is being reassigned. */
    REASSIGNMENT_IN_PROGRESS(60, Trait.NONE, "the partition is being reassigned"),
    /** Delegation tokens are switched off. */
    DELEGATION_TOKEN_AUTH_DISABLED(61, Trait.NONE, "delegation tokens are switched off"),
    /** The broker does not know the delegation token. */
    DELEGATION_TOKEN_NOT_FOUND(62, Trait.NONE, "the broker does not know the delegation token"),
    /** The principal does not own the delegation token. */
    DELEGATION_TOKEN_OWNER_MISMATCH(63, Trait.NONE, "the principal does not own the delegation token"),
    /** This kind of connection may not ask for delegation tokens. */
    DELEGATION_TOKEN_REQUEST_NOT_ALLOWED(64, Trait.NONE, "this kind of connection may not ask for delegation tokens"),
    /** The principal may not do this with the delegation token. */
    DELEGATION_TOKEN_AUTHORIZATION_FAILED(65, Trait.NONE, "the principal may not do this with the delegation token"),
    /** The delegation token has expired. */
    DELEGATION_TOKEN_EXPIRED(66, Trait.NONE, "the delegation token has expired"),
    /** The type of the principal is not supported. */
    INVALID_PRINCIPAL_TYPE(67, Trait.NONE, "the type of the principal is not supported"),
    /** The group still has members. */
    NON_EMPTY_GROUP(68, Trait.NONE, "the group still has members"),
    /** There is no group of this id. */
    GROUP_ID_NOT_FOUND(69, Trait.NONE, "there is no group of this id"),
    /** The broker does not know the fetch session. */
    FETCH_SESSION_ID_NOT_FOUND(70, Trait.RETRIABLE, "the broker does not know the fetch session"),
    /** The epoch of the fetch session is not valid. */
    INVALID_FETCH_SESSION_EPOCH(71, Trait.RETRIABLE, "the epoch of the fetch session is not valid"),
    /** The leader has no listener of the kind that this connection uses. */
    LISTENER_NOT_FOUND(72, Trait.STALE_METADATA, "the leader has no listener of the kind that this connection uses"),
    /** Deleting topics is switched off. */
    TOPIC_DELETION_DISABLED(73, Trait.NONE, "deleting topics is switched off"),
    /** The request names an older leader epoch than the broker's. */
    FENCED_LEADER_EPOCH(74, Trait.STALE_METADATA, "the request names an older leader epoch than the broker's"),
    /** The request names a newer leader epoch than the broker's. */
    UNKNOWN_LEADER_EPOCH(75, Trait.RETRIABLE, "the request names a newer leader epoch than the broker's"),
    /** The compression is not supported in this version or for this partition. */
    UNSUPPORTED_COMPRESSION_TYPE(76, Trait.NONE,
            "the compression is not supported in this version or for this partition"),
    /** The broker has registered anew since. */
    STALE_BROKER_EPOCH(77, Trait.NONE, "the broker has registered anew since"),
    /** The leader is too new to be sure of the offsets. */
    OFFSET_NOT_AVAILABLE(78, Trait.RETRIABLE, "the leader is too new to be sure of the offsets"),
    /** The member has to ask for a member id first. */
    MEMBER_ID_REQUIRED(79, Trait.NONE, "the member has to ask for a member id first"),
    /** The preferred leader is not available. */
    PREFERRED_LEADER_NOT_AVAILABLE(80, Trait.STALE_METADATA, "the preferred leader is not available"),
    /** The group has as many members as it may have. */
    GROUP_MAX_SIZE_REACHED(81, Trait.NONE, "the group has as many members as it may have"),
    /** Another member has taken over this static member's id. */
    FENCED_INSTANCE_ID(82, Trait.NONE, "another member has taken over this static member's id"),
    /** No replica may become the leader. */
    ELIGIBLE_LEADERS_NOT_AVAILABLE(83, Trait.STALE_METADATA, "no replica may become the leader"),
    /** The partition does not need an election. */
    ELECTION_NOT_NEEDED(84, Trait.STALE_METADATA, "the partition does not need an election"),
    /** The partition is not being reassigned. */
    NO_REASSIGNMENT_IN_PROGRESS(85, Trait.NONE, "the partition is not being reassigned"),
    /** The group is subscribed to the topic, so its offsets must stay. */
    GROUP_SUBSCRIBED_TO_TOPIC(86, Trait.NONE, "the group is subscribed to the topic, so its offsets must stay"),
    /** The broker's validation refused a record of the batch. */
    INVALID_RECORD(87, Trait.NONE, "the broker's validation refused a record of the batch"),
    /** Offsets of an open transaction are pending. */
    UNSTABLE_OFFSET_COMMIT(88, Trait.RETRIABLE, "offsets of an open transaction are pending"),
    /** A quota is used up. */
    THROTTLING_QUOTA_EXCEEDED(89, Trait.RETRIABLE, "a quota is used up"),
    /** A newer producer has taken over the transactional id. */
    PRODUCER_FENCED(90, Trait.NONE, "a newer producer has taken over the transactional id"),
    /** The resource does not exist. */
    RESOURCE_NOT_FOUND(91, Trait.NONE, "the resource does not exist"),
    /** The request names the same resource twice. */
    DUPLICATE_RESOURCE(92, Trait.NONE, "the request names the same resource twice"),
    /** The credential is not acceptable. */
    UNACCEPTABLE_CREDENTIAL(93, Trait.NONE, "the credential is not acceptable"),
    /** Sender or receiver is not one of the expected voters. */
    INCONSISTENT_VOTER_SET(94, Trait.NONE, "sender or receiver is not one of the expected voters"),
    /** The version of the update is not valid. */
    INVALID_UPDATE_VERSION(95, Trait.NONE, "the version of the update is not valid"),
    /** The features could not be updated. */
    FEATURE_UPDATE_FAILED(96, Trait.NONE, "the features could not be updated"),
    /** A forwarded request's principal could not be read. */
    PRINCIPAL_DESERIALIZATION_FAILURE(97, Trait.NONE, "a forwarded request's principal could not be read"),
    /** There is no such snapshot. */
    SNAPSHOT_NOT_FOUND(98, Trait.NONE, "there is no such snapshot"),
    /** The position lies outside the snapshot. */
    POSITION_OUT_OF_RANGE(99, Trait.NONE, "the position lies outside the snapshot"),
    /** The broker does not host a topic of this id. */
    UNKNOWN_TOPIC_ID(100, Trait.STALE_METADATA, "the broker does not host a topic of this id"),
    /** The broker's id is in use already. */
    DUPLICATE_BROKER_REGISTRATION(101, Trait.NONE, "the broker's id is in use already"),
    /** No broker of this id is registered. */
    BROKER_ID_NOT_REGISTERED(102, Trait.NONE, "no broker of this id is registered"),
    /** The topic's id is not the one in the request: it was deleted and created again. */
    INCONSISTENT_TOPIC_ID(103, Trait.STALE_METADATA,
            "the topic's id is not the one in the request: it was deleted and created again"),
    /** The cluster's id is not the one in the request. */
    INCONSISTENT_CLUSTER_ID(104, Trait.NONE, "the cluster's id is not the one in the request"),
    /** There is no such transactional id. */
    TRANSACTIONAL_ID_NOT_FOUND(105, Trait.NONE, "there is no such transactional id"),
    /** The fetch session mixes requests with and without topic ids. */
    FETCH_SESSION_TOPIC_ID_ERROR(106, Trait.RETRIABLE, "the fetch session mixes requests with and without topic ids"),
    /** A replica may not join those in sync. */
    INELIGIBLE_REPLICA(107, Trait.NONE, "a replica may not join those in sync"),
    /** The change was made, and it made another broker the leader. */
    NEW_LEADER_ELECTED(108, Trait.NONE, "the change was made, and it made another broker the leader"),
    /** The offset is in tiered storage now. */
    OFFSET_MOVED_TO_TIERED_STORAGE(109, Trait.NONE, "the offset is in tiered storage now"),
    /** The coordinator has fenced the member; it has to give up its partitions and join again. */
    FENCED_MEMBER_EPOCH(110, Trait.NONE,
            "the coordinator has fenced the member; it has to give up its partitions and join again"),
    /** Another member still uses the static member's id. */
    UNRELEASED_INSTANCE_ID(111, Trait.NONE, "another member still uses the static member's id"),
    /** The group does not support this assignor. */
    UNSUPPORTED_ASSIGNOR(112, Trait.NONE, "the group does not support this assignor"),
    /** The member's epoch is out of date. */
    STALE_MEMBER_EPOCH(113, Trait.NONE, "the member's epoch is out of date"),
    /** The request went to the wrong kind of endpoint. */
    MISMATCHED_ENDPOINT_TYPE(114, Trait.NONE, "the request went to the wrong kind of endpoint"),
    /** This kind of endpoint is not supported. */
    UNSUPPORTED_ENDPOINT_TYPE(115, Trait.NONE, "this kind of endpoint is not supported"),
    /** There is no controller of this id. */
    UNKNOWN_CONTROLLER_ID(116, Trait.NONE, "there is no controller of this id"),
    /** The telemetry subscription is unknown or out of date. */
    UNKNOWN_SUBSCRIPTION_ID(117, Trait.NONE, "the telemetry subscription is unknown or out of date"),
    /** The pushed telemetry is larger than the broker takes. */
    TELEMETRY_TOO_LARGE(118, Trait.NONE, "the pushed telemetry is larger than the broker takes"),
    /** The controller refused the broker's registration. */
    INVALID_REGISTRATION(119, Trait.NONE, "the controller refused the broker's registration"),
    /** The transaction cannot be committed; abort it and go on. */
    TRANSACTION_ABORTABLE(120, Trait.NONE, "the transaction cannot be committed; abort it and go on"),
    /** The record is not in a state in which it can be acknowledged. */
    INVALID_RECORD_STATE(121, Trait.NONE, "the record is not in a state in which it can be acknowledged"),
    /** The broker does not know the share session. */
    SHARE_SESSION_NOT_FOUND(122, Trait.RETRIABLE, "the broker does not know the share session"),
    /** The epoch of the share session is not valid. */
    INVALID_SHARE_SESSION_EPOCH(123, Trait.RETRIABLE, "the epoch of the share session is not valid"),
    /** The share group's state has a newer epoch. */
    FENCED_STATE_EPOCH(124, Trait.NONE, "the share group's state has a newer epoch"),
    /** The voter's key is not that of the replica. */
    INVALID_VOTER_KEY(125, Trait.NONE, "the voter's key is not that of the replica"),
    /** The voter is in the set already. */
    DUPLICATE_VOTER(126, Trait.NONE, "the voter is in the set already"),
    /** The voter is not in the set. */
    VOTER_NOT_FOUND(127, Trait.NONE, "the voter is not in the set"),
    /** The regular expression is not valid. */
    INVALID_REGULAR_EXPRESSION(128, Trait.NONE, "the regular expression is not valid"),
    /** The client's view of the cluster is too old; it has to start from its bootstrap addresses again. */
    REBOOTSTRAP_REQUIRED(129, Trait.NONE,
            "the client's view of the cluster is too old; it has to start from its bootstrap addresses again"),
    /** The streams topology is not valid. */
    STREAMS_INVALID_TOPOLOGY(130, Trait.NONE, "the streams topology is not valid"),
    /** The epoch of the streams topology is not valid. */
    STREAMS_INVALID_TOPOLOGY_EPOCH(131, Trait.NONE, "the epoch of the streams topology is not valid"),
    /** The epoch of the streams topology is out of date. */
    STREAMS_TOPOLOGY_FENCED(132, Trait.NONE, "the epoch of the streams topology is out of date"),
    /** The broker has as many share sessions as it may have. */
    SHARE_SESSION_LIMIT_REACHED(133, Trait.RETRIABLE, "the broker has as many share sessions as it may have");

    private static final class Trait {
        static final int NONE = 0;
        static final int RETRIABLE = 1;
        static final int STALE_METADATA = RETRIABLE | 2;
    }

    private static final int LOWEST_CODE = -1;
    private static final ErrorCode[] BY_CODE = values();

    static {
        for (int i = 0; i < BY_CODE.length; i++) {
            if (BY_CODE[i].code != LOWEST_CODE + i) {
                throw new ExceptionInInitializerError(
                        "error table has a gap: expected=" + (LOWEST_CODE + i) + ", found="
                                + BY_CODE[i].code);
            }
        }
    }

    private final short code;
    private final int traits;
    private final String message;

    ErrorCode(int code, int traits, String message) {
        this.code = (short) code;
        this.traits = traits;
        this.message = message;
    }

    /**
     * The number on the wire.
     *
     * @return the code.
     */
    public short code() {
        return code;
    }

    /**
     * Whether the same request may succeed later.
     *
     * @return {@code true} if it is worth to try again.
     */
    public boolean isRetriable() {
        return (traits & Trait.RETRIABLE) != 0;
    }

    /**
     * Whether the client's view of the cluster is out of date, so that it must be refreshed before the next try.
     *
     * @return {@code true} if so; then {@link #isRetriable()} is {@code true} as well.
     */
    public boolean isMetadataStale() {
        return (traits & Trait.STALE_METADATA) == Trait.STALE_METADATA;
    }

    /**
     * What happened, in a few words.
     *
     * @return a phrase without a final period.
     */
    public String message() {
        return message;
    }

    /**
     * Looks a code up. Allocates nothing.
     *
     * @param code the number on the wire.
     * @return the error, {@link #UNKNOWN_SERVER_ERROR} for a number that is not in the table.
     */
    public static ErrorCode forCode(short code) {
        return isKnown(code) ? BY_CODE[code - LOWEST_CODE] : UNKNOWN_SERVER_ERROR;
    }

    /**
     * Whether a code is in the table.
     *
     * @param code the number on the wire.
     * @return whether {@link #forCode} finds its own entry for it.
     */
    public static boolean isKnown(short code) {
        return code >= LOWEST_CODE && code - LOWEST_CODE < BY_CODE.length;
    }

    /**
     * Says everything about a code, for messages.
     *
     * @param code the number on the wire.
     * @return name, number and message, also for a number that is not in the table.
     */
    public static String describe(short code) {
        if (!isKnown(code)) {
            return "unknown error (code " + code + ", which this client's table does not have)";
        }
        ErrorCode error = forCode(code);
        return error + " (code " + code + "): " + error.message;
    }
}
