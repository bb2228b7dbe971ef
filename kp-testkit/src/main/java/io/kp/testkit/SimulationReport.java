package io.kp.testkit;

import java.util.List;
import java.util.Map;

/**
 * What happened in one simulation.
 *
 * @param seed decides everything else
 * @param violations what the producer did that it must not, one line for each
 * @param traceHash a hash over all events: the same for each run of the seed
 * @param events the number of events
 * @param simulatedNs how long it took in simulated time
 * @param accepted records that the producer accepted
 * @param acknowledged records that it reported as delivered
 * @param faults how many faults struck, by kind
 * @param outcomes how many records came to which end, by the name of the end: "acknowledged", "not accepted", "open", or stage and persistence of a failure
 * @param lastEvents the last events as text, if the run was to keep them
 * @param setting the configuration and surroundings that the seed has chosen
 */
public record SimulationReport(long seed, List<String> violations, long traceHash, long events, long simulatedNs,
        long accepted, long acknowledged, Map<String, Integer> faults, Map<String, Integer> outcomes,
        List<String> lastEvents, String setting) {

    /**
     * Whether nothing was wrong.
     *
     * @return true if there are no violations
     */
    public boolean isClean() {
        return violations.isEmpty();
    }

    /**
     * For a person who has to find out what went wrong.
     *
     * @param events how many of the last events to list at most, if they were kept
     * @return several lines
     */
    public String describe(final int events) {
        final StringBuilder text = new StringBuilder("seed ").append(seed).append(": ").append(violations.size())
                .append(" violations, setting: ").append(setting);
        violations.forEach(line -> text.append("\n  ").append(line));
        if (!lastEvents.isEmpty()) {
            text.append("\nlast events:");
            lastEvents.subList(Math.max(0, lastEvents.size() - events), lastEvents.size())
                    .forEach(line -> text.append("\n  ").append(line));
        }
        return text.toString();
    }
}
