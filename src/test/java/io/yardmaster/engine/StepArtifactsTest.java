package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What becomes of the files that steps leave behind. */
class StepArtifactsTest {

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    @Test
    void an_artifact_that_is_too_large_does_not_hide_how_the_step_ended() {
        server.job("left/large-and-failed").config("""
            composition: steps
            steps:
              - id: work
                inline: |
                  echo small > "$YM_ARTIFACTS/a-small"
                  head -c 4500000 /dev/zero > "$YM_ARTIFACTS/large"
                  [ "$YM_ATTEMPT" -eq 2 ] || exit 3
                  exit 4
                retry: {attempts: 5, backoff: 1s, match: ["exit:3"]}
            """);

        EndedRun run = EndedRun.of(api, "left/large-and-failed", "{}");

        JsonNode step = run.step("work");
        assertThat(step.path("attempts").size()).isEqualTo(2);
        assertThat(step.path("attempts").path(1).path("exit_code").asInt()).isEqualTo(4);
        JsonNode failure = step.path("failure");
        assertThat(failure.path("category").asString() + "/"
                        + failure.path("code").asString())
                .isEqualTo("application/exit-code");
        assertThat(failure.path("message").asString())
                .isEqualTo(
                        "The step ended with exit code 4. Besides: The artifact large has more than the 4194304 bytes"
                                + " that one may have.");
        assertThat(names(run.id())).containsOnly("a-small");
    }

    @Test
    void an_artifact_that_is_too_large_fails_a_step_that_is_fine_otherwise() {
        server.job("left/large").config("""
            inline: head -c 4500000 /dev/zero > "$YM_ARTIFACTS/large"
            """);

        EndedRun run = EndedRun.of(api, "left/large", "{}");

        assertThat(run.failure("category") + "/" + run.failure("code")).isEqualTo("resource/artifact-too-large");
    }

    @Test
    void artifacts_get_the_keys_that_their_job_gives_them() {
        server.job("left/keyed").config("""
            composition: steps
            argspec: {type: object, properties: {version: {type: string}}}
            artifacts: {default_key_pattern: "keyed/{job_id}/{run_id}/{step_id}/{name}"}
            steps:
              - id: build
                inline: |
                  echo one > "$YM_ARTIFACTS/log.txt"
                  mkdir dist
                  echo a > dist/a.txt
                  echo b > dist/b.txt
                artifacts:
                  - {path: "dist/*", key: "keyed/${{ args.version }}/{name}"}
                  - {path: dist/a.txt, name: newest, key: keyed/newest, mode: mutable}
            """);

        EndedRun first = EndedRun.of(api, "left/keyed", "{\"version\": \"1\"}");
        EndedRun second = EndedRun.of(api, "left/keyed", "{\"version\": \"2\"}");

        assertThat(first.status()).isEqualTo("success");
        assertThat(second.status()).isEqualTo("success");
        assertThat(keys(first.id()))
                .containsExactlyInAnyOrder(
                        "keyed/left/keyed/" + first.id() + "/build/log.txt immutable",
                        "keyed/1/dist/a.txt immutable",
                        "keyed/1/dist/b.txt immutable",
                        "keyed/newest mutable");
        JsonNode newest = api.get("/artifacts?key=keyed/newest").json().path("artifacts");
        assertThat(newest.valueStream().map(artifact -> artifact.path("run_id").asString()))
                .containsExactly(second.id(), first.id());
    }

    @Test
    void a_step_whose_key_is_taken_has_failed_and_says_which() {
        server.job("left/taken").config("""
            composition: steps
            steps:
              - id: build
                inline: echo it > it.txt
                artifacts: [{path: it.txt, key: left/taken/for-good}]
            """);

        EndedRun first = EndedRun.of(api, "left/taken", "{}");
        EndedRun second = EndedRun.of(api, "left/taken", "{}");

        assertThat(first.status()).isEqualTo("success");
        assertThat(second.failure("category") + "/" + second.failure("code"))
                .isEqualTo("application/artifact-key-taken");
        assertThat(second.failure("message"))
                .contains("The artifact it.txt cannot have its key: The key"
                        + " left/taken/for-good was used before, and names something for good");
        assertThat(names(second.id())).isEmpty();
    }

    @Test
    void a_step_that_is_tried_again_uses_its_own_key_once_more() {
        server.job("left/again").config("""
            composition: steps
            steps:
              - id: build
                inline: |
                  echo "$YM_ATTEMPT" > it.txt
                  cp it.txt "$YM_ARTIFACTS/"
                  [ "$YM_ATTEMPT" -eq 2 ]
                retry: {attempts: 2, backoff: 1s}
            artifacts: {default_key_pattern: "again/{run_id}"}
            """);

        EndedRun run = EndedRun.of(api, "left/again", "{}");

        assertThat(run.status()).isEqualTo("success");
        assertThat(keys(run.id()))
                .containsExactly("again/" + run.id() + " immutable", "again/" + run.id() + " immutable");
    }

    @Test
    void a_key_that_a_run_had_no_use_for_is_free_when_it_is_over() {
        server.job("left/too-large").config("""
            composition: steps
            argspec: {type: object, properties: {bytes: {type: integer}}}
            steps:
              - id: build
                inline: head -c "$bytes" /dev/zero > it
                artifacts: [{path: it, key: left/free-again}]
            """);

        EndedRun large = EndedRun.of(api, "left/too-large", "{\"bytes\": 4500000}");
        EndedRun small = EndedRun.of(api, "left/too-large", "{\"bytes\": 10}");

        assertThat(large.failure("code")).isEqualTo("artifact-too-large");
        assertThat(small.status()).isEqualTo("success");
        assertThat(keys(small.id())).containsExactly("left/free-again immutable");
    }

    @Test
    void two_files_of_a_step_do_not_share_an_immutable_key() {
        server.job("left/two").config("""
            inline: touch "$YM_ARTIFACTS/a" "$YM_ARTIFACTS/b"
            artifacts: {default_key_pattern: "two/{run_id}"}
            """);

        EndedRun run = EndedRun.of(api, "left/two", "{}");

        assertThat(run.failure("category") + "/" + run.failure("code")).isEqualTo("application/artifact-key-taken");
        assertThat(run.failure("message")).contains("{name}");
    }

    private List<String> keys(String runId) {
        return api.get("/artifacts?run_id=" + runId)
                .json()
                .path("artifacts")
                .valueStream()
                .map(artifact -> artifact.path("key").asString() + " "
                        + artifact.path("key_mode").asString())
                .toList();
    }

    private List<String> names(String runId) {
        return api.get("/artifacts?run_id=" + runId)
                .json()
                .path("artifacts")
                .valueStream()
                .map(artifact -> artifact.path("name").asString())
                .toList();
    }
}
