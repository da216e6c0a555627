package io.yardmaster.engine;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.JobFolder;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class RerunTest {

    /** Each step leaves a mark; {@code risky} fails until a file is there. */
    private static final String CONFIG = """
        composition: steps
        argspec:
          type: object
          properties: {folder: {type: string}, colour: {type: string, default: red}}
        steps:
          - id: fetch
            inline: |
              echo fetch >> "$folder/marks"
              echo "kept" > left-in-the-workspace
              echo "rows=17" >> "$YM_OUTPUT"
            outputs: {rows: {type: integer}}
          - {id: blue, needs: [fetch], when: "args.colour == 'blue'", inline: 'echo blue >> "$folder/marks"'}
          - {id: beside, inline: 'echo beside >> "$folder/marks"'}
          - id: risky
            needs: [fetch, blue]
            env: {ROWS: "${{ steps.fetch.outputs.rows }}"}
            inline: |
              echo "risky $ROWS $(ls | wc -l)" >> "$folder/marks"
              [ -e "$folder/fixed" ]
          - {id: after, needs: [risky], inline: 'echo after >> "$folder/marks"; echo "{\\"rows\\": \\"$ROWS\\"}" > "$YM_RESULT"',
             env: {ROWS: "${{ steps.fetch.outputs.rows }}"}}
          - {id: tidy, needs: [risky], when: always(), inline: 'echo tidy >> "$folder/marks"'}
        """;

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    @TempDir
    Path folder;

    @BeforeEach
    void job() {
        server.job("rerun/risky").config(CONFIG);
    }

    @Test
    void a_failed_run_is_resumed_by_a_new_one_that_does_what_is_left() throws IOException {
        EndedRun failed = run("rerun/risky");
        assertThat(failed.status()).isEqualTo("failed");
        assertThat(marks()).containsExactlyInAnyOrder("fetch", "beside", "risky 17 1", "tidy");
        Files.delete(folder.resolve("marks"));
        Files.createFile(folder.resolve("fixed"));

        Answer answer = post(failed, "resume", null);

        assertThat(answer.status()).isEqualTo(201);
        String runId = answer.json().path("run_id").asString();
        assertThat(answer.json().path("rerun_of").asString()).isEqualTo(failed.id());
        assertThat(answer.json().path("status").asString()).isEqualTo("pending");
        assertThat(answer.header("Location")).isEqualTo("/api/v1/runs/" + runId);
        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        // Nothing of the earlier run's workspace is there.
        assertThat(marks()).containsExactlyInAnyOrder("risky 17 0", "after", "tidy");
        assertThat(run.result()).isEqualTo(EndedRun.json("{\"rows\": \"17\"}"));
        assertThat(run.run().path("rerun_of").asString()).isEqualTo(failed.id());
        assertThat(run.run().path("labels")).isEqualTo(failed.run().path("labels"));
        for (String step : List.of("fetch", "beside")) {
            assertThat(run.step(step).path("reused_from").asString()).isEqualTo(failed.id());
            assertThat(run.step(step).path("attempts")).isEmpty();
            assertThat(run.finishedAt(step)).isEqualTo(failed.finishedAt(step));
        }
        assertThat(run.outputs("fetch")).isEqualTo(failed.outputs("fetch"));
        assertThat(run.steps()).contains(entry("blue", "skipped"), entry("tidy", "success"));
        assertThat(run.step("blue").has("reused_from")).isFalse();
        assertThat(run.step("tidy").has("reused_from")).isFalse();
        assertThat(run.types().subList(0, 5))
                .containsExactly("run.created", "policy.decided", "step.finished", "step.finished", "run.started");
        assertThat(run.events().getFirst().path("rerun_of").asString()).isEqualTo(failed.id());
        JsonNode told = run.events("step.finished", "fetch").getFirst();
        assertThat(told.path("reused_from").asString()).isEqualTo(failed.id());
        assertThat(told.path("outputs")).isEqualTo(EndedRun.json("{\"rows\": 17}"));

        assertThat(EndedRun.of(api, failed.id())).isEqualTo(failed);
        JsonNode list = api.get("/runs?rerun_of=" + failed.id()).json();
        assertThat(list.path("runs")).hasSize(1);
        assertThat(list.path("runs").path(0).path("rerun_of").asString()).isEqualTo(failed.id());
    }

    @Test
    void what_was_taken_over_twice_still_names_the_run_it_ran_in() throws IOException {
        EndedRun first = run("rerun/risky");
        EndedRun second = EndedRun.of(api, id(post(first, "resume", "{}")));
        assertThat(second.status()).isEqualTo("failed");
        Files.createFile(folder.resolve("fixed"));

        EndedRun third = EndedRun.of(api, id(post(second, "resume", "{}")));

        assertThat(third.status()).isEqualTo("success");
        assertThat(third.run().path("rerun_of").asString()).isEqualTo(second.id());
        assertThat(third.step("fetch").path("reused_from").asString()).isEqualTo(first.id());
        assertThat(marks().stream().filter("fetch"::equals)).hasSize(1);
    }

    @Test
    void a_cancelled_run_can_be_resumed_and_a_successful_one_cannot() throws IOException {
        Files.createFile(folder.resolve("fixed"));
        server.job("rerun/long").config("""
            composition: steps
            steps:
              - {id: value, type: eval, values: {answer: "42"}}
              - {id: wait, needs: [value], type: sleep, for: 300ms}
              - {id: say, needs: [wait], type: eval, values: {said: "steps.value.outputs.answer"}}
            result: "${{ steps.say.outputs.said }}"
            """);
        String runId = api.run("rerun/long", "{}");
        api.await(runId, run -> run.path("summary").path("waiting").asInt() == 1);
        api.post("/runs/" + runId + "/cancel", "{}");
        EndedRun cancelled = EndedRun.of(api, runId);
        assertThat(cancelled.status()).isEqualTo("cancelled");

        EndedRun resumed = EndedRun.of(api, id(post(cancelled, "resume", null)));

        assertThat(resumed.status()).isEqualTo("success");
        assertThat(resumed.result().asInt()).isEqualTo(42);
        assertThat(resumed.step("value").path("reused_from").asString()).isEqualTo(runId);
        assertThat(resumed.step("wait").has("reused_from")).isFalse();
        Answer refused = post(resumed, "resume", null);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("detail").asString()).contains("rerun");
    }

    @Test
    void two_who_resume_a_failed_run_get_a_run_each() {
        EndedRun failed = run("rerun/risky");

        List<CompletableFuture<String>> both = List.of(
                CompletableFuture.supplyAsync(() -> id(post(failed, "resume", null))),
                CompletableFuture.supplyAsync(() -> id(post(failed, "resume", null))));

        List<String> ids = both.stream().map(CompletableFuture::join).toList();
        assertThat(ids).doesNotHaveDuplicates().doesNotContain(failed.id());
        assertThat(ids)
                .allSatisfy(id -> assertThat(
                                EndedRun.of(api, id).run().path("rerun_of").asString())
                        .isEqualTo(failed.id()));
    }

    @Test
    void secret_arguments_have_to_be_given_again_and_the_answer_says_which() {
        server.job("rerun/secret").config("""
            argspec:
              type: object
              required: [token]
              properties: {token: {type: string, format: secret}, pin: {type: string, format: secret}, name: {type: string}}
            inline: '[ "$token" = "the right secret" ] && echo "hello $name"'
            """);
        EndedRun failed = EndedRun.of(
                api, "rerun/secret", "{\"token\": \"a wrong secret\", \"pin\": \"12345678\", \"name\": \"Ada\"}");
        assertThat(failed.status()).isEqualTo("failed");

        for (String operation : List.of("resume", "rerun")) {
            Answer refused = post(failed, operation, "{\"args\": {\"pin\": \"12345678\"}}");
            assertThat(refused.status()).as(operation).isEqualTo(400);
            assertThat(refused.json().path("errors")).hasSize(1);
            assertThat(refused.json().path("errors").path(0).path("pointer").asString())
                    .isEqualTo("/args/token");
            assertThat(refused.json().path("errors").path(0).path("code").asString())
                    .isEqualTo("secret-needed");
        }
        Answer other = post(
                failed,
                "resume",
                "{\"args\": {\"pin\": \"12345678\", \"token\": \"the right secret\", \"name\": \"Bob\"}}");
        assertThat(other.status()).isEqualTo(400);
        assertThat(other.json().path("errors").path(0).path("code").asString()).isEqualTo("not-secret");

        String given = "{\"args\": {\"pin\": \"12345678\", \"token\": \"the right secret\"}}";
        EndedRun run = EndedRun.of(api, id(post(failed, "resume", given)));
        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.output("main")).containsExactly("hello Ada");
        assertThat(run.run().path("args").path("token").asString()).isEqualTo("***");
        EndedRun again = EndedRun.of(
                api,
                id(post(
                        run,
                        "rerun",
                        "{\"args\": {\"pin\": \"12345678\", \"token\": \"the right secret\", \"name\": \"Bob\"}}")));
        assertThat(again.output("main")).containsExactly("hello Bob");
    }

    @Test
    void a_pinned_rerun_runs_what_ran_and_a_latest_one_the_job_as_it_is_now() {
        JobFolder job = server.job("rerun/changing");
        job.config("""
            argspec: {type: object, properties: {old: {type: string, default: x}}}
            timeouts: {step: 30s}
            inline: echo one
            """);
        EndedRun first =
                EndedRun.of(api, api.post("/runs", """
                    {"job_id": "rerun/changing", "timeouts": {"run": "20s"}, "labels": {"team": "core"},
                     "attributes": {"rows": 5}, "priority": 7}
                    """).json().path("run_id").asString());
        job.config("""
            argspec: {type: object, properties: {fresh: {type: string, default: y}}}
            inline: echo two $fresh
            """);

        Answer answer = post(first, "rerun", null);
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Location"))
                .isEqualTo("/api/v1/runs/" + answer.json().path("run_id").asString());
        assertThat(answer.header("ETag")).isNotEmpty();
        EndedRun pinned = EndedRun.of(api, id(answer));
        EndedRun latest = EndedRun.of(api, id(post(first, "rerun", "{\"version\": \"latest\"}")));

        assertThat(pinned.output("main")).containsExactly("one");
        assertThat(pinned.run().path("provenance").path("job_digest"))
                .isEqualTo(first.run().path("provenance").path("job_digest"));
        assertThat(latest.output("main")).containsExactly("two y");
        assertThat(latest.run().path("args")).isEqualTo(EndedRun.json("{\"fresh\": \"y\"}"));
        for (EndedRun run : List.of(pinned, latest)) {
            assertThat(run.run().path("rerun_of").asString()).isEqualTo(first.id());
            assertThat(run.run().path("labels")).isEqualTo(EndedRun.json("{\"team\": \"core\"}"));
            assertThat(run.run().path("attributes")).isEqualTo(EndedRun.json("{\"rows\": 5}"));
            assertThat(run.run().path("priority").asInt()).isEqualTo(7);
        }
        job.delete();
        assertThat(post(first, "rerun", "{\"version\": \"latest\"}").status()).isEqualTo(404);
        assertThat(EndedRun.of(api, id(post(first, "rerun", "{}"))).output("main"))
                .containsExactly("one");
    }

    @Test
    void from_a_step_on_everything_that_needs_it_runs_again_and_the_rest_is_taken_over() throws IOException {
        Files.createFile(folder.resolve("fixed"));
        EndedRun first = run("rerun/risky");
        assertThat(first.status()).as("%s", first.run()).isEqualTo("success");
        Files.delete(folder.resolve("marks"));

        EndedRun run = EndedRun.of(api, id(post(first, "rerun", "{\"from_step\": \"risky\"}")));

        assertThat(run.status()).isEqualTo("success");
        assertThat(marks()).containsExactlyInAnyOrder("risky 17 0", "after", "tidy");
        assertThat(run.events().getFirst().path("from_step").asString()).isEqualTo("risky");
        assertThat(run.step("blue").path("status").asString()).isEqualTo("skipped");
        for (String step : List.of("fetch", "beside", "blue")) {
            assertThat(run.step(step).path("reused_from").asString()).as(step).isEqualTo(first.id());
        }
        assertThat(run.events("step.skipped", "blue")
                        .getFirst()
                        .path("reused_from")
                        .asString())
                .isEqualTo(first.id());
    }

    @Test
    void a_rerun_does_not_begin_where_something_before_it_did_not_succeed() {
        EndedRun failed = run("rerun/risky");

        Answer after = post(failed, "rerun", "{\"from_step\": \"after\"}");
        assertThat(after.status()).isEqualTo(409);
        assertThat(after.json().path("type").asString()).isEqualTo("/problems/step-not-reusable");
        assertThat(after.json().path("steps")).isEqualTo(EndedRun.json("[\"risky\"]"));
        assertThat(after.json().path("detail").asString()).contains("risky (failed)");
        Answer nowhere = post(failed, "rerun", "{\"from_step\": \"nowhere\"}");
        assertThat(nowhere.status()).isEqualTo(404);
        assertThat(nowhere.json().path("type").asString()).isEqualTo("/problems/step-not-found");
        assertThat(nowhere.json().path("detail").asString()).contains("fetch, blue, beside, risky, after, tidy");
        assertThat(id(post(failed, "rerun", "{\"from_step\": \"risky\"}"))).startsWith("run_");
    }

    @Test
    void only_what_has_ended_is_run_again() {
        server.job("rerun/night").config("""
            composition: steps
            steps:
              - {id: night, type: sleep, for: 8h}
            """);
        String runId = api.run("rerun/night", "{}");
        api.await(runId, run -> run.path("status").asString().equals("waiting"));

        Answer refused = api.post("/runs/" + runId + "/rerun", "{}");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("type").asString()).isEqualTo("/problems/run-active");
        assertThat(refused.json().path("run_status").asString()).isEqualTo("waiting");
        api.post("/runs/" + runId + "/cancel", "{}");
    }

    private EndedRun run(String job) {
        return EndedRun.of(api, job, "{\"folder\": \"" + folder + "\"}");
    }

    private List<String> marks() throws IOException {
        return Files.readAllLines(folder.resolve("marks"));
    }

    private Answer post(EndedRun run, String operation, @Nullable String json) {
        return api.send("POST", "/runs/" + run.id() + "/" + operation, json);
    }

    private static String id(Answer answer) {
        assertThat(answer.status()).as("%s", answer).isEqualTo(201);
        return answer.json().path("run_id").asString();
    }
}
