package io.yardmaster.security;

import org.jspecify.annotations.Nullable;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.web.filter.CorsFilter;

/** What every chain has: nothing that a browser sends by itself counts, and pages of other origins stay out. */
final class BrowserSafety {

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
                // AnswerHeaders writes them, for every answer and before it begins.
                .headers(AbstractHttpConfigurer::disable);
    }
}
