package io.kp.client;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.kp.client.ConfigKey.Support;
import io.kp.network.TlsConfig;
import io.kp.network.TlsConfigException;
import io.kp.partition.Partitioner;

/**
 * The configuration of a producer: immutable, typed, and free of contradictions. Keys, defaults and formats are those of Kafka's producer; kp's own keys begin with
 * {@code kp.}.
 *
 * <p>Values come from a {@link #builder() builder} or, all at once, from {@link #of(Map) a map} or {@link #of(Properties) properties}. Each is checked where it is
 * set, and what depends on two values when the configuration is built. Whatever is refused is refused with a {@link ConfigException} that names keys and values.
 * Where Kafka's producer changes a default to fit another setting, so does this one, and says so in the log.
 *
 * <p>Nothing is ignored silently: a key of a feature that this version of kp does not have (transactions) is refused unless it stands at
 * its default, and an unknown key, which may be meant for a serializer or an interceptor, is warned about with the known key that is nearest to it.
 *
 * <p>Accessors give the value that counts, other settings considered; {@link #value(String)} gives the one that was set.
 */
public final class ProducerConfig {
    /** Name of the key {@code acks}. */
    public static final String ACKS = "acks";
    /** Name of the key {@code batch.size}. */
    public static final String BATCH_SIZE = "batch.size";
    /** Name of the key {@code bootstrap.servers}. */
    public static final String BOOTSTRAP_SERVERS = "bootstrap.servers";
    /** Name of the key {@code buffer.memory}. */
    public static final String BUFFER_MEMORY = "buffer.memory";
    /** Name of the key {@code client.dns.lookup}. */
    public static final String CLIENT_DNS_LOOKUP = "client.dns.lookup";
    /** Name of the key {@code client.id}. */
    public static final String CLIENT_ID = "client.id";
    /** Name of the key {@code compression.gzip.level}. */
    public static final String COMPRESSION_GZIP_LEVEL = "compression.gzip.level";
    /** Name of the key {@code compression.lz4.level}. */
    public static final String COMPRESSION_LZ4_LEVEL = "compression.lz4.level";
    /** Name of the key {@code compression.type}. */
    public static final String COMPRESSION_TYPE = "compression.type";
    /** Name of the key {@code compression.zstd.level}. */
    public static final String COMPRESSION_ZSTD_LEVEL = "compression.zstd.level";
    /** Name of the key {@code config.providers}. */
    public static final String CONFIG_PROVIDERS = "config.providers";
    /** Name of the key {@code connections.max.idle.ms}. */
    public static final String CONNECTIONS_MAX_IDLE_MS = "connections.max.idle.ms";
    /** Name of the key {@code delivery.timeout.ms}. */
    public static final String DELIVERY_TIMEOUT_MS = "delivery.timeout.ms";
    /** Name of the key {@code enable.idempotence}. */
    public static final String ENABLE_IDEMPOTENCE = "enable.idempotence";
    /** Name of the key {@code enable.metrics.push}. */
    public static final String ENABLE_METRICS_PUSH = "enable.metrics.push";
    /** Name of the key {@code interceptor.classes}. */
    public static final String INTERCEPTOR_CLASSES = "interceptor.classes";
    /** Name of the key {@code key.serializer}. */
    public static final String KEY_SERIALIZER = "key.serializer";
    /** Name of the key {@code linger.ms}. */
    public static final String LINGER_MS = "linger.ms";
    /** Name of the key {@code max.block.ms}. */
    public static final String MAX_BLOCK_MS = "max.block.ms";
    /** Name of the key {@code max.in.flight.requests.per.connection}. */
    public static final String MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION = "max.in.flight.requests.per.connection";
    /** Name of the key {@code max.request.size}. */
    public static final String MAX_REQUEST_SIZE = "max.request.size";
    /** Name of the key {@code metadata.max.age.ms}. */
    public static final String METADATA_MAX_AGE_MS = "metadata.max.age.ms";
    /** Name of the key {@code metadata.max.idle.ms}. */
    public static final String METADATA_MAX_IDLE_MS = "metadata.max.idle.ms";
    /** Name of the key {@code metadata.recovery.rebootstrap.trigger.ms}. */
    public static final String METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS = "metadata.recovery.rebootstrap.trigger.ms";
    /** Name of the key {@code metadata.recovery.strategy}. */
    public static final String METADATA_RECOVERY_STRATEGY = "metadata.recovery.strategy";
    /** Name of the key {@code metric.reporters}. */
    public static final String METRIC_REPORTERS = "metric.reporters";
    /** Name of the key {@code metrics.num.samples}. */
    public static final String METRICS_NUM_SAMPLES = "metrics.num.samples";
    /** Name of the key {@code metrics.recording.level}. */
    public static final String METRICS_RECORDING_LEVEL = "metrics.recording.level";
    /** Name of the key {@code metrics.sample.window.ms}. */
    public static final String METRICS_SAMPLE_WINDOW_MS = "metrics.sample.window.ms";
    /** Name of the key {@code partitioner.adaptive.partitioning.enable}. */
    public static final String PARTITIONER_ADAPTIVE_PARTITIONING_ENABLE = "partitioner.adaptive.partitioning.enable";
    /** Name of the key {@code partitioner.availability.timeout.ms}. */
    public static final String PARTITIONER_AVAILABILITY_TIMEOUT_MS = "partitioner.availability.timeout.ms";
    /** Name of the key {@code partitioner.class}. */
    public static final String PARTITIONER_CLASS = "partitioner.class";
    /** Name of the key {@code partitioner.ignore.keys}. */
    public static final String PARTITIONER_IGNORE_KEYS = "partitioner.ignore.keys";
    /** Name of the key {@code receive.buffer.bytes}. */
    public static final String RECEIVE_BUFFER_BYTES = "receive.buffer.bytes";
    /** Name of the key {@code reconnect.backoff.max.ms}. */
    public static final String RECONNECT_BACKOFF_MAX_MS = "reconnect.backoff.max.ms";
    /** Name of the key {@code reconnect.backoff.ms}. */
    public static final String RECONNECT_BACKOFF_MS = "reconnect.backoff.ms";
    /** Name of the key {@code request.timeout.ms}. */
    public static final String REQUEST_TIMEOUT_MS = "request.timeout.ms";
    /** Name of the key {@code retries}. */
    public static final String RETRIES = "retries";
    /** Name of the key {@code retry.backoff.max.ms}. */
    public static final String RETRY_BACKOFF_MAX_MS = "retry.backoff.max.ms";
    /** Name of the key {@code retry.backoff.ms}. */
    public static final String RETRY_BACKOFF_MS = "retry.backoff.ms";
    /** Name of the key {@code sasl.client.callback.handler.class}. */
    public static final String SASL_CLIENT_CALLBACK_HANDLER_CLASS = "sasl.client.callback.handler.class";
    /** Name of the key {@code sasl.jaas.config}. */
    public static final String SASL_JAAS_CONFIG = "sasl.jaas.config";
    /** Name of the key {@code sasl.kerberos.kinit.cmd}. */
    public static final String SASL_KERBEROS_KINIT_CMD = "sasl.kerberos.kinit.cmd";
    /** Name of the key {@code sasl.kerberos.min.time.before.relogin}. */
    public static final String SASL_KERBEROS_MIN_TIME_BEFORE_RELOGIN = "sasl.kerberos.min.time.before.relogin";
    /** Name of the key {@code sasl.kerberos.service.name}. */
    public static final String SASL_KERBEROS_SERVICE_NAME = "sasl.kerberos.service.name";
    /** Name of the key {@code sasl.kerberos.ticket.renew.jitter}. */
    public static final String SASL_KERBEROS_TICKET_RENEW_JITTER = "sasl.kerberos.ticket.renew.jitter";
    /** Name of the key {@code sasl.kerberos.ticket.renew.window.factor}. */
    public static final String SASL_KERBEROS_TICKET_RENEW_WINDOW_FACTOR = "sasl.kerberos.ticket.renew.window.factor";
    /** Name of the key {@code sasl.login.callback.handler.class}. */
    public static final String SASL_LOGIN_CALLBACK_HANDLER_CLASS = "sasl.login.callback.handler.class";
    /** Name of the key {@code sasl.login.class}. */
    public static final String SASL_LOGIN_CLASS = "sasl.login.class";
    /** Name of the key {@code sasl.login.connect.timeout.ms}. */
    public static final String SASL_LOGIN_CONNECT_TIMEOUT_MS = "sasl.login.connect.timeout.ms";
    /** Name of the key {@code sasl.login.read.timeout.ms}. */
    public static final String SASL_LOGIN_READ_TIMEOUT_MS = "sasl.login.read.timeout.ms";
    /** Name of the key {@code sasl.login.refresh.buffer.seconds}. */
    public static final String SASL_LOGIN_REFRESH_BUFFER_SECONDS = "sasl.login.refresh.buffer.seconds";
    /** Name of the key {@code sasl.login.refresh.min.period.seconds}. */
    public static final String SASL_LOGIN_REFRESH_MIN_PERIOD_SECONDS = "sasl.login.refresh.min.period.seconds";
    /** Name of the key {@code sasl.login.refresh.window.factor}. */
    public static final String SASL_LOGIN_REFRESH_WINDOW_FACTOR = "sasl.login.refresh.window.factor";
    /** Name of the key {@code sasl.login.refresh.window.jitter}. */
    public static final String SASL_LOGIN_REFRESH_WINDOW_JITTER = "sasl.login.refresh.window.jitter";
    /** Name of the key {@code sasl.login.retry.backoff.max.ms}. */
    public static final String SASL_LOGIN_RETRY_BACKOFF_MAX_MS = "sasl.login.retry.backoff.max.ms";
    /** Name of the key {@code sasl.login.retry.backoff.ms}. */
    public static final String SASL_LOGIN_RETRY_BACKOFF_MS = "sasl.login.retry.backoff.ms";
    /** Name of the key {@code sasl.mechanism}. */
    public static final String SASL_MECHANISM = "sasl.mechanism";
    /** Name of the key {@code sasl.oauthbearer.assertion.algorithm}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_ALGORITHM = "sasl.oauthbearer.assertion.algorithm";
    /** Name of the key {@code sasl.oauthbearer.assertion.claim.aud}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_CLAIM_AUD = "sasl.oauthbearer.assertion.claim.aud";
    /** Name of the key {@code sasl.oauthbearer.assertion.claim.exp.seconds}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_CLAIM_EXP_SECONDS = "sasl.oauthbearer.assertion.claim.exp.seconds";
    /** Name of the key {@code sasl.oauthbearer.assertion.claim.iss}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_CLAIM_ISS = "sasl.oauthbearer.assertion.claim.iss";
    /** Name of the key {@code sasl.oauthbearer.assertion.claim.jti.include}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_CLAIM_JTI_INCLUDE = "sasl.oauthbearer.assertion.claim.jti.include";
    /** Name of the key {@code sasl.oauthbearer.assertion.claim.nbf.seconds}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_CLAIM_NBF_SECONDS = "sasl.oauthbearer.assertion.claim.nbf.seconds";
    /** Name of the key {@code sasl.oauthbearer.assertion.claim.sub}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_CLAIM_SUB = "sasl.oauthbearer.assertion.claim.sub";
    /** Name of the key {@code sasl.oauthbearer.assertion.file}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_FILE = "sasl.oauthbearer.assertion.file";
    /** Name of the key {@code sasl.oauthbearer.assertion.private.key.file}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE = "sasl.oauthbearer.assertion.private.key.file";
    /** Name of the key {@code sasl.oauthbearer.assertion.private.key.passphrase}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_PASSPHRASE = "sasl.oauthbearer.assertion.private.key.passphrase";
    /** Name of the key {@code sasl.oauthbearer.assertion.template.file}. */
    public static final String SASL_OAUTHBEARER_ASSERTION_TEMPLATE_FILE = "sasl.oauthbearer.assertion.template.file";
    /** Name of the key {@code sasl.oauthbearer.client.credentials.client.id}. */
    public static final String SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID = "sasl.oauthbearer.client.credentials.client.id";
    /** Name of the key {@code sasl.oauthbearer.client.credentials.client.secret}. */
    public static final String SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET = "sasl.oauthbearer.client.credentials.client.secret";
    /** Name of the key {@code sasl.oauthbearer.clock.skew.seconds}. */
    public static final String SASL_OAUTHBEARER_CLOCK_SKEW_SECONDS = "sasl.oauthbearer.clock.skew.seconds";
    /** Name of the key {@code sasl.oauthbearer.expected.audience}. */
    public static final String SASL_OAUTHBEARER_EXPECTED_AUDIENCE = "sasl.oauthbearer.expected.audience";
    /** Name of the key {@code sasl.oauthbearer.expected.issuer}. */
    public static final String SASL_OAUTHBEARER_EXPECTED_ISSUER = "sasl.oauthbearer.expected.issuer";
    /** Name of the key {@code sasl.oauthbearer.header.urlencode}. */
    public static final String SASL_OAUTHBEARER_HEADER_URLENCODE = "sasl.oauthbearer.header.urlencode";
    /** Name of the key {@code sasl.oauthbearer.jwks.endpoint.refresh.ms}. */
    public static final String SASL_OAUTHBEARER_JWKS_ENDPOINT_REFRESH_MS = "sasl.oauthbearer.jwks.endpoint.refresh.ms";
    /** Name of the key {@code sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms}. */
    public static final String SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MAX_MS = "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms";
    /** Name of the key {@code sasl.oauthbearer.jwks.endpoint.retry.backoff.ms}. */
    public static final String SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MS = "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms";
    /** Name of the key {@code sasl.oauthbearer.jwks.endpoint.url}. */
    public static final String SASL_OAUTHBEARER_JWKS_ENDPOINT_URL = "sasl.oauthbearer.jwks.endpoint.url";
    /** Name of the key {@code sasl.oauthbearer.jwt.retriever.class}. */
    public static final String SASL_OAUTHBEARER_JWT_RETRIEVER_CLASS = "sasl.oauthbearer.jwt.retriever.class";
    /** Name of the key {@code sasl.oauthbearer.jwt.validator.class}. */
    public static final String SASL_OAUTHBEARER_JWT_VALIDATOR_CLASS = "sasl.oauthbearer.jwt.validator.class";
    /** Name of the key {@code sasl.oauthbearer.scope}. */
    public static final String SASL_OAUTHBEARER_SCOPE = "sasl.oauthbearer.scope";
    /** Name of the key {@code sasl.oauthbearer.scope.claim.name}. */
    public static final String SASL_OAUTHBEARER_SCOPE_CLAIM_NAME = "sasl.oauthbearer.scope.claim.name";
    /** Name of the key {@code sasl.oauthbearer.sub.claim.name}. */
    public static final String SASL_OAUTHBEARER_SUB_CLAIM_NAME = "sasl.oauthbearer.sub.claim.name";
    /** Name of the key {@code sasl.oauthbearer.token.endpoint.url}. */
    public static final String SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL = "sasl.oauthbearer.token.endpoint.url";
    /** Name of the key {@code security.protocol}. */
    public static final String SECURITY_PROTOCOL = "security.protocol";
    /** Name of the key {@code security.providers}. */
    public static final String SECURITY_PROVIDERS = "security.providers";
    /** Name of the key {@code send.buffer.bytes}. */
    public static final String SEND_BUFFER_BYTES = "send.buffer.bytes";
    /** Name of the key {@code socket.connection.setup.timeout.max.ms}. */
    public static final String SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS = "socket.connection.setup.timeout.max.ms";
    /** Name of the key {@code socket.connection.setup.timeout.ms}. */
    public static final String SOCKET_CONNECTION_SETUP_TIMEOUT_MS = "socket.connection.setup.timeout.ms";
    /** Name of the key {@code ssl.cipher.suites}. */
    public static final String SSL_CIPHER_SUITES = "ssl.cipher.suites";
    /** Name of the key {@code ssl.enabled.protocols}. */
    public static final String SSL_ENABLED_PROTOCOLS = "ssl.enabled.protocols";
    /** Name of the key {@code ssl.endpoint.identification.algorithm}. */
    public static final String SSL_ENDPOINT_IDENTIFICATION_ALGORITHM = "ssl.endpoint.identification.algorithm";
    /** Name of the key {@code ssl.engine.factory.class}. */
    public static final String SSL_ENGINE_FACTORY_CLASS = "ssl.engine.factory.class";
    /** Name of the key {@code ssl.key.password}. */
    public static final String SSL_KEY_PASSWORD = "ssl.key.password";
    /** Name of the key {@code ssl.keymanager.algorithm}. */
    public static final String SSL_KEYMANAGER_ALGORITHM = "ssl.keymanager.algorithm";
    /** Name of the key {@code ssl.keystore.certificate.chain}. */
    public static final String SSL_KEYSTORE_CERTIFICATE_CHAIN = "ssl.keystore.certificate.chain";
    /** Name of the key {@code ssl.keystore.key}. */
    public static final String SSL_KEYSTORE_KEY = "ssl.keystore.key";
    /** Name of the key {@code ssl.keystore.location}. */
    public static final String SSL_KEYSTORE_LOCATION = "ssl.keystore.location";
    /** Name of the key {@code ssl.keystore.password}. */
    public static final String SSL_KEYSTORE_PASSWORD = "ssl.keystore.password";
    /** Name of the key {@code ssl.keystore.type}. */
    public static final String SSL_KEYSTORE_TYPE = "ssl.keystore.type";
    /** Name of the key {@code ssl.protocol}. */
    public static final String SSL_PROTOCOL = "ssl.protocol";
    /** Name of the key {@code ssl.provider}. */
    public static final String SSL_PROVIDER = "ssl.provider";
    /** Name of the key {@code ssl.secure.random.implementation}. */
    public static final String SSL_SECURE_RANDOM_IMPLEMENTATION = "ssl.secure.random.implementation";
    /** Name of the key {@code ssl.trustmanager.algorithm}. */
    public static final String SSL_TRUSTMANAGER_ALGORITHM = "ssl.trustmanager.algorithm";
    /** Name of the key {@code ssl.truststore.certificates}. */
    public static final String SSL_TRUSTSTORE_CERTIFICATES = "ssl.truststore.certificates";
    /** Name of the key {@code ssl.truststore.location}. */
    public static final String SSL_TRUSTSTORE_LOCATION = "ssl.truststore.location";
    /** Name of the key {@code ssl.truststore.password}. */
    public static final String SSL_TRUSTSTORE_PASSWORD = "ssl.truststore.password";
    /** Name of the key {@code ssl.truststore.type}. */
    public static final String SSL_TRUSTSTORE_TYPE = "ssl.truststore.type";
    /** Name of the key {@code transaction.timeout.ms}. */
    public static final String TRANSACTION_TIMEOUT_MS = "transaction.timeout.ms";
    /** Name of the key {@code transaction.two.phase.commit.enable}. */
    public static final String TRANSACTION_TWO_PHASE_COMMIT_ENABLE = "transaction.two.phase.commit.enable";
    /** Name of the key {@code transactional.id}. */
    public static final String TRANSACTIONAL_ID = "transactional.id";
    /** Name of the key {@code value.serializer}. */
    public static final String VALUE_SERIALIZER = "value.serializer";
    /** Name of the key {@code kp.compression.callers}. */
    public static final String KP_COMPRESSION_CALLERS = "kp.compression.callers";
    /** Name of the key {@code kp.compression.threads}. */
    public static final String KP_COMPRESSION_THREADS = "kp.compression.threads";
    /** Name of the key {@code kp.compression.topics}. */
    public static final String KP_COMPRESSION_TOPICS = "kp.compression.topics";
    /** Name of the key {@code kp.backlog.bytes}. */
    public static final String KP_BACKLOG_BYTES = "kp.backlog.bytes";
    /** Name of the key {@code kp.batch.max.bytes}. */
    public static final String KP_BATCH_MAX_BYTES = "kp.batch.max.bytes";
    /** Name of the key {@code kp.jmx}. */
    public static final String KP_JMX = "kp.jmx";
    /** Name of the key {@code kp.on.gap}. */
    public static final String KP_ON_GAP = "kp.on.gap";
    /** Name of the key {@code kp.select.strategy}. */
    public static final String KP_SELECT_STRATEGY = "kp.select.strategy";
    /** Name of the key {@code kp.segment.bytes}. */
    public static final String KP_SEGMENT_BYTES = "kp.segment.bytes";
    /** Name of the key {@code kp.ssl.reload.interval.ms}. */
    public static final String KP_SSL_RELOAD_INTERVAL_MS = "kp.ssl.reload.interval.ms";
    /** Name of the key {@code kp.ssl.reload.reconnect}. */
    public static final String KP_SSL_RELOAD_RECONNECT = "kp.ssl.reload.reconnect";

