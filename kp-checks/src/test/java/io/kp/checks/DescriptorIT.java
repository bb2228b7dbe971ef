package io.kp.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The descriptors in the jars, as the JDK's own tool reads them. */
class DescriptorIT {
    static List<String> modules() {
        return Checkout.MODULES;
    }

    @ParameterizedTest
    @MethodSource("modules")
    void shouldDescribeTheModuleAsCheckedIn(final String module) throws Exception {
        Golden.check("descriptors/" + module + ".txt", describe(Checkout.jar(module)));
    }

    private static String describe(final Path jar) {
        final StringWriter out = new StringWriter();
        final StringWriter err = new StringWriter();
        final int result = ToolProvider.findFirst("jar").orElseThrow().run(new PrintWriter(out), new PrintWriter(err),
                "--describe-module", "--file", jar.toString());
        assertEquals(0, result, err::toString);
        // "io.kp.memory@version jar:file:///…!/module-info.class": the name is what stays.
        return out.toString().lines().map(String::strip).filter(line -> !line.isEmpty())
                .map(line -> line.contains("jar:file:") ? line.split("[@ ]")[0] : line)
                .reduce("", (all, line) -> all + line + "\n");
    }
}
