package io.kp.bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

import io.kp.client.ConfigException;
import io.kp.client.ConnectionSetup;
import io.kp.client.KpException;
import io.kp.client.Producer;
import io.kp.client.ProducerConfig;
import io.kp.client.ProducerContext;
import io.kp.client.ProducerRecord;
import io.kp.client.RecordMetadata;
import io.kp.client.Serializers;
import io.kp.metadata.Node;
import io.kp.network.ApiKey;
import io.kp.network.ApiVersionsRequest;
import io.kp.network.ApiVersionsResponse;
import io.kp.network.ErrorCode;
import io.kp.network.HostResolver;
import io.kp.network.MetadataRequest;
import io.kp.network.MetadataResponse;
import io.kp.network.ProtocolException;
import io.kp.network.SaslHandshakeRequest;
import io.kp.network.SaslHandshakeResponse;

/**
 * Looks at a cluster step by step as a producer of a configuration meets it, and says in words what it finds and what to do. The verdict on TLS, SASL and versions is that of
 * the producer's own code ({@link ConnectionSetup}); what that does not tell (other addresses, the broker's certificates, what else speaks at the port) is looked at
 * beside it. Used by one thread, once.
 */
final class Doctor {
    private static final long NS_PER_MS = 1_000_000;
    private static final int CONNECT_MS = 5_000;
    private static final int ANSWER_MS = 3_000;
    private static final int PARTS = 6;
    private static final long CERTIFICATE_WARN_DAYS = 30;
    private static final int MAX_SHOWN = 10;

    private final Map<String, String> settings;
    private final String topic;
    private final boolean send;
    private final long startNs = System.nanoTime();
    private final long deadlineNs;
    /** The longest wait for a connect, and for one answer. */
    private final int connectMs;
    private final int answerMs;
    private final DoctorReport report;

    /** Why later steps cannot be done; {@code null} as long as they can. */
    private String blocked;
    private ProducerConfig config;
    private ConnectionSetup setup;
    private final Map<InetSocketAddress, InetAddress[]> resolved = new LinkedHashMap<>();
    /** The bootstrap server that answered TCP first, and where it did. */
    private InetSocketAddress server;
    private InetAddress address;
    private PortProbe.Look look;
    private BrokerWire wire;
    private ApiVersionsResponse versions;
    private BrokerSession session;
    private Node bootstrap;
    private MetadataResponse metadata;

    /**
     * Prepares a look.
     *
     * @param settings a producer's configuration
     * @param topic    the topic to look at, or {@code null}
     * @param send     whether to send a record
     * @param limit    time for all
     */
    Doctor(final Map<String, String> settings, final String topic, final boolean send, final Duration limit) {
        this.settings = settings;
        this.topic = topic;
        this.send = send;
        deadlineNs = startNs + limit.toNanos();
        connectMs = (int) Math.min(CONNECT_MS, limit.toMillis() / PARTS);
        answerMs = (int) Math.min(ANSWER_MS, limit.toMillis() / PARTS);
        report = new DoctorReport(settings.get(ProducerConfig.BOOTSTRAP_SERVERS), topic, limit.toMillis());
    }

    /** What a step does. */
    private interface Look {
        void at(DoctorStep step);
    }

    /**
     * Does all steps that can be done.
     *
     * @return what was found
     */
    DoctorReport run() {
        try {
            step("configuration", this::configuration);
            step("DNS", this::dns);
            step("TCP", this::tcp);
            step("protocol", this::protocol);
            step("TLS", this::tls);
            step("API versions", this::apiVersions);
            step("SASL", this::sasl);
            step("metadata", this::metadata);
            step("advertised", this::advertised);
            if (topic != null) {
                // What is known of the topic needs no other broker; all else does.
                final String before = blocked;
                blocked = metadata == null || step("advertised").status() != DoctorStatus.FAIL ? blocked : null;
                step("topic", this::topic);
                blocked = before == null ? blocked : before;
                step("authorization", this::authorization);
            }
            if (send) {
                step("record", this::record);
            }
        } finally {
            close();
        }
        report.elapsedMs(elapsedMs(startNs));
        return report;
    }

    private DoctorStep step(final String name) {
        return report.steps().stream().filter(step -> step.name().equals(name)).findFirst().orElseThrow();
    }

