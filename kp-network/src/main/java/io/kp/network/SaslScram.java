package io.kp.network;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.function.Supplier;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * SCRAM, RFC 5802: the password stays here, both sides prove that they know what follows from it.
 *
 * <pre>
 *  client                                   broker
 *  n,,n=user,r=nonce            --------&gt;
 *                               &lt;--------   r=nonce+its own, s=salt, i=iterations
 *  c=biws,r=…,p=proof           --------&gt;
 *                               &lt;--------   v=signature, or e=error
 *
 *  salted    = Hi(password, salt, iterations), that is PBKDF2
 *  proof     = HMAC(salted, "Client Key") xor HMAC(H(HMAC(salted, "Client Key")), messages)
 *  signature = HMAC(HMAC(salted, "Server Key"), messages)
 * </pre>
 *
 * As in Kafka's client user and password are not normalized (SASLprep).
 */
final class SaslScram implements SaslMechanism {
    private static final int NONCE_BITS = 130;
    private static final int MIN_ITERATIONS = 4096;
    private static final int MAX_ITERATIONS = 1_000_000;
    private static final String GS2_HEADER = "n,,";

    private final String name;
    private final String digestAlgorithm;
    private final String macAlgorithm;
    private final Supplier<SaslCredentials> credentials;
    private final SecureRandom random;

    SaslScram(String name, String digestAlgorithm, String macAlgorithm, Supplier<SaslCredentials> credentials,
            SecureRandom random) {
        this.name = name;
        this.digestAlgorithm = digestAlgorithm;
        this.macAlgorithm = macAlgorithm;
        this.credentials = credentials;
        this.random = random;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String user() {
        return credentials.get().user();
    }

    @Override
    public SaslExchange begin(String host) throws SaslRefusedException {
        SaslCredentials now = credentials.get();
        if (now.password().isEmpty()) {
            throw new SaslRefusedException("the password is empty");
        }
        return begin(now, new BigInteger(NONCE_BITS, random).toString(Character.MAX_RADIX));
    }

    SaslExchange begin(SaslCredentials own, String nonce) {
        return new Exchange(own, nonce);
    }

    private final class Exchange implements SaslExchange {
        private final SaslCredentials own;
        private final String nonce;
        private String clientFirstBare;
        private byte[] serverSignature;
        private boolean verified;

        Exchange(SaslCredentials own, String nonce) {
            this.own = own;
            this.nonce = nonce;
        }

        @Override
        public byte[] respond(byte[] challenge) throws SaslRefusedException {
            String text = new String(challenge, StandardCharsets.UTF_8);
            if (clientFirstBare == null) {
                clientFirstBare = "n=" + own.user().replace("=", "=3D").replace(",", "=2C") + ",r=" + nonce
                        + (own.isDelegationToken() ? ",tokenauth=true" : "");
                return (GS2_HEADER + clientFirstBare).getBytes(StandardCharsets.UTF_8);
            }
            if (serverSignature == null) {
                return clientFinal(text);
            }
            verify(text);
            return null;
        }

        private byte[] clientFinal(String serverFirst) throws SaslRefusedException {
            String error = attribute(serverFirst, 'e');
            if (error != null) {
                throw new SaslRefusedException("the broker says: " + OneLine.of(error));
            }
            if (attribute(serverFirst, 'm') != null) {
                // RFC 5802 section 5.1: who does not know a mandatory extension must not go on.
                throw malformed("it wants an extension that this client does not know");
            }
            String combined = attribute(serverFirst, 'r');
            String salt = attribute(serverFirst, 's');
            String iterationText = attribute(serverFirst, 'i');
            if (combined == null || salt == null || iterationText == null) {
                throw malformed("its first message lacks r, s or i");
            }
            if (!combined.startsWith(nonce) || combined.length() == nonce.length()) {
                throw malformed("its nonce does not go on from this client's");
            }
            int iterations;
            byte[] saltBytes;
            try {
                iterations = Integer.parseInt(iterationText);
                saltBytes = Base64.getDecoder().decode(salt);
            } catch (IllegalArgumentException e) {
                throw malformed("its salt or number of iterations cannot be read");
            }
            if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
                throw malformed(
                        "number of iterations out of range: iterations=" + iterations + ", minimum=" + MIN_ITERATIONS
                                + ", maximum=" + MAX_ITERATIONS);
            }
            String withoutProof = "c=" + base64(GS2_HEADER.getBytes(StandardCharsets.UTF_8)) + ",r=" + combined;
            byte[] messages = (clientFirstBare + ',' + serverFirst + ',' + withoutProof)
                    .getBytes(StandardCharsets.UTF_8);
            try {
                byte[] salted = hi(own.password().getBytes(StandardCharsets.UTF_8), saltBytes, iterations);
                byte[] clientKey = hmac(salted, "Client Key".getBytes(StandardCharsets.UTF_8));
                byte[] storedKey = MessageDigest.getInstance(digestAlgorithm).digest(clientKey);
                byte[] clientSignature = hmac(storedKey, messages);
                byte[] proof = new byte[clientKey.length];
                for (int i = 0; i < proof.length; i++) {
                    proof[i] = (byte) (clientKey[i] ^ clientSignature[i]);
                }
                serverSignature = hmac(hmac(salted, "Server Key".getBytes(StandardCharsets.UTF_8)), messages);
                return (withoutProof + ",p=" + base64(proof)).getBytes(StandardCharsets.UTF_8);
            } catch (GeneralSecurityException e) {
                throw new SaslRefusedException("the JDK cannot compute " + name, e);
            }
        }

        private void verify(String serverFinal) throws SaslRefusedException {
            String error = attribute(serverFinal, 'e');
            if (error != null) {
                throw new SaslRefusedException("the broker says: " + OneLine.of(error));
            }
            String signature = attribute(serverFinal, 'v');
            byte[] shown;
            try {
                shown = signature == null ? new byte[0] : Base64.getDecoder().decode(signature);
            } catch (IllegalArgumentException e) {
                shown = new byte[0];
            }
            // In constant time, so that a false broker learns nothing from how long it takes.
            if (!MessageDigest.isEqual(shown, serverSignature)) {
                throw malformed("it does not know the password itself: wrong signature");
            }
            verified = true;
        }

        @Override
        public boolean isComplete() {
            return verified;
        }
    }

    private static SaslRefusedException malformed(String what) {
        return new SaslRefusedException("the broker's side of SCRAM is not acceptable: " + what);
    }

    private static String attribute(String message, char attribute) {
        for (String part : message.split(",")) {
            if (part.length() >= 2 && part.charAt(0) == attribute && part.charAt(1) == '=') {
                return part.substring(2);
            }
        }
        return null;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    private byte[] hmac(byte[] key, byte[] text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(macAlgorithm);
        mac.init(new SecretKeySpec(key, macAlgorithm));
        return mac.doFinal(text);
    }

    /** Hi of RFC 5802; by the bytes of the password, which the JDK's own PBKDF2 does not take. */
    private byte[] hi(byte[] password, byte[] salt, int iterations) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(macAlgorithm);
        mac.init(new SecretKeySpec(password, macAlgorithm));
        mac.update(salt);
        byte[] round = mac.doFinal(new byte[]{0, 0, 0, 1});
        byte[] result = round.clone();
        for (int i = 1; i < iterations; i++) {
            mac.update(round);
            mac.doFinal(round, 0);
            for (int j = 0; j < result.length; j++) {
                result[j] ^= round[j];
            }
        }
        return result;
    }
}
