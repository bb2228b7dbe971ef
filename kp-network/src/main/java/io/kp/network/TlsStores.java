package io.kp.network;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;

/**
 * The key store and the trust store of a {@link TlsConfig} as they are at one moment: the bytes of the files, and from them the stores. What two files say together
 * is compared and checked as one.
 */
final class TlsStores {
    private static final String KEYSTORE_LOCATION = "ssl.keystore.location";
    private static final String TRUSTSTORE_LOCATION = "ssl.truststore.location";
    private static final String ALIAS = "kp";

    private final TlsConfig config;
    private final byte[] keystoreFile;
    private final byte[] truststoreFile;
    private KeyStore keystore;
    private KeyStore truststore;
    private X509Certificate certificate;

    private TlsStores(TlsConfig config, byte[] keystoreFile, byte[] truststoreFile) {
        this.config = config;
        this.keystoreFile = keystoreFile;
        this.truststoreFile = truststoreFile;
    }

    /** Reads the files and nothing more, so that it costs little to see that they are as before. */
    static TlsStores read(TlsConfig config) {
        return new TlsStores(config, file(KEYSTORE_LOCATION, config.keystoreLocation()),
                file(TRUSTSTORE_LOCATION, config.truststoreLocation()));
    }

    private static byte[] file(String key, String location) {
        if (location == null) {
            return null;
        }
        try {
            return Files.readAllBytes(Path.of(location));
        } catch (NoSuchFileException e) {
            throw new TlsConfigException(key, "no such file: " + location, e);
        } catch (IOException e) {
            throw new TlsConfigException(key, "file cannot be read: " + location + ": " + e, e);
        }
    }

    /** Whether there is a file at all that may change. */
    static boolean hasFiles(TlsConfig config) {
        return config.keystoreLocation() != null || config.truststoreLocation() != null;
    }

