package io.yardmaster.security;

import org.springframework.security.core.AuthenticationException;

/** Whether a token is valid cannot be found out now: not the caller's fault, and worth another try. */
final class KeysUnavailableException extends AuthenticationException {

    private static final long serialVersionUID = 1L;

    KeysUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
