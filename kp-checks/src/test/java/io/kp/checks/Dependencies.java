package io.kp.checks;

import java.util.Set;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.PackageMatchers;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

/** Classes depend on allowed packages only; some may on more. */
final class Dependencies extends ArchCondition<JavaClass> {
    private final DescribedPredicate<String> allowed;
    private final DescribedPredicate<? super JavaClass> mayMore;
    private final DescribedPredicate<String> more;

    Dependencies(final Set<String> allowed, final DescribedPredicate<? super JavaClass> mayMore,
            final Set<String> more) {
        super("depend on " + allowed + " only");
        this.allowed = PackageMatchers.of(allowed);
        this.mayMore = mayMore;
        this.more = PackageMatchers.of(more);
    }

    @Override
    public void check(final JavaClass item, final ConditionEvents events) {
        final DescribedPredicate<String> packages = mayMore.test(item) ? more : allowed;
        for (final Dependency dependency : item.getDirectDependenciesFromSelf()) {
            final JavaClass target = dependency.getTargetClass().getBaseComponentType();
            if (!target.isPrimitive() && !packages.test(target.getPackageName())) {
                events.add(SimpleConditionEvent.violated(item, dependency.getDescription()));
            }
        }
    }
}
