package io.kp.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;

import javax.security.auth.login.AppConfigurationEntry;

import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.JaasContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Held against Kafka's own parser. */
class JaasEntryTest {
    @ParameterizedTest
    @ValueSource(strings = {
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\" password=\"alice-secret\";",
            "org.apache.kafka.common.security.scram.ScramLoginModule required\n  username='al ice'\n password='p\"q;=';",
            "a.b.C required k=\"with \\\"quotes\\\" and \\\\ and \\n and \\101\";",
            "a.b.C REQUIRED k=plain-word_$ ; // the end", "a.b.C sufficient /* none */ ;",
            "a.b.C optional a=\"1\" a=\"2\";",
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId=\"id\" clientSecret=\"s\" scope=\"a b\" extension_x=\"y\";",
            "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab=\"/etc/k.keytab\" principal=\"me@EXAMPLE.COM\";",
            "a.b.C required tokenauth=\"true\";", "a.b.C requisite k=\"\";", "a.b.C required k=\"äöü\";"})
    void shouldReadWhatKafkaReads(final String text) {
        final JaasEntry own = JaasEntry.parse(text);
        final AppConfigurationEntry kafkas = kafka(text);
        assertEquals(kafkas.getLoginModuleName(), own.module());
        assertEquals(kafkas.getOptions(), own.options());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a.b.C", "a.b.C required", "a.b.C perhaps;", "a.b.C required secret;",
            "a.b.C required k=;",
            "a.b.C required k=\"hunter2\"", "a.b.C required k=1;", "a.b.C required k \"hunter2\";",
            "a.b.C required; a.b.D required;", "; required", "a.b.C required \"hunter2", "12 required;"})
    void shouldRefuseWhatKafkaRefuses(final String text) {
        assertThrows(RuntimeException.class, () -> kafka(text));
        final IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class,
                () -> JaasEntry.parse(text));
        assertFalse(refusal.getMessage().contains("hunter2"), refusal.getMessage());
    }

    @Test
    void shouldShowNoOptionsValue() {
        assertEquals("a.b.C[username, password]",
                JaasEntry.parse("a.b.C required username=\"u\" password=\"hunter2\";").toString());
    }

    private static AppConfigurationEntry kafka(final String text) {
        return JaasContext.loadClientContext(Map.of("sasl.jaas.config", new Password(text))).configurationEntries()
                .get(0);
    }
}
