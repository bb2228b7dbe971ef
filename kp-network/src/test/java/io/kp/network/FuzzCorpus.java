package io.kp.network;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** What fuzzing found worth keeping: a file for each target, an input in each line, in hex. */
final class FuzzCorpus {
    private FuzzCorpus() {
    }

    static List<byte[]> of(FuzzTarget target) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(FuzzCorpus.class.getResourceAsStream("/fuzz/" + target.id() + ".hex"),
                        () -> "no corpus: " + target.id()),
                StandardCharsets.US_ASCII))) {
            return lines.lines().map(KafkaOracle::bytes).collect(Collectors.toList());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
