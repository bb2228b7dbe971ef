package io.kp.bench;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a comparison is to do.
 *
 * @param preset      the workload's name and what is aimed at, or {@code null}
 * @param workload    what each run does
 * @param clients     {@code kp}, {@code kafka}, {@code rdkafka}, {@code none}: the first is compared with the second
 * @param rounds      how often each client runs
 * @param realBroker  whether the broker is Kafka's; else the acknowledge-only one
 * @param ackDelaysMs each acknowledge-only node's milliseconds until it answers, as {@code 0,0,100}
 * @param jvmOptions  options of the clients' JVMs
 * @param agrona      whether Agrona may use its own buffers
 * @param classPath   whether the clients run on the class path
 * @param pin         whether broker and client get processors of their own, where there are four
 * @param commandLine the arguments as they were given
 */
record CompareSettings(ComparePreset preset, CompareWorkload workload, List<String> clients, int rounds,
        boolean realBroker, String ackDelaysMs, List<String> jvmOptions, boolean agrona, boolean classPath, boolean pin,
        List<String> commandLine) {

    /** The same with one more client, behind the others. */
    CompareSettings withClient(final String client) {
        return new CompareSettings(preset, workload, Stream.concat(clients.stream(), Stream.of(client)).toList(),
                rounds, realBroker, ackDelaysMs, jvmOptions, agrona, classPath, pin, commandLine);
    }

    /** How long all runs take, without starts and ends. */
    double seconds() {
        return rounds * clients.size() * (workload.warmupSeconds() + workload.seconds());
    }
}
