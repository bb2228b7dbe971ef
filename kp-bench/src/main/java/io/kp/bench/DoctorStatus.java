package io.kp.bench;

/** What a step of {@code kp doctor}, or one finding of it, comes to. */
enum DoctorStatus {
    /** A fact beside another finding. */
    INFO(""),
    /** Could not be looked at, because of an earlier failure. */
    SKIPPED("-"),
    /** As it should be. */
    OK("OK"),
    /** Does not keep a producer from its work, and is worth a look. */
    WARN("WARN"),
    /** Keeps a producer from its work. */
    FAIL("FAIL");

    private final String label;

    DoctorStatus(final String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
