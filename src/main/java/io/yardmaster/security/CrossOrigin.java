package io.yardmaster.security;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.problems.ProblemWriter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.DefaultCorsProcessor;
import org.springframework.web.filter.CorsFilter;

/** Which web pages of other origins may call the server; a page that may not is told so as a problem. */
final class CrossOrigin extends DefaultCorsProcessor {

    private static final List<String> EXPOSED = List.of(
            "Location",
            "ETag",
            "Link",
            "Retry-After",
            "Idempotency-Replayed",
            "X-Request-Id",
            "X-Discovery-Errors",
            "Repr-Digest",
            "Content-Range");

    private final ProblemWriter problems;

    private CrossOrigin(ProblemWriter problems) {
        this.problems = problems;
    }

    static CorsFilter filter(List<String> origins, boolean isDev, ProblemWriter problems) {
        CorsConfiguration allowed = new CorsConfiguration();
        allowed.setAllowedOrigins(origins);
        if (isDev) {
            allowed.setAllowedOriginPatterns(List.of("http://localhost:[*]", "http://127.0.0.1:[*]"));
        }
        allowed.setAllowedMethods(List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"));
        allowed.setAllowedHeaders(List.of(CorsConfiguration.ALL));
        allowed.setExposedHeaders(EXPOSED);
        allowed.setAllowCredentials(false);
        allowed.setMaxAge(Duration.ofHours(1));
        CorsFilter filter = new CorsFilter(request -> allowed);
        filter.setCorsProcessor(new CrossOrigin(problems));
        return filter;
    }

    @Override
    public boolean processRequest(
            @Nullable CorsConfiguration allowed, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (super.processRequest(allowed, request, response)) {
            return true;
        }
        problems.write(
                request,
                response,
                ProblemException.of(
                        ProblemType.PERMISSION_DENIED,
                        "A page of this origin may not do this. Whoever runs the server can add the origin to"
                                + " yardmaster.security.cors.allowed-origins."));
        return false;
    }

    /** Without the plain text that would be the answer's body. */
    @Override
    protected void rejectRequest(ServerHttpResponse response) {
        response.setStatusCode(HttpStatus.FORBIDDEN);
    }
}
