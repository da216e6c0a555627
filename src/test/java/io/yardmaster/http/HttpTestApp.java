package io.yardmaster.http;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.problems.ProblemWriter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.NotEmpty;
import java.io.IOException;
import java.io.InputStream;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.ExceptionTranslationFilter;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.AsyncRequestTimeoutException;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.server.ResponseStatusException;
import tools.jackson.databind.JsonNode;

/** A server with the real filters, handlers and container settings, a small contract and endpoints that misbehave. */
@SpringBootConfiguration
@EnableAutoConfiguration(exclude = DataSourceAutoConfiguration.class)
@ComponentScan("io.yardmaster.problems")
@Import({ContractFilter.class, ContractPages.class, ForwardedFilter.class, JettyBounds.class})
@EnableConfigurationProperties(HttpSettings.class)
class HttpTestApp {

    @Bean
    ContractText contractText() throws IOException {
        try (InputStream in = HttpTestApp.class.getResourceAsStream("/http/contract.json")) {
            byte[] json = in.readAllBytes();
            return new ContractText(json, "openapi: 3.1.0\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
    }

    @Bean
    Contract contract(ContractText text) {
        return text.read();
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http, ProblemWriter problems) {
        return http.csrf(csrf -> csrf.disable())
                .addFilterBefore(new TestTokens(), ExceptionTranslationFilter.class)
                .authorizeHttpRequests(requests -> requests.dispatcherTypeMatchers(DispatcherType.ASYNC)
                        .permitAll()
                        .requestMatchers(
                                "/openapi.*",
                                "/api/v1/openapi.*",
                                "/problems/*",
                                "/plain/**",
                                "/api/v1/health",
                                "/swagger-ui/**",
                                "/v3/api-docs/swagger-config",
                                "/error")
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .exceptionHandling(handling -> handling.authenticationEntryPoint((request, response, e) -> {
                            response.setHeader("WWW-Authenticate", "Bearer");
                            problems.write(
                                    request, response, ProblemException.of(ProblemType.UNAUTHORIZED, "Send a token."));
                        })
                        .accessDeniedHandler((request, response, e) -> problems.write(
                                request, response, ProblemException.of(ProblemType.PERMISSION_DENIED, "Not you."))))
                .build();
    }

    /** A token's text is the list of its scopes. */
    private static final class TestTokens extends OncePerRequestFilter {

        @Override
        protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            String header = request.getHeader("Authorization");
            if ("/api/v1/faults/filter".equals(request.getRequestURI())) {
                throw new CannotGetJdbcConnectionException("no java.sql.Connection to org.postgresql");
            }
            if (header != null && header.startsWith("Bearer ")) {
                List<SimpleGrantedAuthority> scopes = Arrays.stream(
                                header.substring(7).split(" "))
                        .map(scope -> new SimpleGrantedAuthority("SCOPE_" + scope))
                        .toList();
                SecurityContextHolder.getContext()
                        .setAuthentication(UsernamePasswordAuthenticationToken.authenticated("ann", "n/a", scopes));
            }
            chain.doFilter(request, response);
        }
    }

    @RestController
    static class Endpoints {

        @GetMapping({
            "/api/v1/jobs",
            "/api/v1/jobs/{name}",
            "/api/v1/jobs/{namespace}/{name}",
            "/api/v1/jobs/{name}/versions",
            "/api/v1/jobs/{namespace}/{name}/versions",
            "/api/v1/runs",
            "/api/v1/searches",
            "/api/v1/health"
        })
        Map<String, Object> echo(
                HttpServletRequest request,
                @PathVariable Map<String, String> variables,
                @RequestParam(name = "label", required = false) @Nullable List<String> labels) {
            Map<String, Object> echo = new LinkedHashMap<>();
            echo.put("path", request.getRequestURI());
            echo.put("variables", variables);
            echo.put("query", String.valueOf(request.getQueryString()));
            echo.put("labels", labels == null ? List.of() : labels);
            echo.put("parameters", new TreeMap<>(request.getParameterMap()));
            return echo;
        }

        @PostMapping({"/api/v1/runs", "/api/v1/runs/{id}/cancel"})
        Map<String, Object> submit(HttpServletRequest request, @RequestBody(required = false) @Nullable JsonNode body) {
            Map<String, Object> echo = new LinkedHashMap<>();
            echo.put("body", body);
            echo.put("waits", Boolean.TRUE.equals(request.getAttribute(ContractFilter.PREFER_WAIT)));
            return echo;
        }

        @PutMapping("/api/v1/uploads/{name}")
        Map<String, Object> upload(HttpServletRequest request) throws IOException {
            return Map.of("bytes", request.getInputStream().readAllBytes().length);
        }

        @GetMapping("/api/v1/faults/{kind}")
        @Nullable
        Map<String, Object> fail(@PathVariable("kind") String kind, HttpServletResponse response) throws Throwable {
            response.setHeader("ETag", "\"of-a-success\"");
            if (kind.equals("send-error")) {
                response.sendError(503, "org.eclipse.jetty");
                return null;
            }
            if (kind.equals("broken-off")) {
                response.getOutputStream().print("the beginning");
                response.flushBuffer();
            }
            throw switch (kind) {
                case "internal" -> new IllegalStateException("java.lang.Secret in io.yardmaster");
                case "error" -> new AssertionError("org.example");
                case "problem" ->
                    ProblemException.of(ProblemType.QUEUE_FULL, "Too many.")
                            .with("queued", 7)
                            .retryAfter(Duration.ofMillis(1500));
                case "wrapped" ->
                    new CompletionException(ProblemException.of(ProblemType.RUN_NOT_FOUND, "There is no such run."));
                case "denied" -> new AccessDeniedException("io.yardmaster says no");
                case "database" ->
                    new CannotCreateTransactionException("org.postgresql", new SQLException("away", "08001"));
                case "database-down" -> new IllegalStateException(new SQLException("terminating", "57P01"));
                case "database-impatient" -> new IllegalStateException(new SQLException("idle too long", "25P03"));
                case "duplicate" -> new IllegalStateException(new SQLException("duplicate key", "23505"));
                case "timeout" -> new AsyncRequestTimeoutException();
                case "status" -> new ResponseStatusException(org.springframework.http.HttpStatus.CONFLICT, "java.x");
                case "pipe" -> new IOException("Broken pipe");
                default -> new IllegalArgumentException(kind);
            };
        }

        @GetMapping(path = "/api/v1/streams/{kind}", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
        ResponseEntity<String> stream(@PathVariable("kind") String kind) {
            throw ProblemException.of(ProblemType.RUN_NOT_FOUND, "There is no run " + kind + ".");
        }

        @GetMapping("/api/v1/waits")
        DeferredResult<String> await(@RequestParam(name = "millis", required = false) @Nullable Long millis) {
            DeferredResult<String> result = new DeferredResult<>(60_000L);
            CompletableFuture.delayedExecutor(2_500, TimeUnit.MILLISECONDS).execute(() -> result.setResult("done"));
            return result;
        }

        @PostMapping(path = "/plain/body", consumes = "application/json", produces = "application/json")
        Thing body(@Valid @RequestBody Thing thing) {
            return thing;
        }

        @GetMapping("/plain/number")
        int number(@RequestParam("n") @Max(9) int n) {
            return n;
        }
    }

    record Thing(
            @NotEmpty @Nullable String someName, @Max(9) int size) {}
}
