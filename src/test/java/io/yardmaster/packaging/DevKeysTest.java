package io.yardmaster.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that make the keys and tokens of the Compose file. */
class DevKeysTest {

    @TempDir
    static Path folder;

    @BeforeAll
    static void keys() throws Exception {
        assumeTrue(hasOpenssl(), "openssl is not on this machine");
        run("docker/dev-keys", folder.toString());
    }

    @Test
    void a_token_is_signed_with_the_key_that_the_key_set_shows() throws Exception {
        JWKSet keys = JWKSet.parse(Files.readString(folder.resolve("jwks.json")));

        SignedJWT token =
                SignedJWT.parse(run("docker/dev-token", "--keys", folder.toString(), "ann", "runs:read", "acme"));

        assertThat(keys.getKeys()).hasSize(1).noneMatch(key -> key.isPrivate());
        assertThat(token.verify(new RSASSAVerifier(keys.getKeys().getFirst().toRSAKey())))
                .isTrue();
        assertThat(token.getHeader().getKeyID())
                .isEqualTo(keys.getKeys().getFirst().getKeyID());
        assertThat(token.getJWTClaimsSet().getSubject()).isEqualTo("ann");
        assertThat(token.getJWTClaimsSet().getClaim("scope")).isEqualTo("runs:read");
        assertThat(token.getJWTClaimsSet().getClaim("tenant")).isEqualTo("acme");
        assertThat(token.getJWTClaimsSet().getAudience()).containsExactly("yardmaster");
    }

    @Test
    void the_issuer_is_the_one_that_the_compose_file_names() throws Exception {
        SignedJWT token = SignedJWT.parse(run("docker/dev-token", "--keys", folder.toString()));

        assertThat(Yaml.map(
                        Yaml.read(Files.readString(Path.of("docker-compose.yml"))),
                        "services",
                        "server",
                        "environment"))
                .containsEntry(
                        "YARDMASTER_SECURITY_ISSUERS_0_ISSUER",
                        token.getJWTClaimsSet().getIssuer());
    }

    @Test
    void the_key_for_secrets_is_one_that_the_server_takes() throws Exception {
        String key = Files.readString(folder.resolve("encryption-keys")).strip();

        assertThat(key).startsWith("dev-keys:");
        assertThat(Base64.getDecoder().decode(key.substring("dev-keys:".length())))
                .hasSize(32);
    }

    @Test
    void what_is_there_stays() throws Exception {
        List<String> before = contents();

        run("docker/dev-keys", folder.toString());

        assertThat(contents()).isEqualTo(before).hasSize(5);
    }

    private static List<String> contents() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().map(DevKeysTest::content).toList();
        }
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean hasOpenssl() {
        try {
            return new ProcessBuilder("openssl", "version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }
}
