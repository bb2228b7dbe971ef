package io.kp.checks;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which packages each module may use: the table of section 2 of docs/DESIGN.md, read from there, so that text and code cannot differ. */
final class Layering {
    /** What everybody may use without saying so. */
    private static final List<String> JDK = List.of("java..", "javax..", "jdk.jfr..");
    /** What the table's words mean. */
    private static final Map<String, List<String>> LIBRARIES = Map.of("agrona", List.of("org.agrona.."), "jctools",
            List.of("org.jctools.."), "slf4j", List.of("org.slf4j.."), "micrometer", List.of("io.micrometer.."),
            "opentelemetry", List.of("io.opentelemetry.."));
    /** Optional dependencies, by the one package that may use them. */
    static final Map<String, List<String>> OPTIONAL = Map.of("io.kp.accumulator.codec",
            List.of("com.github.luben.zstd..", "net.jpountz..", "org.xerial.snappy.."));

    private Layering() {
    }

    /** Package patterns by module, as {@code ClassesThat.resideInAnyPackage} takes them. */
    static Map<String, Set<String>> allowed(final String design) {
        final Map<String, Set<String>> all = new LinkedHashMap<>();
        final Set<String> above = new LinkedHashSet<>();
        for (final String line : design.lines().toList()) {
            final String[] cells = line.split("\\|");
            if (cells.length != 4 || !Checkout.MODULES.contains(cells[1].strip())) {
                continue;
            }
            final String module = cells[1].strip();
            final Set<String> allowed = new LinkedHashSet<>(JDK);
            allowed.add(root(module));
            for (final String word : cells[3].split(",")) {
                final String required = word.strip().replace(" at most", "");
                if (required.equals("all above")) {
                    allowed.addAll(above);
                } else if (all.containsKey(required)) {
                    // What shows in a module's types can be named by whoever uses them.
                    allowed.addAll(all.get(required));
                } else if (LIBRARIES.containsKey(required)) {
                    allowed.addAll(LIBRARIES.get(required));
                } else if (!required.equals("–")) {
                    throw new IllegalArgumentException(
                            "docs/DESIGN.md, table of the modules: " + module + " requires \"" + required
                                    + "\", which is neither a module above it nor one of " + LIBRARIES.keySet());
                }
            }
            above.addAll(allowed);
            all.put(module, allowed);
        }
        if (!List.copyOf(all.keySet()).equals(Checkout.MODULES)) {
            throw new IllegalArgumentException(
                    "docs/DESIGN.md, table of the modules: " + all.keySet() + " and not " + Checkout.MODULES);
        }
        return all;
    }

    static String root(final String module) {
        return "io.kp." + module.substring("kp-".length()) + "..";
    }
}
