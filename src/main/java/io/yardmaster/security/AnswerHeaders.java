package io.yardmaster.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * What browsers are told with every answer. Said before anything else is written, for a stream or a large file is on its
 * way before its endpoint has ended; whoever answers may say otherwise, in place of these.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 2)
final class AnswerHeaders extends OncePerRequestFilter {

    private static final String CACHE_CONTROL = "Cache-Control";
    private static final String CONTENT_SECURITY_POLICY = "Content-Security-Policy";

    private static final Map<String, String> ALWAYS = Map.of(
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'");

    /** Swagger UI is a program of this server's, which asks nobody else for anything. */
    private static final String OF_SWAGGER_UI =
            "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
                    + " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        ALWAYS.forEach(response::setHeader);
        String path = request.getRequestURI();
        if (path.startsWith("/swagger-ui")) {
            response.setHeader(CONTENT_SECURITY_POLICY, OF_SWAGGER_UI);
        } else if (path.startsWith("/api/")) {
            response.setHeader(CACHE_CONTROL, "no-store");
        }
        chain.doFilter(request, new Replacing(response));
    }

    /** What an endpoint says goes in the place of what was said here, not beside it. */
    private static final class Replacing extends HttpServletResponseWrapper {

        Replacing(HttpServletResponse response) {
            super(response);
        }

        @Override
        public void addHeader(String name, @Nullable String value) {
            switch (name.toLowerCase(Locale.ROOT)) {
                case "cache-control", "content-security-policy", "x-content-type-options" -> setHeader(name, value);
                default -> super.addHeader(name, value);
            }
        }
    }
}
