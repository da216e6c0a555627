package io.yardmaster.security;

import org.jspecify.annotations.Nullable;

/** The configuration would leave the server open, or closed to everyone, so it does not start. */
final class StartRefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    StartRefusedException(String message, String action, @Nullable Throwable cause) {
        super(message, cause);
        this.action = action;
    }

    /** What whoever starts the server can do. */
    String action() {
        return action;
    }
}