    private static final Logger LOG = LoggerFactory.getLogger(ProducerConfig.class);
    private static final AtomicInteger NEXT_CLIENT = new AtomicInteger();
    private static final int MAX_IN_FLIGHT_WITH_IDEMPOTENCE = 5;
    private static final int MAX_SEGMENTS = 1 << 30;
    /** However small the memory, one grown batch leaves room for others. */
    private static final int MEMORY_PER_BATCH = 16;
    private static final int ALL_IN_SYNC_REPLICAS = -1;
    /** The login module of each mechanism, in Kafka's package or the JDK's. */
    private static final Map<String, String> SASL_MODULES = Map.of("PLAIN", "PlainLoginModule", "SCRAM-SHA-256",
            "ScramLoginModule", "SCRAM-SHA-512", "ScramLoginModule", "OAUTHBEARER", "OAuthBearerLoginModule", "GSSAPI",
            "Krb5LoginModule");
    /** Stands in configurations for what this version does by {@code sasl.oauthbearer.token.endpoint.url} alone. */
    private static final Set<String> OAUTH_HANDLERS = Set.of(
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
            "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler");

    private final Map<String, Object> originals;
    private final Map<String, Object> values;
    private final Executor completionExecutor;
    private final List<String> warnings;
    private final boolean rebootstrap;
    private final Class<?> partitionerClass;
    private final int acks;
    private final int batchSize;
    private final List<InetSocketAddress> bootstrapServers;
    private final long bufferMemory;
    private final String clientId;
    private final long connectionsMaxIdleMs;
    private final int deliveryTimeoutMs;
    private final boolean enableIdempotence;
    private final GapPolicy gapPolicy;
    private final long lingerMs;
    private final long maxBlockMs;
    private final int maxInFlightRequestsPerConnection;
    private final int maxRequestSize;
    private final long metadataMaxAgeMs;
    private final long metadataMaxIdleMs;
    private final long metadataRecoveryRebootstrapTriggerMs;
    private final boolean partitionerAdaptivePartitioningEnable;
    private final long partitionerAvailabilityTimeoutMs;
    private final boolean partitionerIgnoreKeys;
    private final int receiveBufferBytes;
    private final long reconnectBackoffMaxMs;
    private final long reconnectBackoffMs;
    private final int requestTimeoutMs;
    private final int retries;
    private final long retryBackoffMaxMs;
    private final long retryBackoffMs;
    private final String securityProtocol;
    private final int batchMaxBytes;
    private final int segmentBytes;
    private final Map<String, CompressionSettings.Choice> topicCompression;
    private final int sendBufferBytes;
    private final long socketConnectionSetupTimeoutMaxMs;
    private final long socketConnectionSetupTimeoutMs;
    private final TlsConfig tls;
    private final String saslMechanism;
    private final JaasEntry jaas;

