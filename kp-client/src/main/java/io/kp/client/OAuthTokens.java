package io.kp.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

import io.kp.network.SaslRefusedException;
import io.kp.network.SaslToken;
import io.kp.network.SaslTokenSource;

/**
 * Bearer tokens from a file or from an identity provider (OAuth 2.0 client credentials, RFC 6749 section 4.4), by the JDK's own HTTP client of java.base, so that nothing
 * further is needed. A token of a provider is used until a part of its life is over; a file is read each time. Thread-safe.
 *
 * <p>Whoever needs a token while one is being fetched waits for that: threads of the executor, never the I/O thread.
 */
final class OAuthTokens implements SaslTokenSource {
    private static final int MAX_ANSWER_BYTES = 1 << 20;
    /** With a token that is still good, how long the provider is left in peace after it has failed. */
    private static final long RETRY_MS = 5_000;
    private static final int MAX_ERROR_CHARS = 300;
    private static final long MS_PER_SECOND = 1_000;
    private static final int HTTP_BAD_REQUEST = 400;
    private static final int HTTP_SERVER_ERROR = 500;
    private static final int HTTP_TOO_MANY_REQUESTS = 429;

    /**
     * Where tokens come from and how long they are used.
     *
     * @param endpoint an URL, {@code file:} or {@code http(s):}
     * @param connectTimeoutMs 0 for the system's
     * @param readTimeoutMs 0 for as long as it takes
     */
    record Settings(URI endpoint, String clientId, String clientSecret, String scope, boolean urlEncodeHeader,
            Map<String, String> extensions,
            int connectTimeoutMs, int readTimeoutMs, double refreshFactor, double refreshJitter,
            long refreshMinPeriodMs, long refreshBufferMs) {
        @Override
        public String toString() {
            return "OAuthTokens[endpoint=" + endpoint + ", clientId=" + clientId + ']';
        }
    }

    private final Settings settings;
    private final LongSupplier epochClockMs;
    /** Its own: the context's belongs to the I/O thread. */
    private final RandomGenerator random = new SplittableRandom(System.identityHashCode(this));
    private final ReentrantLock lock = new ReentrantLock();
    private SaslToken token;
    private long refreshAtMs;
    private long endsAtMs;

    OAuthTokens(final Settings settings, final LongSupplier epochClockMs) {
        this.settings = settings;
        this.epochClockMs = epochClockMs;
    }

    @Override
    public SaslToken token() throws IOException {
        if ("file".equalsIgnoreCase(settings.endpoint.getScheme())) {
            final String text = Files.readString(Path.of(settings.endpoint)).trim();
            return new SaslToken(checked(text), principal(claims(text)), settings.extensions);
        }
        lock.lock();
        try {
            final long nowMs = epochClockMs.getAsLong();
            if (token == null || nowMs >= refreshAtMs) {
                try {
                    fetch();
                } catch (final SaslRefusedException e) {
                    throw e;
                } catch (final IOException e) {
                    // The provider is in trouble; a token that is still good bridges that.
                    if (token == null || epochClockMs.getAsLong() >= endsAtMs) {
                        throw e;
                    }
                    refreshAtMs = Math.min(endsAtMs, nowMs + RETRY_MS);
                }
            }
            return token;
        } finally {
            lock.unlock();
        }
    }

    private void fetch() throws IOException {
        final Map<String, String> answer = ask();
        final String value = answer.get("access_token");
        if (value == null) {
            throw new SaslRefusedException("the identity provider's answer has no access_token: endpoint="
                    + settings.endpoint);
        }
        final Map<String, String> claims = claims(value);
        final long nowMs = epochClockMs.getAsLong();
        final long lifeMs = lifeMs(answer, claims, nowMs);
        long refreshMs = (long) (lifeMs * (settings.refreshFactor + settings.refreshJitter * random.nextDouble()));
        if (settings.refreshMinPeriodMs + settings.refreshBufferMs <= lifeMs) {
            // Only where both fit; a token that lives shorter is used by its part alone.
            refreshMs = Math.max(settings.refreshMinPeriodMs, Math.min(refreshMs, lifeMs - settings.refreshBufferMs));
        }
        refreshAtMs = nowMs + refreshMs;
        endsAtMs = nowMs + lifeMs;
        token = new SaslToken(checked(value), principal(claims), settings.extensions);
    }

