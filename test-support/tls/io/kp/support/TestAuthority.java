package io.kp.support;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority that signs certificates for tests, and their forms on disk. */
public final class TestAuthority {
    public static final String PASSWORD = "store-secret-71";
    private static final AtomicLong SERIAL = new AtomicLong(1000);

    private final KeyPair keys;
    private final X509Certificate certificate;

    public TestAuthority(final String name) {
        keys = newKeys();
        certificate = sign(name, name, keys, keys, List.of(), true, Instant.now().minus(Duration.ofDays(1)),
                Instant.now().plus(Duration.ofDays(100)));
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /** A certificate for servers of these names or addresses. */
    public Issued server(final String... names) {
        return issue("CN=broker", Instant.now().plus(Duration.ofDays(50)), names);
    }

    public Issued client(final String commonName) {
        return issue("CN=" + commonName, Instant.now().plus(Duration.ofDays(50)));
    }

    public Issued issue(final String subject, final Instant notAfter, final String... names) {
        final KeyPair own = newKeys();
        return new Issued(own.getPrivate(), sign(subject, certificate.getSubjectX500Principal().getName(), own, keys,
                List.of(names), false, notAfter.minus(Duration.ofDays(60)), notAfter), certificate);
    }

    public String pem() {
        return TestAuthority.pem(certificate);
    }

    public Path writePem(final Path file) throws IOException {
        return Files.writeString(file, pem());
    }

    public Path writeTruststore(final Path file, final String type) throws IOException, GeneralSecurityException {
        final KeyStore store = KeyStore.getInstance(type);
        store.load(null, null);
        store.setCertificateEntry("authority", certificate);
        return write(store, file);
    }

    private static Path write(final KeyStore store, final Path file) throws IOException, GeneralSecurityException {
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        }
        return file;
    }

    private static KeyPair newKeys() {
        try {
            final KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (final GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static X509Certificate sign(final String subject, final String issuer, final KeyPair own,
            final KeyPair issuersKeys, final List<String> names, final boolean authority, final Instant notBefore,
            final Instant notAfter) {
        try {
            final X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(new X500Name(issuer),
                    BigInteger.valueOf(SERIAL.incrementAndGet()), Date.from(notBefore), Date.from(notAfter),
                    new X500Name(subject), own.getPublic());
            if (authority) {
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            }
            if (!names.isEmpty()) {
                final List<GeneralName> general = new ArrayList<>();
                for (final String name : names) {
                    general.add(new GeneralName(
                            name.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName, name));
                }
                builder.addExtension(Extension.subjectAlternativeName, false,
                        new GeneralNames(general.toArray(GeneralName[]::new)));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA")
                            .build(issuersKeys.getPrivate())));
        } catch (final CertIOException | OperatorCreationException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String pem(final X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (final GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String pem(final String kind, final byte[] content) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content)
                + "\n-----END " + kind + "-----\n";
    }

    /** A private key with its certificate. */
    public record Issued(PrivateKey key, X509Certificate certificate, X509Certificate authority) {
        public String chainPem() {
            return pem(certificate) + pem(authority);
        }

        public String keyPem() {
            return pem("PRIVATE KEY", key.getEncoded());
        }

        public String encryptedKeyPem(final String password) throws OperatorCreationException, IOException {
            return pem("ENCRYPTED PRIVATE KEY",
                    new JcaPKCS8Generator(key, new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                            .setProvider(new BouncyCastleProvider()).setPassword(password.toCharArray()).build())
                            .generate().getContent());
        }

        public Path writePem(final Path file) throws IOException {
            return Files.writeString(file, "a comment\n" + keyPem() + chainPem());
        }

        public Path writeKeystore(final Path file, final String type) throws IOException, GeneralSecurityException {
            return write(keystore(type), file);
        }

        public KeyStore keystore(final String type) throws IOException, GeneralSecurityException {
            final KeyStore store = KeyStore.getInstance(type);
            store.load(null, null);
            store.setKeyEntry("own", key, PASSWORD.toCharArray(), new Certificate[]{certificate, authority});
            return store;
        }
    }
}
