package io.yardmaster.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What the server refuses to start with, and what it says then. */
@ExtendWith(OutputCaptureExtension.class)
class StartRulesTest {

    private static final String ISSUER = "yardmaster.security.issuers[0].issuer=https://login.example.test";
    private static final String AUDIENCE = "yardmaster.security.issuers[0].audiences=yardmaster";
    private static final String JWKS = "yardmaster.security.issuers[0].jwks=";

    @Test
    void a_server_that_knows_no_issuer_says_what_to_set(CapturedOutput output) {
        refused();
        assertThat(output)
                .contains("No issuer of tokens is configured")
                .contains("issuers:")
                .contains("audiences: yardmaster")
                .contains("--spring.profiles.active=dev");
        hasNoStackTrace(output);
    }

    @Test
    void development_mode_does_not_listen_on_every_interface(CapturedOutput output) {
        refused("spring.profiles.active=dev");
        assertThat(output)
                .contains("server.address is not set")
                .contains("server.address=127.0.0.1")
                .contains("yardmaster.dev.allow-non-loopback=true");
        hasNoStackTrace(output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.1.2.3", "::"})
    void development_mode_does_not_listen_where_others_reach_it(String address, CapturedOutput output) {
        refused("spring.profiles.active=dev", "server.address=" + address);
        assertThat(output).contains("which other machines may reach");
        hasNoStackTrace(output);
    }

    @Test
    void development_mode_listens_anywhere_when_told_so_but_still_checks_the_host() throws IOException {
        try (TestServer server = TestServer.start(
                "spring.profiles.active=dev", "server.address=0.0.0.0", "yardmaster.dev.allow-non-loopback=true")) {
            assertThat(server.getAs("dev-token", "/api/v1/who").statusCode()).isEqualTo(200);
            assertThat(server.raw("GET /api/v1/health HTTP/1.1", "Host: evil.example.test"))
                    .startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void a_missing_key_file_is_named(@TempDir Path folder, CapturedOutput output) {
        Path file = folder.resolve("missing.json");
        refused(ISSUER, AUDIENCE, JWKS + file);
        assertThat(output).contains("cannot be read from " + file + ": there is no such file.");
        hasNoStackTrace(output);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "not json", "{}", "{\"keys\": []}", "{\"keys\": [{\"kty\": \"oct\", \"k\": \"c2VjcmV0\"}]}"})
    void a_key_file_without_a_usable_key_is_named(String content, @TempDir Path folder, CapturedOutput output)
            throws IOException {
        Path file = folder.resolve("broken.json");
        Files.writeString(file, content);
        refused(ISSUER, AUDIENCE, JWKS + file);
        assertThat(output).contains("cannot be read from " + file);
        hasNoStackTrace(output);
    }

    @Test
    void an_issuer_without_audiences_is_not_accepted(CapturedOutput output) {
        refused(ISSUER);
        assertThat(output).contains("needs audiences");
        hasNoStackTrace(output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "HS256"})
    void an_algorithm_that_proves_nothing_is_not_accepted(String algorithm, CapturedOutput output) {
        refused(ISSUER, AUDIENCE, "yardmaster.security.issuers[0].algorithms=" + algorithm);
        assertThat(output).contains("yardmaster.security.issuers[0].algorithms").contains(algorithm);
        hasNoStackTrace(output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "https://*.example.test"})
    void a_wildcard_for_origins_is_not_accepted(String origin, CapturedOutput output) {
        refused(ISSUER, AUDIENCE, "yardmaster.security.cors.allowed-origins=" + origin);
        assertThat(output).contains("has a wildcard").contains("List each origin");
        hasNoStackTrace(output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"console.example.test", "https://console.example.test/", "null"})
    void an_origin_must_be_written_as_a_browser_sends_it(String origin, CapturedOutput output) {
        refused(ISSUER, AUDIENCE, "yardmaster.security.cors.allowed-origins=" + origin);
        assertThat(output).contains("must be a scheme, a host");
        hasNoStackTrace(output);
    }

    private static void refused(String... settings) {
        assertThatThrownBy(() -> TestServer.start(settings).close()).isInstanceOf(Exception.class);
    }

    private static void hasNoStackTrace(CapturedOutput output) {
        assertThat(output).contains("APPLICATION FAILED TO START").doesNotContain("\tat ");
    }
}
