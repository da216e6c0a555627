package io.yardmaster.security;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.problems.ProblemWriter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authorization.AuthorityAuthorizationDecision;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.authorization.ExpressionAuthorizationDecision;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.server.resource.BearerTokenErrorCodes;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.security.web.firewall.RequestRejectedHandler;

/** Answers whoever may not pass: a problem in the body and, in {@code WWW-Authenticate}, what RFC 6750 asks for. */
final class Refusals implements AuthenticationEntryPoint, AccessDeniedHandler, RequestRejectedHandler {

    private static final Logger log = LoggerFactory.getLogger(Refusals.class);
    private static final String CHALLENGE_HEADER = "WWW-Authenticate";
    private static final String CHALLENGE = "Bearer realm=\"yardmaster\"";
    private static final Set<String> OUTSIDE_THE_API = Set.of("/metrics");
    private static final Pattern SCOPE =
            Pattern.compile(ActorAuthentication.SCOPE_PREFIX + "(?<scope>[A-Za-z0-9:._-]+)");

    private final ProblemWriter problems;
    private final Duration retryAfter;

    /** @param retryAfter when to come back after a token could not be checked */
    Refusals(ProblemWriter problems, Duration retryAfter) {
        this.problems = problems;
        this.retryAfter = retryAfter;
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException refusal)
            throws IOException {
        log.debug("Refused {} {}", request.getMethod(), request.getRequestURI(), refusal);
        problems.write(
                request,
                response,
                isNothing(request.getRequestURI())
                        ? ProblemException.of(
                                ProblemType.NOT_FOUND,
                                "There is nothing at this path. The API is beneath /api/v1, and the contract at"
                                        + " /openapi.yaml lists all its paths.")
                        : problem(refusal));
    }

    /** Outside the API a path that asks for a token is one that does not exist, which may be told to anybody. */
    private static boolean isNothing(String path) {
        return !path.equals("/api") && !path.startsWith("/api/") && !OUTSIDE_THE_API.contains(path);
    }

    private ProblemException problem(AuthenticationException refusal) {
        if (refusal instanceof KeysUnavailableException unavailable) {
            return ProblemException.of(
                            ProblemType.SERVICE_UNAVAILABLE,
                            unavailable.getMessage() + " Send the same request again later.")
                    .retryAfter(retryAfter);
        }
        if (refusal instanceof OAuth2AuthenticationException invalid) {
            OAuth2Error error = invalid.getError();
            boolean isRequestAtFault = error.getErrorCode().equals(BearerTokenErrorCodes.INVALID_REQUEST);
            return ProblemException.of(
                            isRequestAtFault ? ProblemType.BAD_REQUEST : ProblemType.UNAUTHORIZED,
                            isRequestAtFault
                                    ? String.valueOf(error.getDescription())
                                    : error.getDescription() + " Send a valid one as Authorization: Bearer.")
                    .withHeader(
                            CHALLENGE_HEADER,
                            CHALLENGE + ", error=\"" + error.getErrorCode() + "\", error_description=\""
                                    + error.getDescription() + "\"");
        }
        return ProblemException.of(
                        ProblemType.UNAUTHORIZED,
                        "This needs a token in a header, as Authorization: Bearer and the token.")
                .withHeader(CHALLENGE_HEADER, CHALLENGE);
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException refusal)
            throws IOException {
        log.debug("Refused {} {}", request.getMethod(), request.getRequestURI(), refusal);
        String scopes = scopes(refusal);
        String challenge = CHALLENGE + ", error=\"" + BearerTokenErrorCodes.INSUFFICIENT_SCOPE + "\"";
        problems.write(
                request,
                response,
                scopes.isEmpty()
                        ? ProblemException.of(
                                        ProblemType.PERMISSION_DENIED,
                                        "The token does not allow this. Ask for one that does.")
                                .withHeader(CHALLENGE_HEADER, challenge)
                        : ProblemException.of(
                                        ProblemType.PERMISSION_DENIED,
                                        "This needs a token with the scope " + scopes + ".")
                                .withHeader(CHALLENGE_HEADER, challenge + ", scope=\"" + scopes + "\""));
    }

    /** The scopes that would have been enough, as far as the check says them. */
    private static String scopes(AccessDeniedException refusal) {
        if (!(refusal instanceof AuthorizationDeniedException denied)) {
            return "";
        }
        return scopesIn(
                switch (denied.getAuthorizationResult()) {
                    case ExpressionAuthorizationDecision decision ->
                        decision.getExpression().getExpressionString();
                    case AuthorityAuthorizationDecision decision ->
                        decision.getAuthorities().stream()
                                .map(GrantedAuthority::getAuthority)
                                .collect(Collectors.joining(" "));
                    case null, default -> null;
                });
    }

    private static String scopesIn(@Nullable String text) {
        if (text == null) {
            return "";
        }
        Matcher matcher = SCOPE.matcher(text);
        return matcher
                .results()
                .map(found -> found.group("scope"))
                .collect(Collectors.toCollection(TreeSet::new))
                .stream()
                .collect(Collectors.joining(" "));
    }

    /** A URL or a header with characters that have no business there. */
    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, RequestRejectedException refusal)
            throws IOException {
        log.debug("Refused {}", request.getMethod(), refusal);
        problems.write(
                request,
                response,
                ProblemException.of(
                        ProblemType.BAD_REQUEST,
                        "The path or a header holds a character that is not accepted there. Send printable characters,"
                                + " and percent-encode others in the path."));
    }
}
