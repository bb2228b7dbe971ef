package io.kp.client;

/**
 * What becomes of the records that follow a failed one in its partition. With idempotence a partition is written in the order of sending; a record that fails leaves a gap
 * in that order, unless those behind it fail with it.
 */
public enum GapPolicy {
    /**
     * The order has no gap: with a record that fails all records of its partition fail that were accepted after it and before its failure is told, with an
     * {@link EarlierRecordFailedException}. Records that are sent from then on are delivered again. A record that is on its way to the broker already is not taken back: it
     * counts as delivered if the broker takes it, which with idempotence it does only if it has the failed one too. A record that another thread sends at the very moment at
     * which the failure is told counts as sent before or after that, and the failures of what follows are told after the first one, not with it. One of these that had failed
     * by itself before the first one was told keeps its own reason, and is a part of that failure nevertheless: what was sent since the first one was told does not fail with it.
     * <p>
     * The default with idempotence. With a completion executor a failure counts as told when it is handed to that.
     */
    FAIL_FOLLOWING("fail-following"),
    /**
     * The failed record is missing in the order, and those behind it are delivered, as Kafka's client does it. A warning in the log tells of each gap, and
     * {@link ProducerMetrics#gaps} counts them. What is chosen without idempotence, where the order is not kept anyway.
     */
    ALLOW_AND_REPORT("allow-and-report");

    /** Says it in the failures of those that follow. */
    static final String FAIL_FOLLOWING_TEXT = "given up so that the order has no gap (" + ProducerConfig.KP_ON_GAP
            + "=fail-following); records sent from now on are delivered again";

    private final String text;

    GapPolicy(final String text) {
        this.text = text;
    }

    /** The value of the configuration key. */
    String text() {
        return text;
    }

    static GapPolicy of(final String text) {
        return text.equals(FAIL_FOLLOWING.text) ? FAIL_FOLLOWING : ALLOW_AND_REPORT;
    }
}
