package io.kp.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.kp.testkit.ScriptedBroker;

/** docs/jlink.md: a runtime image with a producer in it, and nothing that it does not need. */
class RuntimeImageIT {
    private static final Path MODULES = Checkout.ROOT
            .resolve("kp-checks/target/it/consumers/runtime-image/target/modules");
    private static final long DEADLINE_SECONDS = 120;

    static List<Path> jdks() {
        return Launch.all().stream().map(Launch::jdk).distinct().toList();
    }

    @ParameterizedTest
    @MethodSource("jdks")
    void shouldSendFromARuntimeImage(final Path jdk, @TempDir final Path folder) throws Exception {
        final Path image = folder.resolve("image");
        final String log = jlink(jdk, MODULES.toString(), image);
        assertTrue(Files.exists(image.resolve("bin/java")), log);

        final List<String> modules = Launch.java(image, List.of("--list-modules")).stream()
                .map(module -> module.split("@")[0]).toList();
        assertEquals(
                List.of("example.client", "io.kp.accumulator", "io.kp.client", "io.kp.memory", "io.kp.metadata",
                        "io.kp.network",
                        "io.kp.partition"),
                modules.stream().filter(module -> module.matches("(io\\.kp|example)\\..*")).toList());
        assertTrue(modules.contains("org.agrona"), modules::toString);
        // Both are optional: no events and no MBeans then, and records are sent all the same.
        assertFalse(modules.contains("jdk.jfr") || modules.contains("java.management"), modules::toString);
        assertBeansRefused(image);

        for (final List<String> options : List.of(List.<String>of(),
                List.of("--add-exports", "java.base/jdk.internal.misc=org.agrona", "-Dio.kp.memory.access=agrona"))) {
            try (ScriptedBroker broker = ScriptedBroker.start(1)) {
                broker.cluster().createTopic("orders", 1);
                final List<String> command = new ArrayList<>(options);
                command.addAll(List.of("--module", "example.client/example.client.Orders", broker.bootstrapServers(),
                        "orders"));
                assertEquals(List.of("100 orders delivered", "the last one is in orders-0 at 100"),
                        Launch.java(image, command));
            }
        }
    }

    /** The image has no java.management: whoever asks for MBeans is told so, by the key that asks, before anything is sent. */
    private static void assertBeansRefused(final Path image) throws Exception {
        for (final String[] asked : List.of(new String[]{"kp.jmx", "true"},
                new String[]{"metric.reporters", "org.apache.kafka.common.metrics.JmxReporter"})) {
            assertEquals(
                    List.of(asked[0],
                            "invalid configuration: " + asked[0] + "=" + asked[1]
                                    + ": needs the module java.management, which this Java has not resolved: start it "
                                    + "with --add-modules java.management"),
                    askForBeans(image, List.of("--add-modules", "io.kp.client"), asked));
        }
    }

    /** Else the refusal above could be one of everything. */
    @ParameterizedTest
    @MethodSource("jdks")
    void shouldTakeBeansWhereTheModuleIs(final Path jdk) throws Exception {
        assertEquals(List.of("jmx=true"), askForBeans(jdk,
                List.of("--module-path", MODULES.toString(), "--add-modules", "io.kp.client,java.management"),
                "kp.jmx", "true"));
    }

    private static List<String> askForBeans(final Path home, final List<String> modules, final String... asked)
            throws Exception {
        final List<String> command = new ArrayList<>(modules);
        command.addAll(List.of("--class-path", Checkout.ROOT.resolve("kp-checks/target/test-classes").toString(),
                AskForBeans.class.getName()));
        command.addAll(List.of(asked));
        return Launch.java(home, command);
    }

    /** Why the descriptor has to be added. If this fails Agrona has got one, and docs/jlink.md can do without. */
    @Test
    void shouldBeRefusedWithAgronaAsItIs(@TempDir final Path folder) throws Exception {
        final Path target = Checkout.ROOT.resolve("kp-checks/target/it/consumers/kp-client/target");
        final String log = jlink(jdks().get(0),
                target.resolve("lib") + File.pathSeparator + target.resolve("consumer.jar"), folder.resolve("image"));
        assertTrue(log.contains("automatic module cannot be used with jlink: org.agrona"), log);
    }

    private static String jlink(final Path jdk, final String modulePath, final Path image) throws Exception {
        final Path log = Files.createTempFile("kp-jlink", ".log");
        try {
            final Process process = new ProcessBuilder(jdk.resolve("bin/jlink").toString(), "--module-path", modulePath,
                    "--add-modules",
                    "example.client", "--output", image.toString()).redirectErrorStream(true)
                    .redirectOutput(log.toFile()).start();
            try {
                assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "jlink is still running");
            } finally {
                process.destroyForcibly();
            }
            return Files.readString(log);
        } finally {
            Files.delete(log);
        }
    }
}
