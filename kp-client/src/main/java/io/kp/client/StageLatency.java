package io.kp.client;

/**
 * How long the batches of one topic took for one stage of their way, since the producer's start. Percentiles are off by at most 1.6 %; the maximum is exact.
 *
 * @param topic the topic
 * @param stage the stage
 * @param batches how many have passed it; each attempt counts for {@link Stage#DRAIN_TO_SOCKET} and {@link Stage#SOCKET_TO_BROKER}
 * @param p50Ns median, in nanoseconds
 * @param p99Ns 99th percentile, in nanoseconds
 * @param p999Ns 99.9th percentile, in nanoseconds
 * @param maxNs maximum, in nanoseconds
 */
public record StageLatency(String topic, Stage stage, long batches, long p50Ns, long p99Ns, long p999Ns, long maxNs) {
    /** The stages of a batch's way, in their order. The oldest record of the batch is the one that pays all of them. */
    public enum Stage {
        /** From the claim of the first record to the moment when the batch takes no more: filling up, {@code linger.ms}. */
        CLAIM_TO_SEAL("claim-to-seal"),
        /** Until it is put into a request for the first time: compression, earlier batches, a broker that has no room. */
        SEAL_TO_DRAIN("seal-to-drain"),
        /** Until all of the request is in the socket. */
        DRAIN_TO_SOCKET("drain-to-socket"),
        /** Until the answer: network, broker and its replicas. */
        SOCKET_TO_BROKER("socket-to-broker"),
        /** From the answer until all callbacks and futures of the batch are told: those before it in the partition's order, user code. */
        BROKER_TO_COMPLETION("broker-to-completion"),
        /** All of it, with retries: from the claim of the first record until all of the batch is told. */
        CLAIM_TO_COMPLETION("claim-to-completion");

        private final String text;

        Stage(final String text) {
            this.text = text;
        }

        /**
         * The name in metrics.
         *
         * @return lower case with hyphens
         */
        public String text() {
            return text;
        }
    }
}
