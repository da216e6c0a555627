package io.yardmaster.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets a request look as it did to the proxy in front, if that is one of {@code yardmaster.http.proxies}: who sent it,
 * over what, to which host. Nobody else's forwarded headers are seen by anything behind this filter. Where the proxy
 * cuts off a prefix of the path ({@code X-Forwarded-Prefix}), {@code Location} and {@code Link} begin with it.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 3)
final class ForwardedFilter extends OncePerRequestFilter {

    private static final Pattern PREFIX = Pattern.compile("(?:/[A-Za-z0-9._~-]+)+");

    private final TrustedProxies proxies;

    ForwardedFilter(HttpSettings settings) {
        this.proxies = new TrustedProxies(settings.proxies());
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!proxies.contains(request.getRemoteAddr())) {
            chain.doFilter(ForwardedRequest.unheeded(request), response);
            return;
        }
        String prefix = ForwardedRequest.last(request, "X-Forwarded-Prefix");
        chain.doFilter(
                ForwardedRequest.of(request, proxies),
                prefix != null && PREFIX.matcher(prefix.strip()).matches()
                        ? new Prefixed(response, prefix.strip())
                        : response);
    }

    /** Puts the prefix back before paths in headers. */
    private static final class Prefixed extends HttpServletResponseWrapper {

        private final String prefix;

        Prefixed(HttpServletResponse response, String prefix) {
            super(response);
            this.prefix = prefix;
        }

        @Override
        public void setHeader(String name, @Nullable String value) {
            super.setHeader(name, prefixed(name, value));
        }

        @Override
        public void addHeader(String name, @Nullable String value) {
            super.addHeader(name, prefixed(name, value));
        }

        @Override
        public void sendRedirect(String location) throws IOException {
            super.sendRedirect(String.valueOf(prefixed("Location", location)));
        }

        private @Nullable String prefixed(String name, @Nullable String value) {
            if (value == null) {
                return null;
            }
            if (name.equalsIgnoreCase("Location")) {
                return value.startsWith("/") ? prefix + value : value;
            }
            return name.equalsIgnoreCase("Link") ? value.replace("</", "<" + prefix + "/") : value;
        }
    }
}
