package io.kp.checks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.kp.checks.offending.Reflecting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a GraalVM native image has to be told of reflection: META-INF/native-image of each module names what is used, all of it and nothing else. The file
 * is what this test finds in the code, so {@code -Dkp.golden.update=true} writes it.
 */
class NativeImageTest {
    private static final Pattern VAR_HANDLE = Pattern.compile("findVarHandle\\(\\s*([\\w.]+)\\.class,\\s*\"(\\w+)\"");
    /** Classes of these types may be named in a configuration. */
    private static final List<String> PLUG_INS = List.of("io.kp.client.Serializer", "io.kp.client.ProducerInterceptor",
            "io.kp.partition.Partitioner");
    /** What is looked up by a name that no scan sees. */
    private static final Map<String, List<Method>> MORE = Map.of("kp-accumulator",
            List.of(new Method("org.xerial.snappy.Snappy", "maxCompressedLength", int.class),
                    new Method("org.xerial.snappy.Snappy", "compress", ByteBuffer.class, ByteBuffer.class),
                    new Method("org.xerial.snappy.Snappy", "uncompressedLength", ByteBuffer.class),
                    new Method("org.xerial.snappy.Snappy", "uncompress", ByteBuffer.class, ByteBuffer.class)));

    /** Who reflects otherwise than by findVarHandle with constants, and why that is covered. */
    private static final Map<String, String> REFLECTING = Map.of("io.kp.client.Classes",
            "plug-ins that a configuration names: kp's own are in the metadata, users name theirs",
            "io.kp.accumulator.codec.SnappyCodec", "an optional library without a module name: in MORE",
            "io.kp.accumulator.CompressionCodec", "ServiceLoader: a native image takes META-INF/services by itself",
            "io.kp.testkit.SimThreads",
            "virtual threads of newer JDKs in the simulator, which nobody makes a native image of");

    private record Method(String type, String name, Class<?>... parameters) {
    }

