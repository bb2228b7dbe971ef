package io.kp.checks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The checkout that is tested, and the modules in it that are published as libraries. */
final class Checkout {
    /** Where the build says that the checkout is. */
    static final Path ROOT = Path.of(System.getProperty("kp.test.root", "..")).toAbsolutePath().normalize();
    /** In the order of docs/DESIGN.md. */
    static final List<String> MODULES = List.of("kp-memory", "kp-metadata", "kp-partition", "kp-accumulator",
            "kp-network", "kp-client", "kp-testkit", "kp-micrometer", "kp-opentelemetry");

    private Checkout() {
    }

    static Path classes(final String module) {
        return existing(ROOT.resolve(module).resolve("target/classes"));
    }

    static Path jar(final String module) {
        return existing(ROOT.resolve(module).resolve("target").resolve(
                module + "-" + System.getProperty("kp.test.version") + ".jar"));
    }

    static String read(final String path) {
        try {
            return Files.readString(ROOT.resolve(path));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path existing(final Path path) {
        if (!Files.exists(path)) {
            throw new IllegalStateException(path + " is not there: build with mvn verify");
        }
        return path;
    }
}
