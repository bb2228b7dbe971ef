package io.kp.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts a main class of this module in a JVM like this one: the same JDK and the same modules. */
final class BenchJvm {
    private BenchJvm() {
    }

    /**
     * The command of a process.
     *
     * @param pinning    what goes before the JVM, such as {@code taskset}; may be empty
     * @param jvmOptions the JVM's options
     * @param agrona     whether Agrona may use its own buffers, if this JVM was started so
     * @param classPath  whether it runs on the class path, also if this JVM has its modules on a module path
     * @param main       the class to run
     * @param arguments  its arguments
     * @return the command
     */
    static List<String> command(final List<String> pinning, final List<String> jvmOptions, final boolean agrona,
            final boolean classPath, final Class<?> main, final List<String> arguments) {
        final List<String> command = new ArrayList<>(pinning);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (agrona) {
            ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                    .filter(option -> option.startsWith("--add-exports"))
                    .map(option -> classPath ? option.replaceFirst("=org\\.agrona$", "=ALL-UNNAMED") : option)
                    .forEach(command::add);
        }
        command.addAll(jvmOptions);
        // On the class path (tests may run so) there is no module path.
        final String modulePath = System.getProperty("jdk.module.path");
        if (classPath && modulePath != null) {
            command.addAll(List.of("-cp", modulePath, main.getName()));
        } else if (main.getModule().isNamed() && modulePath != null) {
            if (modulePath.contains("zstd-jni")) {
                // The one codec with a module descriptor: nothing requires it, so it would be left out.
                command.add("--add-modules=com.github.luben.zstd_jni");
            }
            command.addAll(List.of("--module-path", modulePath, "--module",
                    main.getModule().getName() + "/" + main.getName()));
        } else {
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        }
        command.addAll(arguments);
        return command;
    }

    /** Starts a process whose standard streams are this process's to use, but for the error stream, which they share. */
    static Process start(final List<String> command) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
        // Options meant for the starter's JVM are not meant for the others, and the JVM would print that it saw them.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        return builder.start();
    }
}
