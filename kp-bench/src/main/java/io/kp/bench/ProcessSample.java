package io.kp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;

/**
 * What this process has used up to a moment, as the JVM and the kernel count it.
 *
 * @param timeNs                 when, by {@link System#nanoTime()}
 * @param cpuNs                  user and system time of the process
 * @param allocatedBytesByThread by id, of all Java threads that live; a thread's count stays readable only while it lives
 * @param gcCount                collections of all collectors
 * @param gcMs                   their time, which for G1 is that of its pauses
 * @param cpuNsByThread          by kernel thread id, its name before a colon; of all threads that live, the JVM's own included
 * @param hostBusyTicks          time that the machine's processors were not idle, of all processes
 * @param otherTicks             processor time of the processes that were asked for (the brokers)
 */
record ProcessSample(long timeNs, long cpuNs, Map<Long, Long> allocatedBytesByThread, long gcCount, long gcMs,
        Map<String, Long> cpuNsByThread, long hostBusyTicks, long otherTicks) {
    // USER_HZ: fixed at 100 for all of Linux's user interface.
    private static final double TICKS_PER_SECOND = 100;
    private static final double NS_PER_SECOND = 1e9;
    private static final int STAT_UTIME = 11;
    private static final int STAT_STIME = 12;
    private static final int CPU_IDLE = 3;
    private static final int CPU_IOWAIT = 4;
    private static final int CPU_STEAL = 7;

    static ProcessSample take(final long[] otherPids) {
        final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        final long timeNs = System.nanoTime();
        final long cpuNs = system.getProcessCpuTime();
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final Map<Long, Long> allocated = new HashMap<>();
        final long[] ids = threads.getAllThreadIds();
        final long[] bytes = threads.getThreadAllocatedBytes(ids);
        for (int i = 0; i < ids.length; i++) {
            // Not the thread that takes samples.
            if (bytes[i] >= 0 && ids[i] != Thread.currentThread().getId()) {
                allocated.put(ids[i], bytes[i]);
            }
        }
        long gcCount = 0;
        long gcMs = 0;
        for (final GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            gcCount += Math.max(0, collector.getCollectionCount());
            gcMs += Math.max(0, collector.getCollectionTime());
        }
        long otherTicks = 0;
        for (final long pid : otherPids) {
            otherTicks += processTicks(pid);
        }
        return new ProcessSample(timeNs, cpuNs, allocated, gcCount, gcMs, threadCpuNs(), busyTicks(), otherTicks);
    }

    /** Bytes that the Java threads have allocated since then. Threads that ended in between are missing; these clients have none. */
    long allocatedBytesSince(final ProcessSample earlier) {
        long bytes = 0;
        for (final Map.Entry<Long, Long> entry : allocatedBytesByThread.entrySet()) {
            bytes += entry.getValue() - earlier.allocatedBytesByThread.getOrDefault(entry.getKey(), 0L);
        }
        return bytes;
    }

    /** Processor time since then by group of threads: callers, io, compressors, gc, jit, other. */
    Map<String, Long> cpuNsByGroupSince(final ProcessSample earlier) {
        final Map<String, Long> groups = new TreeMap<>(
                Map.of("callers", 0L, "io", 0L, "compressors", 0L, "gc", 0L, "jit", 0L, "other", 0L));
        cpuNsByThread.forEach((thread, ns) -> groups.merge(group(thread.substring(0, thread.indexOf(':'))),
                ns - earlier.cpuNsByThread.getOrDefault(thread, 0L), Long::sum));
        return groups;
    }

    private static String group(final String name) {
        if (name.startsWith("kp-load")) {
            return "callers";
        }
        if (name.startsWith("G1 ") || name.startsWith("GC ") || name.startsWith("ZWorker")
                || name.startsWith("ZDriver")) {
            return "gc";
        }
        if (name.startsWith("C1 ") || name.startsWith("C2 ")) {
            return "jit";
        }
        // The kernel keeps 15 characters of a name; newer JDKs give it the first and last few.
        if (name.startsWith("kp-comp")) {
            return "compressors";
        }
        if (name.startsWith("kafka-producer-") || name.startsWith("kp-")) {
            return "io";
        }
        return "other";
    }

    /** Processor time per second that neither this process nor the brokers used: what disturbs. */
    double disturbingCores(final ProcessSample earlier) {
        final double seconds = (timeNs - earlier.timeNs) / NS_PER_SECOND;
        final double busy = (hostBusyTicks - earlier.hostBusyTicks - (otherTicks - earlier.otherTicks))
                / TICKS_PER_SECOND;
        return Math.max(0, (busy - (cpuNs - earlier.cpuNs) / NS_PER_SECOND) / seconds);
    }

    double otherCpuNs(final ProcessSample earlier) {
        return (otherTicks - earlier.otherTicks) / TICKS_PER_SECOND * NS_PER_SECOND;
    }

    /** The most memory that this process has had resident, in KiB; 0 where the kernel does not tell. */
    static long peakResidentKib() {
        return peakResidentKib(ProcessHandle.current().pid());
    }

    /** The same of any process. */
    static long peakResidentKib(final long pid) {
        try {
            for (final String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            return 0;
        } catch (final IOException e) {
            return 0;
        }
    }

    private static Map<String, Long> threadCpuNs() {
        final Map<String, Long> times = new HashMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (final Path task : tasks) {
                try {
                    times.put(Files.readString(task.resolve("comm")).strip() + ":" + task.getFileName(),
                            Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ")[0]));
                } catch (final IOException e) {
                    // The thread has just ended.
                }
            }
        } catch (final IOException e) {
            return Map.of();
        }
        return times;
    }

    private static long processTicks(final long pid) {
        try {
            final String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The name, in parentheses, may contain spaces.
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(fields[STAT_UTIME]) + Long.parseLong(fields[STAT_STIME]);
        } catch (final IOException e) {
            throw new UncheckedIOException("the process has ended: pid=" + pid, e);
        }
    }

    private static long busyTicks() {
        try {
            final String[] fields = Files.readAllLines(Path.of("/proc/stat")).get(0).substring("cpu ".length()).strip()
                    .split(" +");
            long busy = 0;
            // Up to steal: what follows (guests) is contained in the first two.
            for (int i = 0; i <= CPU_STEAL; i++) {
                if (i != CPU_IDLE && i != CPU_IOWAIT) {
                    busy += Long.parseLong(fields[i]);
                }
            }
            return busy;
        } catch (final IOException e) {
            return 0;
        }
    }
}