    private void step(final String name, final Look look) {
        final DoctorStep step = report.step(name);
        if (blocked == null && System.nanoTime() - deadlineNs >= 0) {
            blocked = "the time is used up (--timeout)";
        }
        if (blocked != null) {
            step.skipped("not looked at, as " + blocked);
            return;
        }
        final long beginNs = System.nanoTime();
        look.at(step);
        step.elapsedMs(elapsedMs(beginNs));
        if (step.status() == DoctorStatus.FAIL) {
            blocked = name + " failed";
        }
    }

    private void close() {
        if (session != null) {
            session.close();
        }
        closeWire();
        if (setup != null) {
            setup.close();
        }
    }

    private void closeWire() {
        if (wire != null) {
            try {
                wire.close();
            } catch (final IOException e) {
                // It was only looked at.
            }
            wire = null;
        }
    }

    private static long elapsedMs(final long fromNs) {
        return (System.nanoTime() - fromNs) / NS_PER_MS;
    }

    private long within(final int ms) {
        return Math.min(deadlineNs, System.nanoTime() + ms * NS_PER_MS);
    }

    // ---- Configuration ----------------------------------------------------------------------------------------

    private void configuration(final DoctorStep step) {
        final Map<String, String> own = new LinkedHashMap<>(settings);
        // What a broker does not answer in this time a producer would wait for longer, and this tool would be asked again.
        own.put(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS, Integer.toString(2 * answerMs));
        own.put(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS, Integer.toString(2 * answerMs));
        own.put(ProducerConfig.RECONNECT_BACKOFF_MS, "10");
        own.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS, "10");
        try {
            config = ProducerConfig.of(settings);
            setup = ConnectionSetup.of(ProducerConfig.of(own), new ProducerContext());
        } catch (final ConfigException e) {
            report.refusedConfiguration();
            step.fail(e.getMessage(), "change " + e.key() + " (-X or the properties file)");
            return;
        }
        if (config.bootstrapServers().isEmpty()) {
            report.refusedConfiguration();
            step.fail("bootstrap.servers names nobody", "give -b HOST:PORT");
            return;
        }
        step.ok(settings.size() + (settings.size() == 1 ? " key" : " keys") + ", no contradiction: security.protocol="
                + config.securityProtocol()
                + (config.securityProtocol().startsWith("SASL") ? ", sasl.mechanism=" + config.saslMechanism() : "")
                + ", acks=" + (config.value(ProducerConfig.ACKS)));
        for (final String warning : config.warnings()) {
            step.warn(warning, warning.contains("did you mean") ? "correct the key, or leave it out" : null);
        }
    }

    // ---- DNS and TCP ------------------------------------------------------------------------------------------

    private void dns(final DoctorStep step) {
        final Map<InetSocketAddress, CompletableFuture<InetAddress[]>> asked = new LinkedHashMap<>();
        final HostResolver resolver = HostResolver.system();
        config.bootstrapServers().forEach(each -> asked.put(each, resolver.lookUp(each.getHostString())));
        final long untilNs = within(connectMs);
        final DoctorStep bad = new DoctorStep(step.name());
        asked.forEach((each, future) -> {
            final String host = each.getHostString();
            try {
                final InetAddress[] found = future.get(Math.max(0, untilNs - System.nanoTime()), TimeUnit.NANOSECONDS);
                resolved.put(each, found);
                step.ok(host + (isLiteral(host, found) ? " is an address" : ": " + addresses(found)));
            } catch (final ExecutionException e) {
                bad.fail("unknown host: " + host,
                        "check the spelling, /etc/hosts and the DNS server; the name must be known on this machine"
                                + " (in a container: inside of it)");
            } catch (final TimeoutException e) {
                bad.fail("no answer of the DNS within " + connectMs + " ms: " + host,
                        "check the DNS server of this machine (/etc/resolv.conf), or give an address");
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                bad.fail("interrupted", null);
            }
        });
        addAll(step, bad, resolved.isEmpty());
    }

    /** Of several servers one is enough: the others are warnings then. */
    private static void addAll(final DoctorStep step, final DoctorStep bad, final boolean fatal) {
        for (final DoctorFinding finding : bad.findings()) {
            step.add(fatal ? DoctorStatus.FAIL : DoctorStatus.WARN, finding.text(), finding.remedy());
        }
    }

    private static boolean isLiteral(final String host, final InetAddress[] found) {
        return found.length == 1 && found[0].getHostAddress().equals(host);
    }

    private static String addresses(final InetAddress[] all) {
        return Arrays.stream(all).map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
    }

    /** How a connect ended: {@code null} if it did well, else why not and what to do. */
    private record Connected(String problem, String remedy) {
        static final Connected WELL = new Connected(null, null);

        boolean well() {
            return problem == null;
        }
    }

    private void tcp(final DoctorStep step) {
        final Map<InetSocketAddress, InetSocketAddress> wanted = new LinkedHashMap<>();
        resolved.forEach((each, found) -> {
            for (final InetAddress one : found) {
                wanted.put(new InetSocketAddress(one, each.getPort()), each);
            }
        });
        final Map<InetSocketAddress, Connected> outcomes = connectAll(wanted.keySet());
        final DoctorStep bad = new DoctorStep(step.name());
        outcomes.forEach((to, outcome) -> {
            final String text = endpoint(wanted.get(to).getHostString(), to);
            if (outcome.well()) {
                step.ok(text + ": connected");
                if (server == null) {
                    server = wanted.get(to);
                    address = to.getAddress();
                }
            } else {
                bad.fail(text + ": " + outcome.problem(), outcome.remedy());
            }
        });
        addAll(step, bad, server == null);
    }

    private static String endpoint(final String host, final InetSocketAddress to) {
        final String numeric = to.getAddress().getHostAddress();
        return host + ":" + to.getPort() + (host.equals(numeric) ? "" : " (" + numeric + ")");
    }

    private Map<InetSocketAddress, Connected> connectAll(final Iterable<InetSocketAddress> all) {
        final ExecutorService pool = Executors.newCachedThreadPool(task -> {
            final Thread thread = new Thread(task, "kp-doctor");
            thread.setDaemon(true);
            return thread;
        });
        try {
            final int timeoutMs = (int) Math.max(1, (within(connectMs) - System.nanoTime()) / NS_PER_MS);
            final Map<InetSocketAddress, CompletableFuture<Connected>> begun = new LinkedHashMap<>();
            all.forEach(to -> begun.put(to, CompletableFuture.supplyAsync(() -> connect(to, timeoutMs), pool)));
            final Map<InetSocketAddress, Connected> ended = new LinkedHashMap<>();
            begun.forEach((to, future) -> ended.put(to, future.join()));
            return ended;
        } finally {
            pool.shutdownNow();
        }
    }

    private static Connected connect(final InetSocketAddress to, final int timeoutMs) {
        try (Socket socket = new Socket()) {
            socket.connect(to, timeoutMs);
            if (socket.getLocalSocketAddress().equals(socket.getRemoteSocketAddress())) {
                return refused();
            }
            return Connected.WELL;
        } catch (final SocketTimeoutException e) {
            return new Connected("no answer within " + timeoutMs + " ms",
                    "a firewall or security group drops the packets, or the machine is off: check both, and the route");
        } catch (final NoRouteToHostException e) {
            return new Connected("no route to the host", "check the network, the VPN and the firewall");
        } catch (final ConnectException e) {
            return String.valueOf(e.getMessage()).contains("refused")
                    ? refused()
                    : new Connected(e.getMessage(), "check the network of this machine");
        } catch (final IOException e) {
            return new Connected(String.valueOf(e.getMessage()), "check the network of this machine");
        }
    }

    private static Connected refused() {
        return new Connected("connection refused: nobody listens there",
                "check that the broker runs, the port, and that listeners= binds to this address and not only to localhost");
    }

    // ---- What speaks there, TLS -------------------------------------------------------------------------------

    private boolean encrypted() {
        return config.securityProtocol().endsWith("SSL");
    }

    private void protocol(final DoctorStep step) {
        look = new PortProbe(server.getHostString(), address, server.getPort(), answerMs).look(encrypted());
        final String where = endpoint(server.getHostString(), new InetSocketAddress(address, server.getPort()));
        final String sasl = config.securityProtocol().startsWith("SASL") ? "SASL_" : "";
        switch (look.speaks()) {
            case KAFKA -> {
                if (encrypted()) {
                    step.fail(where + " speaks Kafka in plaintext, and security.protocol=" + config.securityProtocol()
                            + " wants TLS",
                            "use the port of the TLS listener, or set security.protocol=" + sasl + "PLAINTEXT");
                } else {
                    step.ok(where + " speaks Kafka, unencrypted");
                }
            }
            case TLS -> {
                if (encrypted()) {
                    step.ok(where + " speaks TLS");
                } else {
                    step.fail(where + " speaks TLS, and security.protocol=" + config.securityProtocol()
                            + " is plaintext",
                            "set security.protocol=" + sasl + "SSL, with ssl.truststore.* for the broker's authority,"
                                    + " or use the port of a plaintext listener");
                    if (look.handshake() != null) {
                        certificates(step, look.handshake());
                    }
                }
            }
            case HTTP -> step.fail(where + " speaks HTTP, not Kafka: " + look.detail(),
                    "give the port of a Kafka listener; this is a web server, a REST proxy or a load balancer");
            case OTHER -> step.fail(where + " speaks neither Kafka nor TLS: " + look.detail(),
                    "give the port of a Kafka listener");
            case CLOSED -> step.fail(where + ": " + look.detail(),
                    "check what listens there: a load balancer without a broker behind it, or a broker that has reached"
                            + " its limit of connections, does this");
            default -> step.fail(
                    where + " accepts connections and says nothing: " + look.detail() + ", to Kafka, TLS or HTTP",
                    "the broker hangs (see its log, and jstack), or a tunnel or load balancer has no broker behind it");
        }
    }

    private static void certificates(final DoctorStep step, final PortProbe.Handshake handshake) {
        int number = 0;
        for (final X509Certificate certificate : handshake.chain()) {
            step.info("certificate " + ++number + ": subject " + certificate.getSubjectX500Principal() + ", issuer "
                    + certificate.getIssuerX500Principal() + ", valid " + certificate.getNotBefore().toInstant()
                    + " to " + certificate.getNotAfter().toInstant() + names(certificate));
        }
        if (handshake.certificateAsked()) {
            step.info("the broker asks for a client certificate");
        }
    }

    private static String names(final X509Certificate certificate) {
        try {
            return certificate.getSubjectAlternativeNames() == null
                    ? ""
                    : certificate.getSubjectAlternativeNames().stream().map(each -> String.valueOf(each.get(1)))
                            .collect(Collectors.joining(", ", ", names ", ""));
        } catch (final CertificateParsingException e) {
            return ", names unreadable";
        }
    }

    private void tls(final DoctorStep step) {
        wire = new BrokerWire(setup.openTransport(), named());
        try {
            wire.open(within(connectMs));
            // A broker refuses a client's certificate after the handshake, with TLS 1.3.
            if (encrypted()) {
                versions = askVersions();
            }
        } catch (final IOException | ProtocolException e) {
            if (!encrypted()) {
                step.fail("not connected: " + e.getMessage(), null);
                return;
            }
            step.fail(String.valueOf(e.getMessage()), tlsRemedy(String.valueOf(e.getMessage())));
            certificates(step, look.handshake());
            return;
        }
        if (!encrypted()) {
            step.ok("not used (security.protocol=" + config.securityProtocol() + ")");
            return;
        }
        final Object store = config.value("ssl.truststore.location");
        step.ok((look.handshake().protocol() == null
                ? ""
                : look.handshake().protocol() + ", " + look.handshake().cipher() + ", ") + "verified with "
                + (store != null
                        ? store
                        : config.isSet("ssl.truststore.certificates")
                                ? "ssl.truststore.certificates"
                                : "the JDK's authorities"));
        if (String.valueOf(config.value("ssl.endpoint.identification.algorithm")).isEmpty()) {
            step.warn("the broker's name is not held against its certificate: ssl.endpoint.identification.algorithm="
                    + " is empty", "leave the key out, unless the certificates have no names");
        }
        certificates(step, look.handshake());
        final Instant now = Instant.now();
        for (final X509Certificate certificate : look.handshake().chain()) {
            final long days = Duration.between(now, certificate.getNotAfter().toInstant()).toDays();
            if (days < CERTIFICATE_WARN_DAYS) {
                step.warn("a certificate of the broker ends in " + days + " days: "
                        + certificate.getSubjectX500Principal(), "renew it");
            }
        }
    }

    private InetSocketAddress named() {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(server.getHostString(), address.getAddress()),
                    server.getPort());
        } catch (final UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static String tlsRemedy(final String problem) {
        if (problem.contains("has expired")) {
            return "have the broker's certificate renewed; if this machine's clock is wrong (see now=), set it";
        }
        if (problem.contains("not valid yet")) {
            return "compare the clocks of this machine (see now=) and of the one that issued the certificate";
        }
        if (problem.contains("unknown authority")) {
            return "put the certificate of that issuer into ssl.truststore.location (ssl.truststore.type=PEM takes a"
                    + " .pem or .crt file as it is)";
        }
        if (problem.contains("for other names")) {
            return "connect by a name that is in the certificate, or have one issued with this name as a subject"
                    + " alternative name";
        }
        if (problem.contains("requires a client certificate")) {
            return "set ssl.keystore.location to a certificate and key that the broker's truststore knows";
        }
        if (problem.contains("client's certificate")) {
            return "the broker's ssl.truststore must contain the authority of the certificate in ssl.keystore.location";
        }
        if (problem.contains("in common")) {
            return "compare ssl.enabled.protocols and ssl.cipher.suites here and at the broker";
        }
        return "look into the broker's log for this connection";
    }

    // ---- Versions and SASL ------------------------------------------------------------------------------------

    private ApiVersionsResponse askVersions() throws IOException {
        return wire.ask(new ApiVersionsRequest("kp", "0.1.0"), (short) 0, within(answerMs),
                ApiVersionsResponse::decode);
    }

    private void apiVersions(final DoctorStep step) {
        try {
            if (versions == null) {
                versions = askVersions();
            }
        } catch (final IOException | ProtocolException e) {
            step.fail("no answer to ApiVersions: " + e.getMessage(), "look into the broker's log");
            return;
        }
        final List<String> used = new ArrayList<>();
        for (final ApiKey api : List.of(ApiKey.PRODUCE, ApiKey.METADATA)) {
            final ApiVersionsResponse.ApiRange range = versions.api(api);
            if (range == null || range.maxVersion() < api.minVersion() || range.minVersion() > api.maxVersion()) {
                step.fail(api.messageName() + ": kp speaks " + api.minVersion() + " to " + api.maxVersion()
                        + ", the broker "
                        + (range == null ? "none" : range.minVersion() + " to " + range.maxVersion()),
                        "kp needs a broker of Kafka 2.1 or newer");
                return;
            }
            used.add(api.messageName() + " " + range.minVersion() + " to " + range.maxVersion() + ", kp uses "
                    + Math.min(range.maxVersion(), api.maxVersion()));
        }
        step.ok(release(versions.api(ApiKey.PRODUCE).maxVersion()) + ": " + String.join("; ", used));
    }

    /** What the highest version of Produce tells of a broker's release; the releases in which it was raised. */
    private static String release(final short produce) {
        if (produce >= 13) {
            return "Kafka 4.1 or newer";
        }
        return switch (produce) {
            case 12 -> "Kafka 4.0";
            case 11 -> "Kafka 3.8 or 3.9";
            case 10 -> "Kafka 3.7";
            case 9 -> "Kafka 2.8 to 3.6";
            case 8 -> "Kafka 2.4 to 2.7";
            default -> "Kafka 2.1 to 2.3";
        };
    }

    private void sasl(final DoctorStep step) {
        final boolean used = config.securityProtocol().startsWith("SASL");
        List<String> offered = null;
        if (used) {
            offered = offered(config.saslMechanism());
            if (offered != null && !offered.isEmpty() && !offered.contains(config.saslMechanism())) {
                step.fail("the listener offers " + String.join(", ", offered) + ", and not sasl.mechanism="
                        + config.saslMechanism(), "set sasl.mechanism to one that is offered");
                return;
            }
        }
        closeWire();
        bootstrap = new Node(Node.FIRST_BOOTSTRAP_ID, server.getHostString(), server.getPort());
        session = new BrokerSession(setup);
        final String problem = session.connect(bootstrap, within(2 * answerMs));
        if (problem != null) {
            step.fail(problem, saslRemedy(problem));
            return;
        }
        step.ok(!used
                ? "not used (security.protocol=" + config.securityProtocol() + ")"
                : "authenticated with " + config.saslMechanism()
                        + (offered == null ? "" : "; the listener offers " + String.join(", ", offered)));
    }

    /** The mechanisms that the listener offers; {@code null} if it does not say, as one without SASL. */
    private List<String> offered(final String mechanism) {
        try {
            final SaslHandshakeResponse response = wire.ask(new SaslHandshakeRequest(mechanism), (short) 1,
                    within(answerMs), SaslHandshakeResponse::decode);
            return response.errorCode() == ErrorCode.ILLEGAL_SASL_STATE.code() ? null : response.mechanisms();
        } catch (final IOException | ProtocolException e) {
            return null;
        }
    }

    private String saslRemedy(final String problem) {
        if (problem.contains("does not use SASL")) {
            return "set security.protocol=" + (encrypted() ? "SSL" : "PLAINTEXT")
                    + ", or use the port of a SASL listener";
        }
        if (problem.contains("SASL_AUTHENTICATION_FAILED")) {
            return config.saslMechanism().equals("OAUTHBEARER")
                    ? "the broker does not accept the token: compare issuer, audience, scope and expiry with the broker's sasl.oauthbearer.*"
                    : config.saslMechanism().equals("GSSAPI")
                            ? "compare sasl.kerberos.service.name with the broker's principal, and the clocks"
                            : "check username and password in sasl.jaas.config"
                                    + (config.saslMechanism().startsWith("SCRAM")
                                            ? "; a SCRAM user must exist for this mechanism: kafka-configs --describe --entity-type users"
                                            : "");
        }
        if (problem.contains("credentials cannot be had")) {
            return "check the endpoint of tokens, or the ticket: kp cannot get credentials";
        }
        return "look into the broker's log for this connection";
    }

    // ---- Metadata, advertised listeners ------------------------------------------------------------------------

    private void metadata(final DoctorStep step) {
        try {
            // Nothing is created by looking at it.
            metadata = session.ask(bootstrap,
                    MetadataRequest.topics(topic == null ? List.of() : List.of(topic), false), within(2 * answerMs),
                    MetadataResponse::decode);
        } catch (final IOException | ProtocolException e) {
            final List<String> offered = offeredByNewConnection();
            if (offered != null && !config.securityProtocol().startsWith("SASL")) {
                step.fail("the connection ended where metadata was asked for, and the listener uses SASL: it offers "
                        + String.join(", ", offered),
                        "set security.protocol=" + (encrypted() ? "SASL_SSL" : "SASL_PLAINTEXT")
                                + ", sasl.mechanism to one of these, and sasl.jaas.config");
            } else {
                step.fail("no metadata: " + e.getMessage(), "look into the broker's log");
            }
            return;
        }
        if (metadata.brokers().isEmpty()) {
            step.fail("the broker knows of no broker, not even itself",
                    "wait until it has registered with the controller, and look into its log");
            return;
        }
        step.ok("cluster " + metadata.clusterId() + ", " + metadata.brokers().size()
                + (metadata.brokers().size() == 1 ? " broker: " : " brokers: ")
                + metadata.brokers().stream().limit(MAX_SHOWN)
                        .map(each -> each.nodeId() + " at " + each.host() + ":" + each.port())
                        .collect(Collectors.joining(", "))
                + (metadata.brokers().size() > MAX_SHOWN ? ", …" : "") + "; controller " + metadata.controllerId());
    }

    private List<String> offeredByNewConnection() {
        wire = new BrokerWire(setup.openTransport(), named());
        try {
            wire.open(within(connectMs));
            return offered("PLAIN");
        } catch (final IOException e) {
            return null;
        } finally {
            closeWire();
        }
    }

    private void advertised(final DoctorStep step) {
        int good = 0;
        for (final MetadataResponse.Broker broker : metadata.brokers()) {
            final String where = "broker " + broker.nodeId() + " says it is at " + broker.host() + ":" + broker.port();
            final Connected outcome = reach(broker);
            if (outcome.well()) {
                good++;
                if (good <= MAX_SHOWN) {
                    step.ok(where + ": reached");
                }
                continue;
            }
            step.add(leads(broker.nodeId()) ? DoctorStatus.FAIL : DoctorStatus.WARN, where + ": " + outcome.problem(),
                    outcome.remedy());
        }
        if (good > MAX_SHOWN) {
            step.info("and " + (good - MAX_SHOWN) + " more");
        }
    }

    /** Whether records may have to go to a broker: if it leads a partition of the topic, or nobody said which topic. */
    private boolean leads(final int broker) {
        return topic == null || metadata.topics().stream().flatMap(each -> each.partitions().stream())
                .anyMatch(partition -> partition.leaderId() == broker);
    }

    private Connected reach(final MetadataResponse.Broker broker) {
        final String change = "set advertised.listeners of broker " + broker.nodeId()
                + " to an address that this machine can reach (in Docker: KAFKA_ADVERTISED_LISTENERS)";
        final InetAddress[] found;
        try {
            found = HostResolver.system().lookUp(broker.host())
                    .get(Math.max(1, within(connectMs) - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (final ExecutionException e) {
            return new Connected("unknown host from here" + (broker.host().contains(".")
                    ? ""
                    : "; it looks like the name of a container or of a machine in another network"), change);
        } catch (final TimeoutException e) {
            return new Connected("no answer of the DNS within " + connectMs + " ms", change);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Connected("interrupted", null);
        }
        final List<InetSocketAddress> all = Arrays.stream(found)
                .map(each -> new InetSocketAddress(each, broker.port())).toList();
        final Map<InetSocketAddress, Connected> outcomes = connectAll(all);
        if (outcomes.values().stream().noneMatch(Connected::well)) {
            final Connected first = outcomes.values().iterator().next();
            return new Connected(first.problem() + (found[0].isLoopbackAddress()
                    ? "; " + broker.host() + " is this machine itself, from here as from everywhere"
                    : ""), change);
        }
        final String problem = session.connect(new Node(broker.nodeId(), broker.host(), broker.port()),
                within(2 * answerMs));
        return problem == null
                ? Connected.WELL
                : new Connected("TCP connects, but: " + problem,
                        encrypted() ? tlsRemedy(problem) : saslRemedy(problem));
    }

    // ---- The topic --------------------------------------------------------------------------------------------

    private void topic(final DoctorStep step) {
        final MetadataResponse.Topic found = metadata.topics().isEmpty() ? null : metadata.topics().get(0);
        final ErrorCode error = found == null
                ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                : ErrorCode.forCode(found.errorCode());
        switch (error) {
            case NONE -> partitions(step, found);
            case UNKNOWN_TOPIC_OR_PARTITION -> step.fail("topic " + topic + " does not exist",
                    "create it: kafka-topics --bootstrap-server " + server.getHostString() + ":" + server.getPort()
                            + " --create --topic " + topic
                            + "; or correct its name. Where the cluster creates topics by itself the first record will");
            case TOPIC_AUTHORIZATION_FAILED -> step.fail("topic " + topic + " may not be seen by this client",
                    "give its user the rights: kafka-acls --add --allow-principal User:NAME --producer --topic "
                            + topic);
            case INVALID_TOPIC_EXCEPTION -> step.fail("topic " + topic + " has a name that Kafka does not allow",
                    "letters, digits, '.', '_' and '-', at most 249");
            default -> step.fail("topic " + topic + ": " + ErrorCode.describe(found.errorCode()),
                    "look into the broker's log");
        }
    }

    private void partitions(final DoctorStep step, final MetadataResponse.Topic found) {
        final Map<Integer, Long> leaders = found.partitions().stream()
                .filter(each -> each.leaderId() != MetadataResponse.NO_NODE)
                .collect(Collectors.groupingBy(MetadataResponse.Partition::leaderId, TreeMap::new,
                        Collectors.counting()));
        final List<Integer> leaderless = found.partitions().stream()
                .filter(each -> each.leaderId() == MetadataResponse.NO_NODE)
                .map(MetadataResponse.Partition::partition).sorted().toList();
        final int least = found.partitions().stream().mapToInt(each -> each.inSyncReplicas().length).min().orElse(0);
        final int replicas = found.partitions().stream().mapToInt(each -> each.replicas().length).min().orElse(0);
        step.ok(found.partitions().size() + (found.partitions().size() == 1 ? " partition" : " partitions")
                + ", led by "
                + leaders.entrySet().stream().map(each -> "broker " + each.getKey() + " (" + each.getValue() + ")")
                        .collect(Collectors.joining(", "))
                + "; " + replicas + (replicas == 1 ? " replica" : " replicas") + ", at least " + least + " in sync");
        if (!leaderless.isEmpty()) {
            step.add(leaders.isEmpty() ? DoctorStatus.FAIL : DoctorStatus.WARN,
                    leaderless.size() + " partitions without a leader: " + leaderless.stream().limit(MAX_SHOWN)
                            .map(String::valueOf).collect(Collectors.joining(", ")),
                    "bring back the brokers that hold their replicas");
        }
    }

    private void authorization(final DoctorStep step) {
        final TopicLook look = TopicLook.of(settings, topic, 2 * answerMs);
        if (look.operations() == null) {
            step.warn("cannot be seen: " + look.problem(), null);
        } else if (look.operations().contains("WRITE") || look.operations().contains("ALL")) {
            step.ok("this client may write to topic " + topic);
        } else {
            step.fail("this client may not write to topic " + topic + "; it may "
                    + String.join(", ", new TreeSet<>(look.operations())),
                    "give its user the right: kafka-acls --add --allow-principal User:NAME --producer --topic "
                            + topic);
        }
        final String minInSync = look.settings().get("min.insync.replicas");
        final int least = metadata.topics().get(0).partitions().stream()
                .mapToInt(each -> each.inSyncReplicas().length).min().orElse(0);
        if (minInSync == null) {
            step.info("min.insync.replicas cannot be seen: " + look.problem());
        } else if (least < Integer.parseInt(minInSync)) {
            step.fail("a partition has " + least + " replicas in sync, min.insync.replicas=" + minInSync
                    + " and acks=all want more", "bring back the brokers that hold its replicas");
        } else {
            step.info("min.insync.replicas=" + minInSync + ", max.message.bytes="
                    + look.settings().get("max.message.bytes") + ", message.timestamp.type="
                    + look.settings().get("message.timestamp.type"));
        }
    }

    // ---- A record ---------------------------------------------------------------------------------------------

    private void record(final DoctorStep step) {
        final Map<String, String> own = new LinkedHashMap<>(settings);
        final long leftMs = Math.max(1_000, (deadlineNs - System.nanoTime()) / NS_PER_MS);
        own.put(ProducerConfig.MAX_BLOCK_MS, Long.toString(leftMs));
        own.put(ProducerConfig.LINGER_MS, "0");
        own.put(ProducerConfig.REQUEST_TIMEOUT_MS, Long.toString(leftMs));
        own.put(ProducerConfig.DELIVERY_TIMEOUT_MS, Long.toString(leftMs));
        final long openNs = System.nanoTime();
        final Producer<String, String> producer = Producer.open(ProducerConfig.of(own), Serializers.string(),
                Serializers.string());
        try {
            final long openedNs = System.nanoTime();
            // Connection, authentication and metadata come first; then the producer's id, the connection to the leader, the record.
            producer.partitionsFor(topic);
            final long knownNs = System.nanoTime();
            final long sentMs = System.currentTimeMillis();
            final RecordMetadata first = producer.send(new ProducerRecord<>(topic, "kp doctor")).join();
            final long acknowledgedNs = System.nanoTime();
            report.sent();
            step.ok(String.format(Locale.ROOT,
                    "partition %d, offset %d; producer opened in %d ms, metadata had after %d ms more, sent and acknowledged in %d ms",
                    first.partition(), first.offset(), (openedNs - openNs) / NS_PER_MS,
                    (knownNs - openedNs) / NS_PER_MS, (acknowledgedNs - knownNs) / NS_PER_MS));
            clock(step, first.timestampMs(), sentMs, System.currentTimeMillis());
        } catch (final CompletionException | KpException e) {
            final Throwable failure = e instanceof KpException ? e : e.getCause();
            step.fail(String.valueOf(failure.getMessage()), failure instanceof KpException known
                    ? switch (known.category()) {
                        case RETRY_LATER -> "try again; see the broker's log";
                        case FIX_RECORD -> "the topic does not take such a record: see its settings";
                        default -> "see the failure";
                    }
                    : null);
        } finally {
            producer.close(Duration.ofSeconds(1));
        }
    }

    /** A broker that stamps records shows its clock. */
    private static void clock(final DoctorStep step, final long stampMs, final long sentMs, final long acknowledgedMs) {
        final long allowedMs = 5_000;
        if (stampMs < sentMs - allowedMs || stampMs > acknowledgedMs + allowedMs) {
            step.warn(
                    "the broker's clock differs by " + (stampMs < sentMs ? stampMs - sentMs : stampMs - acknowledgedMs)
                            + " ms from this machine's",
                    "set the clocks by NTP");
        }
    }
}
