package io.kp.checks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.kp.checks.offending.Cyclic;
import io.kp.checks.offending.Printing;
import io.kp.checks.offending.Timed;
import io.kp.checks.offending.other.Backwards;
import io.kp.memory.offending.Climbing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules of docs/DESIGN.md that the compiler does not know. Each has a test that shows that it can fail. Nobody may look at nothing: there are floors on
 * the number of classes seen.
 */
class ArchitectureTest {
    /** Fewer would mean that a module was not built, or not found. Well below what there is, so that it need not follow every change. */
    private static final Map<String, Integer> FLOORS = Map.of("kp-memory", 12, "kp-metadata", 20, "kp-partition", 7,
            "kp-accumulator", 35, "kp-network", 80, "kp-client", 120, "kp-testkit", 60,
            "kp-micrometer", 5, "kp-opentelemetry", 3);
    private static final Map<String, JavaClasses> CLASSES = new HashMap<>();

    /** Who may know the system's clocks and randomness, and why. */
    private static final Map<String, String> SYSTEM_USERS = Map.of("io.kp.client.ProducerContext",
            "the assembly: the defaults of everything that a simulation replaces", "io.kp.memory.BufferPool",
            "the builder's default clock, for who uses the pool alone", "io.kp.testkit.ScriptedBroker",
            "real time for a broker over real sockets; in a simulation there is a ScriptedCluster without it",
            "io.kp.network.Sasl", "SCRAM's nonce must not be guessed, so nobody may choose its source",
            "io.kp.network.TlsContext", "keys of TLS, by the algorithm that the configuration names",
            "io.kp.network.TlsTrust",
            "the JDK holds certificates against the wall clock; the message shows what it saw");

