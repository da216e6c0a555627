package io.yardmaster.problems;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** What controllers throw, and what Spring throws on the way to them. */
@RestControllerAdvice
class ProblemHandler {

    private final ProblemAnswer answer;

    ProblemHandler(ProblemAnswer answer) {
        this.answer = answer;
    }

    @ExceptionHandler(Throwable.class)
    void answer(Throwable thrown, HttpServletRequest request, HttpServletResponse response) throws Throwable {
        if (!answer.give(thrown, request, response)) {
            throw thrown;
        }
    }

    /** Spring Security's own filters answer these: only they know how the caller may authenticate. */
    @ExceptionHandler({AccessDeniedException.class, AuthenticationException.class})
    void leave(RuntimeException refusal) {
        throw refusal;
    }
}
