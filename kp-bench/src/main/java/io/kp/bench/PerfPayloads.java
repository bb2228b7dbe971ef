package io.kp.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** The values that {@code kp perf} sends: random letters of a size, random ones of a file's, or rising numbers. Used by one thread. */
final class PerfPayloads {
    private static final int LETTERS = 26;

    private final SplittableRandom random = new SplittableRandom(0);
    private final List<byte[]> ofFile;
    private final int size;
    private final boolean monotonic;

    private PerfPayloads(final List<byte[]> ofFile, final int size, final boolean monotonic) {
        this.ofFile = ofFile;
        this.size = size;
        this.monotonic = monotonic;
    }

    static PerfPayloads ofSize(final int size) {
        return new PerfPayloads(null, size, false);
    }

    static PerfPayloads monotonic() {
        return new PerfPayloads(null, 0, true);
    }

    /**
     * Reads a file.
     *
     * @param file      UTF-8
     * @param delimiter a regular expression that stands between two payloads
     * @return its payloads
     * @throws IOException if it cannot be read, or is empty
     */
    static PerfPayloads of(final Path file, final String delimiter) throws IOException {
        if (!Files.exists(file) || Files.size(file) == 0) {
            throw new IOException("no such file, or it is empty: " + file);
        }
        final String text = Files.readString(file);
        return new PerfPayloads(
                Arrays.stream(text.split(delimiter)).map(each -> each.getBytes(StandardCharsets.UTF_8)).toList(), 0,
                false);
    }

    int count() {
        return ofFile == null ? 0 : ofFile.size();
    }

    byte[] next(final long number) {
        if (ofFile != null) {
            return ofFile.get(random.nextInt(ofFile.size()));
        }
        if (monotonic) {
            return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
        }
        final byte[] payload = new byte[size];
        for (int i = 0; i < size; i++) {
            payload[i] = (byte) ('A' + random.nextInt(LETTERS));
        }
        return payload;
    }
}
