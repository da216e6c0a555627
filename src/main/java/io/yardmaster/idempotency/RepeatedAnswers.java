package io.yardmaster.idempotency;

import io.yardmaster.problems.ProblemAnswer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Answers who came second, to another server most likely, with what the first was told. */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class RepeatedAnswers {

    private final Replay replay;
    private final ProblemAnswer problems;

    RepeatedAnswers(Replay replay, ProblemAnswer problems) {
        this.replay = replay;
        this.problems = problems;
    }

    @ExceptionHandler(KeyTakenException.class)
    void answer(KeyTakenException taken, HttpServletRequest request, HttpServletResponse response) throws IOException {
        Answer first;
        try {
            first = replay.find(taken.request()).orElseThrow(Idempotency::inFlight);
        } catch (RuntimeException e) {
            // Nobody would answer what a handler of exceptions throws.
            if (!problems.give(e, request, response)) {
                throw e;
            }
            return;
        }
        taken.request().answered(first);
        Replay.write(first, response);
    }
}
