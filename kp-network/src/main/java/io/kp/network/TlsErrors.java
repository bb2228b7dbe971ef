package io.kp.network;

import java.security.cert.CertificateException;
import java.util.Locale;

import javax.net.ssl.SSLException;

/** Says what the JDK's TLS exceptions mean for somebody who has set the connection up, and what to look at. */
final class TlsErrors {
    private static final String ALERT = "Received fatal alert: ";

    private TlsErrors() {
    }

    /**
     * Why a handshake has failed.
     *
     * @param sentCertificate whether the broker got a certificate; null if it did not ask for one
     */
    static TlsException handshake(SSLException e, TlsContext context, Boolean sentCertificate) {
        CertificateException certificate = certificateException(e);
        if (certificate != null) {
            return new TlsException("TLS handshake failed: " + certificate.getMessage(), e);
        }
        String message = String.valueOf(e.getMessage());
        int alert = message.indexOf(ALERT);
        if (alert >= 0) {
            return new TlsException("TLS handshake failed: "
                    + alert(message.substring(alert + ALERT.length()), context, sentCertificate), e);
        }
        String lower = message.toLowerCase(Locale.ROOT);
        if (lower.contains("unrecognized ssl message") || lower.contains("plaintext connection")) {
            return new TlsException(
                    "TLS handshake failed: the port does not speak TLS; it may be a plaintext listener, or not a Kafka broker",
                    e);
        }
        if (lower.contains("no appropriate protocol") || lower.contains("protocol version")
                || lower.contains("not accepted by client preferences")) {
            return new TlsException("TLS handshake failed: no protocol version or cipher suite in common: "
                    + offered(context) + ": " + message, e);
        }
        return new TlsException("TLS handshake failed: " + message, e);
    }

    private static String alert(String alert, TlsContext context, Boolean sentCertificate) {
        switch (alert) {
            case "certificate_required" :
                return needsCertificate(alert);
            case "bad_certificate", "unknown_ca", "certificate_unknown", "certificate_expired", "certificate_revoked",
                    "unsupported_certificate", "access_denied" :
                return sentCertificate == null
                        ? "the broker broke it off: alert=" + alert
                        : sentCertificate ? refusedCertificate(alert, context) : needsCertificate(alert);
            case "protocol_version" :
                return "no TLS version in common with the broker: alert=" + alert + ", " + offered(context);
            case "insufficient_security" :
                return "no cipher suite in common with the broker: alert=" + alert + ", " + offered(context);
            case "handshake_failure" :
                // Who asks for a certificate has found the parameters in common before.
                return sentCertificate == null
                        ? "no cipher suite or other parameter in common with the broker: alert=" + alert + ", "
                                + offered(context)
                        : sentCertificate ? refusedCertificate(alert, context) : needsCertificate(alert);
            default :
                return "the broker broke it off: alert=" + alert;
        }
    }

    private static String needsCertificate(String alert) {
        return "the broker requires a client certificate, and none that it accepts was sent: alert=" + alert
                + "; set ssl.keystore.*, to a certificate of an authority that the broker trusts";
    }

    private static String refusedCertificate(String alert, TlsContext context) {
        return "the broker does not accept this client's certificate: alert=" + alert + ", "
                + context.certificateText();
    }

    private static String offered(TlsContext context) {
        TlsConfig config = context.config();
        return "ssl.enabled.protocols=" + String.join(",", config.enabledProtocols())
                + ", ssl.cipher.suites="
                + (config.cipherSuites().isEmpty() ? "the JDK's" : String.join(",", config.cipherSuites()));
    }

    private static CertificateException certificateException(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException certificate) {
                return certificate;
            }
        }
        return null;
    }
}