    private ProducerConfig(Builder builder) {
        this.originals = Collections.unmodifiableMap(new LinkedHashMap<>(builder.originals));
        this.values = Map.copyOf(builder.values);
        this.completionExecutor = builder.completionExecutor;
        final List<String> warnings = new ArrayList<>();
        refuseAbsentFeatures();
        warnUnknownKeys(warnings);
        warnIneffectiveKeys(warnings);

        if (!isSet(BOOTSTRAP_SERVERS)) {
            throw new ConfigException(BOOTSTRAP_SERVERS, null,
                    "is required: host:port of some brokers, with commas between them");
        }
        bootstrapServers = BootstrapServers.parse(list(BOOTSTRAP_SERVERS));
        final Object servers = originals.get(BOOTSTRAP_SERVERS);
        final int serversGiven = servers instanceof List<?> given ? given.size() : ((String) servers).split(",").length;
        if (serversGiven > bootstrapServers.size()) {
            warnings.add(BOOTSTRAP_SERVERS + "=" + asText(servers) + " names a broker twice: only the first counts");
        }
        clientId = isSet(CLIENT_ID) ? text(CLIENT_ID) : "producer-" + NEXT_CLIENT.incrementAndGet();

        acks = text(ACKS).equals("all") ? ALL_IN_SYNC_REPLICAS : Integer.parseInt(text(ACKS));
        retries = integer(RETRIES);
        maxInFlightRequestsPerConnection = integer(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION);
        enableIdempotence = resolveIdempotence();
        gapPolicy = resolveGapPolicy();

        requestTimeoutMs = integer(REQUEST_TIMEOUT_MS);
        lingerMs = Math.min(number(LINGER_MS), Integer.MAX_VALUE);
        deliveryTimeoutMs = resolveDeliveryTimeout(warnings);
        maxBlockMs = number(MAX_BLOCK_MS);

        batchSize = Math.max(1, integer(BATCH_SIZE));
        bufferMemory = number(BUFFER_MEMORY);
        maxRequestSize = integer(MAX_REQUEST_SIZE);
        segmentBytes = integer(KP_SEGMENT_BYTES);
        batchMaxBytes = integer(BATCH_SIZE) == 0
                ? batchSize
                : (int) Math.max(batchSize, Math.min(Math.min(integer(KP_BATCH_MAX_BYTES), maxRequestSize),
                        bufferMemory / MEMORY_PER_BATCH));
        requireFitsBufferMemory(BATCH_SIZE, batchSize);
        requireFitsBufferMemory(KP_SEGMENT_BYTES, segmentBytes);
        if (bufferMemory / segmentBytes > MAX_SEGMENTS) {
            throw new ConfigException(BUFFER_MEMORY, bufferMemory,
                    "must be at most " + MAX_SEGMENTS + " times " + KP_SEGMENT_BYTES + "="
                            + segmentBytes);
        }

        topicCompression = Collections.unmodifiableMap(
                CompressionSettings.topics(list(KP_COMPRESSION_TOPICS), CompressionSettings.levels(this)));

        if (isSet(RECONNECT_BACKOFF_MS) && !isSet(RECONNECT_BACKOFF_MAX_MS)) {
            reconnectBackoffMs = number(RECONNECT_BACKOFF_MS);
            reconnectBackoffMaxMs = reconnectBackoffMs;
            warnings.add(RECONNECT_BACKOFF_MS + "=" + reconnectBackoffMs + " is set and " + RECONNECT_BACKOFF_MAX_MS
                    + " is not: the backoff stays at that and does not grow");
        } else {
            reconnectBackoffMs = atMost(RECONNECT_BACKOFF_MS, RECONNECT_BACKOFF_MAX_MS, warnings);
            reconnectBackoffMaxMs = number(RECONNECT_BACKOFF_MAX_MS);
        }
        retryBackoffMaxMs = number(RETRY_BACKOFF_MAX_MS);
        retryBackoffMs = atMost(RETRY_BACKOFF_MS, RETRY_BACKOFF_MAX_MS, warnings);
        socketConnectionSetupTimeoutMaxMs = requirePositive(SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS);
        requirePositive(SOCKET_CONNECTION_SETUP_TIMEOUT_MS);
        socketConnectionSetupTimeoutMs = atMost(SOCKET_CONNECTION_SETUP_TIMEOUT_MS,
                SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS, warnings);
        connectionsMaxIdleMs = number(CONNECTIONS_MAX_IDLE_MS);
        receiveBufferBytes = requireSocketBuffer(RECEIVE_BUFFER_BYTES);
        sendBufferBytes = requireSocketBuffer(SEND_BUFFER_BYTES);

        metadataMaxAgeMs = number(METADATA_MAX_AGE_MS);
        metadataMaxIdleMs = number(METADATA_MAX_IDLE_MS);
        metadataRecoveryRebootstrapTriggerMs = number(METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS);
        rebootstrap = text(METADATA_RECOVERY_STRATEGY).toLowerCase(Locale.ROOT).equals("rebootstrap");

        partitionerClass = (Class<?>) value(PARTITIONER_CLASS);
        partitionerAdaptivePartitioningEnable = partitionerClass == null
                && flag(PARTITIONER_ADAPTIVE_PARTITIONING_ENABLE);
        partitionerAvailabilityTimeoutMs = number(PARTITIONER_AVAILABILITY_TIMEOUT_MS);
        partitionerIgnoreKeys = flag(PARTITIONER_IGNORE_KEYS);

        securityProtocol = text(SECURITY_PROTOCOL).toUpperCase(Locale.ROOT);
        tls = securityProtocol.endsWith("SSL") ? resolveTls() : null;
        if (tls == null) {
            warnOfUnused("ssl.", "connections are not encrypted", warnings);
        }
        final boolean authenticates = securityProtocol.startsWith("SASL");
        saslMechanism = text(SASL_MECHANISM);
        jaas = authenticates ? resolveJaas() : null;
        if (authenticates) {
            requireMechanism();
            SaslMechanisms.warn(this, warnings);
        } else {
            warnOfUnused("sasl.", "this client does not say who it is", warnings);
        }

        requireSerializer(KEY_SERIALIZER);
        if (jmx()) {
            // By the name under which it was asked for; the reporter can only be Kafka's.
            Optionals.requireManagement(flag(KP_JMX) ? KP_JMX : METRIC_REPORTERS,
                    flag(KP_JMX) ? true : list(METRIC_REPORTERS).get(0));
        }
        requireSerializer(VALUE_SERIALIZER);
        if (partitionerClass != null) {
            Classes.requireContract(PARTITIONER_CLASS, partitionerClass, Partitioner.class);
        }
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Starts a configuration in which everything stands at its default.
     *
     * @return a builder; {@code bootstrap.servers} has to be set
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Makes a configuration from all entries of a map.
     *
     * @param configs values by key, each typed or as text
     * @return the configuration
     * @throws ConfigException if a value is not allowed, or two contradict each other
     */
    public static ProducerConfig of(Map<String, ?> configs) {
        return builder().setAll(configs).build();
    }

    /**
     * Makes a configuration from all entries of properties, their defaults included.
     *
     * @param properties values by key, each typed or as text
     * @return the configuration
     * @throws ConfigException if a key is no text, a value is not allowed, or two contradict each other
     */
    public static ProducerConfig of(Properties properties) {
        return builder().setAll(properties).build();
    }

    /**
     * All keys that are known.
     *
     * @return the keys: Kafka's by name, then kp's own
     */
    public static Collection<ConfigKey> keys() {
        return ConfigKeys.all();
    }

    /**
     * Value of {@link #ACKS}.
     *
     * @return how many replicas must have a record: 0, 1, or -1 for all in-sync ones
     */
    public int acks() {
        return acks;
    }

    /**
     * Value of {@link #BATCH_SIZE}.
     *
     * @return bytes at which a batch is full, at least 1
     */
    public int batchSize() {
        return batchSize;
    }

    /**
     * Value of {@link #BOOTSTRAP_SERVERS}.
     *
     * @return the addresses, not resolved, at least one
     */
    public List<InetSocketAddress> bootstrapServers() {
        return bootstrapServers;
    }

    /**
     * Value of {@link #BUFFER_MEMORY}.
     *
     * @return bytes of memory for records
     */
    public long bufferMemory() {
        return bufferMemory;
    }

    /**
     * Value of {@link #CLIENT_ID}.
     *
     * @return the name; {@code producer-N} if none was set
     */
    public String clientId() {
        return clientId;
    }

    /**
     * Value of {@link #COMPRESSION_GZIP_LEVEL}.
     *
     * @return level of gzip, -1 for zlib's default
     */
    public int compressionGzipLevel() {
        return integer(COMPRESSION_GZIP_LEVEL);
    }

    /**
     * Value of {@link #COMPRESSION_LZ4_LEVEL}.
     *
     * @return level of lz4
     */
    public int compressionLz4Level() {
        return integer(COMPRESSION_LZ4_LEVEL);
    }

    /**
     * Value of {@link #KP_COMPRESSION_CALLERS}.
     *
     * @return number of callers, -1 if it follows the threads and {@code buffer.memory}
     */
    public int compressionCallers() {
        return integer(KP_COMPRESSION_CALLERS);
    }

    /**
     * Value of {@link #KP_COMPRESSION_THREADS}.
     *
     * @return number of threads, 0 if it follows the processors
     */
    public int compressionThreads() {
        return integer(KP_COMPRESSION_THREADS);
    }

    /**
     * Value of {@link #KP_COMPRESSION_TOPICS}.
     *
     * @return topics with a codec of their own, each as {@code topic=codec} or {@code topic=codec:level}
     */
    public List<String> compressionTopics() {
        return list(KP_COMPRESSION_TOPICS).stream().map(String::valueOf).toList();
    }

    /**
     * Value of {@link #COMPRESSION_TYPE}.
     *
     * @return name of the codec, or {@code none}
     */
    public String compressionType() {
        return text(COMPRESSION_TYPE);
    }

    /**
     * Value of {@link #COMPRESSION_ZSTD_LEVEL}.
     *
     * @return level of zstd
     */
    public int compressionZstdLevel() {
        return integer(COMPRESSION_ZSTD_LEVEL);
    }

    /** The topics with a codec of their own. */
    Map<String, CompressionSettings.Choice> topicCompression() {
        return topicCompression;
    }

    /**
     * Where callbacks, futures and interceptors are told how records ended.
     *
     * @return the executor; {@code null} for the I/O thread
     */
    public Executor completionExecutor() {
        return completionExecutor;
    }

    /**
     * Value of {@link #CONNECTIONS_MAX_IDLE_MS}.
     *
     * @return milliseconds; negative for never
     */
    public long connectionsMaxIdleMs() {
        return connectionsMaxIdleMs;
    }

    /**
     * Value of {@link #DELIVERY_TIMEOUT_MS}.
     *
     * @return milliseconds, at least {@link #lingerMs()} + {@link #requestTimeoutMs()}
     */
    public int deliveryTimeoutMs() {
        return deliveryTimeoutMs;
    }

    /**
     * Value of {@link #ENABLE_IDEMPOTENCE}.
     *
     * @return whether records are numbered, other settings considered
     */
    public boolean enableIdempotence() {
        return enableIdempotence;
    }

    /**
     * Value of {@link #KP_SELECT_STRATEGY}.
     *
     * @return how the I/O thread waits
     */
    public SelectStrategy selectStrategy() {
        return SelectStrategy.of(text(KP_SELECT_STRATEGY));
    }

    /**
     * Value of {@link #KP_ON_GAP}.
     *
     * @return what becomes of the records behind one that fails; without idempotence {@link GapPolicy#ALLOW_AND_REPORT}, as there is no order to keep
     */
    public GapPolicy gapPolicy() {
        return gapPolicy;
    }

    /**
     * Value of {@link #LINGER_MS}.
     *
     * @return milliseconds, at most {@link Integer#MAX_VALUE}
     */
    public long lingerMs() {
        return lingerMs;
    }

    /**
     * Value of {@link #MAX_BLOCK_MS}.
     *
     * @return milliseconds
     */
    public long maxBlockMs() {
        return maxBlockMs;
    }

    /**
     * Value of {@link #MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION}.
     *
     * @return requests, at least 1
     */
    public int maxInFlightRequestsPerConnection() {
        return maxInFlightRequestsPerConnection;
    }

    /**
     * Value of {@link #MAX_REQUEST_SIZE}.
     *
     * @return bytes
     */
    public int maxRequestSize() {
        return maxRequestSize;
    }

    /**
     * Value of {@link #METADATA_MAX_AGE_MS}.
     *
     * @return milliseconds
     */
    public long metadataMaxAgeMs() {
        return metadataMaxAgeMs;
    }

    /**
     * Value of {@link #METADATA_MAX_IDLE_MS}.
     *
     * @return milliseconds
     */
    public long metadataMaxIdleMs() {
        return metadataMaxIdleMs;
    }

    /**
     * Value of {@link #METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS}.
     *
     * @return milliseconds
     */
    public long metadataRecoveryRebootstrapTriggerMs() {
        return metadataRecoveryRebootstrapTriggerMs;
    }

    /**
     * Value of {@link #PARTITIONER_ADAPTIVE_PARTITIONING_ENABLE}.
     *
     * @return whether queue lengths count; {@code false} with a {@link #PARTITIONER_CLASS}
     */
    public boolean partitionerAdaptivePartitioningEnable() {
        return partitionerAdaptivePartitioningEnable;
    }

    /**
     * Value of {@link #PARTITIONER_AVAILABILITY_TIMEOUT_MS}.
     *
     * @return milliseconds; 0 for never
     */
    public long partitionerAvailabilityTimeoutMs() {
        return partitionerAvailabilityTimeoutMs;
    }

    /**
     * Value of {@link #PARTITIONER_IGNORE_KEYS}.
     *
     * @return whether keys do not count
     */
    public boolean partitionerIgnoreKeys() {
        return partitionerIgnoreKeys;
    }

    /**
     * Value of {@link #RECEIVE_BUFFER_BYTES}.
     *
     * @return bytes; -1 for the system's default
     */
    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /**
     * Value of {@link #RECONNECT_BACKOFF_MAX_MS}.
     *
     * @return milliseconds, at least {@link #reconnectBackoffMs()}; constant backoff if equal
     */
    public long reconnectBackoffMaxMs() {
        return reconnectBackoffMaxMs;
    }

    /**
     * Value of {@link #RECONNECT_BACKOFF_MS}.
     *
     * @return milliseconds
     */
    public long reconnectBackoffMs() {
        return reconnectBackoffMs;
    }

    /**
     * Value of {@link #REQUEST_TIMEOUT_MS}.
     *
     * @return milliseconds
     */
    public int requestTimeoutMs() {
        return requestTimeoutMs;
    }

    /**
     * Value of {@link #RETRIES}.
     *
     * @return retries of a batch
     */
    public int retries() {
        return retries;
    }

    /**
     * Value of {@link #RETRY_BACKOFF_MAX_MS}.
     *
     * @return milliseconds, at least {@link #retryBackoffMs()}; constant backoff if equal
     */
    public long retryBackoffMaxMs() {
        return retryBackoffMaxMs;
    }

    /**
     * Value of {@link #RETRY_BACKOFF_MS}.
     *
     * @return milliseconds
     */
    public long retryBackoffMs() {
        return retryBackoffMs;
    }

    /**
     * Size up to which a batch grows while its broker has no room for another request or an earlier batch of its partition waits: the value of {@link #KP_BATCH_MAX_BYTES}, but not more than
     * {@link #maxRequestSize()} and a 16th of {@link #bufferMemory()}, and not less than {@link #batchSize()}; with a {@link #BATCH_SIZE} of 0 that.
     *
     * @return bytes
     */
    public int batchMaxBytes() {
        return batchMaxBytes;
    }

    /**
     * Value of {@link #KP_BACKLOG_BYTES}.
     *
     * @return bytes that may wait for a broker before callers that are faster than the I/O thread are held up for moments; 0 if they never are
     */
    public long backlogBytes() {
        return number(KP_BACKLOG_BYTES);
    }

    /**
     * Value of {@link #KP_SEGMENT_BYTES}.
     *
     * @return bytes of a piece of memory
     */
    public int segmentBytes() {
        return segmentBytes;
    }

    /**
     * Value of {@link #SECURITY_PROTOCOL}.
     *
     * @return one of PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL, in capitals
     */
    public String securityProtocol() {
        return securityProtocol;
    }

    /**
     * Value of {@link #SEND_BUFFER_BYTES}.
     *
     * @return bytes; -1 for the system's default
     */
    public int sendBufferBytes() {
        return sendBufferBytes;
    }

    /**
     * Value of {@link #SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS}.
     *
     * @return milliseconds, at least {@link #socketConnectionSetupTimeoutMs()}
     */
    public long socketConnectionSetupTimeoutMaxMs() {
        return socketConnectionSetupTimeoutMaxMs;
    }

    /**
     * Value of {@link #SOCKET_CONNECTION_SETUP_TIMEOUT_MS}.
     *
     * @return milliseconds
     */
    public long socketConnectionSetupTimeoutMs() {
        return socketConnectionSetupTimeoutMs;
    }

    /**
     * Value of {@link #KP_SSL_RELOAD_INTERVAL_MS}.
     *
     * @return milliseconds; 0 for never
     */
    public long sslReloadIntervalMs() {
        return number(KP_SSL_RELOAD_INTERVAL_MS);
    }

    /**
     * Value of {@link #METRICS_NUM_SAMPLES}.
     *
     * @return windows, 1 or more
     */
    public int metricsNumSamples() {
        return integer(METRICS_NUM_SAMPLES);
    }

    /**
     * Value of {@link #METRICS_SAMPLE_WINDOW_MS}.
     *
     * @return milliseconds, 0 or more
     */
    public long metricsSampleWindowMs() {
        return number(METRICS_SAMPLE_WINDOW_MS);
    }

    /**
     * Value of {@link #KP_JMX}; also true if {@link #METRIC_REPORTERS} names Kafka's JMX reporter, the only one it can name.
     *
     * @return whether metrics are shown as MBeans
     */
    public boolean jmx() {
        return flag(KP_JMX) || isSet(METRIC_REPORTERS) && !list(METRIC_REPORTERS).isEmpty();
    }

    /**
     * Value of {@link #KP_SSL_RELOAD_RECONNECT}.
     *
     * @return whether connections are replaced when certificates change
     */
    public boolean sslReloadReconnect() {
        return flag(KP_SSL_RELOAD_RECONNECT);
    }

    /**
     * Value of {@link #SASL_MECHANISM}.
     *
     * @return the mechanism that counts if {@link #securityProtocol()} begins with SASL
     */
    public String saslMechanism() {
        return saslMechanism;
    }

    /** The login module of {@link #SASL_JAAS_CONFIG}; {@code null} if none is set or connections are not authenticated. */
    JaasEntry jaas() {
        return jaas;
    }

    /** The value of a password that is set; else {@code null}. */
    String secret(String key) {
        final ConfigKey.Secret secret = (ConfigKey.Secret) value(key);
        return secret == null ? null : secret.value();
    }

    /** The settings of TLS; {@code null} if connections are not encrypted. */
    TlsConfig tls() {
        return tls;
    }

    /**
     * Value of {@link #METADATA_RECOVERY_STRATEGY}.
     *
     * @return whether to start again from {@link #bootstrapServers()} when no known broker can be reached
     */
    public boolean metadataRecoveryRebootstrap() {
        return rebootstrap;
    }

    /**
     * Value of {@link #PARTITIONER_CLASS}.
     *
     * @return the class, or {@code null} for the built-in choice
     */
    public Class<?> partitionerClass() {
        return partitionerClass;
    }

    /**
     * The value that was set for a key, or its default, in the key's type.
     *
     * @param key the name of a known key
     * @return the value, or {@code null} if there is none
     * @throws IllegalArgumentException if the key is not known
     */
    public Object value(String key) {
        final Object value = values.get(key);
        if (value != null) {
            return value;
        }
        final ConfigKey known = ConfigKeys.BY_NAME.get(key);
        if (known == null) {
            throw new IllegalArgumentException("unknown configuration key: key=" + key);
        }
        return known.defaultValue();
    }

    /**
     * Whether a known key was set, be it to its default.
     *
     * @param key the name of a known key
     * @return {@code false} if it stands at its default because nobody set it, or only to {@code null}
     */
    public boolean isSet(String key) {
        return values.containsKey(key);
    }

    /**
     * What was set, as it was given, for serializers and interceptors to read: unknown keys included, passwords not hidden.
     *
     * @return an immutable map in the order of setting
     */
    public Map<String, Object> originals() {
        return originals;
    }

    /**
     * What is probably a mistake and was not refused: unknown keys, keys without effect, values that had to give way to others. The log has them too.
     *
     * @return one sentence for each
     */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * The known keys that were set, in the order of the table, with passwords hidden. Unknown keys are left out, as nobody knows what is secret about them.
     *
     * @return {@code ProducerConfig(key=value, ...)}
     */
    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("ProducerConfig(");
        for (final ConfigKey key : ConfigKeys.all()) {
            if (isSet(key.name()) || key.name().equals(CLIENT_ID)) {
                final Object value = key.name().equals(CLIENT_ID) ? clientId : value(key.name());
                text.append(key.name()).append('=')
                        .append(value instanceof Class<?> type ? type.getName() : key.shown(value)).append(", ");
            }
        }
        text.setLength(text.length() - 2);
        return text.append(')').toString();
    }

