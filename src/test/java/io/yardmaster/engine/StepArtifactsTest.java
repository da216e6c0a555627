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
        assertThat(step.path("exit_code").asInt()).isEqualTo(4);
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

    private List<String> names(String runId) {
        return api.get("/artifacts?run_id=" + runId)
                .json()
                .path("artifacts")
                .valueStream()
                .map(artifact -> artifact.path("name").asString())
                .toList();
    }
}
