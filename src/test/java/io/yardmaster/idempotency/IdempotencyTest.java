package io.yardmaster.idempotency;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.database.Tenancy;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** What changes something, sent again. That each operation does this is shown by {@code ContractCoverageTest}. */
class IdempotencyTest {

    private static final TestServer SERVER = TestServer.shared();
    private static final String RUN = "{\"job_id\": \"once/quick\", \"args\": {\"a\": 1, \"b\": [1, 2]}}";

    private final ApiClient api = SERVER.client();
    private final String key = "key-" + UUID.randomUUID();

    @BeforeAll
    static void writeJobs() {
        SERVER.job("once/quick").config("""
            argspec: {type: object, additionalProperties: true}
            composition: steps
            steps:
              - {id: one, type: eval, values: {x: 1}}
            """);
        SERVER.job("once/slow").config("""
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
    }

    @Test
    void the_first_answer_is_given_again_whatever_became_of_the_run() {
        Answer first = submit(RUN);
        api.awaitEnd(first.json().path("run_id").asString());

        Answer again = submit(RUN);

        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
        assertSame(again, first);
    }

    @Test
    void it_is_given_again_though_the_job_is_gone() throws Exception {
        SERVER.job("once/vanishing").config("inline: echo here\n");
        Answer first = submit("{\"job_id\": \"once/vanishing\"}");
        SERVER.job("once/vanishing").delete();
        assertThat(api.post("/runs", "{\"job_id\": \"once/vanishing\"}").status())
                .isEqualTo(404);

        assertSame(submit("{\"job_id\": \"once/vanishing\"}"), first);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"args\":{\"b\":[1,2],\"a\":1},\"job_id\":\"once/quick\"}",
                "{\"job\": \"once/quick\", \"args\": {\"a\": 1, \"b\": [ 1, 2 ]}, \"async\": true}"
            })
    void how_a_body_is_written_means_nothing(String same) {
        assertSame(submit(same), submit(RUN));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"job_id\": \"once/quick\", \"args\": {\"a\": 1, \"b\": [2, 1]}}",
                "{\"job_id\": \"once/quick\", \"args\": {\"a\": \"1\", \"b\": [1, 2]}}",
                "{\"job_id\": \"once/quick\"}"
            })
    void what_it_says_does(String other) {
        submit(RUN);

        Answer refused = submit(other);

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().path("type").asString()).isEqualTo("/problems/idempotency-mismatch");
        assertThat(refused.header("Idempotency-Replayed")).isEmpty();
    }

    @Test
    void a_key_is_for_one_operation() {
        submit(RUN);

        assertThat(api.post("/plans", RUN, "Idempotency-Key", key).status()).isEqualTo(422);
    }

    @Test
    void a_key_is_its_callers_own() {
        String ours = runId(submit(RUN));
        Answer theirs = SERVER.client(TestServer.OTHER_TENANT_TOKEN).post("/runs", RUN, "Idempotency-Key", key);

        assertThat(theirs.status()).isEqualTo(201);
        assertThat(theirs.header("Idempotency-Replayed")).isEmpty();
        assertThat(runId(theirs)).isNotEqualTo(ours);
    }

    @Test
    void quotes_are_no_part_of_it() {
        assertSame(api.post("/runs", RUN, "Idempotency-Key", "\"" + key + "\""), submit(RUN));
    }

    @Test
    void who_was_refused_may_try_again_under_the_same_key() {
        String body = "{\"job_id\": \"once/appearing-" + key + "\"}";
        assertThat(submit(body).status()).isEqualTo(404);
        SERVER.job("once/appearing-" + key).config("inline: echo here\n");

        Answer accepted = submit(body);

        assertThat(accepted.status()).isEqualTo(201);
        assertThat(accepted.header("Idempotency-Replayed")).isEmpty();
    }

    @Test
    void a_name_that_is_taken_does_not_use_the_key_up() {
        String name = "name-" + key;
        String body = "{\"job_id\": \"once/quick\", \"external_id\": \"" + name + "\"}";
        api.post("/runs", body);

        assertThat(submit(body).status()).isEqualTo(409);
        assertThat(submit(RUN).status()).isEqualTo(201);
    }

    @Test
    void the_key_of_a_run_with_a_name_gives_the_answer_and_not_the_name() {
        String body = "{\"job_id\": \"once/quick\", \"external_id\": \"name-" + key + "\"}";

        assertSame(submit(body), submit(body));
    }

    @Test
    void who_waited_for_the_end_gets_the_end_again() {
        Answer first = api.post("/runs", RUN, "Idempotency-Key", key, "Prefer", "wait=30");
        assertThat(first.json().path("status").asString()).isEqualTo("success");

        Answer again = api.post("/runs", RUN, "Idempotency-Key", key, "Prefer", "wait=30");

        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(again.header("Preference-Applied")).isEqualTo("wait=30");
        assertSame(again, first);
    }

    @Test
    void a_run_is_cancelled_once() {
        String run = api.run("once/slow", "{}");
        Answer first = api.post("/runs/" + run + "/cancel", "{\"reason\": \"one\"}", "Idempotency-Key", key);
        assertThat(first.status()).isEqualTo(202);
        api.awaitEnd(run);

        Answer again = api.post("/runs/" + run + "/cancel", "{\"reason\": \"one\"}", "Idempotency-Key", key);

        assertSame(again, first);
        assertThat(api.post("/runs/" + run + "/cancel", "{}").status()).isEqualTo(200);
    }

    @Test
    void a_cancelled_run_ends_as_soon_with_a_key_as_without() {
        String run = api.run("once/slow", "{}");
        api.await(run, found -> found.path("status").asString().equals("waiting"));
        long begun = System.nanoTime();
        api.post("/runs/" + run + "/cancel", "{}", "Idempotency-Key", key);

        api.awaitEnd(run);

        // The queue is looked at every second besides; whoever cancels has it looked at now.
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void a_plan_is_made_once() {
        Answer first = api.post("/plans", RUN, "Idempotency-Key", key);

        Answer again = api.post("/plans", RUN, "Idempotency-Key", key);

        assertThat(first.status()).isEqualTo(201);
        assertSame(again, first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"two words", "a,b", "\"", "\"\"", "back\\slash", "quo\"te"})
    void what_can_be_no_key_is_refused(String none) {
        Answer refused = api.post("/runs", RUN, "Idempotency-Key", none);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().path("errors").path(0).path("pointer").asString())
                .isEqualTo("Idempotency-Key");
    }

    @Test
    void a_key_that_is_too_long_is_refused() {
        assertThat(api.post("/runs", RUN, "Idempotency-Key", "k".repeat(255)).status())
                .isEqualTo(201);
        assertThat(api.post("/runs", RUN, "Idempotency-Key", "k".repeat(256)).status())
                .isEqualTo(400);
    }

    @Test
    void what_only_reads_takes_no_notice_of_a_key() {
        submit(RUN);

        Answer list = api.get("/runs?limit=1", "Idempotency-Key", key);

        assertThat(list.status()).isEqualTo(200);
        assertThat(list.header("Idempotency-Replayed")).isEmpty();
    }

    /** Another server may have been frozen while it stored an answer. */
    @Test
    void who_finds_a_key_locked_waits_for_it() {
        String run = runId(submit(RUN));
        UUID id = one(
                "SELECT id FROM idempotency_key WHERE position('" + run + "' IN convert_from(body, 'UTF8')) > 0",
                UUID.class);
        inTransaction("DELETE FROM idempotency_key WHERE id = '" + id + "'");
        CompletableFuture<Answer> waiting = new CompletableFuture<>();
        Tenancy.allTenants(() -> SERVER.bean(TransactionTemplate.class).execute(other -> {
            other.setRollbackOnly();
            JdbcClient sql = SERVER.bean(JdbcClient.class);
            sql.sql("""
                INSERT INTO idempotency_key (id, tenant, fingerprint, status, headers, body, expires_at)
                VALUES (:id, 'default', '', 201, '{}', '', now() + interval '1 hour')
                """).param("id", id).update();
            Thread.ofVirtual().start(() -> waiting.complete(submit(RUN)));
            Set<String> tries = new HashSet<>();
            Awaitility.await("another try").pollInSameThread().until(() -> {
                tries.addAll(sql.sql("""
                    SELECT virtualtransaction FROM pg_locks
                    WHERE NOT granted AND transactionid = pg_current_xact_id()::xid
                    """).query(String.class).list());
                return tries.size() > 1;
            });
            return true;
        }));

        assertThat(waiting.join().status()).isEqualTo(201);
    }

    @Test
    void what_was_deleted_and_what_was_answered_are_one() {
        String run = runId(submit(RUN));
        api.awaitEnd(run);
        String deletion = UUID.randomUUID().toString();
        inTransaction(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'");
        inTransaction("CREATE TRIGGER refuse BEFORE INSERT ON idempotency_key EXECUTE FUNCTION refuse()");
        try {
            assertThat(api.send("DELETE", "/runs/" + run, null, "Idempotency-Key", deletion)
                            .status())
                    .isGreaterThanOrEqualTo(500);
        } finally {
            inTransaction("DROP FUNCTION refuse CASCADE");
        }
        assertThat(api.get("/runs/" + run).status()).isEqualTo(200);

        for (int i = 0; i < 2; i++) {
            assertThat(api.send("DELETE", "/runs/" + run, null, "Idempotency-Key", deletion)
                            .status())
                    .isEqualTo(204);
            assertThat(api.get("/runs/" + run).status()).isEqualTo(404);
        }
    }

    @Test
    void an_old_key_is_new_again_and_is_swept_away() {
        String first = runId(submit(RUN));
        age();
        Answer anew = submit(RUN);
        assertThat(anew.header("Idempotency-Replayed")).isEmpty();
        assertThat(runId(anew)).isNotEqualTo(first);
        age();

        Awaitility.await("no more to sweep")
                .until(() -> !SERVER.bean(KeySweep.class).sweep());

        assertThat(count("SELECT count(*) FROM idempotency_key WHERE expires_at <= now()"))
                .isZero();
    }

    private void age() {
        assertThat(inTransaction("UPDATE idempotency_key SET expires_at = now()"))
                .isPositive();
    }

    private static int inTransaction(String sql) {
        return Tenancy.allTenants(() -> Objects.requireNonNull(SERVER.bean(TransactionTemplate.class)
                .execute(_ -> SERVER.bean(JdbcClient.class).sql(sql).update())));
    }

    private static long count(String sql) {
        return one(sql, Long.class);
    }

    private static <T> T one(String sql, Class<T> type) {
        return Tenancy.allTenants(() -> Objects.requireNonNull(SERVER.bean(TransactionTemplate.class)
                .execute(_ -> SERVER.bean(JdbcClient.class).sql(sql).query(type).single())));
    }

    private Answer submit(String body) {
        return api.post("/runs", body, "Idempotency-Key", key);
    }

    private static String runId(Answer answer) {
        return answer.json().path("run_id").asString();
    }

    private static void assertSame(Answer again, Answer first) {
        assertThat(first.status()).as("%s", first).isBetween(200, 299);
        assertThat(again.status()).as("%s", again).isEqualTo(first.status());
        assertThat(again.body()).isEqualTo(first.body());
        for (String header : List.of("Location", "ETag", "Content-Type")) {
            assertThat(again.header(header)).as(header).isEqualTo(first.header(header));
        }
    }
}
