package io.kp.checks;

import java.util.Map;
import java.util.Set;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/** What makes a run differ from the one before it: clocks and randomness that do not come in as an argument (decision D5). */
final class Surroundings extends ArchCondition<JavaClass> {
    /** Methods and constructors; with {@code ()} only the one without arguments, which takes a seed or a clock by itself. */
    private static final Set<String> SOURCES = Set.of("java.lang.System.nanoTime", "java.lang.System.currentTimeMillis",
            "java.lang.Math.random", "java.util.concurrent.ThreadLocalRandom.current", "java.util.UUID.randomUUID",
            "java.util.random.RandomGenerator.getDefault", "java.util.random.RandomGenerator.of",
            "java.util.Random.<init>()", "java.util.SplittableRandom.<init>()", "java.util.Date.<init>()",
            "java.security.SecureRandom.<init>", "java.security.SecureRandom.getInstance",
            "java.security.SecureRandom.getInstanceStrong", "java.time.Instant.now()", "java.time.LocalDate.now()",
            "java.time.LocalDateTime.now()", "java.time.ZonedDateTime.now()", "java.time.OffsetDateTime.now()",
            "java.time.Clock.systemUTC", "java.time.Clock.systemDefaultZone", "java.time.Clock.system",
            "org.agrona.concurrent.SystemNanoClock.nanoTime", "org.agrona.concurrent.SystemEpochClock.time");

    private final Map<String, String> excepted;

    /**
     * @param excepted classes that may, by name, each with the reason
     */
    Surroundings(final Map<String, String> excepted) {
        super("take no time and no randomness from the system");
        this.excepted = excepted;
    }

    @Override
    public void check(final JavaClass item, final ConditionEvents events) {
        if (excepted.containsKey(outermost(item).getName())) {
            return;
        }
        for (final JavaAccess<?> access : item.getAccessesFromSelf()) {
            final AccessTarget target = access.getTarget();
            final String name = target.getOwner().getName() + "." + target.getName();
            final boolean none = target instanceof AccessTarget.CodeUnitAccessTarget code
                    && code.getRawParameterTypes().isEmpty();
            if (SOURCES.contains(name) || none && SOURCES.contains(name + "()")) {
                events.add(SimpleConditionEvent.violated(item, access.getDescription()));
            }
        }
    }

    private static JavaClass outermost(final JavaClass item) {
        JavaClass outer = item;
        while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
        }
        return outer;
    }
}
