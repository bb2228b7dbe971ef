package io.kp.bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/** Bearer tokens without a signature, which a broker takes unless it is told how to verify them. */
final class TestTokens {
    private static final int ISSUED_SECONDS_AGO = 7_200;

    private TestTokens() {
    }

    /**
     * A token.
     *
     * @param life from now on; negative for one that has ended
     */
    static String unsigned(final String subject, final Duration life) {
        final long now = Instant.now().getEpochSecond();
        final Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return encoder.encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8)) + '.'
                + encoder.encodeToString(("{\"sub\":\"" + subject + "\",\"iat\":" + (now - ISSUED_SECONDS_AGO)
                        + ",\"exp\":" + (now + life.toSeconds()) + '}').getBytes(StandardCharsets.UTF_8))
                + '.';
    }
}
