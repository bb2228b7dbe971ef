package io.kp.client;

import java.util.Locale;

/** Finds the known key that somebody who wrote an unknown one probably meant. */
final class NearestKey {
    private NearestKey() {
    }

    /**
     * The known key with the least edit distance, if no more than a third of the letters would have to change; else the first known key that goes on where the
     * unknown one ends; else null.
     */
    static String of(String unknown) {
        final String wanted = normal(unknown);
        String nearest = null;
        String longer = null;
        int least = Math.max(2, wanted.length() / 3) + 1;
        for (final String known : ConfigKeys.BY_NAME.keySet()) {
            final String candidate = normal(known);
            final int distance = distance(wanted, candidate);
            if (distance < least) {
                least = distance;
                nearest = known;
            }
            if (longer == null && candidate.startsWith(wanted + ".")) {
                longer = known;
            }
        }
        return nearest == null ? longer : nearest;
    }

    /** Environment variables and YAML write the same names with other separators. */
    private static String normal(String key) {
        return key.toLowerCase(Locale.ROOT).replace('_', '.').replace('-', '.');
    }

    /** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other (optimal string alignment). */
    static int distance(String left, String right) {
        int[] beforeLast = new int[right.length() + 1];
        int[] last = new int[right.length() + 1];
        int[] current = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                final int replacement = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
                int least = Math.min(last[j - 1] + replacement, Math.min(last[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && left.charAt(i - 1) == right.charAt(j - 2)
                        && left.charAt(i - 2) == right.charAt(j - 1)) {
                    least = Math.min(least, beforeLast[j - 2] + 1);
                }
                current[j] = least;
            }
            final int[] free = beforeLast;
            beforeLast = last;
            last = current;
            current = free;
        }
        return last[right.length()];
    }
}
