package io.yardmaster.problems;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Answers a request that ended in an exception, and logs what is the server's own fault, once. */
@Component
public class ProblemAnswer {

    private static final Logger log = LoggerFactory.getLogger(ProblemAnswer.class);

    private final ProblemWriter writer;

    ProblemAnswer(ProblemWriter writer) {
        this.writer = writer;
    }

    /**
     * Tells the caller.
     *
     * @return false where the answer had begun and cannot be taken back: then it has to be broken off, so that nobody
     *     takes the part for the whole
     */
    public boolean give(Throwable thrown, HttpServletRequest request, HttpServletResponse response) {
        if (ProblemTranslation.isCallerGone(thrown)) {
            log.debug("the caller of {} {} is gone", request.getMethod(), request.getRequestURI());
            // Should there be a caller after all, it is not to take silence for success.
            write(ProblemTranslation.ofStatus(408), request, response);
            return true;
        }
        ProblemException problem = ProblemTranslation.of(thrown);
        log(problem, thrown, request);
        return write(problem, request, response);
    }

    private boolean write(ProblemException problem, HttpServletRequest request, HttpServletResponse response) {
        if (response.isCommitted()) {
            return false;
        }
        try {
            writer.write(request, response, problem);
        } catch (IOException e) {
            log.debug("the caller of {} {} is gone", request.getMethod(), request.getRequestURI());
        }
        return true;
    }

    private static void log(ProblemException problem, Throwable thrown, HttpServletRequest request) {
        int status = problem.type().status();
        if (problem.type() == ProblemType.SERVICE_UNAVAILABLE && problem != thrown) {
            log.warn(
                    "{} {}: {} ({})",
                    request.getMethod(),
                    request.getRequestURI(),
                    problem.detail(),
                    thrown.toString());
        } else if (status >= 500 && problem.type() != ProblemType.SERVICE_UNAVAILABLE) {
            log.error("{} {} failed", request.getMethod(), request.getRequestURI(), thrown);
        } else {
            log.debug("{} {}: {} {}", request.getMethod(), request.getRequestURI(), status, problem.detail());
        }
    }
}
