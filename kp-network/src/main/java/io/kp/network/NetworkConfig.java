package io.kp.network;

import java.util.Objects;

/**
 * The immutable settings of a {@link NetworkClient}. Names and defaults are those of Kafka's producer configuration.
 */
public final class NetworkConfig {
    /** Socket buffer size that leaves the choice to the system. */
    public static final int SYSTEM_DEFAULT = -1;
    /** Default of {@link Builder#clientSoftwareName}. */
    public static final String DEFAULT_CLIENT_SOFTWARE_NAME = "kp";
    /** Default of {@link Builder#clientSoftwareVersion}. */
    public static final String DEFAULT_CLIENT_SOFTWARE_VERSION = "0.1.0";
    /** Default of {@link Builder#requestTimeoutMs}. */
    public static final long DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
    /** Default of {@link Builder#reconnectBackoffMs}. */
    public static final long DEFAULT_RECONNECT_BACKOFF_MS = 50;
    /** Default of {@link Builder#reconnectBackoffMaxMs}. */
    public static final long DEFAULT_RECONNECT_BACKOFF_MAX_MS = 1_000;
    /** Default of {@link Builder#connectionSetupTimeoutMs}. */
    public static final long DEFAULT_CONNECTION_SETUP_TIMEOUT_MS = 10_000;
    /** Default of {@link Builder#connectionSetupTimeoutMaxMs}. */
    public static final long DEFAULT_CONNECTION_SETUP_TIMEOUT_MAX_MS = 30_000;
    /** Default of {@link Builder#connectionMaxIdleMs}. */
    public static final long DEFAULT_CONNECTION_MAX_IDLE_MS = 540_000;
    /** Default of {@link Builder#maxInFlight}. */
    public static final int DEFAULT_MAX_IN_FLIGHT = 5;
    /** Default of {@link Builder#sendBufferBytes}. */
    public static final int DEFAULT_SEND_BUFFER_BYTES = 128 * 1024;
    /** Default of {@link Builder#receiveBufferBytes}. */
    public static final int DEFAULT_RECEIVE_BUFFER_BYTES = 32 * 1024;
    /** Default of {@link Builder#maxResponseBytes}. */
    public static final int DEFAULT_MAX_RESPONSE_BYTES = 100 * 1024 * 1024;

    // KIP-511: a broker answers INVALID_REQUEST to anything else.

    private final String clientId;
    private final String clientSoftwareName;
    private final String clientSoftwareVersion;
    private final long requestTimeoutMs;
    private final long reconnectBackoffMs;
    private final long reconnectBackoffMaxMs;
    private final long connectionSetupTimeoutMs;
    private final long connectionSetupTimeoutMaxMs;
    private final long connectionMaxIdleMs;
    private final int maxInFlight;
    private final int sendBufferBytes;
    private final int receiveBufferBytes;
    private final int maxResponseBytes;
    private final Sasl sasl;

