package io.yardmaster.artifacts;

import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What bytes have to add up to, as who sent them said.
 *
 * @param sha256 null: not said
 * @param sha512 null: not said
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a whole
public record ExpectedDigests(byte @Nullable [] sha256, byte @Nullable [] sha512) {

    /** Where nothing was said. */
    public static final ExpectedDigests NONE = new ExpectedDigests(null, null);

    /** Reads bytes and sums them up as far as it is needed. */
    Reading reading(InputStream content) {
        return new Reading(sha512 == null ? content : new DigestInputStream(content, newSha512()));
    }

    private static MessageDigest newSha512() {
        try {
            return MessageDigest.getInstance("SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-512", e);
        }
    }

    /** Bytes on their way. */
    final class Reading {

        private final InputStream content;

        private Reading(InputStream content) {
            this.content = content;
        }

        InputStream content() {
            return content;
        }

        /**
         * Compares, once all bytes were read.
         *
         * @throws ProblemException {@code digest-mismatch}
         */
        void check(Sha256 read) {
            check("sha-256", sha256, read.bytes());
            if (content instanceof DigestInputStream summed) {
                check("sha-512", sha512, summed.getMessageDigest().digest());
            }
        }

        private void check(String algorithm, byte @Nullable [] expected, byte[] calculated) {
            if (expected != null && !MessageDigest.isEqual(expected, calculated)) {
                throw ProblemException.of(
                                ProblemType.DIGEST_MISMATCH,
                                "The body does not have the " + algorithm
                                        + " that Content-Digest says. Nothing of it was" + " kept; send it again.")
                        .with("algorithm", algorithm)
                        .with("calculated", Base64.getEncoder().encodeToString(calculated));
            }
        }
    }
}
