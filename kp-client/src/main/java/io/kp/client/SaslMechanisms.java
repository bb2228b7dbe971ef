package io.kp.client;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import io.kp.network.Sasl;
import io.kp.network.SaslCredentials;
import io.kp.network.SaslMechanism;
import io.kp.network.SaslTokenSource;

/** Makes the SASL mechanism that a configuration asks for, from its login module, its keys, or what the context brings. */
final class SaslMechanisms {
    private static final String EXTENSION = "extension_";
    private static final long MS_PER_SECOND = 1_000;
    /** Kafka's client has none, and waits for a provider that says nothing for ever. */
    private static final int DEFAULT_LOGIN_TIMEOUT_MS = 10_000;
    /** What the login modules' options mean to kp; those of Kerberos are its module's own. */
    private static final Map<String, Set<String>> OPTIONS = Map.of("PLAIN", Set.of("username", "password"),
            "SCRAM-SHA-256", Set.of("username", "password", "tokenauth"), "SCRAM-SHA-512",
            Set.of("username", "password", "tokenauth"), "OAUTHBEARER", Set.of("clientId", "clientSecret", "scope"));
    private static final Set<String> OWN_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private SaslMechanisms() {
    }

    static SaslMechanism of(final ProducerConfig config, final ProducerContext context) {
        return switch (config.saslMechanism()) {
            case "PLAIN" -> Sasl.plain(credentials(config, context));
            case "SCRAM-SHA-256" -> Sasl.scramSha256(credentials(config, context));
            case "SCRAM-SHA-512" -> Sasl.scramSha512(credentials(config, context));
            case "OAUTHBEARER" -> Sasl.oauthBearer(tokens(config, context));
            case "GSSAPI" -> gssapi(config, context);
            default -> throw new AssertionError(config.saslMechanism());
        };
    }

    /** What is likely to be a mistake: options that mean nothing here, by name and without their values, and secrets that travel as they are. */
    static void warn(final ProducerConfig config, final List<String> warnings) {
        final String mechanism = config.saslMechanism();
        final Set<String> known = OPTIONS.get(mechanism);
        if (config.jaas() != null && known != null) {
            final List<String> unknown = config.jaas().options().keySet().stream().filter(option -> !known
                    .contains(option) && !(mechanism.equals("OAUTHBEARER") && option.startsWith(EXTENSION))).sorted()
                    .toList();
            if (!unknown.isEmpty()) {
                warnings.add(ProducerConfig.SASL_JAAS_CONFIG + ": options without effect with "
                        + ProducerConfig.SASL_MECHANISM + "=" + mechanism + ": " + String.join(", ", unknown));
            }
        }
        if (config.securityProtocol().equals("SASL_PLAINTEXT")
                && (mechanism.equals("PLAIN") || mechanism.equals("OAUTHBEARER"))) {
            warnings.add(ProducerConfig.SECURITY_PROTOCOL + "=SASL_PLAINTEXT sends the "
                    + (mechanism.equals("PLAIN") ? "password" : "token") + " of " + ProducerConfig.SASL_MECHANISM + "="
                    + mechanism + " unencrypted; SASL_SSL does not");
        }
        final String url = (String) config.value(ProducerConfig.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL);
        if (mechanism.equals("OAUTHBEARER") && url != null && url.regionMatches(true, 0, "http:", 0, 5)
                && !OWN_MACHINE.contains(String.valueOf(endpoint(url).getHost()))) {
            warnings.add(ProducerConfig.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL + "=" + url
                    + " sends the client's secret unencrypted; https: does not");
        }
    }

    private static Supplier<SaslCredentials> credentials(final ProducerConfig config, final ProducerContext context) {
        if (context.saslCredentials() != null) {
            return context.saslCredentials();
        }
        final JaasEntry jaas = config.jaas();
        if (jaas == null) {
            throw new ConfigException(ProducerConfig.SASL_JAAS_CONFIG, null,
                    "is required for " + ProducerConfig.SASL_MECHANISM + "=" + config.saslMechanism()
                            + ", unless ProducerContext.saslCredentials is set");
        }
        final String user = required(jaas, "username");
        final String password = required(jaas, "password");
        final SaslCredentials credentials = "true".equalsIgnoreCase(jaas.option("tokenauth"))
                ? SaslCredentials.ofDelegationToken(user, password)
                : SaslCredentials.of(user, password);
        return () -> credentials;
    }

    private static String required(final JaasEntry jaas, final String option) {
        final String value = jaas.option(option);
        if (value == null) {
            throw new ConfigException(ProducerConfig.SASL_JAAS_CONFIG, ConfigKey.HIDDEN,
                    "must give " + jaas.simpleName() + " the option " + option + "; it has " + jaas.options().keySet());
        }
        return value;
    }

