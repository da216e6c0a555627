package io.yardmaster.idempotency;

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

    RepeatedAnswers(Replay replay) {
        this.replay = replay;
    }

    @ExceptionHandler(KeyTakenException.class)
    void answer(KeyTakenException taken, HttpServletResponse response) throws IOException {
        Answer first = replay.find(taken.request()).orElseThrow(Idempotency::inFlight);
        taken.request().answered(first);
        Replay.write(first, response);
    }
}