    /** The serializer for keys that the configuration names: made and configured. */
    <K> Serializer<K> newKeySerializer() {
        return newSerializer(KEY_SERIALIZER, true);
    }

    /** The serializer for values that the configuration names: made and configured. */
    <V> Serializer<V> newValueSerializer() {
        return newSerializer(VALUE_SERIALIZER, false);
    }

    /** The interceptors that the configuration names: made and configured, in their order. */
    <K, V> List<ProducerInterceptor<K, V>> newInterceptors() {
        final List<ProducerInterceptor<K, V>> interceptors = new ArrayList<>();
        try {
            for (final Object named : list(INTERCEPTOR_CLASSES)) {
                final Class<?> type = named instanceof Class<?> given
                        ? given
                        : Classes.forName(INTERCEPTOR_CLASSES, String.valueOf(named));
                @SuppressWarnings("unchecked")
                final ProducerInterceptor<K, V> interceptor = (ProducerInterceptor<K, V>) Classes.newInstance(
                        INTERCEPTOR_CLASSES, type,
                        ProducerInterceptor.class);
                interceptors.add(interceptor);
                interceptor.configure(pluginConfigs());
            }
        } catch (final RuntimeException | Error e) {
            // Those that were made hold resources perhaps, and nobody else knows of them.
            for (final ProducerInterceptor<K, V> interceptor : interceptors) {
                try {
                    interceptor.close();
                } catch (final RuntimeException suppressed) {
                    e.addSuppressed(suppressed);
                }
            }
            throw e;
        }
        return List.copyOf(interceptors);
    }