    private static SaslMechanism gssapi(final ProducerConfig config, final ProducerContext context) {
        final JaasEntry jaas = config.jaas();
        if (jaas == null) {
            throw new ConfigException(ProducerConfig.SASL_JAAS_CONFIG, null,
                    "is required for " + ProducerConfig.SASL_MECHANISM + "=GSSAPI: a Krb5LoginModule with its options");
        }
        final String named = (String) config.value(ProducerConfig.SASL_KERBEROS_SERVICE_NAME);
        final String option = jaas.option("serviceName");
        if (named == null && option == null) {
            throw new ConfigException(ProducerConfig.SASL_KERBEROS_SERVICE_NAME, null, "is required for "
                    + ProducerConfig.SASL_MECHANISM + "=GSSAPI: the first part of the brokers' principals");
        }
        if (named != null && option != null && !named.equals(option)) {
            throw new ConfigException(ProducerConfig.SASL_KERBEROS_SERVICE_NAME, named,
                    "must be the same as serviceName=" + option + " of " + ProducerConfig.SASL_JAAS_CONFIG);
        }
        final Map<String, String> options = new LinkedHashMap<>(jaas.options());
        options.remove("serviceName"); // Kafka's own, unknown to the module
        return Sasl.gssapi(named == null ? option : named, jaas.module(), options,
                (Long) config.value(ProducerConfig.SASL_KERBEROS_MIN_TIME_BEFORE_RELOGIN), context.epochClockMs());
    }

    private static SaslTokenSource tokens(final ProducerConfig config, final ProducerContext context) {
        if (context.saslTokens() != null) {
            return context.saslTokens();
        }
        final String url = (String) config.value(ProducerConfig.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL);
        if (url == null || url.isEmpty()) {
            throw new ConfigException(ProducerConfig.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, url,
                    "is required for " + ProducerConfig.SASL_MECHANISM
                            + "=OAUTHBEARER, unless ProducerContext.saslTokens is set");
        }
        final URI endpoint = endpoint(url);
        final Map<String, String> options = config.jaas() == null ? Map.of() : config.jaas().options();
        final Map<String, String> extensions = new LinkedHashMap<>();
        options.forEach((name, value) -> {
            if (name.startsWith(EXTENSION)) {
                extensions.put(name.substring(EXTENSION.length()), value);
            }
        });
        final boolean file = "file".equalsIgnoreCase(endpoint.getScheme());
        final String id = (String) config.value(ProducerConfig.SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID);
        final String secret = config.secret(ProducerConfig.SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET);
        final String scope = (String) config.value(ProducerConfig.SASL_OAUTHBEARER_SCOPE);
        return new OAuthTokens(new OAuthTokens.Settings(endpoint,
                file
                        ? null
                        : first(ProducerConfig.SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID, id,
                                options.get("clientId")),
                file
                        ? null
                        : first(ProducerConfig.SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET, secret,
                                options.get("clientSecret")),
                scope == null ? options.get("scope") : scope,
                (Boolean) config.value(ProducerConfig.SASL_OAUTHBEARER_HEADER_URLENCODE), extensions,
                timeoutMs(config, ProducerConfig.SASL_LOGIN_CONNECT_TIMEOUT_MS),
                timeoutMs(config, ProducerConfig.SASL_LOGIN_READ_TIMEOUT_MS),
                (Double) config.value(ProducerConfig.SASL_LOGIN_REFRESH_WINDOW_FACTOR),
                (Double) config.value(ProducerConfig.SASL_LOGIN_REFRESH_WINDOW_JITTER),
                (Short) config.value(ProducerConfig.SASL_LOGIN_REFRESH_MIN_PERIOD_SECONDS) * MS_PER_SECOND,
                (Short) config.value(ProducerConfig.SASL_LOGIN_REFRESH_BUFFER_SECONDS) * MS_PER_SECOND),
                context.epochClockMs());
    }

    private static URI endpoint(final String url) {
        try {
            final URI endpoint = URI.create(url);
            if (endpoint.getRawUserInfo() != null) {
                throw new ConfigException(ProducerConfig.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, ConfigKey.HIDDEN,
                        "must not carry a user and a password: "
                                + ProducerConfig.SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_ID + " and "
                                + ProducerConfig.SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET + " do");
            }
            final String scheme = String.valueOf(endpoint.getScheme());
            if (scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https")
                    || scheme.equalsIgnoreCase("file")) {
                return endpoint;
            }
        } catch (final IllegalArgumentException e) {
            throw new ConfigException(ProducerConfig.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, url, "must be an URL", e);
        }
        throw new ConfigException(ProducerConfig.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, url,
                "must be an URL that begins with https:, http: or file:");
    }

    static int timeoutMs(final ProducerConfig config, final String key) {
        final Object value = config.value(key);
        return value == null ? DEFAULT_LOGIN_TIMEOUT_MS : (Integer) value;
    }

    private static String first(final String key, final String value, final String option) {
        if (value == null && option == null) {
            throw new ConfigException(key, null,
                    "is required with " + ProducerConfig.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL);
        }
        return value == null ? option : value;
    }
}
