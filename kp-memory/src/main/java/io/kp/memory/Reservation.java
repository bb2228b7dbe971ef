package io.kp.memory;

/** The grant of budget for one oversize segment: the memory is for the one who asked to allocate, without the lock. */
final class Reservation {
    final int sizeClass;
    /** The number that the segment gets. */
    final int number;

    Reservation(final int sizeClass, final int number) {
        this.sizeClass = sizeClass;
        this.number = number;
    }
}
