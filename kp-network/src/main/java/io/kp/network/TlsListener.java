package io.kp.network;

import java.time.Instant;

/** Hears what becomes of certificates while they are in use. Called by the thread that loads or checks the stores; its exceptions are not caught. */
public interface TlsListener {
    /** A listener that does nothing. */
    TlsListener NONE = new TlsListener() {
    };

    /**
     * The stores have changed, were found valid, and serve new connections from now on.
     *
     * @param description what is used now: subject and expiry of the own certificate, number of trusted ones
     */
    default void onReload(String description) {
    }

    /**
     * The stores have changed and cannot be used; what was loaded before stays in use. Said once for each content.
     *
     * @param failure why
     */
    default void onReloadFailure(RuntimeException failure) {
    }

    /**
     * The own certificate expires soon, or has expired. Said when it is loaded, and when 30, 7, 1 and 0 days are left.
     *
     * @param subject  the certificate's subject
     * @param notAfter when it expires
     * @param daysLeft full days left, negative once it has expired
     */
    default void onExpiring(String subject, Instant notAfter, long daysLeft) {
    }
}
