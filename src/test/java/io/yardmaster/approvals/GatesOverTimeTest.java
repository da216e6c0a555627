package io.yardmaster.approvals;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

/** Gates whose time comes, also while no server is there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatesOverTimeTest {

    private static final int WAITING = Integer.getInteger("yardmaster.test.waiting", 20);

    private final Path root;
    private TestServer server;

    GatesOverTimeTest(@TempDir Path root) throws IOException {
        this.root = root;
        Files.createDirectories(root.resolve("jobs"));
        this.server = start();
    }

    private TestServer start() {
        return TestServer.start(
                root.resolve("data"),
                root.resolve("jobs"),
                "--yardmaster.policy.approve-on-expiry=true",
                "--yardmaster.engine.workspace-limit=1MB",
                "--yardmaster.engine.max-concurrent-runs=4");
    }

    @BeforeAll
    void writeJobs() {
        for (String meaning : List.of("deny", "approve", "fail")) {
            server.job("late/" + meaning).config("""
                composition: steps
                steps:
                  - {id: gate, type: approval, approval: {title: "Go on?", expires_in: 1s, on_expiry: %s,
                     form: {type: object, required: [a], properties: {a: {type: string}, b: {type: string, default: x}}}}}
                  - {id: denied, needs: [gate], when: "denied('gate')", type: eval, values: {it: "1"}}
                  - {id: expired, needs: [gate], when: "expired('gate')", type: eval, values: {it: "1"}}
                  - {id: after, needs: [gate], type: eval, values: {it: "1"}}
                """.formatted(meaning));
        }
        server.job("late/reminded").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?", expires_in: 8s, remind_every: 3s}}
            """);
        server.job("long/gate").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?", expires_in: 24h, remind_every: 1h}}
              - {id: after, needs: [gate], inline: "echo went on"}
            """);
        server.job("long/sleep").config("""
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 12h}
            """);
        server.job("large/workspace").config("""
            composition: steps
            steps:
              - {id: fill, inline: "head -c 1500000 /dev/zero > zeros"}
              - {id: gate, needs: [fill], type: approval, approval: {title: "Go on?"}}
            """);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void silence_means_what_the_job_says() {
        String denied = api().run("late/deny", "{}");
        String approved = api().run("late/approve", "{}");
        String failed = api().run("late/fail", "{}");

        JsonNode end = api().awaitEnd(denied);
        assertThat(failure(end)).isEqualTo("approval/denied-by-expiry");
        assertThat(steps(end)).containsExactly("failed", "success", "success", "skipped");
        assertThat(status(denied)).isEqualTo("expired");
        end = api().awaitEnd(failed);
        assertThat(failure(end)).isEqualTo("timeout/expired");
        assertThat(steps(end)).containsExactly("failed", "skipped", "success", "skipped");
        end = api().awaitEnd(approved);
        assertThat(end.path("status").asString()).isEqualTo("success");
        assertThat(steps(end)).containsExactly("success", "skipped", "skipped", "success");
        assertThat(end.path("steps").path(0).path("outputs").toString()).isEqualTo("{\"b\":\"x\"}");
        assertThat(status(approved)).isEqualTo("approved");
        assertThat(types(approved).stream().filter("approval.expired"::equals)).hasSize(1);
    }

    @Test
    void silence_means_yes_only_where_the_server_permits_it() {
        TestServer.shared().job("late/approve").config("""
            composition: steps
            steps:
              - {id: gate, type: approval, approval: {title: "Go on?", expires_in: 1s, on_expiry: approve}}
            """);

        for (String path : List.of("/runs", "/plans")) {
            var answer = TestServer.shared().client().post(path, "{\"job_id\": \"late/approve\"}");
            assertThat(answer.status()).as(path).isEqualTo(403);
            assertThat(answer.json().path("type").asString()).isEqualTo("/problems/policy-denied");
        }
    }

    @Test
    void people_are_reminded_until_the_time_is_over() {
        String run = api().run("late/reminded", "{}");

        assertThat(failure(api().awaitEnd(run))).isEqualTo("approval/denied-by-expiry");
        assertThat(types(run).stream().filter("approval.reminded"::equals)).hasSize(2);
    }

    @Test
    void a_run_with_more_files_than_are_kept_fails_instead_of_waiting() {
        String run = api().run("large/workspace", "{}");

        assertThat(failure(api().awaitEnd(run))).isEqualTo("resource/workspace-too-large");
        assertThat(status(run)).isEqualTo("cancelled");
    }

    @Test
    void what_waits_holds_nothing_and_goes_on_after_a_restart() {
        List<String> gates = new ArrayList<>();
        List<String> sleeps = new ArrayList<>();
        for (int i = 0; i < WAITING / 2; i++) {
            gates.add(api().run("long/gate", "{}"));
            sleeps.add(api().run("long/sleep", "{}"));
        }
        String late = api().run("long/gate", "{}");
        String all = "SELECT count(*) FROM run_live WHERE state = 'waiting' AND owner_node IS NULL AND host_id IS NULL";
        Awaitility.await("all runs to wait")
                .atMost(Duration.ofMinutes(2))
                .until(() -> number(all) == 2 * (WAITING / 2) + 1);
        assertThat(number("SELECT count(*) FROM run_live WHERE owner_node IS NOT NULL"))
                .isZero();
        assertThat(number("SELECT count(*) FROM run_slot")).isZero();
        assertThat(api().getWhole("/metrics").body())
                .containsPattern("(?m)^yardmaster_runs_driven(\\{[^}]*})? 0(\\.0)?$");
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("run_"));

        // A day less two seconds has passed for this one, and its time comes while no server is there.
        change("UPDATE approval SET expires_at = now() + interval '2 seconds' WHERE run_id = '" + id(late) + "'");
        change("UPDATE step SET started_at = now() - interval '24 hours' + interval '2 seconds', due_at = now() +"
                + " interval '2 seconds' WHERE run_id = '" + id(late) + "'");
        change("UPDATE run_live SET control_due = now() + interval '2 seconds' WHERE run_id = '" + id(late) + "'");
        server.close();
        server = start();

        assertThat(failure(api().awaitEnd(late))).isEqualTo("approval/denied-by-expiry");
        assertThat(types(late).stream().filter("approval.expired"::equals)).hasSize(1);
        for (String run : gates) {
            assertThat(server.client("ada-token")
                            .post("/runs/" + run + "/steps/gate/approve", "{}")
                            .status())
                    .isEqualTo(200);
        }
        change("UPDATE step SET due_at = now() WHERE wait_reason = 'sleep'");
        change("UPDATE run_live SET control_due = now() WHERE state = 'waiting' AND wait ->> 'reason' = 'timer'");
        for (String run : gates) {
            assertThat(api().awaitEnd(run).path("status").asString()).isEqualTo("success");
        }
        for (String run : sleeps) {
            assertThat(api().awaitEnd(run).path("status").asString()).isEqualTo("success");
        }
    }

    private ApiClient api() {
        return server.client();
    }

    private int number(String sql) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> server.bean(TransactionTemplate.class)
                .execute(transaction -> server.bean(JdbcClient.class)
                        .sql(sql)
                        .query(Integer.class)
                        .single())));
    }

    private void change(String sql) {
        int changed = Objects.requireNonNull(Tenancy.allTenants(() -> server.bean(TransactionTemplate.class)
                .execute(transaction -> server.bean(JdbcClient.class).sql(sql).update())));
        assertThat(changed).isPositive();
    }

    private static String id(String run) {
        return RunId.parse(run).orElseThrow().value().toString();
    }

    private String status(String run) {
        String all = "&status=pending&status=approved&status=denied&status=expired&status=cancelled";
        return api().get("/approvals?run_id=" + run + all)
                .json()
                .path("approvals")
                .path(0)
                .path("status")
                .asString();
    }

    private static String failure(JsonNode run) {
        return run.path("failure").path("category").asString() + "/"
                + run.path("failure").path("code").asString();
    }

    private static List<String> steps(JsonNode run) {
        return run.path("steps")
                .valueStream()
                .map(step -> step.path("status").asString())
                .toList();
    }

    private List<String> types(String run) {
        return api().events(run).stream()
                .map(event -> event.path("type").asString())
                .toList();
    }
}
