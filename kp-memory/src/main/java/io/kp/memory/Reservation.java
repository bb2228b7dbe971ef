package io.kp.memory;

/** The grant of budget for one oversize segment: the memory is for the one who asked to allocate, without the lock. */
final class Reservation {
    final int sizeClass;

    Reservation(final int sizeClass) {
        this.sizeClass = sizeClass;
    }
}
