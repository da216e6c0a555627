package io.yardmaster.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.web.filter.CorsFilter;

/** What every chain has: nothing that a browser sends by itself counts, and what it is told about the answers. */
final class BrowserSafety {

    private static final String CACHE_CONTROL = "Cache-Control";

    private final CorsFilter crossOrigin;
    private final @Nullable HostFilter hosts;

    /** @param hosts checks what name the server is called by; null where any will do */
    BrowserSafety(CorsFilter crossOrigin, @Nullable HostFilter hosts) {
        this.crossOrigin = crossOrigin;
        this.hosts = hosts;
    }

    HttpSecurity apply(HttpSecurity http) {
        if (hosts != null) {
            http.addFilterBefore(hosts, CorsFilter.class);
        }
        return http.addFilter(crossOrigin)
                .csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .anonymous(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .headers(headers -> headers.cacheControl(HeadersConfigurer.CacheControlConfig::disable)
                        .xssProtection(HeadersConfigurer.XXssConfig::disable)
                        // Whoever ends TLS in front of the server knows whether its name is always on TLS.
                        .httpStrictTransportSecurity(HeadersConfigurer.HstsConfig::disable)
                        .frameOptions(HeadersConfigurer.FrameOptionsConfig::deny)
                        .addHeaderWriter(BrowserSafety::doNotStore));
    }

    /** An answer of the API that does not say how long it may be kept may not be kept. */
    private static void doNotStore(HttpServletRequest request, HttpServletResponse response) {
        if (request.getRequestURI().startsWith("/api/") && !response.containsHeader(CACHE_CONTROL)) {
            response.setHeader(CACHE_CONTROL, "no-store");
        }
    }
}
