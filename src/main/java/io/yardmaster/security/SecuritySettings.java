package io.yardmaster.security;

import com.nimbusds.jose.JWSAlgorithm;
import io.yardmaster.kernel.Tenant;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whose tokens the server accepts and which web pages may call it.
 *
 * @param issuers the issuers whose tokens are accepted; a token is checked by the one its {@code iss} names. Outside the
 *     profile {@code dev} at least one is needed
 * @param keys how long keys that came over the network are used
 * @param cors which web pages may call the server
 */
@ConfigurationProperties("yardmaster.security")
record SecuritySettings(
        @DefaultValue List<Issuer> issuers,
        @DefaultValue KeySettings keys,
        @DefaultValue Cors cors) {

    SecuritySettings {
        issuers = List.copyOf(issuers);
        Set<String> names = new HashSet<>();
        for (Issuer issuer : issuers) {
            if (!names.add(issuer.issuer())) {
                throw new IllegalArgumentException("the issuer " + issuer.issuer() + " is listed twice");
            }
        }
    }

    /**
     * One issuer of tokens.
     *
     * @param issuer what a token's {@code iss} must be, letter for letter
     * @param audiences what this server is called there: a token's {@code aud} must hold one of these
     * @param jwks the issuer's public keys as a JSON Web Key Set: a file's path or an http(s) URL. A file is read again
     *     when it changes. Without it the URL is asked of {@code <issuer>/.well-known/openid-configuration}
     * @param tenantClaim the claim that names a token's tenant; a token without it belongs to {@code default}
     * @param groupsClaim the claim that lists the groups of the subject
     * @param tenant the tenant of all tokens of this issuer, whatever their claims say
     * @param algorithms the signature algorithms accepted
     */
    record Issuer(
            @Nullable String issuer,
            @DefaultValue List<String> audiences,
            @Nullable String jwks,
            @DefaultValue("tenant") String tenantClaim,
            @DefaultValue("groups") String groupsClaim,
            @Nullable String tenant,
            @DefaultValue({"RS256", "ES256"}) Set<Algorithm> algorithms) {

        Issuer {
            if (issuer == null || issuer.isBlank()) {
                throw new IllegalArgumentException("an issuer needs its name: what the iss of its tokens is");
            }
            audiences = audiences.stream().filter(name -> !name.isBlank()).toList();
            if (audiences.isEmpty()) {
                throw new IllegalArgumentException("the issuer " + issuer
                        + " needs audiences: what this server is called in the aud of its tokens");
            }
            if (jwks != null && jwks.isBlank()) {
                jwks = null;
            }
            if (jwks == null && !isHttp(issuer)) {
                throw new IllegalArgumentException("the issuer " + issuer
                        + " needs jwks, a file or an http(s) URL: its keys cannot be discovered, as it is no"
                        + " URL itself");
            }
            if (tenant != null && !Tenant.isValid(tenant)) {
                throw new IllegalArgumentException("the tenant " + tenant + " of the issuer " + issuer
                        + " is no tenant name: lower-case letters, digits, - and _, at most 63");
            }
            if (algorithms.isEmpty()) {
                throw new IllegalArgumentException("the issuer " + issuer + " needs at least one algorithm");
            }
            algorithms = Set.copyOf(algorithms);
        }

        @Override
        public String issuer() {
            return String.valueOf(issuer);
        }

        static boolean isHttp(String location) {
            String lower = location.toLowerCase(Locale.ROOT);
            return lower.startsWith("https://") || lower.startsWith("http://");
        }
    }

    /** A signature algorithm of RFC 7518. Neither {@code none} nor one with a shared secret can be configured. */
    enum Algorithm {
        RS256,
        ES256;

        JWSAlgorithm jws() {
            return JWSAlgorithm.parse(name());
        }
    }

    /**
     * How keys that come over the network are kept.
     *
     * @param cacheFor how long fetched keys are used before they are fetched again
     * @param refetchInterval the shortest time between two fetches, also when a token names a key that is not known yet
     */
    record KeySettings(
            @DefaultValue("5m") Duration cacheFor,
            @DefaultValue("10s") Duration refetchInterval) {}

    /**
     * Which web pages may call the server. Credentials in the sense of CORS (cookies) are never allowed.
     *
     * @param allowedOrigins the exact origins, such as {@code https://console.example.com}. There is no wildcard. In the
     *     profile {@code dev} pages of {@code http://localhost} and {@code http://127.0.0.1} are allowed besides, on
     *     any port
     */
    record Cors(@DefaultValue List<String> allowedOrigins) {

        private static final Pattern ORIGIN = Pattern.compile("https?://[A-Za-z0-9.\\-\\[\\]:]+");

        Cors {
            for (String origin : allowedOrigins) {
                if (origin.contains("*")) {
                    throw new IllegalArgumentException("the origin " + origin
                            + " has a wildcard: any web page could use the tokens of whoever visits it. List each"
                            + " origin, such as https://console.example.com");
                }
                if (!ORIGIN.matcher(origin).matches() || URI.create(origin).getHost() == null) {
                    throw new IllegalArgumentException("the origin " + origin
                            + " must be a scheme, a host and if need be a port, with no slash at its end, such as"
                            + " https://console.example.com");
                }
            }
            allowedOrigins = List.copyOf(allowedOrigins);
        }
    }
}