    static List<String> modules() {
        return Checkout.MODULES;
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldUseNothingButWhatDesignAllows(final String module) {
        layering(module, OPTIONAL_ASIDE).check(classesOf(module));
    }

    @Test
    void shouldFindAClassThatUsesAModuleAboveItsOwn() {
        assertFails(layering("kp-memory", OPTIONAL_ASIDE), "io.kp.client.Producer", Climbing.class);
    }

    @Test
    void shouldFindAnOptionalLibraryOutsideOfItsPackage() {
        final JavaClasses accumulator = classesOf("kp-accumulator");
        final Throwable found = assertThrows(AssertionError.class,
                () -> layering("kp-accumulator", DescribedPredicate.alwaysFalse()).check(accumulator));
        assertTrue(found.getMessage().contains("com.github.luben.zstd"), found::getMessage);
    }

    @Test
    void shouldRefuseADesignWithAWordThatItDoesNotKnow() {
        final String design = Checkout.read("docs/DESIGN.md");
        assertThrows(IllegalArgumentException.class, () -> Layering.allowed(design.replace("| agrona |", "| netty |")));
        assertThrows(IllegalArgumentException.class,
                () -> Layering.allowed(design.replace("| kp-memory |", "| kp-pool |")));
    }

    @Test
    void shouldHaveNoCyclesOfPackages() {
        noCycles("io.kp.(**)").check(allClasses());
    }

    @Test
    void shouldFindACycleOfPackages() {
        assertFails(noCycles("io.kp.checks.(**)"), "Cycle detected", Cyclic.class, Backwards.class);
    }

    @Test
    void shouldTakeTimeAndRandomnessFromTheAssemblyOnly() {
        classes().should(new Surroundings(SYSTEM_USERS)).check(allClasses());
    }

    @Test
    void shouldFindEachUseOfTheSystemsTimeAndRandomness() {
        final ArchRule rule = classes().should(new Surroundings(Map.of()));
        final String found = assertFails(rule, "System.nanoTime()", Timed.class);
        for (final String use : List.of("Timed.call()> calls method <java.lang.System.nanoTime()",
                "Timed.reference()> references method <java.lang.System.nanoTime()",
                "Timed.draw()> calls constructor <java.util.SplittableRandom.<init>()",
                "Timed.now()> calls method <java.time.Instant.now()",
                "Timed.secret()> calls constructor <java.security.SecureRandom.<init>()")) {
            assertTrue(found.contains(use), () -> use + " not in\n" + found);
        }
        // With a seed it is the caller's randomness.
        assertFalse(found.contains("Timed.seeded"), found);
    }

    @Test
    void shouldHaveNoExceptionThatNobodyNeeds() {
        for (final String name : SYSTEM_USERS.keySet()) {
            final Map<String, String> others = new HashMap<>(SYSTEM_USERS);
            others.remove(name);
            assertTrue(classes().should(new Surroundings(others)).evaluate(allClasses()).hasViolation(), name);
        }
    }

    @Test
    void shouldNotWriteToStandardStreams() {
        noStandardStreams().check(allClasses());
    }

    @Test
    void shouldFindWhoWritesToStandardStreams() {
        assertFails(noStandardStreams(), "java.lang.System.out", Printing.class);
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldHaveAsPublicWhatIsCheckedIn(final String module) throws Exception {
        final ModuleDescriptor descriptor;
        try (InputStream file = Files.newInputStream(Checkout.classes(module).resolve("module-info.class"))) {
            descriptor = ModuleDescriptor.read(file);
        }
        Golden.check("public-types/" + module + ".txt", publicTypes(descriptor, classesOf(module)));
    }

    @Test
    void shouldSeeTypesThatArePublicByAccident() {
        final ModuleDescriptor descriptor = ModuleDescriptor.newModule("any").exports("io.kp.checks.offending").build();
        final String found = publicTypes(descriptor,
                new ClassFileImporter().importClasses(Printing.class, Printing.Inner.class, Backwards.class));
        assertEquals("internal io.kp.checks.offending.other.Backwards\nio.kp.checks.offending.Printing\n"
                + "io.kp.checks.offending.Printing.Inner\n", found);
    }

    @Test
    void shouldSeeEachModulesClasses() {
        for (final String module : Checkout.MODULES) {
            assertTrue(classesOf(module).size() >= FLOORS.get(module), () -> module + ": " + classesOf(module).size());
        }
    }

    private static final DescribedPredicate<JavaClass> OPTIONAL_ASIDE = DescribedPredicate.describe(
            "with optional dependencies",
            item -> Layering.OPTIONAL.containsKey(item.getPackageName()));

    /** Classes that may use an optional dependency are held against that list too. */
    private static ArchRule layering(final String module, final DescribedPredicate<JavaClass> withOptional) {
        final Set<String> allowed = Layering.allowed(Checkout.read("docs/DESIGN.md")).get(module);
        final Set<String> more = new LinkedHashSet<>(allowed);
        Layering.OPTIONAL.values().forEach(more::addAll);
        return classes().should(new Dependencies(allowed, withOptional, more));
    }

    private static ArchRule noCycles(final String packages) {
        return slices().matching(packages).should().beFreeOfCycles();
    }

    private static ArchRule noStandardStreams() {
        return noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace");
    }

    private static String publicTypes(final ModuleDescriptor descriptor, final JavaClasses classes) {
        final Set<String> exported = new HashSet<>();
        descriptor.exports().forEach(one -> exported.add(one.source()));
        final Set<String> types = new TreeSet<>();
        for (final JavaClass item : classes) {
            if (isVisible(item)) {
                types.add((exported.contains(item.getPackageName()) ? "" : "internal ")
                        + item.getName().replace('$', '.'));
            }
        }
        return String.join("\n", types) + "\n";
    }

    private static boolean isVisible(final JavaClass item) {
        final Set<JavaModifier> modifiers = item.getModifiers();
        return !item.isAnonymousClass() && !item.isLocalClass()
                && (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
                && item.getEnclosingClass().map(ArchitectureTest::isVisible).orElse(true);
    }

    private static String assertFails(final ArchRule rule, final String message, final Class<?>... offending) {
        final AssertionError error = assertThrows(AssertionError.class,
                () -> rule.check(new ClassFileImporter().importClasses(offending)));
        assertTrue(error.getMessage().contains(message), error::getMessage);
        return error.getMessage();
    }

    private static JavaClasses classesOf(final String module) {
        return CLASSES.computeIfAbsent(module, name -> new ClassFileImporter().importPath(Checkout.classes(name)));
    }

    private static JavaClasses allClasses() {
        final Collection<Path> paths = new ArrayList<>();
        Checkout.MODULES.forEach(module -> paths.add(Checkout.classes(module)));
        return CLASSES.computeIfAbsent("", none -> new ClassFileImporter().importPaths(paths));
    }
}
