package io.yardmaster.secrets;

/** Encrypts what must not be readable at rest, under the keys of {@code yardmaster.secrets.keys}. */
@SuppressWarnings("DoNotCallSuggester")
public final class SecretBox {

    /**
     * Encrypts.
     *
     * @param context what the secret belongs to, such as {@code run_…/token}; the same is needed to open it, so that a
     *     sealed value cannot be moved elsewhere
     */
    public byte[] seal(byte[] secret, String context) {
        throw new UnsupportedOperationException();
    }

    /**
     * Decrypts what {@link #seal} made.
     *
     * @throws SecretUnreadableException where the key is gone, the context is another, or the bytes were changed
     */
    public byte[] open(byte[] sealed, String context) {
        throw new UnsupportedOperationException();
    }

    /** A keyed digest: equal for equal bytes under the same key, and of no use to guess them without it. */
    public byte[] hmac(byte[] bytes) {
        throw new UnsupportedOperationException();
    }
}
