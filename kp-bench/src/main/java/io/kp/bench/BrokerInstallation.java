package io.kp.bench;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the jars of one Kafka release are: a class path that the build has written to {@code kp-bench/kafka-<release>/target}.
 *
 * <p>
 * The jars never come onto kp's own module or class path: {@code kafka_2.13} is no valid module name, and a broker's dependencies are
 * its own business.
 */
final class BrokerInstallation {
    /** Names the folder that holds {@code kafka-<release>}, where it is not that of this class's build. */
    static final String HOME_PROPERTY = "kp.bench.home";

    private final String release;
    private final String classPath;

    private BrokerInstallation(final String release, final String classPath) {
        this.release = release;
        this.classPath = classPath;
    }

    /**
     * Finds a release.
     *
     * @param release for example {@code 4.3}
     * @return its jars
     * @throws IllegalArgumentException
     *                                      if the build has not prepared this release
     */
    static BrokerInstallation of(final String release) {
        final Path ownCode = ownCode();
        final String home = System.getProperty(HOME_PROPERTY);
        // ownCode is kp-bench/target/classes or kp-bench/target/kp-bench-….jar
        final Path folder = home != null ? Path.of(home) : ownCode.getParent().getParent();
        final Path file = folder.resolve("kafka-" + release).resolve("target").resolve("broker.classpath");
        try {
            return new BrokerInstallation(release,
                    ownCode + java.io.File.pathSeparator + Files.readString(file).strip());
        } catch (final IOException e) {
            throw new IllegalArgumentException(
                    "no Kafka broker of this release has been prepared: release=" + release + ", expected="
                            + file + "; run mvn -q -pl kp-bench/kafka-" + release + " process-resources",
                    e);
        }
    }

    String release() {
        return release;
    }

    /** Whether it is of the time before KRaft. */
    boolean needsZooKeeper() {
        return release.startsWith("2.");
    }

    String classPath() {
        return classPath;
    }

    private static Path ownCode() {
        try {
            return Path.of(BrokerInstallation.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (final URISyntaxException e) {
            throw new IllegalStateException("the code of io.kp.bench is not in a file", e);
        }
    }
}
