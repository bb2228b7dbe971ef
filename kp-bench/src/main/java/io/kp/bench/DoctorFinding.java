package io.kp.bench;

/**
 * One thing that {@code kp doctor} has found.
 *
 * @param status what it means for a producer
 * @param text   what was found, in words
 * @param remedy what to do about it; {@code null} if nothing is to be done
 */
record DoctorFinding(DoctorStatus status, String text, String remedy) {
}
