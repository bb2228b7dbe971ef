package io.kp.network;

import java.util.Arrays;

/**
 * What Jazzer starts: {@code --target_class=io.kp.network.FuzzDriver --target_args=ID}, where the id is that of a {@link FuzzTarget} or a
 * {@link FuzzMistake}. Needs nothing of Jazzer itself, which finds the two methods by their names.
 */
public final class FuzzDriver {
    private static FuzzTarget.FuzzInput input;

    private FuzzDriver() {
    }

    /**
     * Chooses what to feed.
     *
     * @param args the id.
     */
    public static void fuzzerInitialize(String[] args) {
        boolean mistake = Arrays.stream(FuzzMistake.values()).anyMatch(each -> each.id().equals(args[0]));
        input = mistake ? FuzzMistake.of(args[0]).input() : FuzzTarget.of(args[0]).input();
    }

    /**
     * Tries one input.
     *
     * @param data any bytes.
     */
    public static void fuzzerTestOneInput(byte[] data) {
        input.accept(data);
    }
}
