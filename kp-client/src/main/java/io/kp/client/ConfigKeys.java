package io.kp.client;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

import io.kp.client.ConfigKey.Importance;
import io.kp.client.ConfigKey.Support;
import io.kp.client.ConfigKey.Type;

/**
 * The table of all configuration keys: Kafka's, in the order of their names, then kp's own. Names, types, defaults and rules of the former are those of
 * kafka-clients 4.3.1, which a test holds against it. A configuration reference can be printed from here.
 */
final class ConfigKeys {
    /** By name, in the order of the table. */
    static final Map<String, ConfigKey> BY_NAME = index(
            key(ProducerConfig.ACKS, Type.STRING, "all", ConfigRule.oneOf("all", "-1", "0", "1"), Importance.LOW,
                    Support.FULL,
                    "How many replicas must have a record before it counts as delivered: `0` none (the offset stays "
                            + "unknown), `1` the leader, `all` or `-1` all in-sync replicas."),
            key(ProducerConfig.BATCH_SIZE, Type.INT, 16384, ConfigRule.atLeast(0), Importance.MEDIUM, Support.FULL,
                    "Size at which a partition's batch is sent without waiting for `linger.ms`; `0` sends each "
                            + "record by itself. Memory is taken in segments as a batch grows, not by this size.",
                    "A batch that has to wait for its broker or for an earlier one grows on, up to `kp.batch.max.bytes`."),
            key(ProducerConfig.BOOTSTRAP_SERVERS, Type.LIST, null, ConfigRule.nonEmptyList(), Importance.HIGH,
                    Support.FULL,
                    "`host:port` of some brokers, to ask for the cluster at the start, and again when no known "
                            + "broker can be reached. IPv6 addresses stand in brackets. Duplicates are dropped.",
                    "Names are looked up when they are needed: one that cannot be resolved is no error at construction."),
            key(ProducerConfig.BUFFER_MEMORY, Type.LONG, 33554432L, ConfigRule.atLeast(0), Importance.HIGH,
                    Support.FULL,
                    "Bytes of the memory in which records wait for their acknowledgement. When it is used up, "
                            + "`send` waits for the rest of `max.block.ms`.",
                    "The last quarter is kept from a broker that holds more than 1.25 times what the others hold on "
                            + "average. What compressors work in comes out of it."),
            key(ProducerConfig.CLIENT_DNS_LOOKUP, Type.STRING, "use_all_dns_ips",
                    ConfigRule.oneOf("use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"), Importance.MEDIUM,
                    Support.DEFAULT_ONLY, "How host names are resolved: all addresses of a name are tried in turn."),
            key(ProducerConfig.CLIENT_ID, Type.STRING, "", ConfigRule.ANY, Importance.MEDIUM, Support.FULL,
                    "Name of this client in requests, thread names, logs and the broker's quotas. `producer-N` if "
                            + "not set."),
            key(ProducerConfig.COMPRESSION_GZIP_LEVEL, Type.INT, -1, ConfigRule.minusOneOrBetween(1, 9),
                    Importance.MEDIUM, Support.FULL,
                    "Level of gzip, 1 fastest to 9 smallest; -1 for zlib's default, which is 6."),
            key(ProducerConfig.COMPRESSION_LZ4_LEVEL, Type.INT, 9, ConfigRule.between(1, 17), Importance.MEDIUM,
                    Support.FULL,
                    "Level of lz4; 9 selects the *fast* compressor, any other value the high compressor at that level."),
            key(ProducerConfig.COMPRESSION_TYPE, Type.STRING, "none",
                    ConfigRule.oneOf(CompressionSettings.types()), Importance.HIGH, Support.FULL,
                    "Codec of the batches: `gzip` needs nothing; `snappy`, `lz4` and `zstd` need "
                            + "`org.xerial.snappy:snappy-java`, `at.yawk.lz4:lz4-java` or "
                            + "`com.github.luben:zstd-jni` among the dependencies. `batch.size` is then meant after "
                            + "compression. A batch that would grow is sent as it is.",
                    "Threads of kp's own compress; who calls `send` does while they are behind, see "
                            + "`kp.compression.callers`. A library that is missing is told at construction."),
            key(ProducerConfig.COMPRESSION_ZSTD_LEVEL, Type.INT, 3, ConfigRule.between(-131072, 22), Importance.MEDIUM,
                    Support.FULL, "Level of zstd. Needs brokers from 2.1 on."),
            key(ProducerConfig.CONFIG_PROVIDERS, Type.LIST, List.of(), ConfigRule.list(), Importance.LOW,
                    Support.DEFAULT_ONLY, "Plug-ins that replace `${alias:path:key}` in values.",
                    "Replace them before the configuration is given to kp."),
            key(ProducerConfig.CONNECTIONS_MAX_IDLE_MS, Type.LONG, 540000L, ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL,
                    "Milliseconds after which a connection is closed that was not used; negative for never."),
            key(ProducerConfig.DELIVERY_TIMEOUT_MS, Type.INT, 120000, ConfigRule.atLeast(0), Importance.MEDIUM,
                    Support.FULL,
                    "Milliseconds after which a record that is not acknowledged has failed, whatever it was waiting "
                            + "for. At least `linger.ms` + `request.timeout.ms`; if it is not set it is raised to that."),
            key(ProducerConfig.ENABLE_IDEMPOTENCE, Type.BOOLEAN, true, ConfigRule.ANY, Importance.LOW, Support.FULL,
                    "Numbers the records so that the broker drops what a retry wrote twice, and keeps the order of "
                            + "each partition. If it is not set, `acks` other than `all` and `retries=0` turn it off."),
            key(ProducerConfig.ENABLE_METRICS_PUSH, Type.BOOLEAN, true, ConfigRule.ANY, Importance.LOW,
                    Support.NO_EFFECT, "Sending metrics to the broker (KIP-714). kp sends none."),
            key(ProducerConfig.INTERCEPTOR_CLASSES, Type.LIST, List.of(), ConfigRule.list(), Importance.LOW,
                    Support.FULL,
                    "Classes that implement `io.kp.client.ProducerInterceptor`, in the order in which they see a "
                            + "record.",
                    "Kafka's interface is not understood. `null` from `onSend` leaves that interceptor's change out."),
            key(ProducerConfig.KEY_SERIALIZER, Type.CLASS, null, ConfigRule.ANY, Importance.HIGH, Support.FULL,
                    "Class that implements `io.kp.client.Serializer`, for keys. Required unless an instance is "
                            + "given. The names of Kafka's own serializers stand for kp's.",
                    "Kafka's interface is not understood."),
            key(ProducerConfig.LINGER_MS, Type.LONG, 5L, ConfigRule.atLeast(0), Importance.MEDIUM, Support.FULL,
                    "Milliseconds that a batch waits at most for more records before it is sent although it is not "
                            + "full. With nothing in flight it may go earlier, together with others."),
            key(ProducerConfig.MAX_BLOCK_MS, Type.LONG, 60000L, ConfigRule.atLeast(0), Importance.MEDIUM, Support.FULL,
                    "Milliseconds that `send` and `partitionsFor` may wait, for metadata and memory together."),
            key(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, Type.INT, 5, ConfigRule.atLeast(1),
                    Importance.LOW, Support.FULL,
                    "Requests to one broker that may be unanswered at a time. At most 5 with idempotence. Without "
                            + "it and with more than 1, a retry may change the order of a partition.",
                    "Requests for metadata do not count."),
            key(ProducerConfig.MAX_REQUEST_SIZE, Type.INT, 1048576, ConfigRule.atLeast(0), Importance.MEDIUM,
                    Support.FULL, "Bytes that one record, and the batches of one request together, may not exceed."),
            key(ProducerConfig.METADATA_MAX_AGE_MS, Type.LONG, 300000L, ConfigRule.atLeast(0), Importance.LOW,
                    Support.FULL, "Milliseconds after which metadata is fetched again, whatever happens.",
                    "Produce requests go on meanwhile."),
            key(ProducerConfig.METADATA_MAX_IDLE_MS, Type.LONG, 300000L, ConfigRule.atLeast(5000), Importance.LOW,
                    Support.FULL, "Milliseconds after which a topic is forgotten to which nothing was sent."),
            key(ProducerConfig.METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS, Type.LONG, 300000L, ConfigRule.atLeast(0),
                    Importance.LOW, Support.FULL,
                    "After this long without metadata the client starts again from `bootstrap.servers`."),
            key(ProducerConfig.METADATA_RECOVERY_STRATEGY, Type.STRING, "rebootstrap",
                    ConfigRule.oneOfIgnoringCase("REBOOTSTRAP", "NONE"), Importance.LOW, Support.FULL,
                    "`rebootstrap`: when no known broker can be reached, start again from `bootstrap.servers`; "
                            + "`none`: go on with the known ones."),
            key(ProducerConfig.METRIC_REPORTERS, Type.LIST, List.of("org.apache.kafka.common.metrics.JmxReporter"),
                    ConfigRule.list(), Importance.LOW, Support.DEFAULT_ONLY,
                    "Classes that are told of metrics. kp has only the default, or none: naming it turns JMX on, as `kp.jmx` "
                            + "does; else read `Producer.snapshot()`."),
            key(ProducerConfig.METRICS_NUM_SAMPLES, Type.INT, 2, ConfigRule.atLeast(1), Importance.LOW, Support.FULL,
                    "Time windows over which rates, means and maxima are computed. More than 100 count as 100."),
            key(ProducerConfig.METRICS_RECORDING_LEVEL, Type.STRING, "INFO", ConfigRule.oneOf("INFO", "DEBUG", "TRACE"),
                    Importance.LOW, Support.NO_EFFECT, "Finest metrics that are recorded. kp always records the same."),
            key(ProducerConfig.METRICS_SAMPLE_WINDOW_MS, Type.LONG, 30000L, ConfigRule.atLeast(0), Importance.LOW,
                    Support.FULL, "How long such a window is."),
            key(ProducerConfig.PARTITIONER_ADAPTIVE_PARTITIONING_ENABLE, Type.BOOLEAN, true, ConfigRule.ANY,
                    Importance.LOW, Support.FULL,
                    "Sends more of the records without a key to partitions whose queue is shorter. Off with a "
                            + "`partitioner.class`."),
            key(ProducerConfig.PARTITIONER_AVAILABILITY_TIMEOUT_MS, Type.LONG, 0L, ConfigRule.atLeast(0),
                    Importance.LOW, Support.FULL,
                    "Records without a key avoid partitions whose broker has taken nothing for this long; 0 for "
                            + "never."),
            key(ProducerConfig.PARTITIONER_CLASS, Type.CLASS, null, ConfigRule.ANY, Importance.MEDIUM, Support.FULL,
                    "Class that implements `io.kp.partition.Partitioner`; none for the built-in choice: by key, "
                            + "else sticky.",
                    "Kafka's interface is not understood. A number out of range is refused at once."),
            key(ProducerConfig.PARTITIONER_IGNORE_KEYS, Type.BOOLEAN, false, ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL,
                    "Chooses partitions as if records had no key. Has no meaning with a `partitioner.class`."),
            key(ProducerConfig.RECEIVE_BUFFER_BYTES, Type.INT, 32768, ConfigRule.atLeast(-1), Importance.MEDIUM,
                    Support.FULL, "Bytes of a socket's receive buffer; -1 for the system's default."),
            key(ProducerConfig.RECONNECT_BACKOFF_MAX_MS, Type.LONG, 1000L, ConfigRule.atLeast(0), Importance.LOW,
                    Support.FULL,
                    "Milliseconds before a broker is connected to again, at most. If only `reconnect.backoff.ms` is "
                            + "set, equal to that.",
                    "A broker that refuses the client (TLS, SASL) is left alone for this long at once."),
            key(ProducerConfig.RECONNECT_BACKOFF_MS, Type.LONG, 50L, ConfigRule.atLeast(0), Importance.LOW,
                    Support.FULL, "Milliseconds before a broker is connected to again; doubles with each failure."),
            key(ProducerConfig.REQUEST_TIMEOUT_MS, Type.INT, 30000, ConfigRule.atLeast(0), Importance.MEDIUM,
                    Support.FULL,
                    "Milliseconds after which a request that is not answered has failed and its connection is "
                            + "closed. Also the time that the leader waits for its replicas.",
                    "A broker that is silent for a second, or a quarter of this, is not waited for: metadata is "
                            + "asked for elsewhere, and what waits for it goes to another leader if there is one."),
            key(ProducerConfig.RETRIES, Type.INT, 2147483647, ConfigRule.between(0, 2147483647), Importance.HIGH,
                    Support.FULL,
                    "How often a batch may be sent again. Better left alone: `delivery.timeout.ms` is the limit to "
                            + "set."),
            key(ProducerConfig.RETRY_BACKOFF_MAX_MS, Type.LONG, 1000L, ConfigRule.atLeast(0), Importance.LOW,
                    Support.FULL, "Milliseconds before a batch is sent again, at most."),
            key(ProducerConfig.RETRY_BACKOFF_MS, Type.LONG, 100L, ConfigRule.atLeast(0), Importance.LOW, Support.FULL,
                    "Milliseconds before a batch is sent again, or metadata asked for again; doubles with each failure."),
            key(ProducerConfig.SASL_CLIENT_CALLBACK_HANDLER_CLASS, Type.CLASS, null, ConfigRule.ANY, Importance.MEDIUM,
                    Support.DEFAULT_ONLY, "Class that gives a SASL mechanism what it asks for during the exchange."),
            key(ProducerConfig.SASL_JAAS_CONFIG, Type.PASSWORD, null, ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL,
                    "Who the client is: one JAAS entry, as `org.apache.kafka.common.security.scram.ScramLoginModule "
                            + "required username=\"…\" password=\"…\";`. Without it the section `KafkaClient` of the JVM's "
                            + "JAAS file counts."),
            key(ProducerConfig.SASL_KERBEROS_KINIT_CMD, Type.STRING, "/usr/bin/kinit", ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "Program that renews Kerberos tickets."),
            key(ProducerConfig.SASL_KERBEROS_MIN_TIME_BEFORE_RELOGIN, Type.LONG, 60000L, ConfigRule.ANY, Importance.LOW,
                    Support.FULL, "How long a Kerberos login is used before the next authentication makes a new one.",
                    "The login is made anew with an authentication; there is no thread and no `kinit`."),
            key(ProducerConfig.SASL_KERBEROS_SERVICE_NAME, Type.STRING, null, ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL,
                    "The brokers' name in Kerberos, the part before the host. If the JAAS entry has a `serviceName` "
                            + "too, both must agree."),
            key(ProducerConfig.SASL_KERBEROS_TICKET_RENEW_JITTER, Type.DOUBLE, 0.05, ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "Share of the renewal time by which it varies at random."),
            key(ProducerConfig.SASL_KERBEROS_TICKET_RENEW_WINDOW_FACTOR, Type.DOUBLE, 0.8, ConfigRule.ANY,
                    Importance.LOW, Support.DEFAULT_ONLY, "Share of a ticket's life after which it is renewed."),
            key(ProducerConfig.SASL_LOGIN_CALLBACK_HANDLER_CLASS, Type.CLASS, null, ConfigRule.ANY, Importance.MEDIUM,
                    Support.DEFAULT_ONLY, "Class that gives the login what it asks for, say OAuth tokens.",
                    "The names of Kafka's own OAuth handlers are accepted; use `ProducerContext` for tokens of your own."),
            key(ProducerConfig.SASL_LOGIN_CLASS, Type.CLASS, null, ConfigRule.ANY, Importance.MEDIUM,
                    Support.DEFAULT_ONLY, "Class that logs in."),
            key(ProducerConfig.SASL_LOGIN_CONNECT_TIMEOUT_MS, Type.INT, null, ConfigRule.ANY, Importance.LOW,
                    Support.FULL, "OAuth: milliseconds to connect to the token endpoint."),
            key(ProducerConfig.SASL_LOGIN_READ_TIMEOUT_MS, Type.INT, null, ConfigRule.ANY, Importance.LOW,
                    Support.FULL, "OAuth: milliseconds to wait for the token endpoint's answer."),
            key(ProducerConfig.SASL_LOGIN_REFRESH_BUFFER_SECONDS, Type.SHORT, (short) 300, ConfigRule.between(0, 3600),
                    Importance.LOW, Support.FULL,
                    "OAuth: a token is replaced at least this many seconds before it ends."),
            key(ProducerConfig.SASL_LOGIN_REFRESH_MIN_PERIOD_SECONDS, Type.SHORT, (short) 60,
                    ConfigRule.between(0, 900), Importance.LOW, Support.FULL,
                    "OAuth: seconds between two replacements, at least."),
            key(ProducerConfig.SASL_LOGIN_REFRESH_WINDOW_FACTOR, Type.DOUBLE, 0.8, ConfigRule.between(0.5, 1.0),
                    Importance.LOW, Support.FULL, "OAuth: share of a token's life after which it is replaced.",
                    "Looked at when a connection authenticates; there is no thread."),
            key(ProducerConfig.SASL_LOGIN_REFRESH_WINDOW_JITTER, Type.DOUBLE, 0.05, ConfigRule.between(0.0, 0.25),
                    Importance.LOW, Support.FULL, "OAuth: share by which that time varies at random."),
            key(ProducerConfig.SASL_LOGIN_RETRY_BACKOFF_MAX_MS, Type.LONG, 10000L, ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "OAuth: longest wait before a token is asked for again."),
            key(ProducerConfig.SASL_LOGIN_RETRY_BACKOFF_MS, Type.LONG, 100L, ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "OAuth: first wait before a token is asked for again."),
            key(ProducerConfig.SASL_MECHANISM, Type.STRING, "GSSAPI", ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL,
                    "How to authenticate: `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER` or `GSSAPI`.",
                    "Others are refused at construction."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_ALGORITHM, Type.STRING, "RS256",
                    ConfigRule.oneOfIgnoringCase("ES256", "RS256"), Importance.MEDIUM, Support.DEFAULT_ONLY,
                    "OAuth by a JWT assertion: how it is signed."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_CLAIM_AUD, Type.STRING, null, ConfigRule.ANY,
                    Importance.MEDIUM, Support.DEFAULT_ONLY, "OAuth by a JWT assertion: its claim `aud`."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_CLAIM_EXP_SECONDS, Type.INT, 300,
                    ConfigRule.between(0, 86400), Importance.LOW, Support.DEFAULT_ONLY,
                    "OAuth by a JWT assertion: how many seconds it is valid."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_CLAIM_ISS, Type.STRING, null, ConfigRule.ANY,
                    Importance.MEDIUM, Support.DEFAULT_ONLY, "OAuth by a JWT assertion: its claim `iss`."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_CLAIM_JTI_INCLUDE, Type.BOOLEAN, false, ConfigRule.ANY,
                    Importance.MEDIUM, Support.DEFAULT_ONLY,
                    "OAuth by a JWT assertion: whether it gets a claim `jti`, made at random."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_CLAIM_NBF_SECONDS, Type.INT, 60, ConfigRule.between(0, 3600),
                    Importance.LOW, Support.DEFAULT_ONLY,
                    "OAuth by a JWT assertion: how many seconds before now it is valid from."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_CLAIM_SUB, Type.STRING, null, ConfigRule.ANY,
                    Importance.MEDIUM, Support.DEFAULT_ONLY, "OAuth by a JWT assertion: its claim `sub`."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_FILE, Type.STRING, null, ConfigRule.ANY, Importance.MEDIUM,
                    Support.DEFAULT_ONLY,
                    "OAuth by a JWT assertion: a file that has it ready."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE, Type.STRING, null, ConfigRule.ANY,
                    Importance.MEDIUM, Support.DEFAULT_ONLY, "OAuth by a JWT assertion: the key to sign it with, PEM."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_PASSPHRASE, Type.PASSWORD, null, ConfigRule.ANY,
                    Importance.MEDIUM, Support.DEFAULT_ONLY, "OAuth by a JWT assertion: that key's passphrase."),
            key(ProducerConfig.SASL_OAUTHBEARER_ASSERTION_TEMPLATE_FILE, Type.STRING, null, ConfigRule.ANY,
                    Importance.MEDIUM, Support.DEFAULT_ONLY,
                    "OAuth by a JWT assertion: a JSON file with its fixed parts."),
            key(ProducerConfig.SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID, Type.STRING, null, ConfigRule.ANY,
                    Importance.MEDIUM, Support.FULL,
                    "OAuth by client credentials: the client's id. Counts more than `clientId` of the JAAS entry."),
            key(ProducerConfig.SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET, Type.PASSWORD, null, ConfigRule.ANY,
                    Importance.MEDIUM, Support.FULL,
                    "OAuth by client credentials: the client's secret. Counts more than `clientSecret` of the JAAS entry."),
            key(ProducerConfig.SASL_OAUTHBEARER_CLOCK_SKEW_SECONDS, Type.INT, 30, ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "For brokers, which check tokens with it; a producer has no use for it."),
            key(ProducerConfig.SASL_OAUTHBEARER_EXPECTED_AUDIENCE, Type.LIST, List.of(), ConfigRule.list(),
                    Importance.HIGH, Support.DEFAULT_ONLY,
                    "For brokers, which check tokens with it; a producer has no use for it."),
            key(ProducerConfig.SASL_OAUTHBEARER_EXPECTED_ISSUER, Type.STRING, null, ConfigRule.ANY, Importance.HIGH,
                    Support.DEFAULT_ONLY, "For brokers, which check tokens with it; a producer has no use for it."),
            key(ProducerConfig.SASL_OAUTHBEARER_HEADER_URLENCODE, Type.BOOLEAN, false, ConfigRule.ANY, Importance.LOW,
                    Support.FULL,
                    "OAuth: encodes id and secret as in a URL before they go into the header, as RFC 6749 says."),
            key(ProducerConfig.SASL_OAUTHBEARER_JWKS_ENDPOINT_REFRESH_MS, Type.LONG, 3600000L, ConfigRule.ANY,
                    Importance.LOW, Support.DEFAULT_ONLY,
                    "For brokers, which check tokens with it; a producer has no use for it."),
            key(ProducerConfig.SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MAX_MS, Type.LONG, 10000L, ConfigRule.ANY,
                    Importance.LOW, Support.DEFAULT_ONLY,
                    "For brokers, which check tokens with it; a producer has no use for it."),
            key(ProducerConfig.SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MS, Type.LONG, 100L, ConfigRule.ANY,
                    Importance.LOW, Support.DEFAULT_ONLY,
                    "For brokers, which check tokens with it; a producer has no use for it."),
            key(ProducerConfig.SASL_OAUTHBEARER_JWKS_ENDPOINT_URL, Type.STRING, null, ConfigRule.ANY, Importance.MEDIUM,
                    Support.DEFAULT_ONLY, "For brokers, which check tokens with it; a producer has no use for it."),
            key(ProducerConfig.SASL_OAUTHBEARER_JWT_RETRIEVER_CLASS, Type.CLASS,
                    "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever", ConfigRule.ANY,
                    Importance.MEDIUM, Support.DEFAULT_ONLY,
                    "OAuth: class that fetches tokens."),
            key(ProducerConfig.SASL_OAUTHBEARER_JWT_VALIDATOR_CLASS, Type.CLASS,
                    "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator", ConfigRule.ANY,
                    Importance.MEDIUM, Support.DEFAULT_ONLY, "OAuth: class that looks over a token before it is used."),
            key(ProducerConfig.SASL_OAUTHBEARER_SCOPE, Type.STRING, null, ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL, "OAuth: the scope to ask for. Counts more than `scope` of the JAAS entry."),
            key(ProducerConfig.SASL_OAUTHBEARER_SCOPE_CLAIM_NAME, Type.STRING, "scope", ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "For brokers, which check tokens with it; a producer has no use for it."),
            key(ProducerConfig.SASL_OAUTHBEARER_SUB_CLAIM_NAME, Type.STRING, "sub", ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "For brokers, which check tokens with it; a producer has no use for it."),
            key(ProducerConfig.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, Type.STRING, null, ConfigRule.ANY,
                    Importance.MEDIUM, Support.FULL,
                    "Where tokens come from: a `file:` that is read for each authentication, or a token endpoint "
                            + "(`https:`) that is asked by client credentials.",
                    "Enough by itself: no login handler and no list of allowed addresses is needed."),
            key(ProducerConfig.SECURITY_PROTOCOL, Type.STRING, "PLAINTEXT",
                    ConfigRule.oneOfIgnoringCase("SASL_SSL", "PLAINTEXT", "SSL", "SASL_PLAINTEXT"), Importance.MEDIUM,
                    Support.FULL,
                    "How brokers are talked to: `SSL` is TLS, `SASL_…` authenticates by `sasl.mechanism`.",
                    "Keys `ssl.…` and `sasl.…` that it makes useless are warned about."),
            key(ProducerConfig.SECURITY_PROVIDERS, Type.STRING, null, ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "Classes that add security providers to the JVM."),
            key(ProducerConfig.SEND_BUFFER_BYTES, Type.INT, 131072, ConfigRule.atLeast(-1), Importance.MEDIUM,
                    Support.FULL, "Bytes of a socket's send buffer; -1 for the system's default."),
            key(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS, Type.LONG, 30000L, ConfigRule.ANY,
                    Importance.MEDIUM, Support.FULL, "Milliseconds to set up a connection, at most."),
            key(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS, Type.LONG, 10000L, ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL, "Milliseconds to set up a connection; doubles with each failure.",
                    "Set up means that the broker has answered ApiVersions; Kafka's client stops the clock at TCP."),
            key(ProducerConfig.SSL_CIPHER_SUITES, Type.LIST, List.of(), ConfigRule.list(), Importance.LOW,
                    Support.FULL, "Cipher suites that may be used; empty for the JVM's choice."),
            key(ProducerConfig.SSL_ENABLED_PROTOCOLS, Type.LIST, List.of("TLSv1.2", "TLSv1.3"), ConfigRule.list(),
                    Importance.MEDIUM, Support.FULL, "TLS versions that may be used; empty for the JVM's choice."),
            key(ProducerConfig.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM, Type.STRING, "https", ConfigRule.ANY,
                    Importance.LOW, Support.FULL,
                    "How the broker's name is held against its certificate: `https`; empty for not at all, which "
                            + "lets anybody with a valid certificate be your broker."),
            key(ProducerConfig.SSL_ENGINE_FACTORY_CLASS, Type.CLASS, null, ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "Class that makes TLS engines."),
            key(ProducerConfig.SSL_KEY_PASSWORD, Type.PASSWORD, null, ConfigRule.ANY, Importance.HIGH,
                    Support.FULL, "Password of the client's private key; without it the one of its store."),
            key(ProducerConfig.SSL_KEYMANAGER_ALGORITHM, Type.STRING, KeyManagerFactory.getDefaultAlgorithm(),
                    ConfigRule.ANY, Importance.LOW, Support.FULL,
                    "Algorithm of the JVM's key managers."),
            key(ProducerConfig.SSL_KEYSTORE_CERTIFICATE_CHAIN, Type.PASSWORD, null, ConfigRule.ANY, Importance.HIGH,
                    Support.FULL, "The client's certificate and its issuers, PEM, as the value itself."),
            key(ProducerConfig.SSL_KEYSTORE_KEY, Type.PASSWORD, null, ConfigRule.ANY, Importance.HIGH,
                    Support.FULL, "The client's private key, PEM (PKCS#8), as the value itself."),
            key(ProducerConfig.SSL_KEYSTORE_LOCATION, Type.STRING, null, ConfigRule.ANY, Importance.HIGH,
                    Support.FULL, "File with the client's key and certificate, for brokers that ask for one.",
                    "Read again when its content changes, see `kp.ssl.reload.interval.ms`. A key that does not "
                            + "belong to its certificate is refused at construction."),
            key(ProducerConfig.SSL_KEYSTORE_PASSWORD, Type.PASSWORD, null, ConfigRule.ANY, Importance.HIGH,
                    Support.FULL, "Password of that file; none with PEM."),
            key(ProducerConfig.SSL_KEYSTORE_TYPE, Type.STRING, "JKS", ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL, "Format of that file: `JKS`, `PKCS12` or `PEM`."),
            key(ProducerConfig.SSL_PROTOCOL, Type.STRING, "TLSv1.3", ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL, "Name by which the JVM's TLS implementation is asked for."),
            key(ProducerConfig.SSL_PROVIDER, Type.STRING, null, ConfigRule.ANY, Importance.MEDIUM, Support.FULL,
                    "The JVM's security provider for TLS; none for the JVM's choice."),
            key(ProducerConfig.SSL_SECURE_RANDOM_IMPLEMENTATION, Type.STRING, null, ConfigRule.ANY, Importance.LOW,
                    Support.FULL, "The JVM's source of randomness for TLS; none for the JVM's choice."),
            key(ProducerConfig.SSL_TRUSTMANAGER_ALGORITHM, Type.STRING, TrustManagerFactory.getDefaultAlgorithm(),
                    ConfigRule.ANY, Importance.LOW, Support.FULL,
                    "Algorithm of the JVM's trust managers."),
            key(ProducerConfig.SSL_TRUSTSTORE_CERTIFICATES, Type.PASSWORD, null, ConfigRule.ANY, Importance.HIGH,
                    Support.FULL, "Certificates of the authorities to trust, PEM, as the value itself."),
            key(ProducerConfig.SSL_TRUSTSTORE_LOCATION, Type.STRING, null, ConfigRule.ANY, Importance.HIGH,
                    Support.FULL, "File with the certificates of the authorities to trust; none for those of the JVM.",
                    "Read again when its content changes, see `kp.ssl.reload.interval.ms`."),
            key(ProducerConfig.SSL_TRUSTSTORE_PASSWORD, Type.PASSWORD, null, ConfigRule.ANY, Importance.HIGH,
                    Support.FULL,
                    "Password of that file. Without it the file's integrity is not checked; none with PEM."),
            key(ProducerConfig.SSL_TRUSTSTORE_TYPE, Type.STRING, "JKS", ConfigRule.ANY, Importance.MEDIUM,
                    Support.FULL, "Format of that file: `JKS`, `PKCS12` or `PEM`."),
            key(ProducerConfig.TRANSACTION_TIMEOUT_MS, Type.INT, 60000, ConfigRule.ANY, Importance.LOW,
                    Support.NO_EFFECT, "The broker aborts a transaction that is open for this long.",
                    "There are no transactions."),
            key(ProducerConfig.TRANSACTION_TWO_PHASE_COMMIT_ENABLE, Type.BOOLEAN, false, ConfigRule.ANY, Importance.LOW,
                    Support.DEFAULT_ONLY, "Lets an outside coordinator decide about transactions (KIP-939).",
                    "There are no transactions."),
            key(ProducerConfig.TRANSACTIONAL_ID, Type.STRING, null, ConfigRule.nonEmptyText(), Importance.LOW,
                    Support.DEFAULT_ONLY, "Identity under which transactions are continued across restarts.",
                    "There are no transactions."),
            key(ProducerConfig.VALUE_SERIALIZER, Type.CLASS, null, ConfigRule.ANY, Importance.HIGH, Support.FULL,
                    "Class that implements `io.kp.client.Serializer`, for values. Required unless an instance is "
                            + "given. The names of Kafka's own serializers stand for kp's.",
                    "Kafka's interface is not understood."),
            key(ProducerConfig.KP_COMPRESSION_CALLERS, Type.INT, -1, ConfigRule.between(-1, 64), Importance.LOW,
                    Support.FULL,
                    "Callers of `send` that may compress a batch each at a time, while more than four, of large "
                            + "ones fewer, for each compressor thread wait, instead of filling memory and waiting for it. Each has working "
                            + "memory as a thread has. 0: no caller compresses; -1: as many as threads, 2 at most, none "
                            + "with a `buffer.memory` below 16 MiB. With `max.block.ms=0`, by `tryClaim` and in "
                            + "callbacks no caller compresses."),
            key(ProducerConfig.KP_COMPRESSION_THREADS, Type.INT, 0, ConfigRule.between(0, 64), Importance.LOW,
                    Support.FULL,
                    "Threads that compress batches, each with working memory out of `buffer.memory`; 0 for half of the "
                            + "processors, 4 at most. None are started without compression."),
            key(ProducerConfig.KP_COMPRESSION_TOPICS, Type.LIST, List.of(), ConfigRule.list(), Importance.LOW,
                    Support.FULL,
                    "Topics with a codec of their own: `topic=codec` or `topic=codec:level`. The others have "
                            + "`compression.type`."),
            key(ProducerConfig.KP_BACKLOG_BYTES, Type.LONG, 4L * 1024 * 1024, ConfigRule.atLeast(0), Importance.LOW,
                    Support.FULL,
                    "While full batches of more than this wait for a broker, in flight not counted, callers of `send` and "
                            + "`claim` that are faster than the I/O thread are held up for 4 ms at most in a call, so that "
                            + "records do not leave the processors' caches before they are sent. Not where less than 256 MB/s "
                            + "are sent: a burst to a slow broker may fill all of `buffer.memory` as ever. Nor with "
                            + "`max.block.ms` up to 4, or in callbacks. 0: never."),
            key(ProducerConfig.KP_BATCH_MAX_BYTES, Type.INT, 256 * 1024, ConfigRule.atLeast(0), Importance.MEDIUM,
                    Support.FULL,
                    "While a broker has no room for another request, or an earlier batch of the partition waits, open "
                            + "batches grow beyond `batch.size` up to this, instead of many small ones being queued. At most "
                            + "`max.request.size` and a 16th of `buffer.memory` count. 0: batches never grow, nor with `batch.size` 0."),
            key(ProducerConfig.KP_JMX, Type.BOOLEAN, false, ConfigRule.ANY, Importance.LOW, Support.FULL,
                    "Shows the metrics as MBeans under Kafka's names, for dashboards and `kp top`. Needs the module "
                            + "`java.management`. Off unless asked for here or by `metric.reporters`."),
            key(ProducerConfig.KP_ON_GAP, Type.STRING, GapPolicy.FAIL_FOLLOWING.text(),
                    ConfigRule.oneOf(GapPolicy.FAIL_FOLLOWING.text(), GapPolicy.ALLOW_AND_REPORT.text()),
                    Importance.MEDIUM, Support.FULL,
                    "What becomes of the records behind one that fails: `fail-following` fails those of its partition "
                            + "that were accepted before its failure is told, so that the order has no gap; "
                            + "`allow-and-report` delivers them, as Kafka's client does, and counts the gap. Without "
                            + "idempotence, which keeps no order, it is `allow-and-report`. See `GapPolicy`."),
            key(ProducerConfig.KP_SELECT_STRATEGY, Type.STRING, SelectStrategy.BLOCKING.text(),
                    ConfigRule.oneOf(SelectStrategy.BLOCKING.text(), SelectStrategy.BACKOFF.text(),
                            SelectStrategy.BUSY.text()),
                    Importance.LOW, Support.FULL,
                    "How the I/O thread waits when there is nothing to do: `blocking` sleeps until it is woken; `backoff` looks "
                            + "again for 100 us before it sleeps; `busy` never sleeps, for the lowest latency, and takes a "
                            + "whole core."),
            key(ProducerConfig.KP_SEGMENT_BYTES, Type.INT, 1024, ConfigRule.powerOfTwoBetween(256, 1 << 24),
                    Importance.LOW,
                    Support.FULL,
                    "Size of the pieces in which batches take memory. A record that fits none gets a piece of its "
                            + "own size."),
            key(ProducerConfig.KP_SSL_RELOAD_INTERVAL_MS, Type.LONG, 30000L, ConfigRule.atLeast(0), Importance.LOW,
                    Support.FULL,
                    "How often to look whether the content of `ssl.keystore.location` and `ssl.truststore.location` has "
                            + "changed. What is valid then serves new connections; else the old stays. 0 for never."),
            key(ProducerConfig.KP_SSL_RELOAD_RECONNECT, Type.BOOLEAN, false, ConfigRule.ANY, Importance.LOW,
                    Support.FULL,
                    "Whether connections that exist are replaced after such a change, one after the other and each when "
                            + "nothing is under way on it."));

    /** Keys that plug-ins read from the configuration they are handed, so not unknown although kp itself reads none of them. */
    static final List<String> PLUGIN_KEYS = List.of("key.serializer.encoding", "value.serializer.encoding",
            "serializer.encoding",
            "default.list.key.serde.inner", "default.list.value.serde.inner");

    private ConfigKeys() {
    }

    static Collection<ConfigKey> all() {
        return BY_NAME.values();
    }

    private static ConfigKey key(String name, Type type, Object defaultValue, ConfigRule rule, Importance importance,
            Support support,
            String doc) {
        return new ConfigKey(name, type, defaultValue, rule, importance, support, doc, "");
    }

    private static ConfigKey key(String name, Type type, Object defaultValue, ConfigRule rule, Importance importance,
            Support support, String doc, String difference) {
        return new ConfigKey(name, type, defaultValue, rule, importance, support, doc, difference);
    }

    private static Map<String, ConfigKey> index(ConfigKey... keys) {
        final Map<String, ConfigKey> index = new LinkedHashMap<>();
        for (final ConfigKey key : keys) {
            index.put(key.name(), key);
        }
        return Collections.unmodifiableMap(index);
    }
}
