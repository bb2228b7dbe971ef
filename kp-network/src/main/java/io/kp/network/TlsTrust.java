package io.kp.network;

import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Asks the JDK's trust manager, and when that refuses says which of a broker's certificates is at fault, why, and what it was held against. */
final class TlsTrust extends X509ExtendedTrustManager {
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    private final X509ExtendedTrustManager jdk;
    private final String source;

    /** @param source where the trusted certificates come from, for people */
    TlsTrust(X509ExtendedTrustManager jdk, String source) {
        this.jdk = jdk;
        this.source = source;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        try {
            jdk.checkServerTrusted(chain, authType, engine);
        } catch (CertificateException e) {
            throw new CertificateException(explain(chain, engine.getPeerHost(), e), e);
        }
    }

    private String explain(X509Certificate[] chain, String host, CertificateException e) {
        for (X509Certificate certificate : chain) {
            try {
                certificate.checkValidity();
            } catch (CertificateExpiredException expired) {
                return "certificate of the broker has expired: notAfter=" + certificate.getNotAfter().toInstant()
                        + ", now="
                        + new Date().toInstant() + ", " + describe(certificate);
            } catch (CertificateNotYetValidException early) {
                return "certificate of the broker is not valid yet: notBefore=" + certificate.getNotBefore().toInstant()
                        + ", now="
                        + new Date().toInstant() + ", " + describe(certificate);
            }
        }
        if (has(e, CertPathBuilderException.class) || has(e, CertPathValidatorException.class)) {
            X509Certificate last = chain[chain.length - 1];
            return "certificate of the broker is signed by an unknown authority: issuer="
                    + last.getIssuerX500Principal()
                    + ", " + describe(chain[0]) + ", trusted=" + source + ": " + e.getMessage();
        }
        if (e.getMessage() != null
                && (e.getMessage().contains("subject alternative") || e.getMessage().startsWith("No name matching"))) {
            return "certificate of the broker is for other names: host=" + host + ", namesInCertificate="
                    + names(chain[0])
                    + ", " + describe(chain[0]);
        }
        return "certificate of the broker is not acceptable: " + e.getMessage() + ", " + describe(chain[0]);
    }

    private static boolean has(Throwable e, Class<? extends Throwable> type) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    static String describe(X509Certificate certificate) {
        return "subject=" + certificate.getSubjectX500Principal() + ", serial="
                + certificate.getSerialNumber().toString(16);
    }

    private static List<String> names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    int type = (Integer) alternative.get(0);
                    if (type == DNS_NAME || type == IP_ADDRESS) {
                        names.add(OneLine.of(String.valueOf(alternative.get(1))));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            names.add("unreadable");
        }
        return names;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        jdk.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        jdk.checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        jdk.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        jdk.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        jdk.checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return jdk.getAcceptedIssuers();
    }
}
