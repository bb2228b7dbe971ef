package io.kp.bench;

/** Makes a record of a line (or of a whole file). Used by one thread. */
interface InputFormat {
    /**
     * Reads.
     *
     * @param bytes holds the line
     * @param start of it
     * @param end   of it, exclusive
     * @return the record; shares nothing with the bytes
     * @throws BadInputException if a rule is broken
     */
    InputRecord read(byte[] bytes, int start, int end) throws BadInputException;

    /** Whether records may have headers or partitions of their own. */
    default boolean ownHeaders() {
        return false;
    }

    /** A line that cannot be sent; the message is the rule that it breaks. */
    final class BadInputException extends Exception {
        private static final long serialVersionUID = 1L;

        BadInputException(final String rule) {
            super(rule, null, false, false);
        }
    }
}
