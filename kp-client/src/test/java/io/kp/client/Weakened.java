package io.kp.client;

import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;

import io.kp.support.Jcstress;

/**
 * Deliberate mistakes in the statistics, each of which a jcstress test must show. Each is put into a copy of the module's own source, so that it cannot grow apart from the
 * code that it weakens. In all of them, and in two copies without a mistake, a thread sometimes loses its processor between two steps that belong together: on a machine with
 * few cores the windows are too small otherwise. There is none that only drops a fence, which would not show on x86; instead there is the order that the missing fence would allow.
 */
enum Weakened {
    /** No mistake, only the pauses. */
    NOTHING("SampledStats.java",
            "        add(current * rowLength + quantity * CELL, sum, count, max);",
            "        Weakened.pause(); add(current * rowLength + quantity * CELL, sum, count, max); Weakened.pause();",
            "                if (before == (long) VERSION.getOpaque(this)) {",
            "                if (Weakened.pause() && before == (long) VERSION.getOpaque(this)) {"),

    /** No mistake, only the pauses. */
    NOTHING_EITHER("LatencyHistogram.java", "        if (bounded > max) {",
            "        Weakened.pause();\n        if (bounded > max) {"),

    /** A reader may copy while the writer is at work. */
    WRITER_HAS_NO_VERSION("SampledStats.java", "VERSION.setOpaque(this, version + 1);", "",
            "VERSION.setRelease(this, version + 1);", "",
            "        add(current * rowLength + quantity * CELL, sum, count, max);",
            "        Weakened.pause(); add(current * rowLength + quantity * CELL, sum, count, max);"),

    /** What the writer would do without the fence behind the odd version. */
    WRITER_MARKS_LATE("SampledStats.java", "        begin();\n        if (",
            "        add(quantity * CELL, sum, count, max);\n        Weakened.pause();\n        begin();\n        if (",
            "        }\n        add(quantity * CELL, sum, count, max);\n", "        }\n"),

    /** The reader does not look whether the version has changed while it copied. */
    READER_LOOKS_ONCE("SampledStats.java", "if (before == (long) VERSION.getOpaque(this)) {", "if (before >= 0) {",
            "                for (int i = 0; i < copy.length; i++) {",
            "                Weakened.pause(); for (int i = 0; i < copy.length; i++) { if (i == 2) { Weakened.pause(); }"),

    /** Counts get lost. */
    COUNTS_GO_TO_A_NEW_ROW("LatencyHistogram.java", "if (counts == null) {",
            "if (counts == null || Weakened.pause()) {"),

    /** What a row that is shown before it is filled would look like. */
    ROW_IS_SHOWN_TOO_EARLY("LatencyHistogram.java", "ROW.setRelease(rows, row, counts);",
            "counts[1] = 5; ROW.setRelease(rows, row, counts); Weakened.pause(); counts[1] = 0;");

    private static final int RUNS_PER_PAUSE = 4;

    private final String file;
    private final String[] replacements;

    Weakened(final String file, final String... replacements) {
        this.file = file;
        this.replacements = replacements;
    }

    boolean isRight() {
        return this == NOTHING || this == NOTHING_EITHER;
    }

    /** The test that must show it. */
    Class<?> test() {
        return file.equals("SampledStats.java") ? SampledStatsStress.class : LatencyHistogramStress.class;
    }

    /** A run of that test on the weakened source. */
    Jcstress.Run run(final Jcstress jcstress) throws IOException {
        return jcstress.weakened(name(), test(), file, replacements);
    }

    /** Called by the copies. */
    static boolean pause() {
        if (ThreadLocalRandom.current().nextInt(RUNS_PER_PAUSE) == 0) {
            Thread.yield();
        }
        return true;
    }
}