    /** The partitioner that the configuration names: made and configured; null for the built-in choice. */
    Partitioner newPartitioner() {
        if (partitionerClass == null) {
            return null;
        }
        final Partitioner partitioner = Classes.newInstance(PARTITIONER_CLASS, partitionerClass, Partitioner.class);
        partitioner.configure(pluginConfigs());
        return partitioner;
    }

    /** What plug-ins read: what was set, and the client id that counts. */
    Map<String, Object> pluginConfigs() {
        final Map<String, Object> configs = new HashMap<>(originals);
        configs.put(CLIENT_ID, clientId);
        return configs;
    }

    private <T> Serializer<T> newSerializer(String key, boolean isKey) {
        final Class<?> type = (Class<?>) value(key);
        if (type == null) {
            throw new ConfigException(key, null, "is required: a class that implements " + Serializer.class.getName()
                    + ", unless the producer is given an instance");
        }
        @SuppressWarnings("unchecked")
        final Serializer<T> serializer = (Serializer<T>) Classes.newInstance(key, type, Serializer.class);
        serializer.configure(pluginConfigs(), isKey);
        return serializer;
    }

    private void requireSerializer(String key) {
        final Class<?> type = (Class<?>) value(key);
        if (type != null) {
            Classes.requireContract(key, type, Serializer.class);
        }
    }

    private void refuseAbsentFeatures() {
        for (final ConfigKey key : ConfigKeys.all()) {
            if (key.support() == Support.DEFAULT_ONLY && isSet(key.name()) && !key.isDefault(value(key.name()))
                    && !isOAuthHandler(key) && !isNoReporter(key)) {
                throw new ConfigException(key.name(), key.shown(value(key.name())),
                        "is not supported by this version of kp"
                                + (key.defaultValue() == null
                                        ? "; leave it out"
                                        : ", which has only " + key.name() + "=" + asText(key.defaultValue())));
            }
        }
    }

    /** How Kafka's users turn JMX off. */
    private boolean isNoReporter(ConfigKey key) {
        return key.name().equals(METRIC_REPORTERS) && list(METRIC_REPORTERS).isEmpty();
    }

    private boolean isOAuthHandler(ConfigKey key) {
        final Object value = value(key.name());
        return key.name().equals(SASL_LOGIN_CALLBACK_HANDLER_CLASS)
                && OAUTH_HANDLERS.contains(value instanceof Class<?> type ? type.getName() : value);
    }

    private void warnUnknownKeys(List<String> warnings) {
        for (final String name : originals.keySet()) {
            if (!ConfigKeys.BY_NAME.containsKey(name) && !ConfigKeys.PLUGIN_KEYS.contains(name)) {
                final String nearest = NearestKey.of(name);
                warnings.add("unknown configuration key: " + name
                        + (nearest == null ? "; no known key is like it" : "; did you mean " + nearest + "?"));
            }
        }
    }

    private void warnIneffectiveKeys(List<String> warnings) {
        for (final ConfigKey key : ConfigKeys.all()) {
            // kp does what enable.metrics.push=false asks for, so there it is the default that has no effect.
            final boolean wanted = key.name().equals(ENABLE_METRICS_PUSH)
                    ? isSet(key.name()) && flag(ENABLE_METRICS_PUSH)
                    : key.support() == Support.NO_EFFECT && isSet(key.name()) && !key.isDefault(value(key.name()));
            if (wanted) {
                warnings.add(key.name() + "=" + key.shown(value(key.name())) + " has no effect in this version of kp");
            }
        }
    }

    private TlsConfig resolveTls() {
        try {
            return TlsConfig.builder().protocol(text(SSL_PROTOCOL)).provider(text(SSL_PROVIDER))
                    .enabledProtocols(texts(SSL_ENABLED_PROTOCOLS)).cipherSuites(texts(SSL_CIPHER_SUITES))
                    .endpointIdentificationAlgorithm(text(SSL_ENDPOINT_IDENTIFICATION_ALGORITHM))
                    .keyManagerAlgorithm(text(SSL_KEYMANAGER_ALGORITHM))
                    .trustManagerAlgorithm(text(SSL_TRUSTMANAGER_ALGORITHM))
                    .secureRandomImplementation(text(SSL_SECURE_RANDOM_IMPLEMENTATION))
                    .keystoreType(text(SSL_KEYSTORE_TYPE)).keystoreLocation(text(SSL_KEYSTORE_LOCATION))
                    .keystorePassword(secret(SSL_KEYSTORE_PASSWORD)).keyPassword(secret(SSL_KEY_PASSWORD))
                    .keystoreCertificateChain(secret(SSL_KEYSTORE_CERTIFICATE_CHAIN))
                    .keystoreKey(secret(SSL_KEYSTORE_KEY))
                    .truststoreType(text(SSL_TRUSTSTORE_TYPE)).truststoreLocation(text(SSL_TRUSTSTORE_LOCATION))
                    .truststorePassword(secret(SSL_TRUSTSTORE_PASSWORD))
                    .truststoreCertificates(secret(SSL_TRUSTSTORE_CERTIFICATES)).build();
        } catch (final TlsConfigException e) {
            throw refusal(e);
        }
    }