    /** A fingerprint of the files' content. */
    byte[] digest() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] file : new byte[][]{keystoreFile, truststoreFile}) {
                digest.update((byte) (file == null ? 0 : 1));
                if (file != null) {
                    // The length, too: else bytes could move from the one file to the other.
                    digest.update(Integer.toString(file.length).getBytes(StandardCharsets.US_ASCII));
                    digest.update((byte) ':');
                    digest.update(file);
                }
            }
            return digest.digest();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Makes the stores of the files, and checks that the private key belongs to the first certificate of its chain. */
    TlsStores open() {
        try {
            if (config.keystoreKey() != null) {
                keystore = pemKeystore("ssl.keystore.certificate.chain", config.keystoreCertificateChain(),
                        "ssl.keystore.key",
                        config.keystoreKey());
            } else if (keystoreFile != null && TlsConfig.isPem(config.keystoreType())) {
                String text = new String(keystoreFile, StandardCharsets.UTF_8);
                keystore = pemKeystore(KEYSTORE_LOCATION, text, KEYSTORE_LOCATION, text);
            } else if (keystoreFile != null) {
                keystore = load(KEYSTORE_LOCATION, config.keystoreLocation(), config.keystoreType(), keystoreFile,
                        config.keystorePassword(), "ssl.keystore.password");
            }
            if (keystore != null) {
                checkKeys();
            }
            if (config.truststoreCertificates() != null) {
                truststore = pemTruststore("ssl.truststore.certificates", config.truststoreCertificates());
            } else if (truststoreFile != null && TlsConfig.isPem(config.truststoreType())) {
                truststore = pemTruststore(TRUSTSTORE_LOCATION, new String(truststoreFile, StandardCharsets.UTF_8));
            } else if (truststoreFile != null) {
                truststore = load(TRUSTSTORE_LOCATION, config.truststoreLocation(), config.truststoreType(),
                        truststoreFile,
                        config.truststorePassword(), "ssl.truststore.password");
                if (truststore.size() == 0) {
                    throw new TlsConfigException(TRUSTSTORE_LOCATION, "no certificate can be read from "
                            + config.truststoreLocation()
                            + (config.truststorePassword() == null ? "; it may need ssl.truststore.password" : ""));
                }
            }
            return this;
        } catch (GeneralSecurityException e) {
            throw new TlsConfigException(keystore == null ? KEYSTORE_LOCATION : TRUSTSTORE_LOCATION,
                    "store cannot be used: " + e, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static KeyStore load(String key, String location, String type, byte[] content, String password,
            String passwordKey)
            throws GeneralSecurityException {
        KeyStore store;
        try {
            store = KeyStore.getInstance(type);
        } catch (GeneralSecurityException e) {
            throw new TlsConfigException(key.replace("location", "type"), "the JDK knows no key stores of type " + type,
                    e);
        }
        try {
            store.load(new ByteArrayInputStream(content), password == null ? null : password.toCharArray());
            return store;
        } catch (IOException e) {
            if (e.getCause() instanceof UnrecoverableKeyException
                    || String.valueOf(e.getMessage()).contains("password")) {
                throw new TlsConfigException(passwordKey, "is not the password of " + location, e);
            }
            throw new TlsConfigException(key, "not a store of type " + type + ": " + location + ": " + e.getMessage(),
                    e);
        }
    }

    private KeyStore pemKeystore(String chainKey, String chain, String keyKey, String key)
            throws GeneralSecurityException, IOException {
        List<X509Certificate> certificates = TlsPem.certificates(chainKey, chain);
        PrivateKey privateKey = TlsPem.privateKey(keyKey, key, config.keyPassword());
        KeyStore store = emptyStore();
        store.setKeyEntry(ALIAS, privateKey, keyPassword(), certificates.toArray(Certificate[]::new));
        return store;
    }

    private static KeyStore pemTruststore(String key, String text) throws GeneralSecurityException, IOException {
        KeyStore store = emptyStore();
        int count = 0;
        for (X509Certificate trusted : TlsPem.certificates(key, text)) {
            store.setCertificateEntry(ALIAS + count++, trusted);
        }
        return store;
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** The password of the key within {@link #keystore()}, which is that of the store unless it has one of its own. */
    char[] keyPassword() {
        String password = config.keyPassword() != null ? config.keyPassword() : config.keystorePassword();
        return password == null ? new char[0] : password.toCharArray();
    }

    private void checkKeys() throws GeneralSecurityException {
        for (String alias : Collections.list(keystore.aliases())) {
            if (!keystore.isKeyEntry(alias)) {
                continue;
            }
            Key key;
            try {
                key = keystore.getKey(alias, keyPassword());
            } catch (UnrecoverableKeyException e) {
                throw new TlsConfigException("ssl.key.password", "the private key of the key store cannot be read with "
                        + (config.keyPassword() == null ? "ssl.keystore.password" : "it"), e);
            }
            Certificate[] chain = keystore.getCertificateChain(alias);
            if (key instanceof PrivateKey own && chain != null && chain.length > 0
                    && chain[0] instanceof X509Certificate first) {
                if (!belongTogether(own, first.getPublicKey())) {
                    throw new TlsConfigException(config.keystoreKey() != null ? "ssl.keystore.key" : KEYSTORE_LOCATION,
                            "the private key does not belong to the certificate: subject="
                                    + first.getSubjectX500Principal()
                                    + ", serial=" + first.getSerialNumber().toString(16));
                }
                certificate = certificate == null ? first : certificate;
            }
        }
        if (certificate == null) {
            throw new TlsConfigException(KEYSTORE_LOCATION,
                    "no private key with a certificate in " + config.keystoreLocation());
        }
    }

    private static boolean belongTogether(PrivateKey own, PublicKey shown) throws GeneralSecurityException {
        String algorithm = own.getAlgorithm();
        String signatureAlgorithm = switch (algorithm) {
            case "RSA", "DSA" -> "SHA256with" + algorithm;
            case "EC" -> "SHA256withECDSA";
            case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
            default -> null;
        };
        if (signatureAlgorithm == null) {
            return true; // keys of other algorithms are the provider's matter
        }
        byte[] text = {1, 2, 3, 4};
        try {
            Signature signature = Signature.getInstance(signatureAlgorithm);
            signature.initSign(own);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(shown);
            signature.update(text);
            return signature.verify(signed);
        } catch (java.security.InvalidKeyException | java.security.SignatureException e) {
            return false; // of another algorithm or another size
        }
    }

    /** The own key and certificates, or null if there are none. */
    KeyStore keystore() {
        return keystore;
    }

    /** The trusted certificates, or null for those of the JDK. */
    KeyStore truststore() {
        return truststore;
    }

    /** The own certificate, or null if there is none. */
    X509Certificate certificate() {
        return certificate;
    }
}
