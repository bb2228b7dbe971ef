package io.kp.client;

import java.io.IOException;
import java.io.StreamTokenizer;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.Configuration;

/**
 * One entry of a JAAS configuration: a login module and its options, as in {@code sasl.jaas.config}. The grammar is that of Kafka's client, quotes, escapes and comments
 * included: {@code module flag name=value ... ;}. Options may be secret: they are not shown.
 */
final class JaasEntry {
    private static final Set<String> FLAGS = Set.of("required", "requisite", "sufficient", "optional");

    private final String module;
    private final Map<String, String> options;

    JaasEntry(final String module, final Map<String, String> options) {
        this.module = module;
        this.options = options;
    }

    /**
     * Reads the one entry of a text.
     *
     * @throws IllegalArgumentException if it is not one entry; says what is wrong and quotes no option's value
     */
    static JaasEntry parse(final String text) {
        final StreamTokenizer in = new StreamTokenizer(new StringReader(text));
        in.slashSlashComments(true);
        in.slashStarComments(true);
        in.wordChars('-', '-');
        in.wordChars('_', '_');
        in.wordChars('$', '$');
        try {
            if (in.nextToken() == StreamTokenizer.TT_EOF) {
                throw new IllegalArgumentException("must name a login module");
            }
            final JaasEntry entry = entry(in);
            if (in.nextToken() != StreamTokenizer.TT_EOF) {
                throw new IllegalArgumentException("must have one login module, not several");
            }
            return entry;
        } catch (final IOException e) {
            throw new UncheckedIOException("a text cannot fail to be read", e);
        }
    }

    /** The first entry of the section {@code KafkaClient} in the file that {@code java.security.auth.login.config} names; null if there is none. */
    static JaasEntry ofFile() {
        if (System.getProperty("java.security.auth.login.config") == null) {
            return null;
        }
        try {
            final AppConfigurationEntry[] entries = Configuration.getConfiguration()
                    .getAppConfigurationEntry("KafkaClient");
            if (entries == null || entries.length == 0) {
                return null;
            }
            final Map<String, String> options = new LinkedHashMap<>();
            entries[0].getOptions().forEach((name, value) -> options.put(name, String.valueOf(value)));
            return new JaasEntry(entries[0].getLoginModuleName(), options);
        } catch (final SecurityException e) {
            throw new IllegalArgumentException("the file of java.security.auth.login.config cannot be read: "
                    + System.getProperty("java.security.auth.login.config"), e);
        }
    }

    private static JaasEntry entry(final StreamTokenizer in) throws IOException {
        final String module = in.sval;
        if (module == null) {
            throw new IllegalArgumentException("must begin with the class of a login module");
        }
        if (in.nextToken() == StreamTokenizer.TT_EOF || in.sval == null
                || !FLAGS.contains(in.sval.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "the login module must be followed by required, requisite, sufficient or optional");
        }
        final Map<String, String> options = new LinkedHashMap<>();
        while (in.nextToken() != ';') {
            final String name = in.sval;
            if (in.ttype == StreamTokenizer.TT_EOF) {
                throw new IllegalArgumentException("must end with a semicolon");
            }
            if (name == null) {
                throw new IllegalArgumentException("option " + (options.size() + 1) + " of " + module + " has no name");
            }
            if (in.nextToken() != '=' || in.nextToken() == StreamTokenizer.TT_EOF || in.sval == null) {
                // Not by its name: where a quote is missing, that may be half of a password.
                throw new IllegalArgumentException("option " + (options.size() + 1) + " of " + module
                        + " must have the form name=\"value\"; quote what is no plain word");
            }
            options.put(name, in.sval);
        }
        return new JaasEntry(module, options);
    }

    /** The class of the login module. */
    String module() {
        return module;
    }

    /** The class without its package. */
    String simpleName() {
        return module.substring(module.lastIndexOf('.') + 1);
    }

    Map<String, String> options() {
        return options;
    }

    String option(final String name) {
        return options.get(name);
    }

    /** The module and the names of its options. */
    @Override
    public String toString() {
        return module + options.keySet();
    }
}
