package io.kp.network;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Reads certificates and PKCS#8 private keys from PEM text; what stands around the entries is skipped. */
final class TlsPem {
    private static final Pattern ENTRY = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    private static final String[] KEY_ALGORITHMS = {"RSA", "EC", "EdDSA", "DSA"};

    private TlsPem() {
    }

    /**
     * The certificates in the order of the text.
     *
     * @param key the setting that the text comes from
     */
    static List<X509Certificate> certificates(String key, String text) {
        List<X509Certificate> certificates = new ArrayList<>();
        Matcher matcher = ENTRY.matcher(text);
        while (matcher.find()) {
            if (matcher.group(1).endsWith("CERTIFICATE")) {
                try {
                    certificates.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(decode(key, matcher.group(2)))));
                } catch (CertificateException | RuntimeException e) {
                    if (e instanceof TlsConfigException known) {
                        throw known;
                    }
                    // What the JDK's parsers make of hostile bytes is not always an exception of theirs.
                    throw new TlsConfigException(key,
                            "certificate " + (certificates.size() + 1) + " cannot be read: " + e.getMessage(), e);
                }
            }
        }
        if (certificates.isEmpty()) {
            throw new TlsConfigException(key, "must contain at least one entry -----BEGIN CERTIFICATE-----");
        }
        return certificates;
    }

    /**
     * The one private key in the text.
     *
     * @param key      the setting that the text comes from
     * @param password the password of an encrypted key, or null
     */
    static PrivateKey privateKey(String key, String text, String password) {
        PrivateKey found = null;
        Matcher matcher = ENTRY.matcher(text);
        while (matcher.find()) {
            String kind = matcher.group(1);
            if (!kind.endsWith("PRIVATE KEY")) {
                continue;
            }
            if (found != null) {
                throw new TlsConfigException(key, "must contain one private key, not several");
            }
            switch (kind) {
                case "PRIVATE KEY" :
                    found = pkcs8(key, decode(key, matcher.group(2)));
                    break;
                case "ENCRYPTED PRIVATE KEY" :
                    found = pkcs8(key, decrypt(key, decode(key, matcher.group(2)), password));
                    break;
                default :
                    throw new TlsConfigException(key,
                            "the private key must be PKCS#8 (-----BEGIN PRIVATE KEY-----), not " + kind
                                    + "; convert it with: openssl pkcs8 -topk8");
            }
        }
        if (found == null) {
            throw new TlsConfigException(key,
                    "must contain an entry -----BEGIN PRIVATE KEY----- or -----BEGIN ENCRYPTED PRIVATE KEY-----");
        }
        return found;
    }

    private static byte[] decode(String key, String base64) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            // Without the cause: its message may quote what it could not read.
            throw new TlsConfigException(key, "an entry is not valid base64");
        }
    }

    private static byte[] decrypt(String key, byte[] encrypted, String password) {
        if (password == null) {
            throw new TlsConfigException("ssl.key.password", "is required: the private key is encrypted");
        }
        try {
            EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(encrypted);
            AlgorithmParameters parameters = info.getAlgParameters();
            // For PBES2 it is the parameters that know the name of the algorithm.
            String algorithm = info.getAlgName().equals("PBES2") || info.getAlgName().equals("1.2.840.113549.1.5.13")
                    ? parameters.toString()
                    : info.getAlgName();
            SecretKey secret = SecretKeyFactory.getInstance(algorithm)
                    .generateSecret(new PBEKeySpec(password.toCharArray()));
            Cipher cipher = Cipher.getInstance(algorithm);
            cipher.init(Cipher.DECRYPT_MODE, secret, parameters);
            return info.getKeySpec(cipher).getEncoded();
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            throw new TlsConfigException("ssl.key.password",
                    "the private key of " + key + " cannot be decrypted with it: "
                            + e.getClass().getSimpleName() + ": " + e.getMessage(),
                    e);
        }
    }

    private static PrivateKey pkcs8(String key, byte[] encoded) {
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(encoded);
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                continue; // of another algorithm: only the decoding tells
            } catch (GeneralSecurityException | RuntimeException e) {
                throw new TlsConfigException(key, "the JDK cannot read keys of algorithm " + algorithm, e);
            }
        }
        throw new TlsConfigException(key,
                "the private key is of none of the algorithms " + String.join(", ", KEY_ALGORITHMS));
    }
}
