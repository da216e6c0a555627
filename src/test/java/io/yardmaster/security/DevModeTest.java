package io.yardmaster.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real server in the profile {@code dev}. */
class DevModeTest {

    private static TestServer server;

    @BeforeAll
    static void start() {
        String token = "yardmaster.dev.tokens";
        server = TestServer.start(
                "spring.profiles.active=dev",
                "server.address=127.0.0.1",
                "yardmaster.dev.allowed-hosts=My-Laptop.local",
                token + "[0].token=blue-token",
                token + "[0].subject=bea",
                token + "[0].tenant=blue",
                token + "[0].scopes=runs:read",
                token + "[0].groups=ops,leads",
                token + "[1].token=red-token",
                token + "[1].tenant=red");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void the_dev_token_may_do_everything_and_never_ends() {
        assertThat(server.getAs("dev-token", "/api/v1/who").body())
                .contains("\"subject\":\"dev\"")
                .contains("\"tenant\":\"default\"")
                .contains("\"method\":\"dev-token\"")
                .contains("\"expires\":false")
                .contains("keys:admin")
                .contains("system:read");
        assertThat(server.send("POST", "/api/v1/runs", "Authorization", "Bearer dev-token")
                        .body())
                .isEqualTo("started by dev");
    }

    @Test
    void further_tokens_have_their_own_subject_tenant_scopes_and_groups() {
        assertThat(server.getAs("blue-token", "/api/v1/who").body())
                .contains("\"subject\":\"bea\"")
                .contains("\"tenant\":\"blue\"")
                .contains("\"bound_tenant\":\"blue\"")
                .contains("\"scopes\":\"runs:read\"")
                .contains("\"groups\":\"leads ops\"");
        assertThat(server.send("POST", "/api/v1/runs", "X-API-Key", "blue-token")
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.getAs("red-token", "/api/v1/who").body())
                .contains("\"tenant\":\"red\"")
                .contains("runs:admin");
    }

    @Test
    void another_word_is_no_token() {
        HttpResponse<String> answer = server.getAs("dev-tokem", "/api/v1/who");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
                .contains("invalid_token");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:8080",
                "127.0.0.1",
                "127.8.9.10:8080",
                "[::1]:8080",
                "my-laptop.local:8080"
            })
    void this_machines_own_names_are_answered(String host) throws IOException {
        assertThat(server.raw("GET /api/v1/who HTTP/1.1", "Host: " + host, "Authorization: Bearer dev-token"))
                .startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example.test",
                "evil.example.test:8080",
                "localhost.evil.example.test",
                "127.0.0.1.evil.example.test",
                "10.0.0.1",
                "[::2]",
                "0.0.0.0:8080"
            })
    void a_name_that_was_made_to_lead_here_is_not(String host) throws IOException {
        assertThat(server.raw("GET /api/v1/who HTTP/1.1", "Host: " + host, "Authorization: Bearer dev-token"))
                .startsWith("HTTP/1.1 403")
                .contains("application/problem+json")
                .contains("/problems/host-not-allowed");
        assertThat(server.raw("GET /api/v1/health HTTP/1.1", "Host: " + host)).startsWith("HTTP/1.1 403");
    }

    @Test
    void a_forwarded_name_does_not_stand_in_for_the_real_one() throws IOException {
        assertThat(server.raw(
                        "GET /api/v1/who HTTP/1.1",
                        "Host: evil.example.test",
                        "X-Forwarded-Host: localhost",
                        "Authorization: Bearer dev-token"))
                .startsWith("HTTP/1.1 403");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:5173", "http://localhost", "http://127.0.0.1:3000"})
    void a_page_served_on_this_machine_may_call(String origin) {
        HttpResponse<String> preflight =
                server.send("OPTIONS", "/api/v1/runs", "Origin", origin, "Access-Control-Request-Method", "POST");
        assertThat(preflight.statusCode()).isEqualTo(200);
        assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
                .contains(origin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example.test",
                "http://localhost.evil.example.test",
                "http://localhost:80.evil.example.test",
                "http://notlocalhost:80"
            })
    void a_page_from_elsewhere_may_not(String origin) {
        assertThat(server.send("OPTIONS", "/api/v1/runs", "Origin", origin, "Access-Control-Request-Method", "POST")
                        .statusCode())
                .isEqualTo(403);
    }
}
