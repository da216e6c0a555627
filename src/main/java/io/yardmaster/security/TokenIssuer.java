package io.yardmaster.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Tenant;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.server.resource.InvalidBearerTokenException;

/** One issuer: its keys, and what its tokens must say. */
final class TokenIssuer {

    /** How far the issuer's clock may be off. */
    private static final Duration CLOCK_SKEW = Duration.ofSeconds(30);

    private static final int LONGEST_SUBJECT = 255;

    private final SecuritySettings.Issuer settings;
    private final Keys keys;
    private final InstantSource clock;
    private final DefaultJWTProcessor<SecurityContext> signatures = new DefaultJWTProcessor<>();

    TokenIssuer(SecuritySettings.Issuer settings, Keys keys, InstantSource clock) {
        this.settings = settings;
        this.keys = keys;
        this.clock = clock;
        signatures.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(
                JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"), null));
        signatures.setJWSKeySelector(new JWSVerificationKeySelector<>(
                settings.algorithms().stream()
                        .map(SecuritySettings.Algorithm::jws)
                        .collect(Collectors.toSet()),
                keys));
        // The claims are checked below, once it is sure who wrote them.
        signatures.setJWTClaimsSetVerifier(null);
    }

    /** Reads the issuer's keys where they lie in a file; those behind a URL are fetched when a token needs them. */
    static TokenIssuer open(SecuritySettings.Issuer settings, SecuritySettings.KeySettings keySettings) {
        String jwks = settings.jwks();
        Keys keys;
        if (jwks == null) {
            keys = RemoteKeys.discovered(settings.issuer(), keySettings);
        } else if (SecuritySettings.Issuer.isHttp(jwks)) {
            keys = RemoteKeys.at(settings.issuer(), jwks, keySettings);
        } else {
            keys = FileKeys.open(settings.issuer(), Path.of(jwks.startsWith("file:") ? jwks.substring(5) : jwks));
        }
        return new TokenIssuer(settings, keys, InstantSource.system());
    }

    String name() {
        return settings.issuer();
    }

    /** See {@link Keys#version}. */
    long keysVersion() {
        return keys.version();
    }

    /** Until when a token with this end is accepted. */
    static Instant lastMoment(Instant expiresAt) {
        return expiresAt.plus(CLOCK_SKEW);
    }

    /**
     * Who the token speaks for.
     *
     * @throws InvalidBearerTokenException where this issuer did not sign it or it is not meant for this server, or now
     * @throws KeysUnavailableException where that cannot be found out
     */
    Actor verify(SignedJWT token) {
        return actor(claims(token));
    }

    private JWTClaimsSet claims(SignedJWT token) {
        try {
            return signatures.process(token, null);
        } catch (KeySourceException e) {
            throw new KeysUnavailableException(
                    "The keys of the token's issuer cannot be read just now, so it cannot be checked.", e);
        } catch (BadJOSEException | JOSEException e) {
            throw new InvalidBearerTokenException(
                    "The token's signature is not one of its issuer's, or its algorithm or type is not accepted.", e);
        }
    }

    private Actor actor(JWTClaimsSet claims) {
        Instant now = clock.instant();
        if (!settings.issuer().equals(claims.getIssuer())) {
            throw new InvalidBearerTokenException("The token is from another issuer.");
        }
        if (Collections.disjoint(claims.getAudience(), settings.audiences())) {
            throw new InvalidBearerTokenException("The token is meant for another audience than this server.");
        }
        Date expires = claims.getExpirationTime();
        if (expires == null) {
            throw new InvalidBearerTokenException("The token has no end (exp); only tokens that expire are accepted.");
        }
        if (!now.isBefore(lastMoment(expires.toInstant()))) {
            throw new InvalidBearerTokenException("The token has expired; get a new one from its issuer.");
        }
        Date notBefore = claims.getNotBeforeTime();
        if (notBefore != null && now.plus(CLOCK_SKEW).isBefore(notBefore.toInstant())) {
            throw new InvalidBearerTokenException("The token is not valid yet (nbf).");
        }
        return new Actor(subject(claims), tenant(claims), scopes(claims), groups(claims), "jwt", expires.toInstant());
    }

    private static String subject(JWTClaimsSet claims) {
        String subject = claims.getSubject();
        if (subject == null
                || subject.isBlank()
                || subject.length() > LONGEST_SUBJECT
                || subject.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidBearerTokenException("The token needs a subject (sub) of at most " + LONGEST_SUBJECT
                    + " characters, none of them a control character.");
        }
        return subject;
    }

    private Tenant tenant(JWTClaimsSet claims) {
        if (settings.tenant() != null) {
            return new Tenant(settings.tenant());
        }
        return switch (claims.getClaim(settings.tenantClaim())) {
            case null -> Tenant.DEFAULT;
            case String name when Tenant.isValid(name) -> new Tenant(name);
            default ->
                throw new InvalidBearerTokenException(
                        "The token's tenant is no tenant name: lower-case letters, digits, - and _, at most 63.");
        };
    }

    private static Set<String> scopes(JWTClaimsSet claims) {
        Object scope = claims.getClaim("scope");
        return words(scope != null ? scope : claims.getClaim("scp"))
                .flatMap(words -> Stream.of(words.split(" ")))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private Set<String> groups(JWTClaimsSet claims) {
        return words(claims.getClaim(settings.groupsClaim())).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** A claim that is a string or an array of strings; anything else grants nothing. */
    private static Stream<String> words(@Nullable Object claim) {
        return switch (claim) {
            case String one -> Stream.of(one);
            case Collection<?> several ->
                several.stream().filter(String.class::isInstance).map(String.class::cast);
            case null, default -> Stream.empty();
        };
    }
}
