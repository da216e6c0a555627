package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.executors.RunFolders;
import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Which secrets a step gets, and when they are there. */
class StepSecretsTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final ApiClient API = SERVER.client();

    @Test
    void what_only_steps_behind_a_gate_name_is_nowhere_before_people_have_agreed() throws IOException {
        SERVER.job("step-secrets/gated").config("""
            composition: steps
            argspec:
              type: object
              properties: {deploy_key: {type: string, format: secret}, any_key: {type: string, format: secret}}
            steps:
              - id: build
                inline: |
                  echo "build: $(ls "$YM_SECRETS_DIR" | tr '\\n' ' ')${deploy_key-none}"
                  cat "$YM_SECRETS_DIR"/../*/deploy_key 2>/dev/null || echo "nowhere"
              - {id: hold, needs: [build], inline: "until [[ -e on ]]; do sleep 0.02; done"}
              - {id: gate, needs: [build], type: approval, approval: {title: "Deploy?", allow_self: true}}
              - id: deploy
                needs: [gate]
                secrets: [deploy_key]
                inline: |
                  echo "deploy: $(ls "$YM_SECRETS_DIR") ${#deploy_key} ${any_key-none}"
                  touch on
              - {id: after, needs: [deploy], inline: 'cat "$YM_SECRETS_DIR"/../*/deploy_key 2>/dev/null || echo gone'}
            """);
        String run = API.run(
                "step-secrets/gated", "{\"deploy_key\": \"the-key-of-deploy\", \"any_key\": \"the-key-of-all\"}");
        API.await(
                run,
                seen -> seen.path("steps").path(2).path("status").asString().equals("waiting")
                        && seen.path("steps").path(1).path("status").asString().equals("running"));
        Path secrets =
                SERVER.bean(RunFolders.class).of(RunId.parse(run).orElseThrow()).secrets();
        assertThat(names(secrets)).contains("any_key").doesNotContain("deploy_key");

        assertThat(API.post("/runs/" + run + "/steps/gate/approve", "{}").status())
                .isEqualTo(200);

        JsonNode ended = API.awaitEnd(run);
        assertThat(ended.path("status").asString()).as("%s", ended).isEqualTo("success");
        assertThat(API.get("/runs/" + run + "/logs?format=text").body())
                .contains("build: any_key none", "nowhere", "deploy: deploy_key 17 none", "gone")
                .doesNotContain("the-key-of");
    }

    @Test
    void a_job_is_told_what_could_be_read_before_its_gate_and_of_names_that_are_no_secrets() {
        SERVER.job("step-secrets/open").config("""
            composition: steps
            argspec: {type: object, properties: {key: {type: string, format: secret}}}
            steps:
              - {id: build, inline: ":"}
              - {id: gate, needs: [build], type: approval, approval: {title: "Deploy?"}}
              - {id: deploy, needs: [gate], inline: ":"}
            """);
        SERVER.job("step-secrets/wrong").config("""
            composition: steps
            argspec: {type: object, properties: {key: {type: string, format: secret}}}
            steps:
              - {id: build, inline: ":", secrets: [kay]}
            """);

        assertThat(API.get("/jobs/step-secrets/open").body())
                .contains("may run before anybody has agreed, and can read key");
        // Read when it is asked for; a list of many jobs does not wait for that.
        assertThat(API.get("/jobs/step-secrets/wrong").status()).isEqualTo(409);
        assertThat(API.get("/jobs?namespace=step-secrets").body()).contains("'kay' is no secret argument");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
