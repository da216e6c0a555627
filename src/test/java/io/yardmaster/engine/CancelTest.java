package io.yardmaster.engine;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class CancelTest {

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    /** Every process of a test has it in its command line. */
    private final String marker = "marked-" + UUID.randomUUID();

    @TempDir
    Path folder;

    @BeforeEach
    void jobs() {
        server.job("cancel/stubborn").config("""
            argspec: {type: object, properties: {marker: {type: string}}}
            inline: |
              trap '' TERM HUP INT
              (exec -a "$marker-child" sleep 1000) &
              ( (exec -a "$marker-grandchild" sleep 1000) & )
              setsid bash -c '( (exec -a "$0-daemon" sleep 1000 </dev/null >/dev/null 2>&1) & )' "$marker"
              exec -a "$marker-shell" bash -c 'while :; do read -rt 1000 <> <(:) || :; done'
            """);
        server.job("cancel/stripped").config("""
            argspec: {type: object, properties: {marker: {type: string}, groups: {type: string}}}
            inline: |
              trap '' TERM HUP INT
              env -i setsid bash -c '( (exec -a "$0-stripped" sleep 1000 </dev/null >/dev/null 2>&1) & )' "$marker"
              cat /proc/self/cgroup >"$groups"
              exec -a "$marker-shell" sleep 1000
            """);
        server.job("cancel/orderly").config("""
            argspec: {type: object, properties: {marker: {type: string}}}
            inline: |
              trap 'echo gave the lock back; exit 143' TERM
              (exec -a "$marker-child" sleep 1000) &
              wait
            """);
        server.job("cancel/quick").config("inline: echo quick");
    }

    @Test
    void a_run_is_cancelled_only_when_nothing_of_it_lives_however_it_hides() {
        String runId = api.run("cancel/stubborn", "{\"marker\": \"" + marker + "\"}");
        await(() -> List.of("shell", "child", "grandchild", "daemon").stream()
                .allMatch(name ->
                        LivingProcesses.withArgument(marker + "-" + name).size() == 1));

        Instant asked = Instant.now();
        var answer = api.post("/runs/" + runId + "/cancel", "{\"grace\": \"1s\", \"reason\": \"Wrong folder.\"}");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.json().path("status").asString()).isEqualTo("cancelling");

        JsonNode run = awaitEndWith(runId, () -> {
            assertThat(LivingProcesses.withArgument(marker)).isEmpty();
            assertThat(LivingProcesses.withEnvironment(runId)).isEmpty();
        });
        EndedRun ended = new EndedRun(run, api.events(runId));
        assertThat(ended.status()).isEqualTo("cancelled");
        assertThat(ended.steps()).containsExactly(entry("main", "cancelled"));
        assertThat(ended.types()).endsWith("run.cancelling", "step.finished", "run.finished");
        JsonNode cancelling = ended.events().stream()
                .filter(event -> event.path("type").asString().equals("run.cancelling"))
                .findFirst()
                .orElseThrow();
        assertThat(cancelling.path("reason").asString()).isEqualTo("Wrong folder.");
        JsonNode failure = api.get("/runs/" + runId + "/result").json().path("failure");
        assertThat(failure.path("category").asString()).isEqualTo("cancellation");
        assertThat(failure.path("message").asString()).isEqualTo("Cancelled by dev: Wrong folder.");
        assertThat(ended.events().getLast().path("failure")).isEqualTo(failure);
        assertThat(EndedRun.instant(run, "finished_at")).isAfterOrEqualTo(asked.plusMillis(900));
    }

    @Test
    void a_daemon_without_session_and_environment_is_gone_too_where_there_are_control_groups() throws Exception {
        Path groups = folder.resolve("groups");
        String runId = api.run("cancel/stripped", "{\"marker\": \"" + marker + "\", \"groups\": \"" + groups + "\"}");
        await(() -> List.of("shell", "stripped").stream()
                .allMatch(name ->
                        LivingProcesses.withArgument(marker + "-" + name).size() == 1));
        boolean caged = Files.readString(groups).contains("yardmaster-");

        api.post("/runs/" + runId + "/cancel", "{\"grace\": \"0s\"}");

        JsonNode run = awaitEndWith(runId, () -> {
            if (caged) {
                assertThat(LivingProcesses.withArgument(marker)).isEmpty();
            }
        });
        assertThat(run.path("status").asString()).isEqualTo("cancelled");
        LivingProcesses.withArgument(marker)
                .forEach(left -> ProcessHandle.of(Long.parseLong(left.split(":", 2)[0]))
                        .ifPresent(ProcessHandle::destroyForcibly));
        assumeTrue(caged, "this host offers no control groups");
    }

    @Test
    void a_step_may_put_things_in_order_within_the_grace() {
        String runId = api.run("cancel/orderly", "{\"marker\": \"" + marker + "\"}");
        await(() -> LivingProcesses.withArgument(marker + "-child").size() == 1);

        Instant asked = Instant.now();
        api.post("/runs/" + runId + "/cancel", "{\"grace\": \"50s\"}");

        EndedRun run = EndedRun.of(api, runId);
        assertThat(LivingProcesses.withArgument(marker)).isEmpty();
        assertThat(run.status()).isEqualTo("cancelled");
        assertThat(run.output("main")).containsExactly("gave the lock back");
        assertThat(Duration.between(asked, EndedRun.instant(run.run(), "finished_at")))
                .isLessThan(Duration.ofSeconds(40));
    }

    @Test
    void a_run_that_has_not_started_never_does() {
        String runId = api.post("/runs", """
            {"job_id": "cancel/quick", "not_before": "%s"}
            """.formatted(Instant.now().plus(Duration.ofDays(30))))
                .json()
                .path("run_id")
                .asString();

        assertThat(api.post("/runs/" + runId + "/cancel", "{}").status()).isEqualTo(202);

        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).isEqualTo("cancelled");
        assertThat(run.types())
                .containsExactly("run.created", "policy.decided", "run.cancelling", "step.finished", "run.finished");
        assertThat(run.run().has("started_at")).isFalse();
        assertThat(run.steps()).containsExactly(entry("main", "cancelled"));
    }

    @Test
    void to_cancel_again_does_no_harm() {
        String runId = api.run("cancel/stubborn", "{\"marker\": \"" + marker + "\"}");
        await(() -> LivingProcesses.withArgument(marker + "-shell").size() == 1);

        assertThat(api.post("/runs/" + runId + "/cancel", "{\"grace\": \"1s\"}").status())
                .isEqualTo(202);
        assertThat(api.send("POST", "/runs/" + runId + "/cancel", null).status())
                .isIn(200, 202);
        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).isEqualTo("cancelled");
        assertThat(run.types().stream().filter("run.cancelling"::equals)).hasSize(1);

        var after = api.post("/runs/" + runId + "/cancel", "{}");
        assertThat(after.status()).isEqualTo(200);
        assertThat(after.json().path("status").asString()).isEqualTo("cancelled");
    }

    @Test
    void a_run_that_has_ended_stays_as_it_is() {
        EndedRun run = EndedRun.of(api, "cancel/quick", "{}");

        var answer = api.post("/runs/" + run.id() + "/cancel", "{}");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.json().path("type").asString()).isEqualTo("/problems/run-not-active");
        assertThat(EndedRun.of(api, run.id())).isEqualTo(run);
    }

    /** Looks at once when the run says that it is over: a moment later anything might have gone by itself. */
    private JsonNode awaitEndWith(String runId, Runnable look) {
        JsonNode run = api.awaitEnd(runId);
        look.run();
        return run;
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(condition);
    }
}
