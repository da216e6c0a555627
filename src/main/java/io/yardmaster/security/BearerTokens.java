package io.yardmaster.security;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.server.resource.BearerTokenErrors;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.web.authentication.AuthenticationConverter;

/**
 * Finds a request's token: {@code Authorization: Bearer …}, or {@code X-API-Key: …} where a client can only send that.
 * Never in the URL or a form: those end up in logs and histories.
 */
final class BearerTokens implements AuthenticationConverter {

    private static final String API_KEY = "X-API-Key";
    private static final Pattern BEARER =
            Pattern.compile("Bearer +(?<token>[A-Za-z0-9\\-._~+/]+=*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern IN_QUERY = Pattern.compile("(?:^|&)(?:access_token|token|api_key)(?:=|&|$)");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9\\-._~+/]+=*");

    @Override
    public @Nullable Authentication convert(HttpServletRequest request) {
        if (request.getQueryString() != null
                && IN_QUERY.matcher(request.getQueryString()).find()) {
            throw refused("A token in the URL is not accepted, for URLs are kept in logs and histories. Send it as"
                    + " Authorization: Bearer.");
        }
        String bearer = bearer(request);
        String apiKey = apiKey(request);
        if (bearer != null && apiKey != null && !bearer.equals(apiKey)) {
            throw refused("Authorization and X-API-Key hold different tokens; send one of them.");
        }
        String token = bearer != null ? bearer : apiKey;
        return token == null ? null : new BearerTokenAuthenticationToken(token);
    }

    private static @Nullable String bearer(HttpServletRequest request) {
        String header = only(request, "Authorization");
        if (header == null || !header.regionMatches(true, 0, "Bearer", 0, 6)) {
            return null;
        }
        Matcher matcher = BEARER.matcher(header.strip());
        if (!matcher.matches()) {
            throw new InvalidBearerTokenException("Authorization must be the word Bearer, a space and a token.");
        }
        return matcher.group("token");
    }

    private static @Nullable String apiKey(HttpServletRequest request) {
        String header = only(request, API_KEY);
        if (header == null) {
            return null;
        }
        if (!TOKEN.matcher(header.strip()).matches()) {
            throw new InvalidBearerTokenException("X-API-Key must be a token, and nothing else.");
        }
        return header.strip();
    }

    private static @Nullable String only(HttpServletRequest request, String name) {
        List<String> values = Collections.list(request.getHeaders(name));
        if (values.size() > 1) {
            throw refused("The header " + name + " was sent more than once. Send it once.");
        }
        return values.isEmpty() ? null : values.getFirst();
    }

    private static OAuth2AuthenticationException refused(String description) {
        return new OAuth2AuthenticationException(BearerTokenErrors.invalidRequest(description));
    }
}
