package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.JobFolder;
import io.yardmaster.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class OldBytesTest {

    private static final String CONFIG = """
        composition: steps
        argspec: {type: object, properties: {go: {type: string}}}
        steps:
          - {id: first, script: ./first.sh}
          - {id: second, needs: [first], script: ./second.sh, env: {WHICH: %s}}
        result: %s
        """;

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    @TempDir
    Path folder;

    @Test
    void a_run_executes_what_was_planned_though_its_job_changes_and_goes_away_between_two_steps() throws Exception {
        JobFolder job = server.job("old/bytes")
                .config(CONFIG.formatted("old", "old result"))
                .file("first.sh", "echo first; until [[ -e $go ]]; do sleep 0.05; done\n")
                .file("second.sh", "echo \"old bytes, $WHICH variable\"; cat \"$YM_JOB_DIR/lib/text\"\n")
                .file("lib/text", "old text\n");
        Path go = folder.resolve("go");
        JsonNode plan = api.post("/plans", "{\"job_id\": \"old/bytes\", \"args\": {\"go\": \"" + go + "\"}}")
                .json();
        String planId = plan.path("plan_id").asString();
        String body = "{\"plan_id\": \"" + planId + "\"}";
        String runId = api.post("/runs", body).json().path("run_id").asString();
        api.await(runId, run -> step(run, "first").path("status").asString().equals("running"));

        job.config(CONFIG.formatted("new", "new result"))
                .file("second.sh", "echo new bytes\n")
                .file("lib/text", "new text\n");
        JsonNode changed = api.get("/jobs/old/bytes").json();
        assertThat(changed.path("digest").asString())
                .isNotEqualTo(plan.path("job_digest").asString());
        assertStale(body);

        job.delete();
        assertThat(api.get("/jobs/old/bytes").status()).isEqualTo(404);
        assertStale(body);
        assertThat(api.get("/plans/" + planId).json().path("job_digest")).isEqualTo(plan.path("job_digest"));
        assertThat(step(api.get("/runs/" + runId).json(), "second")
                        .path("status")
                        .asString())
                .isEqualTo("pending");

        Files.createFile(go);
        EndedRun run = EndedRun.of(api, runId);

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.output("second")).containsExactly("old bytes, old variable", "old text");
        assertThat(run.result().asString()).isEqualTo("old result");
        assertThat(run.run().path("provenance").path("job_digest")).isEqualTo(plan.path("job_digest"));
    }

    private void assertStale(String body) {
        var answer = api.post("/runs", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(409);
        assertThat(answer.json().path("type").asString()).isEqualTo("/problems/plan-stale");
    }

    private static JsonNode step(JsonNode run, String id) {
        return run.path("steps")
                .valueStream()
                .filter(step -> step.path("step_id").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
