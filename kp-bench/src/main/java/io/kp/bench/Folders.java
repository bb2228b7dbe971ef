package io.kp.bench;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Removes folders in which other processes may still be writing. */
final class Folders {
    private static final int ATTEMPTS = 100;

    private Folders() {
    }

    /**
     * Deletes a folder and all in it, again and again for at most five seconds while another process adds to it.
     *
     * @param folder the folder; need not exist
     * @return whether it is gone
     */
    static boolean deleteTree(final Path folder) {
        for (int i = 0; i < ATTEMPTS && Files.exists(folder); i++) {
            if (i > 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
            try {
                Files.walkFileTree(folder, new Deleter());
            } catch (final IOException e) {
                // Looked at again in the next round.
            }
        }
        return !Files.exists(folder);
    }

    private static final class Deleter extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(final Path file, final IOException e) {
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(final Path folder, final IOException e) throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
        }
    }
}
