package io.yardmaster.security;

import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemWriter;
import jakarta.servlet.DispatcherType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.authentication.www.BasicAuthenticationFilter;
import org.springframework.security.web.context.RequestAttributeSecurityContextRepository;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Two chains: the few public paths, where a token is not even looked at, and everything else, which needs one. */
@Configuration(proxyBeanMethods = false)
@EnableMethodSecurity
@EnableConfigurationProperties({SecuritySettings.class, DevSettings.class})
class SecurityConfiguration {

    private static final Logger log = LoggerFactory.getLogger(SecurityConfiguration.class);

    private static final List<String> PUBLIC_PATHS = List.of(
            "/",
            "/api/v1/health",
            "/api/v1/livez",
            "/api/v1/readyz",
            "/api/v1/startupz",
            "/api/v1/openapi.yaml",
            "/api/v1/openapi.json",
            "/openapi.yaml",
            "/openapi.json",
            "/swagger-ui",
            "/swagger-ui.html",
            "/swagger-ui/**",
            "/v3/api-docs/swagger-config",
            "/schemas/job-config.json",
            "/problems",
            "/problems/**");

    @Bean
    static StartRules startRules(Environment environment) {
        return new StartRules(environment);
    }

    @Bean
    Tokens tokens(SecuritySettings settings, DevSettings dev, Environment environment) {
        List<TokenIssuer> issuers = settings.issuers().stream()
                .map(issuer -> TokenIssuer.open(issuer, settings.keys()))
                .toList();
        settings.issuers()
                .forEach(issuer -> log.info("Accepting tokens of {} for {}", issuer.issuer(), issuer.audiences()));
        return new Tokens(environment.acceptsProfiles(StartRules.DEV) ? devTokens(dev) : Map.of(), issuers);
    }

    private static Map<String, Actor> devTokens(DevSettings dev) {
        Map<String, Actor> tokens = new HashMap<>();
        tokens.put(dev.token(), devActor("dev", Tenant.DEFAULT, DevSettings.ALL_SCOPES, Set.of()));
        dev.tokens()
                .forEach(token -> tokens.put(
                        token.token(),
                        devActor(token.subject(), new Tenant(token.tenant()), token.scopes(), token.groups())));
        return tokens;
    }

    private static Actor devActor(String subject, Tenant tenant, Set<String> scopes, Set<String> groups) {
        return new Actor(subject, tenant, scopes, groups, "dev-token", null);
    }

    @Bean
    BrowserSafety browserSafety(
            SecuritySettings settings, DevSettings dev, Environment environment, ProblemWriter problems) {
        boolean isDev = environment.acceptsProfiles(StartRules.DEV);
        return new BrowserSafety(
                CrossOrigin.filter(settings.cors().allowedOrigins(), isDev, problems),
                isDev ? new HostFilter(problems, dev.allowedHosts()) : null);
    }

    @Bean
    Refusals refusals(ProblemWriter problems, SecuritySettings settings) {
        return new Refusals(problems, settings.keys().refetchInterval());
    }

    @Bean
    @Order(1)
    SecurityFilterChain publicPaths(HttpSecurity http, BrowserSafety browsers) {
        return browsers.apply(http)
                .securityMatcher(new OrRequestMatcher(PUBLIC_PATHS.stream()
                        .flatMap(path -> Stream.of(HttpMethod.GET, HttpMethod.HEAD)
                                .<RequestMatcher>map(method ->
                                        PathPatternRequestMatcher.withDefaults().matcher(method, path)))
                        .toList()))
                .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain everythingElse(HttpSecurity http, BrowserSafety browsers, Tokens tokens, Refusals refusals) {
        BearerTokenAuthenticationFilter bearer = new BearerTokenAuthenticationFilter(tokens, new BearerTokens());
        bearer.setAuthenticationEntryPoint(refusals);
        bearer.setSecurityContextRepository(new RequestAttributeSecurityContextRepository());
        return browsers.apply(http)
                .addFilterAt(bearer, BasicAuthenticationFilter.class)
                .addFilterAfter(new TenantFilter(), AuthorizationFilter.class)
                .exceptionHandling(
                        handling -> handling.authenticationEntryPoint(refusals).accessDeniedHandler(refusals))
                .authorizeHttpRequests(requests -> requests
                        // The second half of a request that was let in, or the page about its failure.
                        .dispatcherTypeMatchers(DispatcherType.ASYNC, DispatcherType.ERROR)
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .build();
    }
}
