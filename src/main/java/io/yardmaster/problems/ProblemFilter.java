package io.yardmaster.problems;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.eclipse.jetty.io.QuietException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** What filters throw, those of Spring Security among them. Comes after the {@link RequestIdFilter}. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class ProblemFilter extends OncePerRequestFilter {

    private final ProblemAnswer answer;

    ProblemFilter(ProblemAnswer answer) {
        this.answer = answer;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            chain.doFilter(request, response);
        } catch (ServletException | IOException | RuntimeException | Error e) {
            if (response.isCommitted() || !answer.give(e, request, response)) {
                throw new BrokenOff(e);
            }
        }
    }

    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    /** Makes the container close the connection in the middle, and say nothing: it was logged where it happened. */
    private static final class BrokenOff extends ServletException implements QuietException {

        private static final long serialVersionUID = 1L;

        BrokenOff(Throwable cause) {
            super("the answer had begun when it failed", cause);
        }
    }
}
