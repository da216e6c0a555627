package io.yardmaster.engine;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class PauseTest {

    private static final Executor THREADS =
            task -> Thread.ofVirtual().name("caller").start(task);

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    @TempDir
    Path folder;

    @BeforeEach
    void jobs() {
        server.job("pause/gated").config("""
            composition: steps
            argspec: {type: object, properties: {folder: {type: string}}}
            steps:
              - id: first
                inline: |
                  echo began > "$folder/began"
                  until [ -e "$folder/go" ]; do sleep 0.02; done
              - {id: second, needs: [first], inline: 'date +%s%N > "$folder/second"'}
            """);
        server.job("pause/nap").config("""
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 5s}
              - {id: after, needs: [nap], type: eval, values: {done: "true"}}
            """);
        server.job("pause/night").config("""
            composition: steps
            steps:
              - {id: night, type: sleep, for: 8h}
            """);
        server.job("pause/quick").config("inline: echo quick");
    }

    @Test
    void a_step_at_work_goes_on_to_its_end_and_no_other_begins_until_the_run_is_resumed() throws IOException {
        String runId = gated();

        Answer asked = post(runId, "pause", "{\"reason\": \"A look at it.\"}");
        assertThat(asked.status()).isEqualTo(202);
        assertThat(asked.json()).isEqualTo(status(runId, "running"));
        assertThat(asked.header("Location")).isEqualTo("/api/v1/runs/" + runId);
        JsonNode pausing = api.get("/runs/" + runId).json();
        assertThat(pausing.path("status").asString()).isEqualTo("running");
        assertThat(pausing.path("pause").path("requested_by").asString()).isEqualTo("dev");
        assertThat(pausing.path("pause").path("reason").asString()).isEqualTo("A look at it.");
        assertThat(post(runId, "pause", null).status()).isEqualTo(202);

        go();
        JsonNode paused = awaitStatus(runId, "paused");
        assertThat(paused.path("summary")).isEqualTo(EndedRun.json("{\"success\": 1, \"pending\": 1}"));
        assertThat(paused.has("wait")).isFalse();
        assertThat(api.events(runId).getLast().path("type").asString()).isEqualTo("run.paused");
        assertThat(api.events(runId).getLast().path("reason").asString()).isEqualTo("A look at it.");
        await().until(() -> !api.get("/runs/" + runId).json().has("owner"));
        Answer again = post(runId, "pause", null);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json()).isEqualTo(status(runId, "paused"));
        assertThat(folder.resolve("second")).doesNotExist();

        Instant resumed = Instant.now();
        Answer goesOn = post(runId, "resume", null);
        assertThat(goesOn.status()).isEqualTo(200);
        assertThat(goesOn.json()).isEqualTo(status(runId, "running"));
        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).isEqualTo("success");
        assertThat(run.run().has("pause")).isFalse();
        assertThat(run.startedAt("second")).isAfterOrEqualTo(resumed.minusMillis(100));
        assertThat(run.types())
                .containsSubsequence(
                        "run.started",
                        "step.started",
                        "step.finished",
                        "run.paused",
                        "run.waiting",
                        "run.resumed",
                        "step.started",
                        "step.finished",
                        "run.finished")
                .containsOnlyOnce("run.paused", "run.resumed");
        assertThat(run.events().stream()
                        .filter(event -> event.path("type").asString().equals("run.resumed"))
                        .findFirst()
                        .orElseThrow()
                        .path("requested_by")
                        .asString())
                .isEqualTo("dev");
    }

    @Test
    void a_pause_that_is_taken_back_before_the_step_has_ended_leaves_no_trace() throws IOException {
        String runId = gated();
        assertThat(post(runId, "pause", null).status()).isEqualTo(202);
        assertThat(post(runId, "resume", null).status()).isEqualTo(200);
        assertThat(api.get("/runs/" + runId).json().has("pause")).isFalse();

        go();

        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).isEqualTo("success");
        assertThat(run.types()).doesNotContain("run.paused", "run.waiting", "run.resumed");
    }

    @Test
    void a_run_that_has_not_started_does_not_start_while_it_is_paused() {
        Instant notBefore = Instant.now().plusSeconds(3);
        String runId = api.post("/runs", """
            {"job_id": "pause/quick", "not_before": "%s"}
            """.formatted(notBefore))
                .json()
                .path("run_id")
                .asString();
        assertThat(post(runId, "pause", null).status()).isEqualTo(202);
        JsonNode paused = awaitStatus(runId, "paused");
        assertThat(paused.has("started_at")).isFalse();
        await().until(() -> Instant.now().isAfter(notBefore.plusSeconds(1)));
        assertThat(api.get("/runs/" + runId).json().path("status").asString()).isEqualTo("paused");

        Answer resumed = post(runId, "resume", null);

        assertThat(resumed.json()).isEqualTo(status(runId, "pending"));
        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).isEqualTo("success");
        assertThat(run.types()).startsWith("run.created", "policy.decided", "run.paused", "run.resumed", "run.started");
    }

    @Test
    void a_run_that_is_resumed_waits_for_its_time_as_before() {
        Instant notBefore = Instant.now().plus(Duration.ofDays(30));
        String runId = api.post("/runs", """
            {"job_id": "pause/quick", "not_before": "%s"}
            """.formatted(notBefore))
                .json()
                .path("run_id")
                .asString();
        post(runId, "pause", null);
        awaitStatus(runId, "paused");

        post(runId, "resume", null);

        awaitStatus(runId, "pending");
        String after = api.run("pause/quick", "{}");
        assertThat(api.awaitEnd(after).path("status").asString()).isEqualTo("success");
        assertThat(api.get("/runs/" + runId).json().path("status").asString()).isEqualTo("pending");
        assertThat(api.get("/runs/" + runId).json().has("started_at")).isFalse();
        post(runId, "cancel", null);
        assertThat(api.awaitEnd(runId).path("status").asString()).isEqualTo("cancelled");
    }

    @Test
    void a_timer_that_falls_due_meanwhile_is_seen_when_the_run_is_resumed() {
        String runId = api.run("pause/nap", "{}");
        api.await(runId, run -> run.path("summary").path("waiting").asInt() == 1);
        post(runId, "pause", null);
        awaitStatus(runId, "paused");
        Instant due = Instant.parse(step(runId, "nap").path("due_at").asString());
        await().until(() -> Instant.now().isAfter(due.plusMillis(300)));
        assertThat(step(runId, "nap").path("status").asString()).isEqualTo("waiting");

        post(runId, "resume", null);

        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).isEqualTo("success");
        assertThat(run.finishedAt("nap")).isAfterOrEqualTo(due.plusMillis(200));
    }

    @Test
    void a_waiting_run_is_paused_at_once_and_goes_on_waiting_when_it_is_resumed() {
        String runId = api.run("pause/night", "{}");
        JsonNode waiting = awaitStatus(runId, "waiting");
        Instant began = EndedRun.instant(step(runId, "night"), "started_at");

        assertThat(post(runId, "pause", null).status()).isEqualTo(202);
        awaitStatus(runId, "paused");
        assertThat(post(runId, "resume", null).json()).isEqualTo(status(runId, "running"));

        JsonNode again = api.await(
                runId, run -> run.path("wait").path("reason").asString().equals("timer"));
        assertThat(again.path("wait")).isEqualTo(waiting.path("wait"));
        assertThat(EndedRun.instant(step(runId, "night"), "started_at")).isEqualTo(began);
        post(runId, "cancel", null);
        assertThat(api.awaitEnd(runId).path("status").asString()).isEqualTo("cancelled");
    }

    @Test
    void a_paused_run_is_cancelled_at_once() throws IOException {
        String runId = gated();
        post(runId, "pause", null);
        go();
        awaitStatus(runId, "paused");

        assertThat(post(runId, "cancel", null).status()).isEqualTo(202);

        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.steps()).containsExactly(entry("first", "success"), entry("second", "cancelled"));
        assertThat(run.types()).endsWith("run.paused", "run.cancelling", "step.finished", "run.finished");
        assertThat(run.status()).isEqualTo("cancelled");
    }

    @Test
    void a_deadline_goes_on_while_the_run_is_paused() {
        String runId = api.post("/runs", "{\"job_id\": \"pause/night\", \"timeouts\": {\"deadline\": \"1500ms\"}}")
                .json()
                .path("run_id")
                .asString();
        post(runId, "pause", null);
        awaitStatus(runId, "paused");

        EndedRun run = EndedRun.of(api, runId);

        assertThat(run.status()).isEqualTo("failed");
        assertThat(run.failure("code")).isEqualTo("deadline-timeout");
        assertThat(run.types()).contains("run.paused").doesNotContain("run.resumed");
    }

    @Test
    void of_many_who_resume_and_pause_at_the_same_instant_each_is_answered_and_the_last_decides() throws IOException {
        String runId = gated();
        post(runId, "pause", null);
        go();
        awaitStatus(runId, "paused");

        List<Answer> answers = atOnce(16, i -> post(runId, "resume", null));

        assertThat(answers).extracting(Answer::status).containsOnly(200);
        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).isEqualTo("success");
        assertThat(run.types()).containsOnlyOnce("run.resumed");

        String other = api.run("pause/night", "{}");
        awaitStatus(other, "waiting");
        assertThat(atOnce(16, i -> post(other, i % 2 == 0 ? "pause" : "resume", null)))
                .extracting(Answer::status)
                .containsAnyOf(200, 202)
                .doesNotContain(409, 500);
        boolean held = api.get("/runs/" + other).json().has("pause");
        awaitStatus(other, held ? "paused" : "waiting");
        post(other, "cancel", null);
        assertThat(api.awaitEnd(other).path("status").asString()).isEqualTo("cancelled");
    }

    @Test
    void what_has_ended_or_is_about_to_is_not_paused_any_more() {
        String ended = api.run("pause/quick", "{}");
        api.awaitEnd(ended);
        for (String command : List.of("pause", "resume")) {
            Answer refused = post(ended, command, null);
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.json().path("type").asString()).isEqualTo("/problems/run-not-active");
            assertThat(refused.json().path("run_status").asString()).isEqualTo("success");
        }
        server.job("pause/stubborn").config("""
            inline: |
              trap '' TERM
              echo armed
              for i in $(seq 100); do sleep 0.1; done
            """);
        String ending = api.run("pause/stubborn", "{}");
        await().until(() -> api.events(ending).toString().contains("armed"));
        post(ending, "cancel", "{\"grace\": \"1s\"}");
        Answer refused = post(ending, "pause", null);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("run_status").asString()).isEqualTo("cancelling");
        assertThat(api.awaitEnd(ending).path("status").asString()).isEqualTo("cancelled");
    }

    private String gated() {
        String runId = api.run("pause/gated", "{\"folder\": \"" + folder + "\"}");
        await().until(() -> Files.exists(folder.resolve("began")));
        return runId;
    }

    private void go() throws IOException {
        Files.createFile(folder.resolve("go"));
    }

    private Answer post(String runId, String command, @Nullable String json) {
        return api.send("POST", "/runs/" + runId + "/" + command, json);
    }

    private JsonNode awaitStatus(String runId, String status) {
        return api.await(runId, run -> run.path("status").asString().equals(status));
    }

    private JsonNode step(String runId, String stepId) {
        return api.get("/runs/" + runId + "/steps/" + stepId).json();
    }

    private static JsonNode status(String runId, String status) {
        return EndedRun.json("{\"run_id\": \"" + runId + "\", \"status\": \"" + status + "\"}");
    }

    private static <T> List<T> atOnce(int count, IntFunction<T> call) {
        CountDownLatch start = new CountDownLatch(1);
        List<CompletableFuture<T>> calls = IntStream.range(0, count)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                start.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                            return call.apply(i);
                        },
                        THREADS))
                .toList();
        start.countDown();
        return calls.stream().map(CompletableFuture::join).toList();
    }
}
