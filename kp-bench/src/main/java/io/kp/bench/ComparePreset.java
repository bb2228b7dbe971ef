package io.kp.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A workload that has a name: options of {@code kp compare}.
 *
 * @param name        the name
 * @param description what it is for
 * @param options     its options, separated by spaces
 * @param goals       what is wanted of kp, by name, see {@link Goal#of}
 */
record ComparePreset(String name, String description, String options, Map<String, Goal> goals) {
    /** Stands for all presets. */
    static final String EVERY = "all";

    // What the official client calls a good compromise, for both: a workload is to differ from the others in what its name says.
    private static final String BASE = "--linger-ms 5 --batch-size 16384 ";
    private static final String CPU = "cpuNsPerRecord";
    private static final String NET_CPU = "netCpuNsPerRecord";
    private static final String RATE = "recordsPerSecond";
    private static final String ALLOCATED = "allocatedBytesPerRecord@";

    private static final List<ComparePreset> PRESETS = presets();
    /** Not among all: what one setting does to kp, for docs/tuning.md. */
    private static final List<ComparePreset> SWEEPS = sweeps();

    /**
     * What a figure of kp is to be.
     *
     * @param figure  its name
     * @param against what it is divided by: {@code null} for the figure of Kafka's client, a workload's name for kp's own in that workload, empty for nothing
     * @param must    the least that is wanted
     * @param aim     what is hoped for
     */
    record Goal(String figure, String against, double must, double aim) {
        private static final char AGAINST = '@';

        /** A goal by its name in the JSON: the figure, and what it is held against behind an {@code @}. */
        static Goal of(final String key, final double must, final double aim) {
            final int at = key.indexOf(AGAINST);
            return new Goal(at < 0 ? key : key.substring(0, at), at < 0 ? null : key.substring(at + 1), must, aim);
        }

        /** Whether more is better. */
        boolean upwards() {
            return aim > must;
        }

        boolean isMet(final double value) {
            return reaches(value, must);
        }

        boolean isAimReached(final double value) {
            return reaches(value, aim);
        }

        private boolean reaches(final double value, final double wanted) {
            // What is a number of bytes, in whole ones: every 64th record's callback in the driver is a fraction of one.
            final double exact = against != null && against.isEmpty() ? Math.floor(value + 0.5) : value;
            return upwards() ? exact >= wanted : exact <= wanted;
        }

        /** What it is held against, in words. */
        String reference() {
            return against == null ? "kafka" : against.isEmpty() ? "itself" : "own " + against;
        }
    }

    private static List<ComparePreset> presets() {
        final List<ComparePreset> all = new ArrayList<>();
        add(all, "10B", "values of 10 B, one thread", BASE + "--record-size 10", CPU, 0.35, 0.22);
        add(all, "100B", "values of 100 B, one thread", BASE + "--record-size 100", CPU, 0.32, 0.22, RATE, 2.5, 4);
        add(all, "1KB", "values of 1,000 B, one thread", BASE + "--record-size 1000", CPU, 0.45, 0.35);
        add(all, "10KB", "values of 10,000 B, one thread", BASE + "--record-size 10000", CPU, 0.45, 0.35);
        add(all, "100B-claim", "as 100B; kp's records are written in place (claim)",
                BASE + "--record-size 100 --api claim", CPU, 0.24, 0.16, ALLOCATED, 0, 0);
        add(all, "100B-fields", "as 100B; kp is given the parts of a record, and no object for it",
                BASE + "--record-size 100 --api fields", CPU, 0.32, 0.22, ALLOCATED, 16, 0);
        add(all, "100B-future", "as 100B, by the call that returns a future", BASE + "--record-size 100 --api future");
        add(all, "100B-reuse", "as 100B, with record objects made beforehand: what sending itself allocates",
                BASE + "--record-size 100 --records reuse", ALLOCATED, 16, 0);
        add(all, "100B-future-reuse", "as 100B-future, with record objects made beforehand",
                BASE + "--record-size 100 --api future --records reuse", ALLOCATED, 96, 48);
        add(all, "100B-8threads", "100 B, 8 threads", BASE + "--record-size 100 --threads 8", CPU, 0.25, 0.18, RATE,
                3.5, 5, "sendUs.p99.9", 0.5, 0.2, CPU + "@100B", 1.3, 1.1);
        add(all, "100B-8threads-1partition", "100 B, 8 threads, one partition",
                BASE + "--record-size 100 --threads 8 --partitions 1", CPU, 0.25, 0.18, CPU + "@100B", 1.3,
                1.1);
        add(all, "keyed", "100 B, keys at random, 4 partitions", BASE + "--record-size 100 --keys random", CPU, 0.35,
                0.25);
        add(all, "batch-1MiB-100B", "100 B, batches of 1 MiB",
                "--linger-ms 5 --batch-size 1048576 -X max.request.size=4194304 --record-size 100", CPU, 0.35, 0.25);
        add(all, "batch-1MiB-1KB", "1,000 B, batches of 1 MiB",
                "--linger-ms 5 --batch-size 1048576 -X max.request.size=4194304 --record-size 1000", CPU, 0.35, 0.28);
        add(all, "broker-2ms", "100 B, a broker that answers after 2 ms", BASE + "--record-size 100 --ack-delay-ms 2",
                RATE, 3, 5);
        for (final String codec : new String[]{"lz4", "zstd"}) {
            for (final int recordBytes : new int[]{100, 1000}) {
                // Limits from the codecs alone: what Kafka's client spends beside them is to go, the codecs stay.
                final boolean small = recordBytes == 100;
                final boolean lz4 = codec.equals("lz4");
                final double must = small ? lz4 ? 0.45 : 0.55 : lz4 ? 0.60 : 0.75;
                for (final int batchBytes : new int[]{16384, 131072}) {
                    add(all, codec + (small ? "-100B" : "-1KB") + (batchBytes == 16384 ? "" : "-128K"),
                            String.format(Locale.ROOT, "JSON values of %,d B, %s, batches of %d KiB", recordBytes,
                                    codec, batchBytes >> 10),
                            "--linger-ms 5 --batch-size " + batchBytes + " --record-size " + recordBytes
                                    + " -X compression.type=" + codec,
                            CPU, must, must - 0.1, "batchBytesPerRecord", 1.0, 0.95);
                }
            }
        }
        for (final int partitions : new int[]{100, 1000}) {
            add(all, "partitions-" + partitions, "100 B, " + partitions + " partitions, no keys",
                    BASE + "--record-size 100 --partitions " + partitions);
            add(all, "partitions-" + partitions + "-keyed", "100 B, " + partitions + " partitions, keys at random",
                    BASE + "--record-size 100 --keys random --partitions " + partitions, CPU,
                    partitions == 100 ? 0.40 : 0.45, partitions == 100 ? 0.30 : 0.35);
        }
        add(all, "idle-none", "100 B, 10 partitions in turn: what to compare idle-10000 with",
                BASE + "--record-size 100 --partitions 10 --active-partitions 10");
        add(all, "idle-10000", "100 B, 10,000 partitions of which 10 get records",
                BASE + "--record-size 100 --partitions 10000 --active-partitions 10", CPU + "@idle-none", 1.1, 1.02);
        add(all, "held-10000", "what 10,000 partitions with one record of 100 B each hold in memory",
                "--record-size 100 --partitions 10000 --hold --linger-ms 60000 --batch-size 16384 "
                        + "-X buffer.memory=268435456 --warmup 0 --measure 0.1",
                "heldBytes", 0.15, 0.05);
        add(all, "three-brokers-one-slow", "100 B, three brokers of which one answers after 100 ms",
                BASE + "--record-size 100 --partitions 12 --ack-delay-ms 0,0,100");
        for (final String rate : new String[]{"1k", "10k", "100k"}) {
            for (final int linger : new int[]{0, 1, 5}) {
                final Object[] goals = linger == 1
                        ? new Object[0]
                        : rate.equals("100k")
                                ? new Object[]{"ackUs.p50", 0.9, 0.7, "ackUs.p99.9", 0.8, 0.5}
                                : rate.equals("10k")
                                        ? linger == 0
                                                ? new Object[]{"ackUs.p50", 0.9, 0.7, "ackUs.p99.9", 0.8, 0.5}
                                                : new Object[]{NET_CPU, 0.5, 0.25, "ackUs.p50", 0.9, 0.7, "ackUs.p99.9",
                                                        0.8, 0.5}
                                        : linger == 0 ? new Object[0] : new Object[]{NET_CPU, 0.5, 0.25};
                final String name = "paced-" + rate + "-linger" + linger;
                final String description = "100 B, " + rate.replace("k", ",000") + " records/s, linger.ms " + linger;
                final String options = "--record-size 100 --batch-size 16384 --warmup-rate 100000 --rate "
                        + rate.replace("k", "000") + " --linger-ms " + linger;
                add(all, name, description, options + " --clients kp,kafka,none", goals);
                if (linger != 1 && !rate.equals("1k")) {
                    add(all, name + "-spin", description + ", by a thread that spins",
                            options + " --clients kp,kafka --spin", "ackUs.p50", 0.9, 0.7, "ackUs.p99.9", 0.8, 0.5);
                }
            }
        }
        add(all, "cold-start", "from the JVM's start to the first acknowledgement",
                "--record-size 100 --rate 1000 --warmup 0 --measure 0.5 --rounds 5 --clients kp,kafka,none --class-path",
                "firstAckMs", 0.8, 0.6, "classesLoaded", 0.5, 0.3);
        add(all, "linkedin", "the test of LinkedIn's article of 2014: 100 B, 6 partitions, batches of 8 KiB",
                "--record-size 100 --partitions 6 --batch-size 8196 --linger-ms 0 -X buffer.memory=67108864 -X acks=1 "
                        + "-X enable.idempotence=false");
        add(all, "omb", "the usual test of OpenMessaging Benchmark: 1 KB, 100 partitions, batches of 128 KiB",
                "--record-size 1024 --partitions 100 --linger-ms 1 --batch-size 131072");
        add(all, "real-100B", "100 B, Kafka's own broker, each client's own defaults",
                "--record-size 100 --broker real", RATE, 1.5, 2);
        add(all, "real-1KB", "1,000 B, Kafka's own broker, each client's own defaults",
                "--record-size 1000 --broker real", RATE, 1.2, 1.5);
        return List.copyOf(all);
    }

    private static List<ComparePreset> sweeps() {
        final List<ComparePreset> all = new ArrayList<>();
        final String brief = " --clients kp --rounds 1 --warmup 6 --measure 3";
        for (final String linger : new String[]{"0", "1", "5", "20", "50"}) {
            add(all, "sweep-linger-" + linger,
                    "20,000 records/s of 100 B, linger.ms " + linger + ", a broker that answers after 1 ms",
                    "--record-size 100 --rate 20000 --warmup-rate 100000 --ack-delay-ms 1 --linger-ms " + linger
                            + brief);
        }
        for (final String batch : new String[]{"4096", "16384", "65536", "262144"}) {
            // Else batches grow while the broker is busy, and all would be large.
            add(all, "sweep-batch-" + batch, "1,000 B, as fast as possible, batch.size " + batch,
                    "--record-size 1000 -X kp.batch.max.bytes=0 --batch-size " + batch + brief);
        }
        for (final String codec : new String[]{"none", "gzip", "snappy", "lz4", "zstd"}) {
            add(all, "sweep-compression-" + codec, "1,000 B of JSON, batches of 64 KiB, compression.type " + codec,
                    "--record-size 1000 --batch-size 65536 --compression " + codec + brief);
        }
        for (final String bytes : new String[]{"10", "100", "1000", "10000"}) {
            add(all, "sweep-size-" + bytes, "values of " + bytes + " B, as fast as possible",
                    BASE + "--record-size " + bytes + brief);
        }
        for (final String partitions : new String[]{"1", "10", "100", "1000"}) {
            add(all, "sweep-partitions-" + partitions,
                    "100 B with keys at random, as fast as possible, partitions: " + partitions,
                    BASE + "--record-size 100 --keys random --partitions " + partitions + brief);
        }
        return List.copyOf(all);
    }

    private static void add(final List<ComparePreset> all, final String name, final String description,
            final String options, final Object... goals) {
        final Map<String, Goal> byFigure = new LinkedHashMap<>();
        for (int i = 0; i < goals.length; i += 3) {
            byFigure.put((String) goals[i], Goal.of((String) goals[i], ((Number) goals[i + 1]).doubleValue(),
                    ((Number) goals[i + 2]).doubleValue()));
        }
        all.add(new ComparePreset(name, description, options, byFigure));
    }

    /** All of them. */
    static List<ComparePreset> all() {
        return PRESETS;
    }

    /** What one setting does to kp alone; not among all. */
    static List<ComparePreset> ofSweeps() {
        return SWEEPS;
    }

    /** Those of a name, of a beginning of names up to a dash, or all; none if the name is unknown. */
    static List<ComparePreset> named(final String name) {
        if (name.equals(EVERY)) {
            return PRESETS;
        }
        final List<ComparePreset> known = Stream.concat(PRESETS.stream(), SWEEPS.stream()).toList();
        return known.stream().filter(preset -> preset.name.equals(name)).findFirst().map(List::of)
                .orElseGet(() -> known.stream().filter(preset -> preset.name.startsWith(name + "-")).toList());
    }

    List<String> arguments() {
        return List.of(options.split(" "));
    }
}
