package io.yardmaster.security;

import static io.yardmaster.security.TestIssuer.claims;
import static io.yardmaster.security.TestIssuer.ec;
import static io.yardmaster.security.TestIssuer.jwks;
import static io.yardmaster.security.TestIssuer.rsa;
import static io.yardmaster.security.TestIssuer.sign;
import static io.yardmaster.security.TestIssuer.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens of real issuers, sent to a real server outside the profile {@code dev}. */
class TokensTest {

    private static final String FILE_ISSUER = "https://login.example.test";
    private static final String OTHER_ISSUER = "https://other.example.test";
    private static final String ROTATING_ISSUER = "https://rotating.example.test";
    private static final String URL_ISSUER = "https://by-url.example.test";
    private static final String DOWN_ISSUER = "https://down.example.test";
    /** What was verified is believed for a minute where nothing says otherwise; that is not what these tests wait for. */
    private static final Duration BEFORE_A_TOKEN_IS_LOOKED_AT_AGAIN = Duration.ofSeconds(30);

    private static final RSAKey RSA = rsa("r1");
    private static final ECKey EC = ec("e1");
    private static final RSAKey OTHER = rsa("o1");
    private static final RSAKey BY_URL = rsa("u1");

    @TempDir
    private static Path folder;

    private static TestIssuer.Site site;
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        site = new TestIssuer.Site();
        site.put("/keys", jwks(BY_URL));
        site.put(
                "/realm/.well-known/openid-configuration",
                "{\"issuer\": \"%s\", \"jwks_uri\": \"%s\"}".formatted(site.url("/realm"), site.url("/realm-keys")));
        site.put("/realm-keys", jwks(BY_URL));
        Files.writeString(folder.resolve("jwks.json"), jwks(RSA.toPublicJWK(), EC.toPublicJWK()));
        Files.writeString(folder.resolve("other.json"), jwks(OTHER.toPublicJWK()));
        Files.writeString(folder.resolve("rotating.json"), jwks(rsa("first")));
        String issuer = "yardmaster.security.issuers";
        server = TestServer.start(
                "yardmaster.security.keys.refetch-interval=50ms",
                issuer + "[0].issuer=" + FILE_ISSUER,
                issuer + "[0].audiences=yardmaster,ci",
                issuer + "[0].jwks=" + folder.resolve("jwks.json"),
                issuer + "[1].issuer=" + OTHER_ISSUER,
                issuer + "[1].audiences=yardmaster",
                issuer + "[1].jwks=file:" + folder.resolve("other.json"),
                issuer + "[1].tenant-claim=org",
                issuer + "[1].groups_claim=roles",
                issuer + "[1].algorithms=RS256",
                issuer + "[2].issuer=" + ROTATING_ISSUER,
                issuer + "[2].audiences=yardmaster",
                issuer + "[2].jwks=" + folder.resolve("rotating.json"),
                issuer + "[3].issuer=" + URL_ISSUER,
                issuer + "[3].audiences=yardmaster",
                issuer + "[3].jwks=" + site.url("/keys"),
                issuer + "[3].tenant=acme",
                issuer + "[4].issuer=" + site.url("/realm"),
                issuer + "[4].audiences=yardmaster",
                issuer + "[5].issuer=" + DOWN_ISSUER,
                issuer + "[5].audiences=yardmaster",
                issuer + "[5].jwks=" + site.url("/nothing-here"),
                "yardmaster.security.cors.allowed-origins=https://console.example.test",
                "yardmaster.dev.token=dev-token");
    }

    @AfterAll
    static void stop() {
        server.close();
        site.close();
    }

    @Test
    void a_token_signed_with_RS256_is_accepted() {
        assertThat(server.getAs(token(RSA, FILE_ISSUER), "/api/v1/who").body())
                .contains("\"subject\":\"alice\"")
                .contains("\"tenant\":\"default\"")
                .contains("\"bound_tenant\":\"default\"")
                .contains("\"scopes\":\"jobs:read runs:read\"")
                .contains("\"method\":\"jwt\"")
                .contains("\"expires\":true");
    }

    @Test
    void a_token_signed_with_ES256_is_accepted() {
        assertThat(server.getAs(token(EC, FILE_ISSUER), "/api/v1/who").statusCode())
                .isEqualTo(200);
    }

    @Test
    void an_access_token_by_RFC_9068_is_accepted() {
        String token = sign(
                RSA, new JWSHeader.Builder(JWSAlgorithm.RS256).type(new JOSEObjectType("at+jwt")), claims(FILE_ISSUER));
        assertThat(server.getAs(token, "/api/v1/who").statusCode()).isEqualTo(200);
    }

    @Test
    void the_same_token_is_accepted_again_and_again() {
        String token = token(RSA, FILE_ISSUER);
        for (int i = 0; i < 5; i++) {
            assertThat(server.getAs(token, "/api/v1/who").body()).contains("\"subject\":\"alice\"");
        }
    }

    @Test
    void one_of_several_audiences_is_enough() {
        String token = token(RSA, FILE_ISSUER, claims -> claims.audience(List.of("billing", "ci")));
        assertThat(server.getAs(token, "/api/v1/who").statusCode()).isEqualTo(200);
    }

    @Test
    void tenant_and_groups_come_from_the_issuers_own_claims() {
        String token = token(
                OTHER,
                OTHER_ISSUER,
                claims -> claims.claim("org", "blue")
                        .claim("tenant", "red")
                        .claim("roles", List.of("ops", "leads"))
                        .claim("groups", List.of("nobody")));
        assertThat(server.getAs(token, "/api/v1/who").body())
                .contains("\"tenant\":\"blue\"")
                .contains("\"bound_tenant\":\"blue\"")
                .contains("\"groups\":\"leads ops\"");
    }

    @Test
    void an_issuer_with_a_fixed_tenant_cannot_speak_for_another() {
        String token = token(BY_URL, URL_ISSUER, claims -> claims.claim("tenant", "victim"));
        assertThat(server.getAs(token, "/api/v1/who").body()).contains("\"tenant\":\"acme\"");
    }

    @Test
    void keys_are_found_through_the_issuers_openid_configuration() {
        assertThat(server.getAs(token(BY_URL, site.url("/realm")), "/api/v1/who")
                        .statusCode())
                .isEqualTo(200);
    }

    static Stream<Map.Entry<String, Object>> claimsThatGrantRunsRead() {
        return Stream.of(
                Map.entry("scope", "jobs:read runs:read"),
                Map.entry("scope", List.of("runs:read")),
                Map.entry("scp", "runs:read jobs:read"),
                Map.entry("scp", List.of("jobs:read", "runs:read")));
    }

    @ParameterizedTest
    @MethodSource("claimsThatGrantRunsRead")
    void scopes_are_read_from_scope_and_scp(Map.Entry<String, Object> claim) {
        String token =
                token(RSA, FILE_ISSUER, claims -> claims.claim("scope", null).claim(claim.getKey(), claim.getValue()));
        assertThat(server.getAs(token, "/api/v1/runs").statusCode()).isEqualTo(200);
    }

    @Test
    void a_missing_scope_is_named_in_problem_and_challenge() {
        HttpResponse<String> answer =
                server.send("POST", "/api/v1/runs", "Authorization", "Bearer " + token(RSA, FILE_ISSUER));
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body()).contains("/problems/permission-denied").contains("runs:write");
        assertThat(answer.headers().firstValue("WWW-Authenticate"))
                .contains("Bearer realm=\"yardmaster\", error=\"insufficient_scope\", scope=\"runs:write\"");
    }

    static Stream<Map.Entry<String, String>> tokensThatAreRefused() throws Exception {
        SignedJWT symmetric = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(RSA.getKeyID()).build(),
                claims(FILE_ISSUER).build());
        symmetric.sign(new MACSigner(RSA.toRSAPublicKey().getEncoded()));
        RSAKey attackers = rsa("r1");
        String[] parts = token(RSA, FILE_ISSUER).split("\\.", -1);
        String[] others =
                token(RSA, FILE_ISSUER, claims -> claims.subject("mallory")).split("\\.", -1);
        Instant now = Instant.now();
        return Stream.of(
                Map.entry("without signature", new PlainJWT(claims(FILE_ISSUER).build()).serialize()),
                Map.entry("with the public key as a shared secret", symmetric.serialize()),
                Map.entry("of another key by the same name", token(attackers, FILE_ISSUER)),
                Map.entry("of an unknown key", token(rsa("unknown"), FILE_ISSUER)),
                Map.entry("of an unknown key at a URL", token(rsa("unknown"), URL_ISSUER)),
                Map.entry(
                        "bringing its own key",
                        sign(
                                attackers,
                                new JWSHeader.Builder(JWSAlgorithm.RS256).jwk(attackers.toPublicJWK()),
                                claims(FILE_ISSUER))),
                Map.entry("with another payload", parts[0] + "." + others[1] + "." + parts[2]),
                Map.entry(
                        "with an algorithm beyond the two",
                        sign(RSA, new JWSHeader.Builder(JWSAlgorithm.RS512).keyID("r1"), claims(FILE_ISSUER))),
                Map.entry("with an algorithm the issuer does not use", token(EC, OTHER_ISSUER)),
                Map.entry("of an issuer nobody knows", token(RSA, "https://elsewhere.example.test")),
                Map.entry("of no issuer", token(RSA, FILE_ISSUER, claims -> claims.issuer(null))),
                Map.entry("of one issuer in the name of another", token(OTHER, FILE_ISSUER)),
                Map.entry("for another audience", refused(claims -> claims.audience("billing"))),
                Map.entry("for no audience", refused(claims -> claims.audience((String) null))),
                Map.entry(
                        "that has expired", refused(claims -> claims.expirationTime(Date.from(now.minusSeconds(31))))),
                Map.entry("without an end", refused(claims -> claims.expirationTime(null))),
                Map.entry("not valid yet", refused(claims -> claims.notBeforeTime(Date.from(now.plusSeconds(90))))),
                Map.entry("without a subject", refused(claims -> claims.subject(null))),
                Map.entry("with control characters in its subject", refused(claims -> claims.subject("al\u0000ice"))),
                Map.entry("for what is no tenant", refused(claims -> claims.claim("tenant", "../Other"))),
                Map.entry("for all tenants", refused(claims -> claims.claim("tenant", "*"))),
                Map.entry("for a tenant that is no string", refused(claims -> claims.claim("tenant", List.of("a")))),
                Map.entry("of development mode", "dev-token"),
                Map.entry("that is no token", "a.b.c"));
    }

    private static String refused(UnaryOperator<com.nimbusds.jwt.JWTClaimsSet.Builder> change) {
        return token(RSA, FILE_ISSUER, change);
    }

    @ParameterizedTest
    @MethodSource("tokensThatAreRefused")
    void a_token_is_refused(Map.Entry<String, String> token) {
        HttpResponse<String> answer = server.getAs(token.getValue(), "/api/v1/who");
        assertThat(answer.statusCode()).as("a token " + token.getKey()).isEqualTo(401);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body())
                .contains("/problems/unauthorized")
                .contains("\"request_id\"")
                .doesNotContain("xception", "nimbus", folder.toString());
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                .startsWith("Bearer realm=\"yardmaster\", error=\"invalid_token\", error_description=\"The token");
    }

    @Test
    void a_clock_that_is_a_little_off_does_no_harm() {
        Instant now = Instant.now();
        assertThat(server.getAs(
                                token(
                                        RSA,
                                        FILE_ISSUER,
                                        claims -> claims.expirationTime(Date.from(now.minusSeconds(15)))
                                                .notBeforeTime(Date.from(now.minusSeconds(60)))),
                                "/api/v1/who")
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.getAs(
                                token(RSA, FILE_ISSUER, claims -> claims.notBeforeTime(Date.from(now.plusSeconds(15)))),
                                "/api/v1/who")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void a_token_accepted_before_is_refused_once_it_has_expired() {
        String token = token(
                RSA,
                FILE_ISSUER,
                claims -> claims.expirationTime(Date.from(Instant.now().minusSeconds(25))));
        assertThat(server.getAs(token, "/api/v1/who").statusCode()).isEqualTo(200);
        await().atMost(BEFORE_A_TOKEN_IS_LOOKED_AT_AGAIN)
                .until(() -> server.getAs(token, "/api/v1/who").statusCode() == 401);
    }

    @Test
    void a_new_key_in_the_file_is_used_at_once_and_a_removed_one_soon_no_more() throws IOException {
        RSAKey before = rsa("before");
        RSAKey after = rsa("after");
        rotate(before.toPublicJWK());
        String old = token(before, ROTATING_ISSUER);
        assertThat(server.getAs(old, "/api/v1/who").statusCode()).isEqualTo(200);
        rotate(after.toPublicJWK());
        assertThat(server.getAs(token(after, ROTATING_ISSUER), "/api/v1/who").statusCode())
                .isEqualTo(200);
        await().atMost(BEFORE_A_TOKEN_IS_LOOKED_AT_AGAIN)
                .until(() -> server.getAs(old, "/api/v1/who").statusCode() == 401);
    }

    @Test
    void a_key_file_that_is_broken_or_gone_leaves_the_keys_as_they_were() throws IOException {
        RSAKey key = rsa("kept");
        rotate(key.toPublicJWK());
        assertThat(server.getAs(token(key, ROTATING_ISSUER), "/api/v1/who").statusCode())
                .isEqualTo(200);
        Path file = folder.resolve("rotating.json");
        List<Consumer<Path>> breakages = List.of(TokensTest::writeHalf, TokensTest::delete);
        for (Consumer<Path> breakage : breakages) {
            breakage.accept(file);
            // The unknown key makes the server look at the file.
            assertThat(server.getAs(token(rsa("new"), ROTATING_ISSUER), "/api/v1/who")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(server.getAs(token(key, ROTATING_ISSUER, claims -> claims.subject("again")), "/api/v1/who")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    private static void writeHalf(Path file) {
        try {
            Files.writeString(file, "{\"keys\": [{\"kty\"");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void rotate(JWK key) throws IOException {
        Files.writeString(folder.resolve("rotating.json"), jwks(key));
    }

    @Test
    void a_new_key_behind_the_url_is_used_without_a_restart() {
        assertThat(server.getAs(token(BY_URL, URL_ISSUER), "/api/v1/who").statusCode())
                .isEqualTo(200);
        RSAKey next = rsa("u2");
        site.put("/keys", jwks(BY_URL, next));
        await().until(() -> server.getAs(token(next, URL_ISSUER), "/api/v1/who").statusCode() == 200);
    }

    @Test
    void a_token_whose_issuer_cannot_be_asked_for_keys_is_not_the_callers_fault() {
        HttpResponse<String> answer = server.getAs(token(RSA, DOWN_ISSUER), "/api/v1/who");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).contains("/problems/service-unavailable").doesNotContain(site.url(""));
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).isEmpty();
    }

    @Test
    void without_a_token_everything_but_the_public_paths_is_unauthorized() {
        for (String path : List.of("/api", "/api/v1/who", "/api/v1/no-such-thing", "/metrics")) {
            HttpResponse<String> answer = server.get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(401);
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
            assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer realm=\"yardmaster\"");
        }
        for (String path : List.of("/nope", "/error", "/actuator", "/v3/api-docs", "/apis", "/api-docs")) {
            assertThat(server.get(path).statusCode()).as(path).isEqualTo(404);
            assertThat(server.getAs("nonsense", path).statusCode()).as(path).isEqualTo(404);
        }
        assertThat(server.send("POST", "/api/v1/health").statusCode()).isEqualTo(401);
        assertThat(server.get("/api/v1/health").statusCode()).isEqualTo(200);
        assertThat(server.send("HEAD", "/api/v1/health").statusCode()).isEqualTo(200);
    }

    @Test
    void the_page_that_shows_the_contract_needs_no_token() {
        assertThat(server.get("/swagger-ui/index.html").statusCode()).isEqualTo(200);
        assertThat(server.get("/v3/api-docs/swagger-config").statusCode()).isEqualTo(200);
    }

    @Test
    void with_a_token_a_path_that_does_not_exist_is_not_found() {
        assertThat(server.getAs(token(RSA, FILE_ISSUER), "/api/v1/no-such-thing")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void on_a_public_path_a_bad_token_is_not_even_looked_at() {
        assertThat(server.getAs("nonsense", "/api/v1/health").statusCode()).isEqualTo(200);
        assertThat(server.getAs(token(RSA, DOWN_ISSUER), "/api/v1/health").statusCode())
                .isEqualTo(200);
    }

    @Test
    void an_answer_given_later_is_given_to_the_same_caller_and_tenant() {
        String token = token(RSA, FILE_ISSUER, claims -> claims.claim("tenant", "late"));
        assertThat(server.getAs(token, "/api/v1/later").body()).isEqualTo("runs of late");
    }

    @Test
    void a_failure_after_the_check_is_not_turned_into_a_refusal() {
        assertThat(server.getAs(token(RSA, FILE_ISSUER), "/api/v1/failing").statusCode())
                .isEqualTo(409);
    }

    @Test
    void an_api_key_header_is_the_same_as_a_bearer_token() {
        String token = token(RSA, FILE_ISSUER);
        assertThat(server.get("/api/v1/who", "X-API-Key", token).statusCode()).isEqualTo(200);
        assertThat(server.get("/api/v1/who", "X-API-Key", token, "Authorization", "bearer " + token)
                        .statusCode())
                .isEqualTo(200);
        assertThat(server.get("/api/v1/who", "X-API-Key", token, "Authorization", "Basic YTpi")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void two_different_tokens_in_one_request_are_a_bad_request() {
        HttpResponse<String> answer = server.get(
                "/api/v1/who",
                "X-API-Key",
                token(EC, FILE_ISSUER),
                "Authorization",
                "Bearer " + token(RSA, FILE_ISSUER));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("/problems/bad-request");
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                .contains("error=\"invalid_request\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer", "Bearer ", "Bearer a b", "Bearer \"x\"", "Bearertoken"})
    void a_header_that_holds_no_token_is_refused(String header) {
        assertThat(server.get("/api/v1/who", "Authorization", header).statusCode())
                .isEqualTo(401);
    }

    @Test
    void a_token_in_the_url_is_never_accepted() {
        String token = token(RSA, FILE_ISSUER);
        for (String query : List.of("access_token=" + token, "a=b&token=" + token, "api_key=x&a=b", "access_token")) {
            HttpResponse<String> answer = server.get("/api/v1/who?" + query);
            assertThat(answer.statusCode()).as(query).isEqualTo(400);
            assertThat(answer.body()).contains("A token in the URL is not accepted");
            assertThat(server.getAs(token, "/api/v1/who?" + query).statusCode()).isEqualTo(400);
        }
        assertThat(server.getAs(token, "/api/v1/who?page_token=x").statusCode()).isEqualTo(200);
    }

    @Test
    void answers_say_what_a_browser_must_not_do_with_them() {
        HttpResponse<String> answer = server.getAs(token(RSA, FILE_ISSUER), "/api/v1/who");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(answer.headers().firstValue("X-Frame-Options")).contains("DENY");
        assertThat(answer.headers().firstValue("Referrer-Policy")).contains("no-referrer");
        assertThat(answer.headers().firstValue("Cross-Origin-Resource-Policy")).contains("same-origin");
        assertThat(answer.headers().allValues("Content-Security-Policy"))
                .containsExactly("default-src 'none'; frame-ancestors 'none'");
        assertThat(answer.headers().allValues("Cache-Control")).containsExactly("no-store");
        assertThat(answer.headers().firstValue("Strict-Transport-Security")).isEmpty();
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(server.getAs(token(RSA, FILE_ISSUER), "/api/v1/kept")
                        .headers()
                        .allValues("Cache-Control"))
                .containsExactly("private, max-age=60");
    }

    @Test
    void a_page_of_a_listed_origin_may_call_and_its_preflight_needs_no_token() {
        HttpResponse<String> preflight = server.send(
                "OPTIONS",
                "/api/v1/runs",
                "Origin",
                "https://console.example.test",
                "Access-Control-Request-Method",
                "POST",
                "Access-Control-Request-Headers",
                "authorization, idempotency-key");
        assertThat(preflight.statusCode()).isEqualTo(200);
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
                .contains("https://console.example.test");
        assertThat(preflight
                        .headers()
                        .firstValue("Access-Control-Allow-Methods")
                        .orElseThrow())
                .contains("POST");
        assertThat(preflight
                        .headers()
                        .firstValue("Access-Control-Allow-Headers")
                        .orElseThrow())
                .contains("authorization")
                .contains("idempotency-key");
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Credentials"))
                .isEmpty();

        HttpResponse<String> call = server.get(
                "/api/v1/who",
                "Origin",
                "https://console.example.test",
                "Authorization",
                "Bearer " + token(RSA, FILE_ISSUER));
        assertThat(call.statusCode()).isEqualTo(200);
        assertThat(call.headers().allValues("Vary")).contains("Origin");
        assertThat(call.headers().firstValue("Access-Control-Expose-Headers").orElseThrow())
                .contains("Location", "ETag", "Link", "Retry-After", "X-Request-Id", "Repr-Digest", "Content-Range");
    }

    @Test
    void an_unauthorized_page_of_a_listed_origin_can_read_why() {
        HttpResponse<String> answer = server.get("/api/v1/who", "Origin", "https://console.example.test");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).contains("https://console.example.test");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://console.example.test.evil.test",
                "http://console.example.test",
                "https://console.example.test:8443",
                "http://localhost:5173",
                "null"
            })
    void a_page_of_another_origin_may_not(String origin) {
        HttpResponse<String> preflight =
                server.send("OPTIONS", "/api/v1/runs", "Origin", origin, "Access-Control-Request-Method", "GET");
        assertThat(preflight.statusCode()).isEqualTo(403);
        assertThat(preflight.body()).contains("/problems/permission-denied");
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
                .isEmpty();
        HttpResponse<String> call =
                server.get("/api/v1/who", "Origin", origin, "Authorization", "Bearer " + token(RSA, FILE_ISSUER));
        assertThat(call.statusCode()).isEqualTo(403);
        assertThat(call.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void outside_development_mode_the_server_may_be_called_by_any_name() throws IOException {
        assertThat(server.raw("GET /api/v1/health HTTP/1.1", "Host: jobs.example.test"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void a_path_that_hides_something_is_a_problem_not_a_page() throws IOException {
        assertThat(server.raw("GET /api/v1/who;x=1 HTTP/1.1", "Host: localhost"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json")
                .contains("/problems/bad-request");
    }
}