    /** What kp-network says about TLS, as said about the configuration. */
    ConfigException refusal(TlsConfigException e) {
        return new ConfigException(e.key(), ConfigKeys.BY_NAME.get(e.key()).shown(value(e.key())), e.rule(), e);
    }

    private void warnOfUnused(String prefix, String consequence, List<String> warnings) {
        final List<String> unused = new ArrayList<>();
        for (final ConfigKey key : ConfigKeys.all()) {
            if (key.name().startsWith(prefix) && isSet(key.name()) && !key.isDefault(value(key.name()))) {
                unused.add(key.name());
            }
        }
        if (!unused.isEmpty()) {
            warnings.add(String.join(", ", unused) + ": no effect with " + SECURITY_PROTOCOL + "=" + securityProtocol
                    + ": " + consequence);
        }
    }

    private JaasEntry resolveJaas() {
        final String text = secret(SASL_JAAS_CONFIG);
        try {
            return text == null ? JaasEntry.ofFile() : JaasEntry.parse(text);
        } catch (final IllegalArgumentException e) {
            throw new ConfigException(SASL_JAAS_CONFIG, ConfigKey.HIDDEN, e.getMessage());
        }
    }

    private void requireMechanism() {
        final String module = SASL_MODULES.get(saslMechanism);
        if (module == null) {
            throw new ConfigException(SASL_MECHANISM, saslMechanism,
                    "must be one of " + String.join(", ", new TreeSet<>(SASL_MODULES.keySet())));
        }
        // By the name alone: the modules of other distributions stand in other packages.
        // Kerberos has one in each JDK.
        if (jaas != null && !jaas.simpleName().equals(module) && !saslMechanism.equals("GSSAPI")) {
            throw new ConfigException(SASL_JAAS_CONFIG, ConfigKey.HIDDEN, "must name a " + module + " for "
                    + SASL_MECHANISM + "=" + saslMechanism + ", not " + jaas.module());
        }
    }

    private boolean resolveIdempotence() {
        final boolean explicit = isSet(ENABLE_IDEMPOTENCE);
        if (!flag(ENABLE_IDEMPOTENCE)) {
            return false;
        }
        final String wanted = ENABLE_IDEMPOTENCE + "=true" + (explicit ? "" : " (the default)");
        if (maxInFlightRequestsPerConnection > MAX_IN_FLIGHT_WITH_IDEMPOTENCE) {
            // Also where acks or retries are about to turn idempotence off: as Kafka since 4.0.
            throw new ConfigException(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, maxInFlightRequestsPerConnection,
                    "must be at most "
                            + MAX_IN_FLIGHT_WITH_IDEMPOTENCE + " with " + wanted + "; lower it or set "
                            + ENABLE_IDEMPOTENCE + "=false");
        }
        if (retries == 0) {
            return idempotenceGivesWay(explicit, RETRIES, retries, "must not be 0 with " + wanted);
        }
        if (acks != ALL_IN_SYNC_REPLICAS) {
            return idempotenceGivesWay(explicit, ACKS, text(ACKS), "must be all with " + wanted);
        }
        return true;
    }

    private GapPolicy resolveGapPolicy() {
        final GapPolicy wanted = GapPolicy.of(text(KP_ON_GAP));
        if (wanted == GapPolicy.FAIL_FOLLOWING && !enableIdempotence) {
            if (!isSet(KP_ON_GAP)) {
                return GapPolicy.ALLOW_AND_REPORT;
            }
            throw new ConfigException(KP_ON_GAP, wanted.text(), "must be " + GapPolicy.ALLOW_AND_REPORT.text()
                    + " without " + ENABLE_IDEMPOTENCE + "=true, as no order is kept then");
        }
        return wanted;
    }

    private static boolean idempotenceGivesWay(boolean explicit, String key, Object value, String rule) {
        if (explicit) {
            throw new ConfigException(key, value, rule + "; leave one of them out");
        }
        LOG.info("idempotence is off because of {}={}", key, value);
        return false;
    }

    private int resolveDeliveryTimeout(List<String> warnings) {
        final int deliveryTimeoutMs = integer(DELIVERY_TIMEOUT_MS);
        final int least = (int) Math.min(lingerMs + requestTimeoutMs, Integer.MAX_VALUE);
        if (deliveryTimeoutMs >= least) {
            return deliveryTimeoutMs;
        }
        if (isSet(DELIVERY_TIMEOUT_MS)) {
            throw new ConfigException(DELIVERY_TIMEOUT_MS, deliveryTimeoutMs,
                    "must be at least " + LINGER_MS + " + " + REQUEST_TIMEOUT_MS
                            + ": " + LINGER_MS + "=" + lingerMs + ", " + REQUEST_TIMEOUT_MS + "=" + requestTimeoutMs);
        }
        warnings.add(DELIVERY_TIMEOUT_MS + "=" + deliveryTimeoutMs + " (the default) is raised to " + least
                + ", since it must be at least "
                + LINGER_MS + "=" + lingerMs + " + " + REQUEST_TIMEOUT_MS + "=" + requestTimeoutMs);
        return least;
    }

    private void requireFitsBufferMemory(String key, long bytes) {
        if (bytes > bufferMemory) {
            throw new ConfigException(isSet(key) ? key : BUFFER_MEMORY, isSet(key) ? bytes : bufferMemory,
                    isSet(key)
                            ? "must be at most " + BUFFER_MEMORY + "=" + bufferMemory
                            : "must be at least " + key + "=" + bytes);
        }
    }

    private long requirePositive(String key) {
        final long value = number(key);
        if (value <= 0) {
            throw new ConfigException(key, value, "must be at least 1");
        }
        return value;
    }

    private int requireSocketBuffer(String key) {
        final int bytes = integer(key);
        if (bytes == 0) {
            throw new ConfigException(key, bytes, "must be at least 1, or -1 for the system's default");
        }
        return bytes;
    }

    private long atMost(String key, String maxKey, List<String> warnings) {
        final long value = number(key);
        final long max = number(maxKey);
        if (value > max) {
            warnings.add(key + "=" + value + " is above " + maxKey + "=" + max + ": always " + max + " is used");
        }
        return Math.min(value, max);
    }

    private static String asText(Object value) {
        return value instanceof List<?> list
                ? String.join(",", list.stream().map(String::valueOf).toList())
                : String.valueOf(value);
    }

    private int integer(String key) {
        return (Integer) value(key);
    }

    private long number(String key) {
        return (Long) value(key);
    }

    private boolean flag(String key) {
        return (Boolean) value(key);
    }

    private String text(String key) {
        return (String) value(key);
    }

    private List<?> list(String key) {
        return (List<?>) value(key);
    }

    private List<String> texts(String key) {
        return list(key).stream().map(String::valueOf).toList();
    }

    /**
     * Collects values; not thread-safe. {@link #build()} may be called several times.
     */
    public static final class Builder {
        private final Map<String, Object> originals = new LinkedHashMap<>();
        private final Map<String, Object> values = new HashMap<>();
        private Executor completionExecutor;

        private Builder() {
        }

        /**
         * Sets where callbacks, futures and interceptors are told how records ended. Each partition's outcomes are told one after the other, in the order of its records;
         * those of different partitions at the same time, as far as the executor has threads. Outcomes wait for the executor on the heap: the memory of their
         * records is free already, so {@code buffer.memory} does not bound how many there are. If the executor refuses, that is logged as an error and they are told
         * on the thread that has them. One that drops tasks without a word drops outcomes. The producer does not shut the executor down; close the producer first.
         *
         * <p>Failures that {@code send} finds at once are told on the calling thread, whatever is set here.
         *
         * @param executor where; {@code null} for the I/O thread, the default
         * @return this
         */
        public Builder completionExecutor(Executor executor) {
            completionExecutor = executor;
            return this;
        }

        /**
         * Sets any key. The last of several values for one key counts.
         *
         * @param key its name; it may be one that only a serializer or an interceptor knows
         * @param value the value, in the key's type or as text; {@code null} takes back what was set for a key that has no default
         * @return this
         * @throws ConfigException if the key is known and the value is not allowed
         */
        public Builder set(String key, Object value) {
            requireNonNull(key, "key");
            final ConfigKey known = ConfigKeys.BY_NAME.get(key);
            if (known != null) {
                final Object typed = known.parse(value);
                if (typed == null) {
                    values.remove(key);
                } else {
                    values.put(key, typed);
                }
            }
            originals.put(key, value);
            return this;
        }

        /**
         * Sets several keys.
         *
         * @param configs values by key
         * @return this
         * @throws ConfigException if a value is not allowed
         */
        public Builder setAll(Map<String, ?> configs) {
            configs.forEach(this::set);
            return this;
        }

        /**
         * Sets several keys.
         *
         * @param properties values by key; the defaults behind them count too
         * @return this
         * @throws ConfigException if a key is no text, or a value is not allowed
         */
        public Builder setAll(Properties properties) {
            for (final String name : properties.stringPropertyNames()) {
                set(name, properties.getProperty(name));
            }
            // Values that are not text: only the table itself has those.
            properties.forEach((name, value) -> {
                if (!(name instanceof String)) {
                    throw new ConfigException(String.valueOf(name), ConfigKey.HIDDEN,
                            "a key must be a text, not a " + name.getClass().getName());
                }
                set((String) name, value);
            });
            return this;
        }

