package io.yardmaster.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.util.unit.DataSize;
import org.springframework.web.cors.CorsUtils;

class ForwardedFilterTest {

    private static final String PROXY = "10.1.2.3";

    private final MockHttpServletRequest request = new MockHttpServletRequest("POST", "/api/v1/runs");
    private final MockHttpServletResponse response = new MockHttpServletResponse();

    @Test
    void a_proxy_that_is_configured_is_believed() throws Exception {
        request.setRemoteAddr(PROXY);
        request.addHeader("X-Forwarded-For", "203.0.113.7");
        request.addHeader("X-Forwarded-Proto", "https");
        request.addHeader("X-Forwarded-Host", "ci.example.test");
        HttpServletRequest seen = pass("10.0.0.0/8", "::1");
        assertThat(seen.getRemoteAddr()).isEqualTo("203.0.113.7");
        assertThat(seen.getScheme()).isEqualTo("https");
        assertThat(seen.isSecure()).isTrue();
        assertThat(seen.getServerName()).isEqualTo("ci.example.test");
        assertThat(seen.getServerPort()).isEqualTo(443);
        assertThat(seen.getRequestURL()).hasToString("https://ci.example.test/api/v1/runs");
        assertThat(seen.getRequestURI()).isEqualTo("/api/v1/runs");
    }

    @Test
    void a_page_of_the_servers_own_origin_is_one_behind_a_proxy_too() throws Exception {
        request.setRemoteAddr(PROXY);
        request.addHeader("Origin", "https://ci.example.test:8443");
        request.addHeader("X-Forwarded-Proto", "https");
        request.addHeader("X-Forwarded-Host", "ci.example.test:8443");
        assertThat(CorsUtils.isCorsRequest(pass(PROXY))).isFalse();
        assertThat(CorsUtils.isCorsRequest(pass("192.168.0.1"))).isTrue();
    }

    @Test
    void nobody_else_is_and_what_they_say_is_seen_by_nothing() throws Exception {
        request.setRemoteAddr("203.0.113.9");
        for (String name : List.of("X-Forwarded-For", "X-Forwarded-Proto", "x-forwarded-host", "X-Forwarded-Prefix")) {
            request.addHeader(name, "https");
        }
        request.addHeader("Forwarded", "for=1.2.3.4;host=evil.example.test");
        request.addHeader("Accept", "*/*");
        for (String proxy : List.of(PROXY, "203.0.113.8", "203.0.114.0/24", "2001:db8::/32")) {
            HttpServletRequest seen = pass(proxy);
            assertThat(seen.getRemoteAddr()).isEqualTo("203.0.113.9");
            assertThat(seen.getScheme()).isEqualTo("http");
            assertThat(seen.getServerName()).isEqualTo("localhost");
            assertThat(seen.getServerPort()).isEqualTo(80);
            assertThat(Collections.list(seen.getHeaderNames())).containsExactly("Accept");
            assertThat(seen.getHeader("Forwarded")).isNull();
            assertThat(seen.getHeaders("X-Forwarded-For").hasMoreElements()).isFalse();
            assertThat(response.getHeader("Location")).isEqualTo("/api/v1/runs/x");
        }
        assertThat(pass().getRemoteAddr()).isEqualTo("203.0.113.9");
    }

    @Test
    void the_sender_is_the_last_whom_no_trusted_proxy_is() throws Exception {
        request.setRemoteAddr(PROXY);
        request.addHeader("X-Forwarded-For", "127.0.0.1, 198.51.100.1");
        request.addHeader("X-Forwarded-For", "203.0.113.7, 10.9.9.9");
        assertThat(pass("10.0.0.0/8").getRemoteAddr()).isEqualTo("203.0.113.7");
        assertThat(pass("10.0.0.0/8", "203.0.113.7").getRemoteAddr()).isEqualTo("198.51.100.1");
    }

    @Test
    void what_a_proxy_passes_on_without_sense_changes_nothing() throws Exception {
        request.setRemoteAddr(PROXY);
        request.addHeader("X-Forwarded-For", "unknown, <script>");
        request.addHeader("X-Forwarded-Proto", "javascript");
        request.addHeader("X-Forwarded-Host", "evil.example.test/path");
        request.addHeader("X-Forwarded-Prefix", "//evil.example.test");
        HttpServletRequest seen = pass(PROXY);
        assertThat(seen.getRemoteAddr()).isEqualTo(PROXY);
        assertThat(seen.getScheme()).isEqualTo("http");
        assertThat(seen.getServerName()).isEqualTo("localhost");
        assertThat(response.getHeader("Location")).isEqualTo("/api/v1/runs/x");
    }

    @Test
    void a_prefix_that_a_proxy_cuts_off_comes_back_in_location_and_link() throws Exception {
        request.setRemoteAddr(PROXY);
        request.addHeader("X-Forwarded-Prefix", "/tools/yardmaster");
        pass(PROXY);
        assertThat(response.getHeader("Location")).isEqualTo("/tools/yardmaster/api/v1/runs/x");
        assertThat(response.getHeader("Link")).isEqualTo("</tools/yardmaster/api/v1/runs?limit=1>; rel=\"next\"");
        assertThat(response.getHeader("ETag")).isEqualTo("\"x\"");
    }

    @Test
    void what_is_no_address_is_no_proxy() {
        for (String proxy :
                List.of("proxy.example.test", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "*", "::1/129", "")) {
            assertThatThrownBy(() -> new TrustedProxies(List.of(proxy)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("such as 10.0.0.0/8");
        }
    }

    private HttpServletRequest pass(String... proxies) throws Exception {
        HttpSettings settings = new HttpSettings(
                DataSize.ofMegabytes(1),
                DataSize.ofKilobytes(16),
                64,
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                List.of(proxies));
        AtomicReference<HttpServletRequest> seen = new AtomicReference<>(request);
        request.removeAttribute("forwarded.FILTERED");
        response.reset();
        ForwardedFilter filter = new ForwardedFilter(settings);
        filter.setBeanName("forwarded");
        filter.doFilter(request, response, (passed, answer) -> {
            seen.set((HttpServletRequest) passed);
            HttpServletResponse headers = (HttpServletResponse) answer;
            headers.setHeader("Location", "/api/v1/runs/x");
            headers.addHeader("Link", "</api/v1/runs?limit=1>; rel=\"next\"");
            headers.setHeader("ETag", "\"x\"");
        });
        return seen.get();
    }
}
