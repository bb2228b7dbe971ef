package io.kp.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Texts that are checked in, so that whoever changes what they describe sees it in the change. */
final class Golden {
    private static final String UPDATE = "mvn verify -pl kp-checks -am -Dkp.golden.update=true -Dmaven.javadoc.skip"
            + " -Dtest=ArchitectureTest -Dit.test='Descriptor*' -Dsurefire.failIfNoSpecifiedTests=false"
            + " -Dfailsafe.failIfNoSpecifiedTests=false";
    private static final String RESOURCES = "kp-checks/src/test/resources/";

    private Golden() {
    }

    /** Holds {@code text} against the file, or writes it there if the build was asked to. */
    static void check(final String file, final String text) throws IOException {
        final Path path = Checkout.ROOT.resolve(RESOURCES + file);
        final String expected = Files.exists(path) ? Files.readString(path) : "";
        if (!expected.equals(text) && Boolean.getBoolean("kp.golden.update")) {
            Files.createDirectories(path.getParent());
            Files.writeString(path, text);
            System.out.println(RESOURCES + file + " is written anew: look at what git diff says");
            return;
        }
        assertEquals(expected, text, () -> RESOURCES + file
                + " differs. If that is meant, change the file, by hand or by\n" + UPDATE + "\n");
    }
}
