package io.kp.bench;

/** What the tool's exit codes mean; shown by {@code kp --help}. */
final class ExitCode {
    /** Everything was delivered and, where verified, found. */
    static final int OK = 0;
    /** Something was not delivered, not read, or not found. */
    static final int INCOMPLETE = 1;
    /** The command line or the configuration is wrong; nothing was sent. */
    static final int USAGE = 2;
    /** The embedded broker did not start; nothing was sent. */
    static final int NO_BROKER = 3;
    /** A defect of the tool itself. */
    static final int DEFECT = 70;
    /** Ended by Ctrl-C. */
    static final int INTERRUPTED = 130;

    private ExitCode() {
    }
}
