package io.kp.network;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Map;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** Asks the JDK's key manager, and notes whether a broker has asked for a certificate and got one: the alert that ends such a handshake does not tell. */
final class TlsKeys extends X509ExtendedKeyManager {
    /** {@code null} if there is no key. */
    private final X509ExtendedKeyManager jdk;
    private final Map<SSLEngine, Boolean> asked;

    /** @param asked by engine whether a certificate was found; thread-safe */
    TlsKeys(X509ExtendedKeyManager jdk, Map<SSLEngine, Boolean> asked) {
        this.jdk = jdk;
        this.asked = asked;
    }

    @Override
    public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
        String alias = jdk == null ? null : jdk.chooseEngineClientAlias(keyTypes, issuers, engine);
        // Asked once for each type of key: one that is found counts.
        asked.merge(engine, alias != null, Boolean::logicalOr);
        return alias;
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return jdk == null ? null : jdk.chooseClientAlias(keyTypes, issuers, socket);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return jdk == null ? null : jdk.getClientAliases(keyType, issuers);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        return null; // this is never a server
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return jdk == null ? null : jdk.getCertificateChain(alias);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return jdk == null ? null : jdk.getPrivateKey(alias);
    }
}