    private NetworkConfig(Builder builder) {
        clientId = builder.clientId;
        clientSoftwareName = builder.clientSoftwareName;
        clientSoftwareVersion = builder.clientSoftwareVersion;
        requestTimeoutMs = builder.requestTimeoutMs;
        reconnectBackoffMs = builder.reconnectBackoffMs;
        reconnectBackoffMaxMs = builder.reconnectBackoffMaxMs;
        connectionSetupTimeoutMs = builder.connectionSetupTimeoutMs;
        connectionSetupTimeoutMaxMs = builder.connectionSetupTimeoutMaxMs;
        connectionMaxIdleMs = builder.connectionMaxIdleMs;
        maxInFlight = builder.maxInFlight;
        sendBufferBytes = builder.sendBufferBytes;
        receiveBufferBytes = builder.receiveBufferBytes;
        maxResponseBytes = builder.maxResponseBytes;
        sasl = builder.sasl;
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The name of this client in every request header.
     *
     * @return {@code client.id}, maybe empty
     */
    public String clientId() {
        return clientId;
    }

    /**
     * The software's name as told to brokers (KIP-511).
     *
     * @return the name
     */
    public String clientSoftwareName() {
        return clientSoftwareName;
    }

    /**
     * The software's version as told to brokers (KIP-511).
     *
     * @return the version
     */
    public String clientSoftwareVersion() {
        return clientSoftwareVersion;
    }

    /**
     * Longest wait for one response, from the send on.
     *
     * @return {@code request.timeout.ms}
     */
    public long requestTimeoutMs() {
        return requestTimeoutMs;
    }

    /**
     * Wait before the first new attempt to connect.
     *
     * @return {@code reconnect.backoff.ms}
     */
    public long reconnectBackoffMs() {
        return reconnectBackoffMs;
    }

    /**
     * Longest wait between two attempts to connect.
     *
     * @return {@code reconnect.backoff.max.ms}
     */
    public long reconnectBackoffMaxMs() {
        return reconnectBackoffMaxMs;
    }

    /**
     * Time for the first attempt to set up a connection, API version negotiation included.
     *
     * @return {@code socket.connection.setup.timeout.ms}
     */
    public long connectionSetupTimeoutMs() {
        return connectionSetupTimeoutMs;
    }

    /**
     * Longest time for one attempt to set up a connection.
     *
     * @return {@code socket.connection.setup.timeout.max.ms}
     */
    public long connectionSetupTimeoutMaxMs() {
        return connectionSetupTimeoutMaxMs;
    }

    /**
     * A connection without traffic for this long is closed.
     *
     * @return {@code connections.max.idle.ms}; negative for never
     */
    public long connectionMaxIdleMs() {
        return connectionMaxIdleMs;
    }

    /**
     * Most requests of one connection that wait for their end.
     *
     * @return {@code max.in.flight.requests.per.connection}
     */
    public int maxInFlight() {
        return maxInFlight;
    }

    /**
     * The sockets' send buffer.
     *
     * @return {@code send.buffer.bytes}, or {@link #SYSTEM_DEFAULT}
     */
    public int sendBufferBytes() {
        return sendBufferBytes;
    }

    /**
     * The sockets' receive buffer.
     *
     * @return {@code receive.buffer.bytes}, or {@link #SYSTEM_DEFAULT}
     */
    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /**
     * A response that claims to be larger closes its connection.
     *
     * @return the limit in bytes, without the four of the length
     */
    public int maxResponseBytes() {
        return maxResponseBytes;
    }

    /**
     * How connections are authenticated.
     *
     * @return the setting, {@code null} for not at all
     */
    public Sasl sasl() {
        return sasl;
    }

    /** Collects the settings of a {@link NetworkConfig}. Each value is checked where it is set. */
    public static final class Builder {
        private String clientId = "";
        private String clientSoftwareName = DEFAULT_CLIENT_SOFTWARE_NAME;
        private String clientSoftwareVersion = DEFAULT_CLIENT_SOFTWARE_VERSION;
        private long requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS;
        private long reconnectBackoffMs = DEFAULT_RECONNECT_BACKOFF_MS;
        private long reconnectBackoffMaxMs = DEFAULT_RECONNECT_BACKOFF_MAX_MS;
        private long connectionSetupTimeoutMs = DEFAULT_CONNECTION_SETUP_TIMEOUT_MS;
        private long connectionSetupTimeoutMaxMs = DEFAULT_CONNECTION_SETUP_TIMEOUT_MAX_MS;
        private long connectionMaxIdleMs = DEFAULT_CONNECTION_MAX_IDLE_MS;
        private int maxInFlight = DEFAULT_MAX_IN_FLIGHT;
        private int sendBufferBytes = DEFAULT_SEND_BUFFER_BYTES;
        private int receiveBufferBytes = DEFAULT_RECEIVE_BUFFER_BYTES;
        private int maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES;
        private Sasl sasl;

        private Builder() {
        }

        /**
         * Sets {@link NetworkConfig#clientId()}.
         *
         * @param clientId the name; empty by default
         * @return this
         */
        public Builder clientId(String clientId) {
            this.clientId = Objects.requireNonNull(clientId, "clientId");
            return this;
        }

        /**
         * Sets {@link NetworkConfig#clientSoftwareName()}.
         *
         * @param name letters, digits, dots and hyphens, the latter two not at the ends
         * @return this
         */
        public Builder clientSoftwareName(String name) {
            this.clientSoftwareName = software("clientSoftwareName", name);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#clientSoftwareVersion()}.
         *
         * @param version letters, digits, dots and hyphens, the latter two not at the ends
         * @return this
         */
        public Builder clientSoftwareVersion(String version) {
            this.clientSoftwareVersion = software("clientSoftwareVersion", version);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#sasl()}.
         *
         * @param sasl the setting, {@code null} for no authentication by SASL
         * @return this
         */
        public Builder sasl(Sasl sasl) {
            this.sasl = sasl;
            return this;
        }

        /**
         * Sets {@link NetworkConfig#requestTimeoutMs()}.
         *
         * @param timeoutMs milliseconds, 0 or more
         * @return this
         */
        public Builder requestTimeoutMs(long timeoutMs) {
            this.requestTimeoutMs = atLeast("requestTimeoutMs", timeoutMs, 0);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#reconnectBackoffMs()}.
         *
         * @param backoffMs milliseconds, 0 or more
         * @return this
         */
        public Builder reconnectBackoffMs(long backoffMs) {
            this.reconnectBackoffMs = atLeast("reconnectBackoffMs", backoffMs, 0);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#reconnectBackoffMaxMs()}. A maximum below the first backoff makes all equal to it.
         *
         * @param backoffMs milliseconds, 0 or more
         * @return this
         */
        public Builder reconnectBackoffMaxMs(long backoffMs) {
            this.reconnectBackoffMaxMs = atLeast("reconnectBackoffMaxMs", backoffMs, 0);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#connectionSetupTimeoutMs()}.
         *
         * @param timeoutMs milliseconds, 1 or more
         * @return this
         */
        public Builder connectionSetupTimeoutMs(long timeoutMs) {
            this.connectionSetupTimeoutMs = atLeast("connectionSetupTimeoutMs", timeoutMs, 1);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#connectionSetupTimeoutMaxMs()}. A maximum below the first timeout makes all equal
         * to it.
         *
         * @param timeoutMs milliseconds, 1 or more
         * @return this
         */
        public Builder connectionSetupTimeoutMaxMs(long timeoutMs) {
            this.connectionSetupTimeoutMaxMs = atLeast("connectionSetupTimeoutMaxMs", timeoutMs, 1);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#connectionMaxIdleMs()}.
         *
         * @param idleMs milliseconds; negative for never
         * @return this
         */
        public Builder connectionMaxIdleMs(long idleMs) {
            this.connectionMaxIdleMs = idleMs;
            return this;
        }

        /**
         * Sets {@link NetworkConfig#maxInFlight()}.
         *
         * @param requests 1 or more
         * @return this
         */
        public Builder maxInFlight(int requests) {
            this.maxInFlight = (int) atLeast("maxInFlight", requests, 1);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#sendBufferBytes()}.
         *
         * @param bytes more than 0, or {@link NetworkConfig#SYSTEM_DEFAULT}
         * @return this
         */
        public Builder sendBufferBytes(int bytes) {
            this.sendBufferBytes = socketBuffer("sendBufferBytes", bytes);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#receiveBufferBytes()}.
         *
         * @param bytes more than 0, or {@link NetworkConfig#SYSTEM_DEFAULT}
         * @return this
         */
        public Builder receiveBufferBytes(int bytes) {
            this.receiveBufferBytes = socketBuffer("receiveBufferBytes", bytes);
            return this;
        }

        /**
         * Sets {@link NetworkConfig#maxResponseBytes()}.
         *
         * @param bytes 64 or more, at most 1 GiB
         * @return this
         */
        public Builder maxResponseBytes(int bytes) {
            atLeast("maxResponseBytes", bytes, 64);
            if (bytes > 1 << 30) {
                throw new IllegalArgumentException("maxResponseBytes above its maximum: maxResponseBytes=" + bytes
                        + ", maximum=" + (1 << 30));
            }
            this.maxResponseBytes = bytes;
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return an immutable copy of what was set
         */
        public NetworkConfig build() {
            return new NetworkConfig(this);
        }

        private static long atLeast(String name, long value, long minimum) {
            if (value < minimum) {
                throw new IllegalArgumentException(
                        name + " below its minimum: " + name + '=' + value + ", minimum=" + minimum);
            }
            return value;
        }

        private static int socketBuffer(String name, int bytes) {
            if (bytes != SYSTEM_DEFAULT && bytes <= 0) {
                throw new IllegalArgumentException(
                        name + " must be positive or " + SYSTEM_DEFAULT + ": " + name + '=' + bytes);
            }
            return bytes;
        }

        private static String software(String name, String value) {
            if (!ApiVersionsRequest.isSoftware(value)) {
                throw new IllegalArgumentException(
                        name + " must match " + ApiVersionsRequest.SOFTWARE + ": " + name + '=' + value);
            }
            return value;
        }
    }
}