    private static long lifeMs(final Map<String, String> answer, final Map<String, String> claims, final long nowMs) {
        try {
            if (answer.get("expires_in") != null) {
                return (long) (Double.parseDouble(answer.get("expires_in")) * MS_PER_SECOND);
            }
            if (claims.get("exp") != null) {
                return (long) (Double.parseDouble(claims.get("exp")) * MS_PER_SECOND) - nowMs;
            }
        } catch (final NumberFormatException e) {
            return 0; // of unknown life: fetched anew each time
        }
        return 0;
    }

    private Map<String, String> ask() throws IOException {
        final HttpURLConnection connection = (HttpURLConnection) settings.endpoint.toURL().openConnection();
        connection.setConnectTimeout(settings.connectTimeoutMs);
        connection.setReadTimeout(settings.readTimeoutMs);
        connection.setInstanceFollowRedirects(false);
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Accept", "application/json");
        connection.setRequestProperty("Content-Type", "application/x-www-form-urlencoded");
        final String pair = header(settings.clientId) + ':' + header(settings.clientSecret);
        connection.setRequestProperty("Authorization",
                "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        String body = "grant_type=client_credentials";
        if (settings.scope != null && !settings.scope.isBlank()) {
            body += "&scope=" + encoded(settings.scope);
        }
        try {
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body.getBytes(StandardCharsets.UTF_8));
            }
            final int status = connection.getResponseCode();
            final String text = read(
                    status >= HTTP_BAD_REQUEST ? connection.getErrorStream() : connection.getInputStream());
            if (status == HttpURLConnection.HTTP_OK) {
                return JsonObject.parse(text);
            }
            final String reason = "the identity provider refused: endpoint=" + settings.endpoint + ", clientId="
                    + settings.clientId + ", status=" + status + error(text);
            if (status >= HTTP_SERVER_ERROR || status == HTTP_TOO_MANY_REQUESTS) {
                throw new IOException(reason);
            }
            throw new SaslRefusedException(reason);
        } catch (final IllegalArgumentException e) {
            throw new SaslRefusedException(
                    "the identity provider's answer is no JSON object: endpoint=" + settings.endpoint, e);
        } catch (final SaslRefusedException e) {
            throw e;
        } catch (final IOException e) {
            throw new IOException("no token from the identity provider: endpoint=" + settings.endpoint + ", error="
                    + e.getMessage(), e);
        } finally {
            connection.disconnect();
        }
    }

    /** The error of RFC 6749 section 5.2; what is not in its two fields may be anything and is not shown. */
    private static String error(final String text) {
        try {
            final Map<String, String> answer = JsonObject.parse(text);
            return ", error=" + line(answer.get("error")) + ", description=" + line(answer.get("error_description"));
        } catch (final IllegalArgumentException e) {
            return "";
        }
    }

    /** Somebody else's words within a message of this client: on its line, and not all of a page. */
    private static String line(final String text) {
        return text == null
                ? null
                : text.substring(0, Math.min(text.length(), MAX_ERROR_CHARS))
                        .replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]", "?");
    }

    private static String read(final InputStream in) throws IOException {
        if (in == null) {
            return "";
        }
        try (in) {
            return new String(in.readNBytes(MAX_ANSWER_BYTES), StandardCharsets.UTF_8);
        }
    }

    private String header(final String text) {
        return settings.urlEncodeHeader ? encoded(text) : text;
    }

    private static String encoded(final String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The claims of a token that is a JWT; none of any other. */
    private static Map<String, String> claims(final String token) {
        final String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return Map.of();
        }
        try {
            return JsonObject.parse(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
        } catch (final IllegalArgumentException e) {
            return Map.of();
        }
    }

    private String principal(final Map<String, String> claims) {
        final String subject = claims.get("sub");
        if (subject != null) {
            return line(subject);
        }
        return settings.clientId == null ? "of the token" : settings.clientId;
    }

    private static String checked(final String token) throws SaslRefusedException {
        // RFC 6750: anything else would change the meaning of the message around it.
        if (!token.matches("[A-Za-z0-9._~+/-]+=*")) {
            throw new SaslRefusedException("the token has characters that no bearer token has: length="
                    + token.length());
        }
        return token;
    }

    @Override
    public String toString() {
        return settings.toString();
    }
}
