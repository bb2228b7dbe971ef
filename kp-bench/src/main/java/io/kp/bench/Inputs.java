package io.kp.bench;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The files of one run, and names for their lines. Lines count through all files; {@link #lineName(long)} may be called by any thread.
 */
final class Inputs {
    /** Stands for standard input. */
    static final String STANDARD_INPUT = "-";

    private final List<String> names;
    private final ConcurrentSkipListMap<Long, String> nameByFirstLine = new ConcurrentSkipListMap<>();

    /**
     * Creates the inputs.
     *
     * @param names the files; none means standard input
     */
    Inputs(final List<String> names) {
        this.names = names.isEmpty() ? List.of(STANDARD_INPUT) : List.copyOf(names);
    }

    List<String> names() {
        return names;
    }

    /** The sum of the files' sizes, -1 if one of them has none. */
    long totalBytes() {
        long total = 0;
        for (final String name : names) {
            try {
                final Path path = Path.of(name);
                if (name.equals(STANDARD_INPUT) || Files.exists(path) && !Files.isRegularFile(path)) {
                    return -1;
                }
                total += Files.exists(path) ? Files.size(path) : 0;
            } catch (final IOException e) {
                return -1;
            }
        }
        return total;
    }

    /**
     * Opens a file, in a way that an interrupt of the reading thread ends a read.
     *
     * @param name      one of the names
     * @param firstLine what its first line counts as
     * @return the bytes
     * @throws IOException
     *                         if it cannot be read; the message says why in words
     */
    ReadableByteChannel open(final String name, final long firstLine) throws IOException {
        nameByFirstLine.put(firstLine, name.equals(STANDARD_INPUT) ? "standard input" : name);
        if (name.equals(STANDARD_INPUT)) {
            return new FileInputStream(FileDescriptor.in).getChannel();
        }
        final Path path = Path.of(name);
        try {
            if (Files.isDirectory(path)) {
                throw new IOException("is a folder");
            }
            return FileChannel.open(path, StandardOpenOption.READ);
        } catch (final NoSuchFileException e) {
            throw new IOException("no such file", e);
        } catch (final AccessDeniedException e) {
            throw new IOException("permission denied", e);
        }
    }

    /**
     * Names a line.
     *
     * @param line its number through all files, from 0
     * @return {@code file:number}, the number from 1
     */
    String lineName(final long line) {
        final Map.Entry<Long, String> entry = nameByFirstLine.floorEntry(line);
        return entry == null ? "line " + (line + 1) : entry.getValue() + ":" + (line - entry.getKey() + 1);
    }
}
