package io.yardmaster.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Leaves out the charset that an {@code Accept} header may ask for: everything here is UTF-8, and JSON has no other
 * (RFC 8259, section 8.1). Else an answer in that charset would be looked for when the work is already done.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 4)
final class AcceptFilter extends OncePerRequestFilter {

    private static final String ACCEPT = "Accept";
    private static final Pattern CHARSET =
            Pattern.compile(";[ \\t]*charset[ \\t]*=[ \\t]*(?:\"[^\"]*\"|[^;,]*)", Pattern.CASE_INSENSITIVE);

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        boolean asks = Collections.list(request.getHeaders(ACCEPT)).stream()
                .anyMatch(line -> CHARSET.matcher(line).find());
        chain.doFilter(asks ? new WithoutCharset(request) : request, response);
    }

    private static final class WithoutCharset extends HttpServletRequestWrapper {

        WithoutCharset(HttpServletRequest request) {
            super(request);
        }

        @Override
        public @Nullable String getHeader(String name) {
            String value = super.getHeader(name);
            return value != null && name.equalsIgnoreCase(ACCEPT) ? without(value) : value;
        }

        @Override
        public Enumeration<String> getHeaders(String name) {
            return name.equalsIgnoreCase(ACCEPT)
                    ? Collections.enumeration(Collections.list(super.getHeaders(name)).stream()
                            .map(WithoutCharset::without)
                            .toList())
                    : super.getHeaders(name);
        }

        private static String without(String value) {
            return CHARSET.matcher(value).replaceAll("");
        }
    }
}
