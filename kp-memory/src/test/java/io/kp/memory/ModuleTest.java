package io.kp.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ModuleTest {
    @Test
    void shouldRequireAndExportWhatIsMeant() throws Exception {
        final ModuleDescriptor descriptor;
        try (InputStream file = Files.newInputStream(Jvm.basedir().resolve("target/classes/module-info.class"))) {
            descriptor = ModuleDescriptor.read(file);
        }
        assertEquals("io.kp.memory", descriptor.name());
        assertEquals("[io.kp.memory]", new TreeSet<>(descriptor.exports()).toString());
        final TreeSet<String> requires = new TreeSet<>();
        descriptor.requires().forEach(required -> requires.add(required.modifiers() + " " + required.name()));
        assertEquals("[[MANDATED] java.base, [TRANSITIVE] org.agrona]", requires.toString());
        assertEquals("[]", descriptor.opens().toString());
        assertEquals("[]", descriptor.uses().toString());
        assertEquals("[]", descriptor.provides().toString());
    }
}
