package io.kp.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Keys and values of a run, made beforehand and the same in every run. */
// Text with numbers in it: random bytes would not compress at all, zeros too well. For compression JSON of which about half is noise: lz4 makes 1 byte of 2.2, zstd of 3.5.
final class Payloads {
    private static final int FEWEST_VALUES = 1 << 10;
    /** For compression: far more than the codecs look back, or the same value would be found again. */
    private static final int VARIED_BYTES = 4 << 20;
    private static final int KEYS = 1 << 16;
    private static final int KEY_BYTES = 8;
    private static final int WORDS = 600;
    private static final int WORD_LETTERS = 8;
    private static final long SEED = 4711;

    private final byte[][] values;
    private final byte[][] keys;

    Payloads(final int recordBytes, final boolean withKeys, final boolean varied) {
        values = new byte[varied
                ? Math.max(FEWEST_VALUES, Integer.highestOneBit(VARIED_BYTES / Math.max(1, recordBytes)))
                : FEWEST_VALUES][];
        final SplittableRandom random = new SplittableRandom(SEED);
        final String[] words = new String[WORDS];
        for (int i = 0; i < WORDS; i++) {
            final StringBuilder word = new StringBuilder();
            for (int letters = 2 + random.nextInt(WORD_LETTERS); letters > 0; letters--) {
                word.append((char) ('a' + random.nextInt('z' - 'a' + 1)));
            }
            words[i] = word.toString();
        }
        for (int i = 0; i < values.length; i++) {
            final StringBuilder text = new StringBuilder();
            while (varied && text.length() < recordBytes) {
                text.append("{\"customer\":\"").append(Long.toHexString(random.nextLong()))
                        .append("\",\"amount\":").append(random.nextInt(100_000))
                        .append(",\"currency\":\"EUR\",\"note\":\"")
                        .append(Long.toString(random.nextLong() >>> 1, Character.MAX_RADIX)).append("\"},");
            }
            while (text.length() < recordBytes) {
                text.append('"').append(words[random.nextInt(WORDS)]).append("\":");
                if (random.nextBoolean()) {
                    text.append(random.nextInt(1_000_000));
                } else {
                    text.append(words[random.nextInt(WORDS)]);
                }
                text.append(',');
            }
            values[i] = Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), recordBytes);
        }
        keys = new byte[withKeys ? KEYS : 0][];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = ByteBuffer.allocate(KEY_BYTES).putLong(random.nextLong()).array();
        }
    }

    byte[] value(final int i) {
        return values[i & (values.length - 1)];
    }

    byte[] key(final int i) {
        return keys[i & (KEYS - 1)];
    }
}
