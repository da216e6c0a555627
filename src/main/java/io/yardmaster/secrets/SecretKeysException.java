package io.yardmaster.secrets;

/** The server has no usable keys for secrets. */
final class SecretKeysException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SecretKeysException(String message) {
        super(message);
    }
}
