package io.kp.bench;

import java.util.ArrayList;
import java.util.List;

/** A step of {@code kp doctor} with what it has found. Used by one thread. */
final class DoctorStep {
    private final String name;
    private final List<DoctorFinding> findings = new ArrayList<>();
    private long elapsedMs;

    DoctorStep(final String name) {
        this.name = name;
    }

    void ok(final String text) {
        add(DoctorStatus.OK, text, null);
    }

    void info(final String text) {
        add(DoctorStatus.INFO, text, null);
    }

    void warn(final String text, final String remedy) {
        add(DoctorStatus.WARN, text, remedy);
    }

    void fail(final String text, final String remedy) {
        add(DoctorStatus.FAIL, text, remedy);
    }

    void skipped(final String text) {
        add(DoctorStatus.SKIPPED, text, null);
    }

    void add(final DoctorStatus status, final String text, final String remedy) {
        findings.add(new DoctorFinding(status, text, remedy));
    }

    void elapsedMs(final long ms) {
        elapsedMs = ms;
    }

    long elapsedMs() {
        return elapsedMs;
    }

    String name() {
        return name;
    }

    List<DoctorFinding> findings() {
        return findings;
    }

    /** The worst of the findings. */
    DoctorStatus status() {
        DoctorStatus worst = DoctorStatus.INFO;
        for (final DoctorFinding finding : findings) {
            if (finding.status().compareTo(worst) > 0) {
                worst = finding.status();
            }
        }
        return worst;
    }
}
