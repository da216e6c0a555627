package io.yardmaster.security;

import static io.yardmaster.security.TestIssuer.jwks;
import static io.yardmaster.security.TestIssuer.rsa;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often the issuer is asked, and what serves while it does not answer. */
class RemoteKeysTest {

    private static final RSAKey KEY = rsa("known");

    private TestIssuer.Site site;

    @BeforeEach
    void start() throws IOException {
        site = new TestIssuer.Site();
        site.put("/keys", jwks(KEY));
    }

    @AfterEach
    void stop() {
        site.close();
    }

    @Test
    void keys_are_fetched_once_for_many_tokens() throws Exception {
        RemoteKeys keys = keys(Duration.ofMinutes(5), Duration.ofSeconds(10));
        for (int i = 0; i < 100; i++) {
            assertThat(keys.get(named("known"), null)).hasSize(1);
        }
        assertThat(site.requests()).isEqualTo(1);
    }

    @Test
    void made_up_key_names_do_not_make_the_server_ask_for_each() throws Exception {
        RemoteKeys keys = keys(Duration.ofMinutes(5), Duration.ofMinutes(1));
        for (int i = 0; i < 100; i++) {
            assertThat(keys.get(named("made-up-" + i), null)).isEmpty();
        }
        assertThat(site.requests()).isEqualTo(1);
    }

    @Test
    void an_issuer_that_does_not_answer_is_not_asked_for_each_token() {
        site.remove("/keys");
        RemoteKeys keys = keys(Duration.ofMinutes(5), Duration.ofMinutes(1));
        for (int i = 0; i < 100; i++) {
            assertThatThrownBy(() -> keys.get(named("known"), null)).isInstanceOf(JWKSetUnavailableException.class);
        }
        assertThat(site.requests()).isEqualTo(1);
    }

    @Test
    void known_keys_serve_while_the_issuer_does_not_answer_but_nothing_is_said_about_new_ones() throws Exception {
        RemoteKeys keys = keys(Duration.ZERO, Duration.ZERO);
        assertThat(keys.get(named("known"), null)).hasSize(1);
        long version = keys.version();
        site.remove("/keys");
        assertThat(keys.get(named("known"), null)).hasSize(1);
        assertThat(keys.version()).isEqualTo(version);
        assertThatThrownBy(() -> keys.get(named("new"), null)).isInstanceOf(JWKSetUnavailableException.class);
    }

    @Test
    void old_keys_are_fetched_again_and_a_removed_one_is_gone() throws Exception {
        RemoteKeys keys = keys(Duration.ZERO, Duration.ZERO);
        assertThat(keys.get(named("known"), null)).hasSize(1);
        long version = keys.version();
        site.put("/keys", jwks(rsa("next")));
        assertThat(keys.get(named("known"), null)).isEmpty();
        assertThat(keys.get(named("next"), null)).hasSize(1);
        assertThat(keys.version()).isNotEqualTo(version);
    }

    @Test
    void the_configuration_of_another_issuer_is_not_believed() {
        site.put(
                "/realm/.well-known/openid-configuration",
                "{\"issuer\": \"https://evil.example.test\", \"jwks_uri\": \"%s\"}".formatted(site.url("/keys")));
        RemoteKeys keys = RemoteKeys.discovered(
                site.url("/realm"), new SecuritySettings.KeySettings(Duration.ofMinutes(5), Duration.ZERO));
        assertThatThrownBy(() -> keys.get(named("known"), null)).isInstanceOf(JWKSetUnavailableException.class);
    }

    private RemoteKeys keys(Duration cacheFor, Duration refetchInterval) {
        return RemoteKeys.at(
                "https://login.example.test",
                site.url("/keys"),
                new SecuritySettings.KeySettings(cacheFor, refetchInterval));
    }

    private static JWKSelector named(String kid) {
        return new JWKSelector(new JWKMatcher.Builder().keyID(kid).build());
    }
}
