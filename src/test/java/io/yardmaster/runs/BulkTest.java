package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

class BulkTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final ApiClient API = SERVER.client();

    private final String mark = "b" + UUID.randomUUID().toString().substring(0, 12);

    @BeforeAll
    static void write_jobs() {
        SERVER.job("bulk/naps").config("""
            composition: steps
            steps: [{id: nap, type: sleep, for: 1h}]
            """);
        SERVER.job("bulk/fails").config("inline: exit 3");
    }

    @Test
    void five_hundred_runs_are_cancelled_and_those_that_ended_in_between_are_reported_and_not_touched()
            throws Exception {
        List<String> runs = submit("bulk/naps", 500);
        String bystander = API.run("bulk/naps", "{}");
        long start = System.nanoTime();
        JsonNode dry = dryRun("cancel", "\"reason\": \"rebuilt\"");
        System.out.printf("dry run over 500 runs: %d ms%n", (System.nanoTime() - start) / 1_000_000);
        assertThat(dry.path("matched").asInt()).isEqualTo(500);
        assertThat(dry.path("more").asBoolean()).isFalse();
        assertThat(dry.path("sample")).hasSize(10);
        assertThat(API.get("/runs/aggregate?group_by=status&label=mark=" + mark).body())
                .doesNotContain("cancel");
        // Seven end by themselves, two lose the label, one more gets it.
        List<String> ended = runs.subList(100, 107);
        ended.forEach(run -> API.post("/runs/" + run + "/cancel", "{\"reason\": \"before\"}"));
        ended.forEach(API::awaitEnd);
        List<JsonNode> before =
                ended.stream().map(run -> API.get("/runs/" + run).json()).toList();
        List<String> relabelled = runs.subList(200, 202);
        relabelled.forEach(run -> patch(run, "{\"labels\": {\"mark\": null}}"));
        String late = submit("bulk/naps", 1).getFirst();

        start = System.nanoTime();
        Answer answer = confirm("cancel", token(dry));
        System.out.printf("cancel of 491 runs: %d ms%n", (System.nanoTime() - start) / 1_000_000);

        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().path("matched").asInt()).isEqualTo(500);
        assertThat(answer.json().path("done").asInt()).isEqualTo(491);
        Set<String> skipped = new HashSet<>();
        answer.json().path("skipped").forEach(one -> {
            skipped.add(one.path("run_id").asString());
            assertThat(one.path("reason").asString()).isEqualTo("no-longer-matches");
            assertThat(one.path("status").asString())
                    .isEqualTo(ended.contains(one.path("run_id").asString()) ? "cancelled" : "waiting");
        });
        Set<String> expected = new HashSet<>(ended);
        expected.addAll(relabelled);
        assertThat(skipped).isEqualTo(expected);
        Awaitility.await("all have ended").atMost(Duration.ofMinutes(2)).until(() -> count("cancelled") == 498);
        assertThat(ended.stream().map(run -> API.get("/runs/" + run).json())).containsExactlyElementsOf(before);
        for (String untouched : List.of(relabelled.getFirst(), late, bystander)) {
            assertThat(API.await(
                                    untouched,
                                    run -> !run.path("status").asString().equals("pending"))
                            .path("status")
                            .asString())
                    .isIn("running", "waiting");
            API.post("/runs/" + untouched + "/cancel", "{}");
        }
        API.post("/runs/" + relabelled.getLast() + "/cancel", "{}");
        assertThat(API.awaitEnd(runs.getFirst()).path("failure").path("message").asString())
                .contains("rebuilt");
        assertThat(record(token(dry))).contains("\"done\": 491").contains(ended.getFirst());

        // A token is good once.
        Answer again = confirm("cancel", token(dry));
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().path("type").asString()).isEqualTo("/problems/confirmation-invalid");
    }

    @Test
    void a_token_is_good_for_its_caller_alone_once_and_not_for_long() throws Exception {
        submit("hello-world", 2).forEach(API::awaitEnd);
        String token = token(dryRun("delete", null));
        String body = "{\"action\": \"delete\", \"dry_run\": false, \"confirmation_token\": \"" + token + "\"}";
        for (Answer refused : List.of(
                SERVER.client(TestServer.OTHER_TENANT_TOKEN).post("/runs/bulk", body),
                confirm("delete", token + "x"),
                confirm("delete", "bulk_"))) {
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.json().path("type").asString()).isEqualTo("/problems/confirmation-invalid");
        }
        // As somebody else of the same tenant made it, nobody can tell it from one that there never was.
        inDatabase("UPDATE bulk_selection SET subject = 'eve' WHERE request::text LIKE '%" + mark + "%'");
        assertThat(confirm("delete", token).status()).isEqualTo(409);
        inDatabase("UPDATE bulk_selection SET subject = 'dev' WHERE request::text LIKE '%" + mark + "%'");
        // What is asked for is what was looked at; to be told so does not use the token up.
        Answer other = confirm("cancel", token);
        assertThat(other.status()).as(other.body()).isEqualTo(400);
        assertThat(other.json().path("errors").path(0).path("pointer").asString())
                .isEqualTo("/action");
        Answer wider = API.post(
                "/runs/bulk",
                "{\"action\": \"delete\", \"dry_run\": false, \"confirmation_token\": \"" + token
                        + "\", \"filter\": {\"job_id\": \"hello-world\"}}");
        assertThat(wider.status()).isEqualTo(400);

        // Of two at the same moment, one is carried out.
        List<Callable<Answer>> both = List.of(() -> confirm("delete", token), () -> confirm("delete", token));
        List<Integer> statuses = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Answer> one : threads.invokeAll(both)) {
                statuses.add(one.get().status());
            }
        }
        assertThat(statuses).containsExactlyInAnyOrder(200, 409);
        assertThat(API.get("/runs?label=mark=" + mark).json().path("total").asInt())
                .isZero();

        submit("hello-world", 1).forEach(API::awaitEnd);
        String expired = token(dryRun("delete", null));
        inDatabase("UPDATE bulk_selection SET expires_at = now() WHERE confirmed_at IS NULL AND request::text LIKE '%"
                + mark + "%'");
        assertThat(confirm("delete", expired).status()).isEqualTo(409);
        assertThat(API.get("/runs?label=mark=" + mark).json().path("total").asInt())
                .isEqualTo(1);
    }

    @Test
    void a_request_that_is_repeated_with_its_key_is_carried_out_once() {
        submit("hello-world", 3).forEach(API::awaitEnd);
        String token = token(dryRun("delete", null));
        String body = "{\"action\": \"delete\", \"dry_run\": false, \"confirmation_token\": \"" + token + "\"}";
        String key = UUID.randomUUID().toString();
        Answer first = API.post("/runs/bulk", body, "Idempotency-Key", key);
        Answer second = API.post("/runs/bulk", body, "Idempotency-Key", key);
        assertThat(first.json().path("done").asInt()).as(first.body()).isEqualTo(3);
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.body()).isEqualTo(first.body());
    }

    @Test
    void runs_are_labelled_and_retried() {
        List<String> runs = submit("bulk/fails", 3);
        runs.forEach(API::awaitEnd);
        JsonNode dry = dryRun("label", "\"patch\": {\"labels\": {\"seen\": \"yes\"}, \"attributes\": {\"n\": 2}}");
        assertThat(confirm("label", token(dry)).json().path("done").asInt()).isEqualTo(3);
        assertThat(API.get("/runs?label=seen=yes&attribute=n%3E1&label=mark=" + mark)
                        .json()
                        .path("total")
                        .asInt())
                .isEqualTo(3);

        Answer retried = confirm("retry", token(dryRun("retry", null)));
        assertThat(retried.json().path("done").asInt()).as(retried.body()).isEqualTo(3);
        assertThat(retried.json()
                        .path("retried")
                        .valueStream()
                        .map(one -> one.path("run_id").asString()))
                .containsExactlyInAnyOrderElementsOf(runs);
        retried.json().path("retried").forEach(one -> {
            JsonNode again = API.awaitEnd(one.path("new_run_id").asString());
            assertThat(again.path("rerun_of").asString())
                    .isEqualTo(one.path("run_id").asString());
        });
    }

    @Test
    void an_action_that_nothing_is_there_for_has_no_token_and_a_faulty_filter_is_refused() {
        submit("bulk/fails", 1).forEach(API::awaitEnd);
        JsonNode dry = dryRun("cancel", null);
        assertThat(dry.path("matched").asInt()).isZero();
        assertThat(dry.has("confirmation_token")).isFalse();
        Answer contradiction = API.post(
                "/runs/bulk",
                "{\"action\": \"cancel\", \"filter\": {\"status\": [\"success\"], \"label\": [\"mark=" + mark
                        + "\"]}}");
        assertThat(contradiction.json().path("matched").asInt()).isZero();
        Answer faulty = API.post("/runs/bulk", """
            {"action": "cancel", "filter": {"label": ["team"], "attribute": ["rows"], "colour": "red"}}
            """);
        assertThat(faulty.status()).isEqualTo(400);
        Answer all = API.post("/runs/bulk", """
            {"action": "cancel", "filter": {"label": ["team"], "attribute": ["rows"]}}
            """);
        assertThat(all.json()
                        .path("errors")
                        .valueStream()
                        .map(fault -> fault.path("pointer").asString()))
                .containsExactly("/filter/label", "/filter/attribute");
        for (String incomplete : List.of(
                "{\"action\": \"cancel\"}",
                "{\"action\": \"cancel\", \"filter\": {}}",
                "{\"action\": \"cancel\", \"dry_run\": false}",
                "{\"action\": \"label\", \"filter\": {\"status\": [\"success\"]}}")) {
            assertThat(API.post("/runs/bulk", incomplete).status())
                    .as(incomplete)
                    .isEqualTo(400);
        }
    }

    @Test
    void what_was_done_is_written_down_also_where_it_broke_off_and_searches_only_read() {
        String run = submit("bulk/naps", 1).getFirst();
        List<Boolean> readOnly = new ArrayList<>();
        RunSearch search = new RunSearch(SERVER.bean(JdbcTemplate.class), SERVER.bean(BoundedCounts.class)) {
            @Override
            List<RunId> newest(RunFilter filter, int limit, Tenant tenant) {
                readOnly.add(TransactionSynchronizationManager.isCurrentTransactionReadOnly());
                return super.newest(filter, limit, tenant);
            }

            @Override
            Set<RunId> matching(RunFilter filter, List<RunId> runs, Tenant tenant) {
                readOnly.add(TransactionSynchronizationManager.isCurrentTransactionReadOnly());
                throw new IllegalStateException("the search broke");
            }
        };
        BulkRuns bulk = new BulkRuns(
                SERVER.bean(Runs.class),
                SERVER.bean(RunSignals.class),
                search,
                SERVER.bean(BulkSelections.class),
                SERVER.bean(DatabaseClock.class),
                SERVER.bean(TransactionTemplate.class));
        Actor actor = new Actor("dev", Tenant.DEFAULT, Set.of(), Set.of(), "test", null);
        RunFilter all = RunFilter.ALL;
        BulkRequest request = new BulkRequest(
                BulkAction.CANCEL,
                new RunFilter(
                        null,
                        all.status(),
                        all.failureCategories(),
                        List.of("mark=" + mark),
                        all.attributes(),
                        all.created(),
                        all.updated(),
                        all.finished(),
                        null,
                        null,
                        null,
                        null,
                        null),
                null,
                null,
                JsonNodeFactory.instance.objectNode(),
                null,
                JsonNodeFactory.instance.objectNode().put("mark", mark));

        Tenancy.call(Tenant.DEFAULT, () -> {
            String token = Objects.requireNonNull(bulk.select(request, actor).token());
            assertThatThrownBy(() -> bulk.carryOut(token, JsonNodeFactory.instance.objectNode(), _ -> request, actor))
                    .hasMessage("the search broke");
            return true;
        });

        assertThat(readOnly).containsExactly(true, true);
        assertThat(record("bulk_")).isEqualTo("{\"done\": 0, \"skipped\": []}");
        API.post("/runs/" + run + "/cancel", "{}");
    }

    @Test
    void many_runs_get_a_signal_whose_payload_is_not_written_down() {
        SERVER.job("bulk/waits").config("""
            composition: steps
            steps: [{id: ready, type: signal, signal: {name: go}}]
            """);
        List<String> waiting = submit("bulk/waits", 3);
        String other = submit("bulk/naps", 1).getFirst();
        String signal = "\"signal\": {\"name\": \"go\", \"payload\": {\"word\": \"hush-hush-payload\"}}";
        JsonNode dry = dryRun("signal", signal);
        assertThat(dry.path("matched").asInt()).isEqualTo(4);
        String written = Objects.requireNonNull(Tenancy.<@Nullable String, RuntimeException>allTenants(
                () -> SERVER.bean(TransactionTemplate.class)
                        .execute(_ -> SERVER.bean(JdbcClient.class)
                                .sql("SELECT string_agg(request::text, ' ') FROM bulk_selection")
                                .query(String.class)
                                .single())));
        assertThat(written).contains("payload_digest").doesNotContain("hush-hush-payload");

        assertThat(confirm("signal", token(dry)).status()).isEqualTo(400);
        String confirmation =
                "{\"action\": \"signal\", \"dry_run\": false, \"confirmation_token\": \"" + token(dry) + "\", ";
        assertThat(API.post("/runs/bulk", confirmation + signal.replace("hush", "loud") + "}")
                        .status())
                .isEqualTo(400);
        Answer sent = API.post("/runs/bulk", confirmation + signal + "}");
        assertThat(sent.json().path("done").asInt()).as(sent.body()).isEqualTo(3);
        assertThat(sent.json().path("skipped").path(0).path("run_id").asString())
                .isEqualTo(other);
        assertThat(sent.json().path("skipped").path(0).path("reason").asString())
                .isEqualTo("signal-not-found");
        waiting.forEach(
                run -> assertThat(API.awaitEnd(run).path("status").asString()).isEqualTo("success"));
        API.post("/runs/" + other + "/cancel", "{}");
    }

    private List<String> submit(String job, int count) {
        return IntStream.range(0, count)
                .mapToObj(_ -> API.post(
                                "/runs", "{\"job_id\": \"" + job + "\", \"labels\": {\"mark\": \"" + mark + "\"}}")
                        .json()
                        .path("run_id")
                        .asString())
                .collect(Collectors.toList());
    }

    private JsonNode dryRun(String action, @Nullable String more) {
        Answer answer = API.post(
                "/runs/bulk",
                "{\"action\": \"" + action + "\", \"filter\": {\"label\": [\"mark=" + mark + "\"]}"
                        + (more == null ? "" : ", " + more) + "}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().path("dry_run").asBoolean()).isTrue();
        return answer.json();
    }

    private static String token(JsonNode dryRun) {
        return dryRun.path("confirmation_token").asString();
    }

    private static Answer confirm(String action, String token) {
        return API.post(
                "/runs/bulk",
                "{\"action\": \"" + action + "\", \"dry_run\": false, \"confirmation_token\": \"" + token + "\"}");
    }

    private static void patch(String run, String body) {
        assertThat(API.patch("/runs/" + run, body).status()).isEqualTo(200);
    }

    private int count(String status) {
        return API.get("/runs?limit=1&status=" + status + "&label=mark=" + mark)
                .json()
                .path("total")
                .asInt();
    }

    private String record(String token) {
        assertThat(token).startsWith("bulk_");
        return Tenancy.allTenants(() -> SERVER.bean(TransactionTemplate.class)
                .execute(transaction -> SERVER.bean(JdbcClient.class)
                        .sql("SELECT outcome::text FROM bulk_selection WHERE request::text LIKE '%" + mark + "%'")
                        .query(String.class)
                        .single()));
    }

    private static void inDatabase(String update) {
        int changed = Objects.requireNonNull(Tenancy.allTenants(() -> SERVER.bean(TransactionTemplate.class)
                .execute(
                        transaction -> SERVER.bean(JdbcClient.class).sql(update).update())));
        assertThat(changed).isPositive();
    }
}
