package io.kp.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What one run came to.
 *
 * @param client      its client
 * @param round       its round, from 1
 * @param problem     why it does not count, or {@code null}
 * @param measured    what the run measured, by name
 * @param broker      what the broker has
 * @param loadAverage the machine's load (one minute) before the run, -1 if unknown
 * @param command     the process's command
 */
record CompareResult(String client, int round, String problem, Map<String, Double> measured, BrokerTotals broker,
        double loadAverage, List<String> command) {
    private static final Pattern PATH = Pattern.compile("(^|[:=,])/(?:[^:/]*/)*([^:/]*)");

    boolean counts() {
        return problem == null;
    }

    double value(final String name) {
        return measured.getOrDefault(name, Double.NaN);
    }

    Map<String, Object> asMap() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("client", client);
        map.put("round", round);
        map.put("counts", counts());
        map.put("problem", problem);
        map.put("loadAverage", loadAverage);
        map.put("measured", measured);
        map.put("brokerRecords", broker.records());
        map.put("brokerBatches", broker.batches() < 0 ? null : broker.batches());
        map.put("brokerBatchBytes", broker.batchBytes() < 0 ? null : broker.batchBytes());
        map.put("brokerRequests", broker.requests() < 0 ? null : broker.requests());
        map.put("command", portable(command));
        return map;
    }

    /** Arguments without the folders of this machine: of each path its last name. */
    static List<String> portable(final List<String> arguments) {
        return arguments.stream().map(argument -> PATH.matcher(argument).replaceAll("$1$2")).toList();
    }
}
