package io.kp.client;

import static java.util.Objects.requireNonNull;

import java.util.function.Function;

/**
 * A record was not delivered, or not known to be. The fields say in which stage, to which partition and broker, after how many attempts and how long, and
 * whether the record may nevertheless be in the log; the message says the same in one line of {@code name=value} pairs:
 *
 * <pre>
 * record not delivered: delivery timed out: delivery.timeout.ms=120000; topic=orders, partition=3, stage=IN_FLIGHT, broker=2 (b2:9092), attempts=4,
 * elapsedMs=120004, stageElapsedMs=30001, persistence=POSSIBLY_PERSISTED, error=REQUEST_TIMED_OUT(7), cause=java.net.ConnectException: Connection refused
 * </pre>
 *
 * <p>Immutable and safe to share: all records of one batch fail with the same instance. Instances made for records that were queued or in flight carry no
 * stack trace, since that of the I/O thread explains nothing.
 */
public abstract sealed class DeliveryException extends KpException
        permits DeliveryTimeoutException, DeliveryAbortedException, EarlierRecordFailedException,
        RecordTooLargeException, BufferExhaustedException, TopicAuthorizationException, InvalidTopicException,
        UnknownTopicException,
        ProducerFencedException, OutOfOrderSequenceException, BrokerException {
    private static final long serialVersionUID = 1L;

    /** Value of {@link #partition()} when none had been chosen. */
    public static final int NO_PARTITION = -1;
    /** Value of {@link #brokerId()} when no broker was involved. */
    public static final int NO_BROKER = -1;

    /** The stage in which a record was when it failed. */
    public enum Stage {
        /** Waiting for metadata of its topic, on the calling thread. */
        METADATA,
        /** Waiting for buffer memory, on the calling thread; also a record that is too large for any. */
        MEMORY,
        /** In a batch that is not on its way: filling, waiting for its leader, for room in flight or for the backoff of a retry. */
        QUEUED,
        /** In a request that was handed to a connection and not answered. */
        IN_FLIGHT,
        /** Answered by the broker, with an error. */
        BROKER
    }

    /** What is known about the record's presence in the log. */
    public enum Persistence {
        /** The record is not in the log: sending it again cannot duplicate it. */
        NOT_PERSISTED,
        /** A request with the record was sent and its outcome is not known: the record may be in the log. */
        POSSIBLY_PERSISTED
    }

    /** The stage. */
    private final Stage stage;
    /** The topic. */
    private final String topic;
    /** The partition. */
    private final int partition;
    /** The broker's node id. */
    private final int brokerId;
    /** The broker's address. */
    private final String brokerAddress;
    /** Requests sent. */
    private final int attempts;
    /** Time in total. */
    private final long elapsedNs;
    /** Time in the last stage. */
    private final long stageElapsedNs;
    /** Whether the record may be in the log. */
    private final Persistence persistence;
    /** Kafka's error code. */
    private final int errorCode;
    /** Kafka's name of the error. */
    private final String errorName;

    DeliveryException(Builder builder, Category defaultCategory, String headline) {
        super(builder.category == null ? builder.categoryOr(defaultCategory) : builder.category,
                message(builder, headline),
                builder.cause, builder.stackTrace);
        this.stage = builder.stage;
        this.topic = builder.topic;
        this.partition = builder.partition;
        this.brokerId = builder.brokerId;
        this.brokerAddress = builder.brokerAddress;
        this.attempts = builder.attempts;
        this.elapsedNs = builder.elapsedNs;
        this.stageElapsedNs = builder.stageElapsedNs;
        this.persistence = builder.persistence;
        this.errorCode = builder.errorCode;
        this.errorName = builder.errorName;
    }

    /**
     * Starts the description of a failure.
     *
     * @param stage the stage in which the record was
     * @param topic the record's topic
     * @param partition the record's partition, or {@link #NO_PARTITION}
     * @return a builder that describes a record that is {@link Persistence#NOT_PERSISTED not persisted} after no attempt
     */
    public static Builder builder(Stage stage, String topic, int partition) {
        return new Builder(stage, topic, partition);
    }

    /**
     * The stage in which the record was when it failed.
     *
     * @return the stage
     */
    public final Stage stage() {
        return stage;
    }

    /**
     * The record's topic.
     *
     * @return the topic
     */
    public final String topic() {
        return topic;
    }

    /**
     * The record's partition.
     *
     * @return the partition, or {@link #NO_PARTITION} if none had been chosen
     */
    public final int partition() {
        return partition;
    }

    /**
     * The node id of the broker that was involved last.
     *
     * @return the id, or {@link #NO_BROKER}
     */
    public final int brokerId() {
        return brokerId;
    }

    /**
     * The address of the broker that was involved last.
     *
     * @return {@code host:port}, or {@code null} if there was none
     */
    public final String brokerAddress() {
        return brokerAddress;
    }

    /**
     * How many requests with the record were handed to a connection.
     *
     * @return the attempts, 0 if it never left
     */
    public final int attempts() {
        return attempts;
    }

    /**
     * Time from the call of {@code send}, or from the creation of the batch, to the failure.
     *
     * @return nanoseconds
     */
    public final long elapsedNs() {
        return elapsedNs;
    }

    /**
     * The part of {@link #elapsedNs()} that was spent in {@link #stage()}.
     *
     * @return nanoseconds
     */
    public final long stageElapsedNs() {
        return stageElapsedNs;
    }

    /**
     * Whether the record may be in the log in spite of the failure.
     *
     * @return what is known
     */
    public final Persistence persistence() {
        return persistence;
    }

    /**
     * Kafka's error code, of the broker's answer or of the error that the last attempt ended with.
     *
     * @return the code, 0 if there was none
     */
    public final int errorCode() {
        return errorCode;
    }

    /**
     * Kafka's name of the error, such as {@code NOT_ENOUGH_REPLICAS}.
     *
     * @return the name, or {@code null} if there was none
     */
    public final String errorName() {
        return errorName;
    }

    /** The one place where messages of delivery failures are composed. */
    private static String message(Builder builder, String headline) {
        final StringBuilder text = new StringBuilder(256).append("record not delivered: ").append(headline);
        if (builder.detail != null) {
            text.append(": ").append(builder.detail);
        }
        text.append("; topic=").append(builder.topic);
        text.append(", partition=");
        if (builder.partition == NO_PARTITION) {
            text.append("none");
        } else {
            text.append(builder.partition);
        }
        text.append(", stage=").append(builder.stage).append(", broker=");
        if (builder.brokerId == NO_BROKER && builder.brokerAddress == null) {
            text.append("none");
        } else {
            text.append(builder.brokerId);
            if (builder.brokerAddress != null) {
                text.append(" (").append(builder.brokerAddress).append(')');
            }
        }
        text.append(", attempts=").append(builder.attempts);
        text.append(", elapsedMs=").append(builder.elapsedNs / 1_000_000);
        text.append(", stageElapsedMs=").append(builder.stageElapsedNs / 1_000_000);
        text.append(", persistence=").append(builder.persistence);
        if (builder.errorName != null) {
            text.append(", error=").append(builder.errorName).append('(').append(builder.errorCode).append(')');
        }
        if (builder.cause != null) {
            text.append(", cause=").append(builder.cause);
        }
        return text.toString();
    }

    /**
     * Describes a failure; not thread-safe. {@link #build(Function)} may be called several times.
     */
    public static final class Builder {
        private final Stage stage;
        private final String topic;
        private final int partition;
        private Category category;
        private String detail;
        private int brokerId = NO_BROKER;
        private String brokerAddress;
        private int attempts;
        private long elapsedNs;
        private long stageElapsedNs;
        private Persistence persistence = Persistence.NOT_PERSISTED;
        private int errorCode;
        private String errorName;
        private Throwable cause;
        private boolean stackTrace;

        private Builder(Stage stage, String topic, int partition) {
            this.stage = requireNonNull(stage, "stage");
            this.topic = topic;
            this.partition = partition;
        }

        /**
         * Says more than the type of the exception does.
         *
         * @param detail what exactly happened, with {@code name=value} for both sides of a comparison
         * @return this
         */
        public Builder detail(String detail) {
            this.detail = detail;
            return this;
        }

        /**
         * Overrides the category that follows from the type of the exception and from the broker's error.
         *
         * @param category what the reader should do
         * @return this
         */
        public Builder category(Category category) {
            this.category = category;
            return this;
        }

        /**
         * Names the broker that was involved last.
         *
         * @param id its node id, or {@link #NO_BROKER}
         * @param address {@code host:port}, or {@code null}
         * @return this
         */
        public Builder broker(int id, String address) {
            this.brokerId = id;
            this.brokerAddress = address;
            return this;
        }

        /**
         * Says how many requests with the record were handed to a connection.
         *
         * @param attempts the number of requests
         * @return this
         */
        public Builder attempts(int attempts) {
            this.attempts = attempts;
            return this;
        }

        /**
         * Says how long it took.
         *
         * @param elapsedNs nanoseconds in total
         * @param stageElapsedNs nanoseconds of these in the last stage
         * @return this
         */
        public Builder elapsed(long elapsedNs, long stageElapsedNs) {
            this.elapsedNs = elapsedNs;
            this.stageElapsedNs = stageElapsedNs;
            return this;
        }

        /**
         * Says whether the record may be in the log.
         *
         * @param persistence what is known
         * @return this
         */
        public Builder persistence(Persistence persistence) {
            this.persistence = requireNonNull(persistence, "persistence");
            return this;
        }

        /**
         * Names the error of the broker's answer, or the one that the last attempt ended with.
         *
         * @param code Kafka's error code
         * @param name Kafka's name of the error
         * @return this
         */
        public Builder error(int code, String name) {
            this.errorCode = code;
            this.errorName = name;
            return this;
        }

        /**
         * Adds what led to the failure, in general the last connection error.
         *
         * @param cause the error, or {@code null}
         * @return this
         */
        public Builder cause(Throwable cause) {
            this.cause = cause;
            return this;
        }

        /**
         * Records the stack of the building thread: for failures of the calling thread itself.
         *
         * @return this
         */
        public Builder withStackTrace() {
            this.stackTrace = true;
            return this;
        }

        /**
         * Makes the exception.
         *
         * @param <X> the type of the exception
         * @param type its constructor, such as {@code DeliveryTimeoutException::new}
         * @return the exception
         */
        public <X extends DeliveryException> X build(Function<? super Builder, X> type) {
            return type.apply(this);
        }

        /**
         * Makes the exception whose type follows from the error code that {@link #error(int, String)} was told: that of the subclass for the error, if there
         * is one, else a {@link BrokerException}.
         *
         * @return the exception
         */
        public DeliveryException buildForError() {
            return switch (errorCode) {
                case KafkaError.UNKNOWN_TOPIC_OR_PARTITION, KafkaError.UNKNOWN_TOPIC_ID ->
                    new UnknownTopicException(this);
                case KafkaError.MESSAGE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE ->
                    new RecordTooLargeException(this);
                case KafkaError.INVALID_TOPIC_EXCEPTION -> new InvalidTopicException(this);
                case KafkaError.TOPIC_AUTHORIZATION_FAILED -> new TopicAuthorizationException(this);
                case KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, KafkaError.UNKNOWN_PRODUCER_ID ->
                    new OutOfOrderSequenceException(this);
                case KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED -> new ProducerFencedException(this);
                default -> new BrokerException(this);
            };
        }

        String detail() {
            return detail;
        }

        /** Whether the broker itself spoke, so that its error is not one that this client made up for a lost connection. */
        boolean isAnswered() {
            return stage == Stage.BROKER;
        }

        private Category categoryOr(Category defaultCategory) {
            final Category ofError = KafkaError.category(errorCode);
            return defaultCategory == Category.RETRY_LATER && ofError != null ? ofError : defaultCategory;
        }
    }
}
