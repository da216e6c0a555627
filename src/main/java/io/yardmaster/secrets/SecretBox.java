package io.yardmaster.secrets;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts what must not be readable at rest, under the keys of {@code yardmaster.secrets.keys}. Each secret has a random
 * key of its own, which is encrypted under the server's.
 *
 * <p>Form of a sealed secret: version (1 byte), length of the key's id (1), the id, nonce (12), the secret's key encrypted
 * under that key (48), nonce (12), the secret encrypted under its key (its length and 16). AES-256-GCM both times, with
 * the context as associated data.
 */
public final class SecretBox {

    private static final byte VERSION = 1;
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;
    private static final int WRAPPED_KEY = SecretKeys.BYTES + TAG_BITS / 8;

    private final SecretKeys keys;
    private final SecretKey hmacKey;
    private final SecureRandom random = new SecureRandom();

    SecretBox(SecretKeys keys) {
        this.keys = keys;
        // A key does one thing only: the one for digests is derived.
        this.hmacKey = new SecretKeySpec(
                Hmac.of(keys.current(), "yardmaster digests".getBytes(StandardCharsets.UTF_8)), "HmacSHA256");
    }

    /**
     * Encrypts.
     *
     * @param context what the secret belongs to, such as {@code run_…/token}; the same is needed to open it, so that a
     *     sealed value cannot be moved elsewhere
     */
    public byte[] seal(byte[] secret, String context) {
        byte[] id = keys.currentId().getBytes(StandardCharsets.US_ASCII);
        byte[] own = randomBytes(SecretKeys.BYTES);
        byte[] keyNonce = randomBytes(NONCE);
        byte[] nonce = randomBytes(NONCE);
        try {
            byte[] wrapped = cipher(Cipher.ENCRYPT_MODE, keys.current(), keyNonce, context)
                    .doFinal(own);
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, new SecretKeySpec(own, "AES"), nonce, context)
                    .doFinal(secret);
            return ByteBuffer.allocate(2 + id.length + NONCE + WRAPPED_KEY + NONCE + sealed.length)
                    .put(VERSION)
                    .put((byte) id.length)
                    .put(id)
                    .put(keyNonce)
                    .put(wrapped)
                    .put(nonce)
                    .put(sealed)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    /**
     * Decrypts what {@link #seal} made.
     *
     * @throws SecretUnreadableException where the key is gone, the context is another, or the bytes were changed
     */
    public byte[] open(byte[] sealed, String context) {
        try {
            ByteBuffer in = ByteBuffer.wrap(sealed);
            if (in.get() != VERSION) {
                throw new SecretUnreadableException("the secret was sealed by a newer server", null);
            }
            String id = new String(take(in, in.get() & 0xff), StandardCharsets.US_ASCII);
            SecretKey key = keys.byId(id)
                    .orElseThrow(() -> new SecretUnreadableException(
                            "the key '" + id + "' is not among yardmaster.secrets.keys", null));
            byte[] keyNonce = take(in, NONCE);
            byte[] wrapped = take(in, WRAPPED_KEY);
            byte[] own = cipher(Cipher.DECRYPT_MODE, key, keyNonce, context).doFinal(wrapped);
            byte[] nonce = take(in, NONCE);
            return cipher(Cipher.DECRYPT_MODE, new SecretKeySpec(own, "AES"), nonce, context)
                    .doFinal(take(in, in.remaining()));
        } catch (BufferUnderflowException | GeneralSecurityException e) {
            throw new SecretUnreadableException("the sealed secret was changed or belongs to something else", e);
        }
    }

    /** A keyed digest: equal for equal bytes under the same key, and of no use to guess them without it. */
    public byte[] hmac(byte[] bytes) {
        return Hmac.of(hmacKey, bytes);
    }

    private byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] take(ByteBuffer in, int count) {
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String context)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
