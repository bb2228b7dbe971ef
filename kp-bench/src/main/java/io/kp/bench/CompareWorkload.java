package io.kp.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What both clients of a comparison do.
 *
 * @param recordBytes      size of a value
 * @param randomKeys       whether records have keys, drawn at random; else none
 * @param partitions       partitions of each topic
 * @param activePartitions how many of them get records, in turn and by number; 0 to leave the choice to the client
 * @param topics           number of topics, used in turn
 * @param threads          threads that send
 * @param rate             records/s of all threads together, 0 for as fast as possible
 * @param warmupRate      records/s in the first part of the warm-up of a paced run, 0 for the rate
 * @param spin            whether the threads of a paced run spin between their records, instead of sleeping
 * @param hold            whether one record is sent to each partition, and what they hold is measured, instead of all that
 * @param futureApi        whether {@code send} without a callback is called, and each future awaited
 * @param claimApi         whether kp's records are written in place; the other clients then tell outcomes by callback
 * @param fieldsApi        whether kp is given the parts of a record, and no object for it; the other clients then are given an object as always
 * @param reuseRecords     whether record objects are made beforehand, or each for its own send
 * @param seconds          length of the part that counts
 * @param warmupSeconds    length of what goes before it
 * @param config           the producer's configuration, except {@code bootstrap.servers}
 */
record CompareWorkload(int recordBytes, boolean randomKeys, int partitions, int activePartitions, int topics,
        int threads, long rate, long warmupRate, boolean spin, boolean hold, boolean futureApi, boolean claimApi,
        boolean fieldsApi, boolean reuseRecords, double seconds,
        double warmupSeconds,
        Map<String, String> config) {
    private static final String CONFIG = "config.";

    CompareWorkload {
        config = Map.copyOf(config);
    }

    /** As arguments of a process, read by {@link #of(Map)}. */
    List<String> arguments() {
        final List<String> arguments = new ArrayList<>();
        asMap().forEach((name, value) -> arguments.add(name + "=" + value));
        return arguments;
    }

    Map<String, Object> asMap() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("recordBytes", recordBytes);
        map.put("randomKeys", randomKeys);
        map.put("partitions", partitions);
        map.put("activePartitions", activePartitions);
        map.put("topics", topics);
        map.put("threads", threads);
        map.put("rate", rate);
        map.put("warmupRate", warmupRate);
        map.put("spin", spin);
        map.put("hold", hold);
        map.put("futureApi", futureApi);
        map.put("claimApi", claimApi);
        map.put("fieldsApi", fieldsApi);
        map.put("reuseRecords", reuseRecords);
        map.put("seconds", seconds);
        map.put("warmupSeconds", warmupSeconds);
        new TreeMap<>(config).forEach((key, value) -> map.put(CONFIG + key, value));
        return map;
    }

    static CompareWorkload of(final Map<String, String> arguments) {
        final Map<String, String> config = new LinkedHashMap<>();
        arguments.forEach((name, value) -> {
            if (name.startsWith(CONFIG)) {
                config.put(name.substring(CONFIG.length()), value);
            }
        });
        return new CompareWorkload(Integer.parseInt(arguments.get("recordBytes")),
                Boolean.parseBoolean(arguments.get("randomKeys")), Integer.parseInt(arguments.get("partitions")),
                Integer.parseInt(arguments.get("activePartitions")), Integer.parseInt(arguments.get("topics")),
                Integer.parseInt(arguments.get("threads")), Long.parseLong(arguments.get("rate")),
                Long.parseLong(arguments.get("warmupRate")), Boolean.parseBoolean(arguments.get("spin")),
                Boolean.parseBoolean(arguments.get("hold")),
                Boolean.parseBoolean(arguments.get("futureApi")), Boolean.parseBoolean(arguments.get("claimApi")),
                Boolean.parseBoolean(arguments.get("fieldsApi")),
                Boolean.parseBoolean(arguments.get("reuseRecords")),
                Double.parseDouble(arguments.get("seconds")), Double.parseDouble(arguments.get("warmupSeconds")),
                config);
    }
}
