package io.yardmaster.engine;

import static io.yardmaster.engine.EndedRun.instant;
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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Runs that must not be under way at the same time, as their callers see it. */
class ConcurrencyTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    @TempDir
    Path folder;

    @Test
    void runs_of_one_key_are_never_under_way_at_once_and_those_of_others_do_not_wait() throws IOException {
        Path gate = Files.createFile(folder.resolve("gate"));
        server.job("concurrency/deploy").config("""
            concurrency: {key: "deploy-${{ args.environment }}"}
            argspec: {type: object, properties: {environment: {type: string}, folder: {type: string}}}
            inline: |
              mkdir "$folder/$environment"
              if [ "$environment" = staging ]; then rm "$folder/gate"; fi
              until [ ! -e "$folder/gate" ]; do sleep 0.05; done
              rmdir "$folder/$environment"
            """);

        List<String> production = IntStream.range(0, 4)
                .mapToObj(i -> api.run("concurrency/deploy", args("production")))
                .toList();
        // They wait for this one, which therefore must not wait for them.
        String staging = api.run("concurrency/deploy", args("staging"));

        assertThat(api.awaitEnd(staging).path("status").asString()).isEqualTo("success");
        List<JsonNode> ended = production.stream().map(api::awaitEnd).toList();
        assertThat(ended)
                .allSatisfy(run -> assertThat(run.path("status").asString()).isEqualTo("success"));
        for (int i = 1; i < ended.size(); i++) {
            assertThat(instant(ended.get(i), "started_at")).isAfterOrEqualTo(instant(ended.get(i - 1), "finished_at"));
        }
        assertThat(gate).doesNotExist();
    }

    @Test
    void job_and_plan_say_what_a_run_would_wait_for() {
        server.job("concurrency/told").config("""
            concurrency: {key: "deploy-${{ args.environment }}", limit: 3, on_conflict: cancel_older}
            argspec: {type: object, properties: {environment: {type: string, default: staging}}}
            inline: echo
            """);

        JsonNode job = api.get("/jobs/concurrency/told").json();
        JsonNode plan = api.post("/plans", "{\"job_id\": \"concurrency/told\"}").json();

        assertThat(job.path("runnable").asBoolean()).isTrue();
        assertThat(job.at("/concurrency/key").asString()).isEqualTo("deploy-${{ args.environment }}");
        assertThat(plan.path("concurrency")).isEqualTo(EndedRun.json("""
            {"key": "deploy-staging", "limit": 3, "on_conflict": "cancel_older"}
            """));
        assertThat(api.get("/plans/" + plan.path("plan_id").asString()).json().path("concurrency"))
                .isEqualTo(plan.path("concurrency"));
    }

    @Test
    void a_pending_run_says_which_slot_it_waits_for_and_who_has_it() {
        String holder = held("told");
        String waiting = sleeper("told");

        JsonNode run =
                api.await(waiting, found -> found.path("wait").path("held_by").size() == 1);

        assertThat(run.path("status").asString()).isEqualTo("pending");
        assertThat(run.path("queue_position").isMissingNode()).isTrue();
        assertThat(run.path("wait")).isEqualTo(EndedRun.json("""
            {"reason": "concurrency", "key": "told", "limit": 1, "ahead": 0, "held_by": ["%s"]}
            """.formatted(holder)));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(api.get("/system/queues")
                                .json()
                                .path("parked")
                                .valueStream()
                                .filter(parked -> parked.path("key").asString().equals("told")))
                        .singleElement()
                        .satisfies(parked -> {
                            assertThat(parked.path("held").asInt()).isEqualTo(1);
                            assertThat(parked.path("parked").asInt()).isEqualTo(1);
                        }));
        end(holder, waiting);
    }

    @Test
    void the_next_one_goes_on_when_the_holder_is_cancelled_or_fails() {
        String holder = held("next");
        String failing = run("{\"job_id\": \"concurrency/fail\", \"concurrency_key\": \"next\"}");
        String last = sleeper("next");
        api.await(last, run -> run.path("wait").path("ahead").asInt(0) == 1);

        cancel(holder);

        assertThat(api.awaitEnd(failing).path("status").asString()).isEqualTo("failed");
        api.await(last, run -> run.path("status").asString().equals("running"));
        end(last);
    }

    @Test
    void a_parked_run_can_be_cancelled_and_never_starts() {
        String holder = held("cancelled");
        String parked = sleeper("cancelled");
        String behind = sleeper("cancelled");

        cancel(parked);
        JsonNode ended = api.awaitEnd(parked);
        cancel(holder);
        api.await(behind, run -> run.path("status").asString().equals("running"));

        assertThat(ended.path("status").asString()).isEqualTo("cancelled");
        assertThat(ended.path("started_at").isMissingNode()).isTrue();
        end(holder, behind);
    }

    @Test
    void a_parked_run_whose_patience_ends_fails_without_having_started() {
        String holder = held("patience");
        String parked = run("""
            {"job_id": "concurrency/sleep", "concurrency_key": "patience", "timeouts": {"queue": "300ms"}}
            """);

        JsonNode ended = api.awaitEnd(parked);

        assertThat(ended.at("/failure/category").asString()).isEqualTo("timeout");
        assertThat(ended.path("started_at").isMissingNode()).isTrue();
        end(holder);
    }

    @Test
    void a_run_that_waits_for_a_time_keeps_its_slot() {
        server.job("concurrency/nap").config("""
            composition: steps
            concurrency: {key: nap}
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
        String napping = api.run("concurrency/nap", "{}");
        api.await(napping, run -> run.path("status").asString().equals("waiting"));
        String next = api.run("concurrency/nap", "{}");

        JsonNode waiting =
                api.await(next, run -> run.path("wait").path("held_by").size() == 1);

        assertThat(waiting.at("/wait/held_by/0").asString()).isEqualTo(napping);
        cancel(napping);
        api.await(next, run -> run.path("status").asString().equals("waiting"));
        end(next);
    }

    @Test
    void a_newer_run_has_older_ones_cancelled_where_the_job_says_so() {
        server.job("concurrency/newest").config("""
            concurrency: {key: newest, on_conflict: cancel_older}
            argspec: {type: object, properties: {seconds: {type: integer, default: 600}}}
            inline: sleep "$seconds"
            """);
        List<String> older = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            older.add(api.run("concurrency/newest", "{}"));
        }
        String newest = api.run("concurrency/newest", "{\"seconds\": 0}");

        assertThat(api.awaitEnd(newest).path("status").asString()).isEqualTo("success");
        assertThat(older).allSatisfy(run -> {
            JsonNode ended = api.awaitEnd(run);
            assertThat(ended.path("status").asString()).isEqualTo("cancelled");
            assertThat(ended.at("/failure/message").asString()).contains("newer", "newest");
        });
    }

    @Test
    void a_run_that_finds_its_key_taken_is_refused_where_the_job_says_so() {
        server.job("concurrency/strict").config("""
            concurrency: {key: strict, limit: 2, on_conflict: reject}
            inline: sleep 600
            """);
        String first = api.run("concurrency/strict", "{}");
        String second = api.run("concurrency/strict", "{}");

        Answer refused = api.post("/runs", "{\"job_id\": \"concurrency/strict\"}");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("type").asString()).isEqualTo("/problems/concurrency-conflict");
        assertThat(refused.json().path("run_id").asString()).isIn(first, second);
        end(first);
        String third = api.run("concurrency/strict", "{}");
        end(second, third);
    }

    @Test
    void a_run_waits_for_its_time_and_then_for_its_slot() {
        String holder = held("later");
        Instant later = Instant.now().plusSeconds(3);
        String run = run("""
            {"job_id": "concurrency/sleep", "concurrency_key": "later", "not_before": "%s"}
            """.formatted(later));
        JsonNode early = api.get("/runs/" + run).json();

        api.await(run, found -> found.at("/wait/reason").asString("").equals("concurrency"));
        Instant parked = Instant.now();
        cancel(holder);
        api.await(run, found -> found.path("status").asString().equals("running"));

        assertThat(early.at("/wait/reason").asString()).isEqualTo("not_before");
        assertThat(instant(early.path("wait"), "due_at")).isBetween(later.minusMillis(2), later.plusMillis(2));
        assertThat(early.path("queue_position").isMissingNode()).isTrue();
        assertThat(parked).isAfter(later.minusMillis(100));
        end(run);
    }

    @Test
    void arguments_that_make_no_key_are_refused() {
        server.job("concurrency/broken").config("""
            concurrency: {key: "${{ args.name }}"}
            argspec: {type: object, properties: {name: {type: string}}}
            inline: echo
            """);

        for (String arguments : List.of("{}", "{\"name\": \" \"}", "{\"name\": \"%s\"}".formatted("x".repeat(300)))) {
            Answer refused = api.post("/runs", "{\"job_id\": \"concurrency/broken\", \"args\": " + arguments + "}");

            assertThat(refused.status()).as(arguments).isEqualTo(400);
            assertThat(refused.json().at("/errors/0/pointer").asString("")).isEqualTo("/args");
        }
    }

    private String args(String environment) {
        return "{\"environment\": \"" + environment + "\", \"folder\": \"" + folder + "\"}";
    }

    /** A run that has the key's only slot, and is at work. */
    private String held(String key) {
        String run = sleeper(key);
        api.await(run, found -> found.path("status").asString().equals("running"));
        return run;
    }

    private String sleeper(String key) {
        server.job("concurrency/sleep").config("inline: sleep 600\n");
        server.job("concurrency/fail").config("inline: exit 3\n");
        return run("{\"job_id\": \"concurrency/sleep\", \"concurrency_key\": \"" + key + "\"}");
    }

    private String run(String request) {
        Answer answer = api.post("/runs", request);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json().path("run_id").asString();
    }

    private void cancel(String run) {
        api.post("/runs/" + run + "/cancel", "{\"grace\": \"0s\"}");
    }

    private void end(String... runs) {
        for (String run : runs) {
            cancel(run);
        }
        for (String run : runs) {
            api.awaitEnd(run);
        }
    }
}