        /**
         * Sets {@link #ACKS}.
         *
         * @param acks {@code 0}, {@code 1}, {@code all} or {@code -1}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder acks(String acks) {
            return set(ACKS, acks);
        }

        /**
         * Sets {@link #BATCH_SIZE}.
         *
         * @param bytes bytes at which a batch is full
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder batchSize(int bytes) {
            return set(BATCH_SIZE, bytes);
        }

        /**
         * Sets {@link #BOOTSTRAP_SERVERS}.
         *
         * @param servers {@code host:port} of some brokers; also several in one, with commas between them, as in Kafka's configuration
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder bootstrapServers(String... servers) {
            return set(BOOTSTRAP_SERVERS,
                    servers.length == 0 ? List.of() : List.of(String.join(",", servers).split(",")));
        }

        /**
         * Sets {@link #BUFFER_MEMORY}.
         *
         * @param bytes bytes of memory for records
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder bufferMemory(long bytes) {
            return set(BUFFER_MEMORY, bytes);
        }

        /**
         * Sets {@link #CLIENT_ID}.
         *
         * @param id the name
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder clientId(String id) {
            return set(CLIENT_ID, id);
        }

        /**
         * Sets {@link #COMPRESSION_GZIP_LEVEL}.
         *
         * @param level from 1 to 9, or -1 for zlib's default
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder compressionGzipLevel(int level) {
            return set(COMPRESSION_GZIP_LEVEL, level);
        }

        /**
         * Sets {@link #COMPRESSION_LZ4_LEVEL}.
         *
         * @param level from 1 to 17; 9 is the fast compressor
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder compressionLz4Level(int level) {
            return set(COMPRESSION_LZ4_LEVEL, level);
        }

        /**
         * Sets {@link #KP_COMPRESSION_CALLERS}.
         *
         * @param callers number of callers of {@code send} that may compress at a time, 0 for none, -1 to follow the threads
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder compressionCallers(int callers) {
            return set(KP_COMPRESSION_CALLERS, callers);
        }

        /**
         * Sets {@link #KP_COMPRESSION_THREADS}.
         *
         * @param threads number of threads, 0 for half of the processors
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder compressionThreads(int threads) {
            return set(KP_COMPRESSION_THREADS, threads);
        }

        /**
         * Sets {@link #KP_COMPRESSION_TOPICS}.
         *
         * @param topics each {@code topic=codec} or {@code topic=codec:level}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder compressionTopics(List<String> topics) {
            return set(KP_COMPRESSION_TOPICS, topics);
        }

        /**
         * Sets {@link #COMPRESSION_TYPE}.
         *
         * @param codec {@code none}, {@code gzip}, {@code snappy}, {@code lz4} or {@code zstd}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder compressionType(String codec) {
            return set(COMPRESSION_TYPE, codec);
        }

        /**
         * Sets {@link #COMPRESSION_ZSTD_LEVEL}.
         *
         * @param level from -131072 to 22
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder compressionZstdLevel(int level) {
            return set(COMPRESSION_ZSTD_LEVEL, level);
        }

        /**
         * Sets {@link #CONNECTIONS_MAX_IDLE_MS}.
         *
         * @param ms milliseconds; negative for never
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder connectionsMaxIdleMs(long ms) {
            return set(CONNECTIONS_MAX_IDLE_MS, ms);
        }

        /**
         * Sets {@link #DELIVERY_TIMEOUT_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder deliveryTimeoutMs(int ms) {
            return set(DELIVERY_TIMEOUT_MS, ms);
        }

        /**
         * Sets {@link #ENABLE_IDEMPOTENCE}.
         *
         * @param on whether records are numbered
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder enableIdempotence(boolean on) {
            return set(ENABLE_IDEMPOTENCE, on);
        }

        /**
         * Sets {@link #INTERCEPTOR_CLASSES}.
         *
         * @param classes classes or names of classes
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder interceptorClasses(List<?> classes) {
            return set(INTERCEPTOR_CLASSES, classes);
        }

        /**
         * Sets {@link #KEY_SERIALIZER}.
         *
         * @param type the class
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder keySerializer(Class<?> type) {
            return set(KEY_SERIALIZER, type);
        }

        /**
         * Sets {@link #LINGER_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder lingerMs(long ms) {
            return set(LINGER_MS, ms);
        }

        /**
         * Sets {@link #MAX_BLOCK_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder maxBlockMs(long ms) {
            return set(MAX_BLOCK_MS, ms);
        }

        /**
         * Sets {@link #MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION}.
         *
         * @param requests requests
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder maxInFlightRequestsPerConnection(int requests) {
            return set(MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, requests);
        }

        /**
         * Sets {@link #MAX_REQUEST_SIZE}.
         *
         * @param bytes bytes
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder maxRequestSize(int bytes) {
            return set(MAX_REQUEST_SIZE, bytes);
        }

        /**
         * Sets {@link #METADATA_MAX_AGE_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder metadataMaxAgeMs(long ms) {
            return set(METADATA_MAX_AGE_MS, ms);
        }

        /**
         * Sets {@link #METADATA_MAX_IDLE_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder metadataMaxIdleMs(long ms) {
            return set(METADATA_MAX_IDLE_MS, ms);
        }

        /**
         * Sets {@link #METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder metadataRecoveryRebootstrapTriggerMs(long ms) {
            return set(METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS, ms);
        }

        /**
         * Sets {@link #METADATA_RECOVERY_STRATEGY}.
         *
         * @param strategy {@code rebootstrap} or {@code none}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder metadataRecoveryStrategy(String strategy) {
            return set(METADATA_RECOVERY_STRATEGY, strategy);
        }

        /**
         * Sets {@link #PARTITIONER_ADAPTIVE_PARTITIONING_ENABLE}.
         *
         * @param on whether queue lengths count
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder partitionerAdaptivePartitioningEnable(boolean on) {
            return set(PARTITIONER_ADAPTIVE_PARTITIONING_ENABLE, on);
        }

        /**
         * Sets {@link #PARTITIONER_AVAILABILITY_TIMEOUT_MS}.
         *
         * @param ms milliseconds; 0 for never
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder partitionerAvailabilityTimeoutMs(long ms) {
            return set(PARTITIONER_AVAILABILITY_TIMEOUT_MS, ms);
        }

        /**
         * Sets {@link #PARTITIONER_CLASS}.
         *
         * @param type the class
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder partitionerClass(Class<?> type) {
            return set(PARTITIONER_CLASS, type);
        }

        /**
         * Sets {@link #PARTITIONER_IGNORE_KEYS}.
         *
         * @param on whether keys do not count
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder partitionerIgnoreKeys(boolean on) {
            return set(PARTITIONER_IGNORE_KEYS, on);
        }

        /**
         * Sets {@link #RECEIVE_BUFFER_BYTES}.
         *
         * @param bytes bytes; -1 for the system's default
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder receiveBufferBytes(int bytes) {
            return set(RECEIVE_BUFFER_BYTES, bytes);
        }

        /**
         * Sets {@link #RECONNECT_BACKOFF_MAX_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder reconnectBackoffMaxMs(long ms) {
            return set(RECONNECT_BACKOFF_MAX_MS, ms);
        }

        /**
         * Sets {@link #RECONNECT_BACKOFF_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder reconnectBackoffMs(long ms) {
            return set(RECONNECT_BACKOFF_MS, ms);
        }

        /**
         * Sets {@link #REQUEST_TIMEOUT_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder requestTimeoutMs(int ms) {
            return set(REQUEST_TIMEOUT_MS, ms);
        }

        /**
         * Sets {@link #RETRIES}.
         *
         * @param retries retries of a batch
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder retries(int retries) {
            return set(RETRIES, retries);
        }

        /**
         * Sets {@link #RETRY_BACKOFF_MAX_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder retryBackoffMaxMs(long ms) {
            return set(RETRY_BACKOFF_MAX_MS, ms);
        }

        /**
         * Sets {@link #RETRY_BACKOFF_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder retryBackoffMs(long ms) {
            return set(RETRY_BACKOFF_MS, ms);
        }

        /**
         * Sets {@link #SASL_JAAS_CONFIG}.
         *
         * @param entry one login module with its options, as in a JAAS file
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslJaasConfig(String entry) {
            return set(SASL_JAAS_CONFIG, entry);
        }

        /**
         * Sets {@link #SASL_KERBEROS_MIN_TIME_BEFORE_RELOGIN}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslKerberosMinTimeBeforeRelogin(long ms) {
            return set(SASL_KERBEROS_MIN_TIME_BEFORE_RELOGIN, ms);
        }

        /**
         * Sets {@link #SASL_KERBEROS_SERVICE_NAME}.
         *
         * @param name the first part of the brokers' principals
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslKerberosServiceName(String name) {
            return set(SASL_KERBEROS_SERVICE_NAME, name);
        }

        /**
         * Sets {@link #SASL_LOGIN_CONNECT_TIMEOUT_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslLoginConnectTimeoutMs(int ms) {
            return set(SASL_LOGIN_CONNECT_TIMEOUT_MS, ms);
        }

        /**
         * Sets {@link #SASL_LOGIN_READ_TIMEOUT_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslLoginReadTimeoutMs(int ms) {
            return set(SASL_LOGIN_READ_TIMEOUT_MS, ms);
        }

        /**
         * Sets {@link #SASL_LOGIN_REFRESH_BUFFER_SECONDS}.
         *
         * @param seconds seconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslLoginRefreshBufferSeconds(short seconds) {
            return set(SASL_LOGIN_REFRESH_BUFFER_SECONDS, seconds);
        }

        /**
         * Sets {@link #SASL_LOGIN_REFRESH_MIN_PERIOD_SECONDS}.
         *
         * @param seconds seconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslLoginRefreshMinPeriodSeconds(short seconds) {
            return set(SASL_LOGIN_REFRESH_MIN_PERIOD_SECONDS, seconds);
        }

        /**
         * Sets {@link #SASL_LOGIN_REFRESH_WINDOW_FACTOR}.
         *
         * @param factor a part of a token's life
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslLoginRefreshWindowFactor(double factor) {
            return set(SASL_LOGIN_REFRESH_WINDOW_FACTOR, factor);
        }

        /**
         * Sets {@link #SASL_LOGIN_REFRESH_WINDOW_JITTER}.
         *
         * @param jitter a part of a token's life
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslLoginRefreshWindowJitter(double jitter) {
            return set(SASL_LOGIN_REFRESH_WINDOW_JITTER, jitter);
        }

        /**
         * Sets {@link #SASL_MECHANISM}.
         *
         * @param mechanism {@code PLAIN}, {@code SCRAM-SHA-256}, {@code SCRAM-SHA-512}, {@code OAUTHBEARER} or {@code GSSAPI}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslMechanism(String mechanism) {
            return set(SASL_MECHANISM, mechanism);
        }

        /**
         * Sets {@link #SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID}.
         *
         * @param id the client's name at the identity provider
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslOauthbearerClientCredentialsClientId(String id) {
            return set(SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID, id);
        }

        /**
         * Sets {@link #SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET}.
         *
         * @param secret the client's password there
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslOauthbearerClientCredentialsClientSecret(String secret) {
            return set(SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET, secret);
        }

        /**
         * Sets {@link #SASL_OAUTHBEARER_HEADER_URLENCODE}.
         *
         * @param on whether to encode id and secret in the request's header
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslOauthbearerHeaderUrlencode(boolean on) {
            return set(SASL_OAUTHBEARER_HEADER_URLENCODE, on);
        }

        /**
         * Sets {@link #SASL_OAUTHBEARER_SCOPE}.
         *
         * @param scope what to ask for
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslOauthbearerScope(String scope) {
            return set(SASL_OAUTHBEARER_SCOPE, scope);
        }

        /**
         * Sets {@link #SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL}.
         *
         * @param url an URL, {@code https:} or {@code file:}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder saslOauthbearerTokenEndpointUrl(String url) {
            return set(SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, url);
        }

        /**
         * Sets {@link #SECURITY_PROTOCOL}.
         *
         * @param protocol {@code PLAINTEXT}, {@code SSL}, {@code SASL_PLAINTEXT} or {@code SASL_SSL}, in any case
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder securityProtocol(String protocol) {
            return set(SECURITY_PROTOCOL, protocol);
        }

        /**
         * Sets {@link #KP_BACKLOG_BYTES}.
         *
         * @param bytes what may wait for a broker before callers that are faster than the I/O thread are held up for moments; 0 never to hold them up
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder backlogBytes(long bytes) {
            return set(KP_BACKLOG_BYTES, bytes);
        }

        /**
         * Sets {@link #KP_BATCH_MAX_BYTES}.
         *
         * @param bytes size up to which a batch grows while it has to wait for its broker or for an earlier batch; 0 for never beyond {@link #BATCH_SIZE}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder batchMaxBytes(int bytes) {
            return set(KP_BATCH_MAX_BYTES, bytes);
        }

        /**
         * Sets {@link #KP_ON_GAP}.
         *
         * @param policy what becomes of the records behind one that fails
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder onGap(GapPolicy policy) {
            return set(KP_ON_GAP, policy.text());
        }

        /**
         * Sets {@link #KP_SELECT_STRATEGY}.
         *
         * @param strategy how the I/O thread waits
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder selectStrategy(SelectStrategy strategy) {
            return set(KP_SELECT_STRATEGY, strategy.text());
        }

        /**
         * Sets {@link #KP_SEGMENT_BYTES}.
         *
         * @param bytes bytes of a piece of memory
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder segmentBytes(int bytes) {
            return set(KP_SEGMENT_BYTES, bytes);
        }

        /**
         * Sets {@link #SEND_BUFFER_BYTES}.
         *
         * @param bytes bytes; -1 for the system's default
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sendBufferBytes(int bytes) {
            return set(SEND_BUFFER_BYTES, bytes);
        }

        /**
         * Sets {@link #SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder socketConnectionSetupTimeoutMaxMs(long ms) {
            return set(SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS, ms);
        }

        /**
         * Sets {@link #SOCKET_CONNECTION_SETUP_TIMEOUT_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder socketConnectionSetupTimeoutMs(long ms) {
            return set(SOCKET_CONNECTION_SETUP_TIMEOUT_MS, ms);
        }

        /**
         * Sets {@link #SSL_CIPHER_SUITES}.
         *
         * @param suites names as the JDK has them; empty for its choice
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslCipherSuites(List<String> suites) {
            return set(SSL_CIPHER_SUITES, suites);
        }

        /**
         * Sets {@link #SSL_ENABLED_PROTOCOLS}.
         *
         * @param protocols TLS versions; empty for the JDK's choice
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslEnabledProtocols(List<String> protocols) {
            return set(SSL_ENABLED_PROTOCOLS, protocols);
        }

        /**
         * Sets {@link #SSL_ENDPOINT_IDENTIFICATION_ALGORITHM}.
         *
         * @param algorithm {@code https}, or empty to not verify names
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslEndpointIdentificationAlgorithm(String algorithm) {
            return set(SSL_ENDPOINT_IDENTIFICATION_ALGORITHM, algorithm);
        }

        /**
         * Sets {@link #SSL_KEY_PASSWORD}.
         *
         * @param password the private key's own password
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslKeyPassword(String password) {
            return set(SSL_KEY_PASSWORD, password);
        }

        /**
         * Sets {@link #SSL_KEYMANAGER_ALGORITHM}.
         *
         * @param algorithm an algorithm of {@code KeyManagerFactory}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslKeymanagerAlgorithm(String algorithm) {
            return set(SSL_KEYMANAGER_ALGORITHM, algorithm);
        }

        /**
         * Sets {@link #SSL_KEYSTORE_CERTIFICATE_CHAIN}.
         *
         * @param pem certificates in PEM, the own one first
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslKeystoreCertificateChain(String pem) {
            return set(SSL_KEYSTORE_CERTIFICATE_CHAIN, pem);
        }

        /**
         * Sets {@link #SSL_KEYSTORE_KEY}.
         *
         * @param pem the private key in PEM, PKCS#8
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslKeystoreKey(String pem) {
            return set(SSL_KEYSTORE_KEY, pem);
        }

        /**
         * Sets {@link #SSL_KEYSTORE_LOCATION}.
         *
         * @param file the file with the own key and certificates
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslKeystoreLocation(String file) {
            return set(SSL_KEYSTORE_LOCATION, file);
        }

        /**
         * Sets {@link #SSL_KEYSTORE_PASSWORD}.
         *
         * @param password the store's password
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslKeystorePassword(String password) {
            return set(SSL_KEYSTORE_PASSWORD, password);
        }

        /**
         * Sets {@link #SSL_KEYSTORE_TYPE}.
         *
         * @param type {@code PEM}, {@code PKCS12} or {@code JKS}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslKeystoreType(String type) {
            return set(SSL_KEYSTORE_TYPE, type);
        }

        /**
         * Sets {@link #SSL_PROTOCOL}.
         *
         * @param protocol the {@code SSLContext}'s protocol
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslProtocol(String protocol) {
            return set(SSL_PROTOCOL, protocol);
        }

        /**
         * Sets {@link #SSL_PROVIDER}.
         *
         * @param provider the name of a JCA provider
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslProvider(String provider) {
            return set(SSL_PROVIDER, provider);
        }

        /**
         * Sets {@link #KP_SSL_RELOAD_INTERVAL_MS}.
         *
         * @param ms milliseconds; 0 for never
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslReloadIntervalMs(long ms) {
            return set(KP_SSL_RELOAD_INTERVAL_MS, ms);
        }

        /**
         * Sets {@link #METRICS_NUM_SAMPLES}.
         *
         * @param windows number of windows
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder metricsNumSamples(int windows) {
            return set(METRICS_NUM_SAMPLES, windows);
        }

        /**
         * Sets {@link #METRICS_SAMPLE_WINDOW_MS}.
         *
         * @param ms milliseconds
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder metricsSampleWindowMs(long ms) {
            return set(METRICS_SAMPLE_WINDOW_MS, ms);
        }

        /**
         * Sets {@link #KP_JMX}.
         *
         * @param on whether metrics are shown as MBeans
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder jmx(boolean on) {
            return set(KP_JMX, on);
        }

        /**
         * Sets {@link #KP_SSL_RELOAD_RECONNECT}.
         *
         * @param on whether to replace connections
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslReloadReconnect(boolean on) {
            return set(KP_SSL_RELOAD_RECONNECT, on);
        }

        /**
         * Sets {@link #SSL_SECURE_RANDOM_IMPLEMENTATION}.
         *
         * @param algorithm an algorithm of {@code SecureRandom}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslSecureRandomImplementation(String algorithm) {
            return set(SSL_SECURE_RANDOM_IMPLEMENTATION, algorithm);
        }

        /**
         * Sets {@link #SSL_TRUSTMANAGER_ALGORITHM}.
         *
         * @param algorithm an algorithm of {@code TrustManagerFactory}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslTrustmanagerAlgorithm(String algorithm) {
            return set(SSL_TRUSTMANAGER_ALGORITHM, algorithm);
        }

        /**
         * Sets {@link #SSL_TRUSTSTORE_CERTIFICATES}.
         *
         * @param pem the trusted certificates in PEM
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslTruststoreCertificates(String pem) {
            return set(SSL_TRUSTSTORE_CERTIFICATES, pem);
        }

        /**
         * Sets {@link #SSL_TRUSTSTORE_LOCATION}.
         *
         * @param file the file with the trusted certificates
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslTruststoreLocation(String file) {
            return set(SSL_TRUSTSTORE_LOCATION, file);
        }

        /**
         * Sets {@link #SSL_TRUSTSTORE_PASSWORD}.
         *
         * @param password the store's password
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslTruststorePassword(String password) {
            return set(SSL_TRUSTSTORE_PASSWORD, password);
        }

        /**
         * Sets {@link #SSL_TRUSTSTORE_TYPE}.
         *
         * @param type {@code PEM}, {@code PKCS12} or {@code JKS}
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder sslTruststoreType(String type) {
            return set(SSL_TRUSTSTORE_TYPE, type);
        }

        /**
         * Sets {@link #VALUE_SERIALIZER}.
         *
         * @param type the class
         * @return this
         * @throws ConfigException if the value is not allowed
         */
        public Builder valueSerializer(Class<?> type) {
            return set(VALUE_SERIALIZER, type);
        }

        /**
         * Makes the configuration and logs its {@link ProducerConfig#warnings() warnings}.
         *
         * @return the configuration
         * @throws ConfigException if values contradict each other, or one belongs to a feature that this version of kp does not have
         */
        public ProducerConfig build() {
            final ProducerConfig config = new ProducerConfig(this);
            for (final String warning : config.warnings) {
                LOG.warn("client.id={}: {}", config.clientId, warning);
            }
            return config;
        }
    }
}
