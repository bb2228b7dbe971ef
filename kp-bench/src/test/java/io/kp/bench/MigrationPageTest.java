package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.junit.jupiter.api.Test;

import io.kp.client.ConfigKey;
import io.kp.client.ProducerConfig;

/** The tables of {@code docs/migration.md} are complete. */
class MigrationPageTest {
    private static final Path ROOT = Path.of(System.getProperty("kp.test.root", "..")).toAbsolutePath().normalize();

    private final List<Document.Line> prose = Document.read(ROOT, ROOT.resolve("docs/migration.md")).prose();

    /** What stands between backquotes in a column of the table under a heading. */
    private Set<String> column(final String heading, final int column) {
        final Set<String> names = new TreeSet<>();
        boolean inside = false;
        for (final Document.Line line : prose) {
            inside = line.text().startsWith("## ") ? line.text().equals("## " + heading) : inside;
            final String[] cells = line.text().split("\\|");
            if (inside && cells.length > column) {
                final Matcher name = Pattern.compile("`([^`]+)`").matcher(cells[column]);
                while (name.find()) {
                    names.add(name.group(1));
                }
            }
        }
        return names;
    }

    private static String signature(final Executable member) {
        final String name = member instanceof Constructor<?>
                ? member.getDeclaringClass().getSimpleName()
                : member.getName();
        return name + Arrays.stream(member.getParameterTypes()).map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    @Test
    void shouldNameEveryPublicMethodOfKafkasProducer() {
        final Set<String> expected = new TreeSet<>();
        for (final Constructor<?> constructor : KafkaProducer.class.getConstructors()) {
            expected.add(signature(constructor));
        }
        for (final Method method : KafkaProducer.class.getMethods()) {
            if (method.getDeclaringClass() != Object.class && !Modifier.isStatic(method.getModifiers())
                    && !method.isBridge()) {
                expected.add(signature(method));
            }
        }
        assertTrue(expected.size() > 15, expected::toString);
        assertEquals(expected, column("The API", 1));
    }

    @Test
    void shouldNameOnlyKeysThatAreRefused() {
        for (final String name : List.of("transactional.id", "metric.reporters", "config.providers",
                "ssl.engine.factory.class", "client.dns.lookup", "security.providers",
                "transaction.two.phase.commit.enable")) {
            final ConfigKey key = ProducerConfig.keys().stream().filter(each -> each.name().equals(name)).findFirst()
                    .orElseThrow();
            assertTrue(column("The configuration", 2).contains(name), name);
            assertEquals(ConfigKey.Support.DEFAULT_ONLY, key.support(), name);
        }
    }

    @Test
    void shouldNameExceptionsThatThereAre() throws ClassNotFoundException {
        for (final String name : column("Exceptions", 2)) {
            if (name.endsWith("Exception")) {
                Class.forName("io.kp.client." + name);
            }
        }
        assertTrue(column("Exceptions", 2).size() > 12);
    }
}
