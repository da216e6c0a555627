package io.yardmaster.security;

import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.SignedJWT;
import io.yardmaster.kernel.Actor;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

/** Turns a token into the caller it stands for: a word of the profile {@code dev}, or what one of the issuers signed. */
final class Tokens implements AuthenticationManager {

    private final Map<String, Actor> devTokens;
    private final Map<String, TokenIssuer> issuers;
    private final VerifiedTokens verified = new VerifiedTokens(InstantSource.system());

    /**
     * @param devTokens who each plain token stands for; empty outside the profile {@code dev}
     * @param issuers whose signed tokens are accepted
     */
    Tokens(Map<String, Actor> devTokens, List<TokenIssuer> issuers) {
        this.devTokens = Map.copyOf(devTokens);
        this.issuers = issuers.stream().collect(Collectors.toUnmodifiableMap(TokenIssuer::name, Function.identity()));
    }

    @Override
    public Authentication authenticate(Authentication request) {
        String token = ((BearerTokenAuthenticationToken) request).getToken();
        Actor dev = devTokens.get(token);
        if (dev != null) {
            return new ActorAuthentication(dev, ActorAuthentication.authorities(dev));
        }
        byte[] digest = VerifiedTokens.digest(token.getBytes(StandardCharsets.UTF_8));
        ActorAuthentication known = verified.find(digest);
        return known != null ? known : verify(token, digest);
    }

    private Authentication verify(String token, byte[] digest) {
        SignedJWT jwt = parse(token);
        TokenIssuer issuer = issuerOf(jwt);
        // The version from before the check: keys that change under it make what is remembered worthless at once.
        long keysVersion = issuer.keysVersion();
        Actor actor = issuer.verify(jwt);
        return verified.remember(digest, actor, issuer, keysVersion);
    }

    private static SignedJWT parse(String token) {
        try {
            JWT jwt = JWTParser.parse(token);
            if (jwt instanceof SignedJWT signed) {
                return signed;
            }
        } catch (ParseException e) {
            throw new InvalidBearerTokenException("The token is not known to this server and is no JSON Web Token.", e);
        }
        throw new InvalidBearerTokenException("The token is not signed.");
    }

    private TokenIssuer issuerOf(SignedJWT jwt) {
        try {
            String name = jwt.getJWTClaimsSet().getIssuer();
            TokenIssuer issuer = name == null ? null : issuers.get(name);
            if (issuer != null) {
                return issuer;
            }
        } catch (ParseException e) {
            throw new InvalidBearerTokenException("The token's claims cannot be read.", e);
        }
        throw new InvalidBearerTokenException("The token is from an issuer this server does not accept.");
    }
}
