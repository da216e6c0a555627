package io.yardmaster.engine;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.Runs;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
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
    void a_run_whose_end_was_asked_for_is_cancelling_before_its_owner_knows() {
        server.job("cancel/night").config("""
            composition: steps
            steps:
              - {id: night, type: sleep, for: 8h}
            """);
        RunId run = RunId.parse(api.run("cancel/night", "{}")).orElseThrow();
        Actor somebody = new Actor("somebody", Tenant.DEFAULT, Set.of(), Set.of(), "test", null);
        Runs runs = server.bean(Runs.class);
        RunState before = Tenancy.call(Tenant.DEFAULT, () -> runs.get(run).status());
        assertThat(before).isNotEqualTo(RunState.CANCELLING);

        // Nobody else can have seen it before the transaction ends.
        RunState asked = Tenancy.call(
                Tenant.DEFAULT,
                () -> server.bean(TransactionTemplate.class).execute(_ -> {
                    runs.cancel(run, null, null, somebody);
                    return runs.get(run).status();
                }));

        assertThat(asked).isEqualTo(RunState.CANCELLING);
        assertThat(api.awaitEnd(run.toString()).path("status").asString()).isEqualTo("cancelled");
    }

    @Test
    void an_inbox_is_read_only_where_something_is_in_it() throws Exception {
        Statements statements = new Statements((_, _) -> {});
        String quiet;
        String asked;
        try (statements) {
            quiet = api.run("cancel/quick", "{}");
            api.awaitEnd(quiet);
            asked = api.run("cancel/orderly", "{\"marker\": \"" + marker + "\"}");
            await(() -> LivingProcesses.withArgument(marker + "-child").size() == 1);
            api.post("/runs/" + asked + "/cancel", "{}");
            api.awaitEnd(asked);
        }
        assertThat(statements.of(quiet)).isNotEmpty().noneMatch(sql -> sql.contains("FROM run_command"));
        assertThat(statements.of(asked)).anyMatch(sql -> sql.contains("FROM run_command"));
    }

    @Test
    void a_command_that_comes_while_a_run_is_being_claimed_is_acted_on_before_it_starts() {
        String name = "claimed-" + marker;
        AtomicBoolean asked = new AtomicBoolean();
        // The run was read, with an empty inbox, and nobody drives it yet: its server commits what it has read.
        Statements statements = new Statements((thread, text) -> {
            if (thread.equals("dispatcher") && text.startsWith("Committing") && !asked.get()) {
                JsonNode found =
                        api.get("/runs?external_id=" + name).json().path("runs").path(0);
                if (!found.isMissingNode() && isClaimed(found.path("run_id").asString())) {
                    asked.set(true);
                    api.post("/runs/" + found.path("run_id").asString() + "/cancel", "{}");
                }
            }
        });
        String runId;
        try (statements) {
            runId = api.post("/runs", "{\"job_id\": \"cancel/quick\", \"external_id\": \"" + name + "\"}")
                    .json()
                    .path("run_id")
                    .asString();
            assertThat(api.awaitEnd(runId).path("status").asString()).isEqualTo("cancelled");
        }
        assertThat(asked).isTrue();
        assertThat(api.events(runId))
                .extracting(event -> event.path("type").asString())
                .contains("run.cancelling")
                .doesNotContain("run.started", "step.started");
    }

    /** Asked outside of the transaction of the current thread, as everybody else sees it. */
    private boolean isClaimed(String runId) {
        return CompletableFuture.supplyAsync(() -> Tenancy.allTenants(() -> server.bean(TransactionTemplate.class)
                        .execute(_ -> server.bean(JdbcClient.class)
                                .sql("SELECT owner_node IS NOT NULL FROM run_live WHERE run_id = :run")
                                .param("run", RunId.parse(runId).orElseThrow().value())
                                .query(Boolean.class)
                                .single())))
                .join();
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
        Awaitility.await().until(condition);
    }
}