    static List<String> modules() {
        return Checkout.MODULES;
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldNameWhatIsReflectedUpon(final String module) throws Exception {
        final Map<String, Set<String>> fields = fields(module);
        final Set<String> made = plugIns(module);
        final List<Method> methods = MORE.getOrDefault(module, List.of());
        checkThatAllExist(fields, made, methods);
        Golden.checkFile(
                module + "/src/main/resources/META-INF/native-image/io.kp/" + module + "/reachability-metadata.json",
                json(fields, made, methods));
    }

    @Test
    void shouldKnowEveryUseOfReflection() {
        classes().should(new Reflection(REFLECTING)).check(allClasses());
    }

    @Test
    void shouldNeedEachExceptionFromThat() {
        for (final String name : REFLECTING.keySet()) {
            final Map<String, String> others = new HashMap<>(REFLECTING);
            others.remove(name);
            assertTrue(classes().should(new Reflection(others)).evaluate(allClasses()).hasViolation(), name);
        }
    }

    @Test
    void shouldFindAUseOfReflectionThatIsNew() {
        final JavaClasses reflecting = new ClassFileImporter().importClasses(Reflecting.class);
        final AssertionError error = assertThrows(AssertionError.class,
                () -> classes().should(new Reflection(REFLECTING)).check(reflecting));
        for (final String use : List.of("java.lang.Class.forName", "java.lang.Class.getDeclaredField",
                "java.lang.Class.getResource")) {
            assertTrue(error.getMessage().contains(use), error::getMessage);
        }
    }

    /** The scan of sources must see as many look-ups of fields as there are in the classes. */
    @Test
    void shouldFindEveryVarHandle() throws IOException {
        int inClasses = 0;
        for (final JavaClass item : allClasses()) {
            for (final JavaAccess<?> access : item.getAccessesFromSelf()) {
                inClasses += access.getTarget().getName().equals("findVarHandle") ? 1 : 0;
            }
        }
        int inSources = 0;
        for (final String module : Checkout.MODULES) {
            inSources += fields(module).values().stream().mapToInt(Set::size).sum();
        }
        assertEquals(inClasses, inSources);
        assertTrue(inSources >= 30, () -> "found few");
    }

    @Test
    void shouldRefuseAMemberThatIsNot() {
        assertThrows(NoSuchFieldException.class,
                () -> checkThatAllExist(Map.of("io.kp.memory.Segment", Set.of("nonesuch")), Set.of(), List.of()));
        assertThrows(ClassNotFoundException.class,
                () -> checkThatAllExist(Map.of("io.kp.memory.Nonesuch", Set.of("state")), Set.of(), List.of()));
        assertThrows(NoSuchMethodException.class,
                () -> checkThatAllExist(Map.of(), Set.of(),
                        List.of(new Method("java.lang.String", "length", int.class))));
    }

    private static void checkThatAllExist(final Map<String, Set<String>> fields, final Set<String> made,
            final List<Method> methods)
            throws ReflectiveOperationException {
        for (final Map.Entry<String, Set<String>> type : fields.entrySet()) {
            for (final String field : type.getValue()) {
                load(type.getKey()).getDeclaredField(field);
            }
        }
        for (final String type : made) {
            load(type).getConstructor();
        }
        for (final Method method : methods) {
            load(method.type).getMethod(method.name, method.parameters);
        }
    }

    private static Class<?> load(final String name) throws ClassNotFoundException {
        return Class.forName(name, false, NativeImageTest.class.getClassLoader());
    }

    /** Fields by class. The class literal may be a nested one: then it is looked for in the file's class. */
    private static Map<String, Set<String>> fields(final String module) throws IOException {
        final Path sources = Checkout.ROOT.resolve(module).resolve("src/main/java");
        final Map<String, Set<String>> fields = new TreeMap<>();
        try (Stream<Path> files = Files.walk(sources)) {
            for (final Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                final Matcher lookups = VAR_HANDLE.matcher(Files.readString(file));
                while (lookups.find()) {
                    final String path = sources.relativize(file).toString();
                    final String outer = path.substring(0, path.length() - ".java".length()).replace('/', '.');
                    final String literal = lookups.group(1);
                    final String type = outer.endsWith("." + literal) ? outer : outer + "$" + literal.replace('.', '$');
                    fields.computeIfAbsent(type, name -> new TreeSet<>()).add(lookups.group(2));
                }
            }
        }
        return fields;
    }

    private static Set<String> plugIns(final String module) throws ReflectiveOperationException {
        final Set<String> made = new TreeSet<>();
        for (final JavaClass item : new ClassFileImporter().importPath(Checkout.classes(module))) {
            if (PLUG_INS.stream().noneMatch(item::isAssignableTo) || item.isInterface()) {
                continue;
            }
            final Class<?> type = load(item.getName());
            if (Modifier.isPublic(type.getModifiers()) && !Modifier.isAbstract(type.getModifiers())
                    && Stream.of(type.getConstructors()).map(Constructor::getParameterCount)
                            .anyMatch(count -> count == 0)) {
                made.add(type.getName());
            }
        }
        return made;
    }

    private static String json(final Map<String, Set<String>> fields, final Set<String> made,
            final List<Method> methods) {
        final List<String> types = new ArrayList<>();
        fields.forEach((type, names) -> types.add("    { \"type\": \"" + type + "\", \"fields\": ["
                + String.join(", ", names.stream().map(name -> "{ \"name\": \"" + name + "\" }").toList()) + "] }"));
        made.forEach(type -> types.add(
                "    { \"type\": \"" + type + "\", \"methods\": [{ \"name\": \"<init>\", \"parameterTypes\": [] }] }"));
        final Map<String, List<String>> byType = new TreeMap<>();
        for (final Method method : methods) {
            byType.computeIfAbsent(method.type, type -> new ArrayList<>())
                    .add("{ \"name\": \"" + method.name + "\", \"parameterTypes\": ["
                            + String.join(", ",
                                    Stream.of(method.parameters).map(type -> '"' + type.getTypeName() + '"').toList())
                            + "] }");
        }
        byType.forEach((type, calls) -> types
                .add("    { \"type\": \"" + type + "\", \"methods\": [" + String.join(", ", calls) + "] }"));
        return types.isEmpty() ? "" : "{\n  \"reflection\": [\n" + String.join(",\n", types) + "\n  ]\n}\n";
    }

    private static JavaClasses allClasses() {
        return new ClassFileImporter().importPaths(Checkout.MODULES.stream().map(Checkout::classes).toList());
    }

    /** Uses of reflection, resources, services and native code, but look-ups of fields by constants, which the scan finds. */
    private static final class Reflection extends ArchCondition<JavaClass> {
        private static final Set<String> OF_CLASS = Set.of("forName", "getField", "getFields", "getDeclaredField",
                "getDeclaredFields",
                "getMethod", "getMethods", "getDeclaredMethod", "getDeclaredMethods", "getConstructor",
                "getConstructors",
                "getDeclaredConstructor", "getDeclaredConstructors", "newInstance", "getResource",
                "getResourceAsStream",
                "getRecordComponents");
        // A DynamicMBean describes itself; a StandardMBean is reflected upon.
        private static final Set<String> OTHERS = Set.of("java.util.ServiceLoader.load", "java.lang.System.loadLibrary",
                "java.lang.System.load", "java.lang.reflect.Proxy.newProxyInstance", "java.lang.ClassLoader.loadClass",
                "java.util.ResourceBundle.getBundle", "javax.management.StandardMBean.<init>",
                "java.io.ObjectInputStream.readObject",
                "java.lang.Module.getResourceAsStream");

        private final Map<String, String> known;

        private Reflection(final Map<String, String> known) {
            super("reflect only where it is known");
            this.known = known;
        }

        @Override
        public void check(final JavaClass item, final ConditionEvents events) {
            final String outer = item.getName().split("\\$")[0];
            for (final JavaAccess<?> access : item.getAccessesFromSelf()) {
                final String owner = access.getTarget().getOwner().getName();
                final String name = access.getTarget().getName();
                final boolean reflective = owner.equals("java.lang.Class") && OF_CLASS.contains(name)
                        || owner.equals("java.lang.invoke.MethodHandles$Lookup") && name.startsWith("find")
                                && !name.equals("findVarHandle")
                        || OTHERS.contains(owner + "." + name);
                if (reflective && !known.containsKey(outer)) {
                    events.add(SimpleConditionEvent.violated(item, access.getDescription()
                            + ": say in NativeImageTest how a native image gets to know it"));
                }
            }
        }
    }

    @Test
    void shouldWriteNothingForAModuleWithoutReflection() {
        assertEquals("", json(Map.of(), Set.of(), List.of()));
        assertFalse(json(Map.of("a.B", Set.of("c")), Set.of(), List.of()).isEmpty());
    }
}
