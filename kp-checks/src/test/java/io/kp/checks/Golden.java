package io.kp.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Texts that are checked in, so that whoever changes what they describe sees it in the change. */
final class Golden {
    private static final String UPDATE = "mvn verify -pl kp-checks -am -Dkp.golden.update=true -Dmaven.javadoc.skip"
            + " -Dtest='ArchitectureTest,NativeImageTest' -Dit.test='Descriptor*' -Dsurefire.failIfNoSpecifiedTests=false"
            + " -Dfailsafe.failIfNoSpecifiedTests=false";

    private Golden() {
    }

    /** Holds {@code text} against a file of this module's test resources. */
    static void check(final String file, final String text) throws IOException {
        checkFile("kp-checks/src/test/resources/" + file, text);
    }

    /** Holds {@code text} against a file of the checkout, where no file means no text; or writes it there if the build was asked to. */
    static void checkFile(final String file, final String text) throws IOException {
        final Path path = Checkout.ROOT.resolve(file);
        final String expected = Files.exists(path) ? Files.readString(path) : "";
        if (!expected.equals(text) && Boolean.getBoolean("kp.golden.update")) {
            Files.createDirectories(path.getParent());
            Files.writeString(path, text);
            System.out.println(file + " is written anew: look at what git diff says");
            return;
        }
        assertEquals(expected, text,
                () -> file + " differs. If that is meant, change the file, by hand or by\n" + UPDATE + "\n");
    }
}
