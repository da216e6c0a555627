package io.yardmaster.secrets;

import org.jspecify.annotations.Nullable;

/** A sealed secret could not be opened: its key is gone, it belongs to something else, or it was changed. */
public final class SecretUnreadableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SecretUnreadableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
