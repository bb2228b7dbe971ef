package io.kp.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentLinesTest {
    @TempDir
    private Path folder;

    @Test
    void shouldGiveBackWhatWasAddedFarBeyondItsBuffer() {
        final int count = 100_000;
        try (SentLines lines = new SentLines(folder)) {
            for (int i = 0; i < count; i++) {
                lines.add(i, 2L * i, ~i);
            }
            assertEquals(count, lines.count());
            for (int i = 0; i < count; i++) {
                assertTrue(lines.next());
                assertEquals(i, lines.offset());
                assertEquals(2L * i, lines.line());
                assertEquals(~i, lines.hash());
            }
            assertFalse(lines.next());
            assertNull(lines.disorder());
        }
    }

    @Test
    void shouldShowNoFileEvenWhileItIsOpen() throws IOException {
        try (SentLines lines = new SentLines(folder); Stream<Path> files = Files.list(folder)) {
            lines.add(0, 0, 0);
            assertEquals(0, files.count());
            assertTrue(lines.next());
        }
    }

    @Test
    void shouldNoticeOffsetsThatGoBack() {
        try (SentLines lines = new SentLines(folder)) {
            lines.add(7, 0, 0);
            lines.add(7, 1, 0);
            assertEquals("acknowledged at offset 7 after offset 7", lines.disorder());
        }
    }

    @Test
    void shouldNoticeLinesThatGoBack() {
        try (SentLines lines = new SentLines(folder)) {
            lines.add(7, 4, 0);
            lines.add(8, 3, 0);
            assertEquals("line 3 was acknowledged after line 4", lines.disorder());
        }
    }
}
