package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.yardmaster.database.Tenancy;
import io.yardmaster.events.LogRemoval;
import io.yardmaster.kernel.ArtifactId;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.BareReader;
import io.yardmaster.testkit.SseEvent;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.support.TransactionTemplate;

/** Days long past are put into the tables; that they are past is all that counts. */
class RetentionTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();
    private final JdbcClient client = server.bean(JdbcClient.class);
    private final TransactionTemplate transactions = server.bean(TransactionTemplate.class);
    private final DataSource dataSource = server.bean(DataSource.class);
    private final Partitions partitions = server.bean(Partitions.class);

    @Test
    void a_day_that_is_past_goes_as_a_whole_and_gives_its_disk_space_back() throws Exception {
        LocalDate day = LocalDate.of(2020, 1, 5);
        fill(day, 300, "retention/day", true);
        String runId = someRun(day);
        assertThat(api.get("/runs/" + runId).status()).isEqualTo(200);
        assertThat(api.get("/runs?external_id=ext-" + runId).json().path("runs"))
                .hasSize(1);
        List<Path> files = List.of(file("run_event_20200105"), file("log_chunk_20200105"));
        assertThat(files).allSatisfy(file -> assertThat(file).exists());
        assertThat(bytesOf("log_chunk")).isGreaterThan(1_000_000);
        Path onlyHere = artifact(runId, "only here");
        Path elsewhereToo = artifact(runId, "elsewhere, too");
        String other = artifactOfAnotherRun("elsewhere, too");
        long before = databaseBytes();

        assertThat(retention(30, 0).run()).isTrue();

        assertThat(partitions.before(day.plusDays(1))).isEmpty();
        assertThat(bytesOf("log_chunk_20200105")).isZero();
        await().atMost(PATIENCE).until(() -> files.stream().noneMatch(RetentionTest::holdsBytes));
        assertThat(databaseBytes()).isLessThan(before - 2_000_000);
        assertThat(onlyHere).doesNotExist();
        assertThat(elsewhereToo).exists();
        assertThat(api.get("/artifacts/" + other).status()).isEqualTo(200);
        for (String path : List.of("", "/result", "/events", "/logs")) {
            Answer gone = api.get("/runs/" + runId + path, "Accept", "application/json");
            assertThat(gone.status()).as(path).isEqualTo(404);
            assertThat(gone.json().path("type").asString()).isEqualTo("/problems/run-not-found");
        }
        assertThat(api.get("/runs?job_id=retention/day").json().path("runs")).isEmpty();
        assertThat(api.get("/runs?label=retention=day").json().path("total").asInt())
                .isZero();
        assertThat(api.get("/artifacts?run_id=" + runId).json().path("artifacts"))
                .isEmpty();
        assertThat(api.post("/runs", "{\"job_id\": \"hello-world\", \"external_id\": \"ext-" + runId + "\"}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void a_day_with_a_run_that_has_not_ended_stays_until_it_has() {
        LocalDate day = LocalDate.of(2020, 2, 7);
        fill(day, 250, "retention/held", false);
        RunId live = RunId.parse(someRun(day)).orElseThrow();
        sql("UPDATE run SET status = NULL, finished_at = NULL, last_seq = NULL WHERE run_id = '" + live.value() + "'");
        sql("INSERT INTO run_live (run_id, tenant, state, priority, last_seq, ready_at, updated_at)" + " VALUES ('"
                + live.value() + "', 'default', 'paused', 0, 3, now(), now())");

        retention(30, 0).run();

        assertThat(partitions.before(day.plusDays(1))).containsExactly(day);
        assertThat(count("run", day)).isEqualTo(1);
        assertThat(count("run_event", day)).isEqualTo(3);
        assertThat(api.get("/runs/" + live).json().path("status").asString()).isEqualTo("paused");

        sql("DELETE FROM run_live WHERE run_id = '" + live.value() + "'");
        retention(30, 0).run();
        assertThat(partitions.before(day.plusDays(1))).isEmpty();
        assertThat(api.get("/runs/" + live).status()).isEqualTo(404);
    }

    @Test
    void of_each_job_so_many_runs_are_kept_and_those_are_the_newest() {
        LocalDate day = LocalDate.of(2020, 3, 1);
        int kept = 20_000;
        fill(day, kept + 230, "retention/number", false);

        retention(0, kept).run();

        assertThat(count("run", day)).isEqualTo(kept);
        assertThat(count("run_event", day)).isEqualTo(3L * kept);
        assertThat(count("step", day)).isEqualTo(kept);
        assertThat(lines("SELECT min(created_at) > '2020-03-01 00:00:02' FROM run WHERE job_id = 'retention/number'"))
                .containsExactly("t");
        retention(30, 0).run();
        assertThat(count("run", day)).isZero();
    }

    @Test
    void the_days_are_found_in_whichever_order_the_catalogue_is_read() {
        LocalDate day = LocalDate.of(2020, 3, 20);
        fill(day, 3, "retention/order", false);

        assertThat(inTransaction(() -> {
                    client.sql("SET LOCAL enable_indexscan = off").update();
                    client.sql("SET LOCAL enable_bitmapscan = off").update();
                    return client.sql("SELECT history FROM history_day WHERE day = :day")
                            .param("day", day)
                            .query(String.class)
                            .list();
                }))
                .contains("run", "run_event", "log_chunk");
        retention(30, 0).run();
    }

    @Test
    void nothing_is_removed_where_everything_is_kept_for_ever() {
        LocalDate day = LocalDate.of(2020, 4, 1);
        fill(day, 3, "retention/ever", false);

        assertThat(retention(0, 0).run()).isTrue();

        assertThat(count("run", day)).isEqualTo(3);
        retention(30, 0).run();
    }

    @Test
    void one_server_at_a_time_removes_and_who_lost_his_turn_stops() throws Exception {
        LocalDate first = LocalDate.of(2020, 4, 10);
        LocalDate second = LocalDate.of(2020, 4, 11);
        fill(first, 3, "retention/turns", false);
        fill(second, 3, "retention/turns", false);
        CompletableFuture<Boolean> removing;
        try (Connection reader = dataSource.getConnection()) {
            reader.setAutoCommit(false);
            try (Statement statement = reader.createStatement()) {
                // Somebody reads all runs, and takes his time.
                statement.execute("SELECT count(*) FROM run");
            }
            removing = CompletableFuture.supplyAsync(() -> retention(30, 0).run());
            await().atMost(PATIENCE)
                    .until(() -> lines("SELECT half_detached FROM history_day WHERE history = 'run'"
                                    + " AND day = '2020-04-10'")
                            .equals(List.of("t")));
            assertThat(retention(30, 0).run()).isFalse();
            assertThat(lines("SELECT taken_by::text FROM retention_turn"))
                    .containsExactly(server.bean(Nodes.class).self().toString());
            // It was frozen for so long that another one goes on.
            sql("UPDATE retention_turn SET taken_by = '" + UUID.nameUUIDFromBytes(new byte[0])
                    + "', taken_until = now() + interval '1 minute'");
            reader.rollback();
        }
        assertThat(removing.get(60, TimeUnit.SECONDS)).isFalse();
        assertThat(partitions.before(second.plusDays(1))).containsExactly(second);
        assertThat(lines("SELECT taken_until > now() FROM retention_turn")).containsExactly("t");
        assertThat(retention(30, 0).run()).isFalse();

        // That one has died.
        sql("UPDATE retention_turn SET taken_until = now()");
        assertThat(retention(30, 0).run()).isTrue();
        assertThat(partitions.before(second.plusDays(1))).isEmpty();
        assertThat(lines("SELECT taken_until <= now() AND taken_by IS NULL FROM retention_turn"))
                .containsExactly("t");
    }

    @Test
    void of_a_day_that_cannot_be_taken_off_now_nothing_is_missing() throws Exception {
        LocalDate day = LocalDate.of(2020, 4, 20);
        fill(day, 3, "retention/whole", true);
        String runId = someRun(day);
        artifact(runId, "of a day that stays");
        CompletableFuture<Boolean> removing;
        try (Connection reader = dataSource.getConnection()) {
            reader.setAutoCommit(false);
            try (Statement statement = reader.createStatement()) {
                statement.execute("SELECT count(*) FROM run");
            }
            removing = CompletableFuture.supplyAsync(() -> retention(30, 0).run());
            await().atMost(PATIENCE)
                    .until(() -> lines("SELECT half_detached FROM history_day WHERE history = 'run'"
                                    + " AND day = '2020-04-20'")
                            .equals(List.of("t")));
            assertThat(lines("SELECT count(*) FROM artifact WHERE run_id = '"
                            + RunId.parse(runId).orElseThrow().value() + "'"))
                    .containsExactly("1");
            reader.rollback();
        }
        assertThat(removing.get(60, TimeUnit.SECONDS)).isTrue();
        assertThat(lines("SELECT count(*) FROM artifact WHERE run_id = '"
                        + RunId.parse(runId).orElseThrow().value() + "'"))
                .containsExactly("0");
    }

    @Test
    void what_was_interrupted_in_the_middle_is_finished_the_next_time() throws Exception {
        LocalDate day = LocalDate.of(2020, 5, 1);
        fill(day, 3, "retention/broken-off", false);
        sql("CREATE TABLE step_20200401 (LIKE step)");
        sql("COMMENT ON TABLE step_20200401 IS 'past the retention, to be removed'");
        // Somebody has taken it off to keep it.
        sql("CREATE TABLE step_20200402 (LIKE step)");
        CompletableFuture<Boolean> removing;
        try (Connection reader = dataSource.getConnection()) {
            reader.setAutoCommit(false);
            try (Statement statement = reader.createStatement()) {
                // Somebody reads all runs, and takes his time.
                statement.execute("SELECT count(*) FROM run");
            }
            removing = CompletableFuture.supplyAsync(() -> retention(30, 0).run());
            await().atMost(PATIENCE)
                    .until(() -> lines("SELECT half_detached FROM history_day WHERE history = 'run'"
                                    + " AND day = '2020-05-01'")
                            .equals(List.of("t")));
            // Nobody else waits meanwhile, not even for a new run.
            assertThat(api.awaitEnd(api.run("hello-world", "{}")).path("status").asString())
                    .isEqualTo("success");
            sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%DETACH PARTITION run_2020%'"
                    + " AND pid <> pg_backend_pid()");
            assertThat(removing.get(60, TimeUnit.SECONDS)).isTrue();
            reader.rollback();
        }
        assertThat(partitions.before(day.plusDays(1))).containsExactly(day);

        assertThat(retention(30, 0).run()).isTrue();

        assertThat(partitions.before(day.plusDays(1))).isEmpty();
        assertThat(lines("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '_2020[0-9]{4}$'"))
                .containsExactly("step_20200402");
        sql("DROP TABLE step_20200402");
    }

    @Test
    void a_day_is_made_while_somebody_reads_and_others_write() throws Exception {
        try (Connection reader = dataSource.getConnection()) {
            reader.setAutoCommit(false);
            try (Statement statement = reader.createStatement()) {
                statement.execute("SELECT count(*) FROM run");
            }
            sql("SET LOCAL lock_timeout = '2s'; SELECT create_partitions('2040-01-01', 2)");
            reader.rollback();
        }
        assertThat(lines("SELECT DISTINCT day::text FROM history_day WHERE day > '2039-01-01' ORDER BY 1"))
                .containsExactly("2040-01-01", "2040-01-02");
        for (String history : lines("SELECT DISTINCT history FROM history_day")) {
            // As if PostgreSQL had made it as a part from the beginning.
            assertThat(columns(history + "_20400101")).isEqualTo(columns(history));
            sql("DROP TABLE " + history + "_20400101, " + history + "_20400102");
        }
        assertThat(partitions.areReadyForTomorrow()).isTrue();
        assertThat(partitions.daysAhead()).isBetween(3L, 5L);
    }

    @Test
    void a_server_that_runs_for_weeks_makes_the_days_to_come_and_says_so_where_it_cannot() {
        LocalDate today = partitions.today();
        for (String partition : lines("SELECT partition FROM history_day WHERE day > '" + today + "'")) {
            sql("DROP TABLE " + partition);
        }
        partitions.look();
        assertThat(partitions.daysAhead()).isZero();
        assertThat(api.get("/health").json().path("status").asString()).isEqualTo("degraded");
        assertThat(api.getWhole("/metrics").body()).contains("yardmaster_history_days_ahead 0.0");

        partitions.create();

        assertThat(partitions.daysAhead()).isEqualTo(4);
        assertThat(api.get("/health").json().path("status").asString()).isEqualTo("healthy");
        assertThat(api.getWhole("/metrics").body())
                .contains(
                        "yardmaster_history_days_ahead 4.0",
                        "yardmaster_retention_policy_seconds 7862400.0",
                        "yardmaster_retention_oldest_seconds ");
    }

    @Test
    void who_reads_all_runs_is_told_that_something_was_removed_before_he_came_to_it() {
        String behind = position();
        LocalDate day = LocalDate.of(2020, 6, 1);
        fill(day, 3, "retention/unread", false);
        String ahead = position();

        retention(30, 0).run();

        Answer refused = api.get("/events/runs?cursor=" + behind, "Accept", "text/event-stream");
        assertThat(refused.status()).isEqualTo(410);
        assertThat(refused.json().path("type").asString()).isEqualTo("/problems/cursor-expired");
        try (BareReader reader = BareReader.open(server.port(), "/events/runs?cursor=" + ahead)) {
            assertThat(reader.event()).isPresent();
        }
    }

    @Test
    void who_reads_all_runs_and_is_sent_nothing_for_long_is_told_where_he_is() {
        // Nothing is of this type, and nothing at all is of that tenant.
        try (BareReader reader = BareReader.open(server.port(), "/events/runs?types=step.retrying&job_id=none");
                BareReader stranger = BareReader.openAs(
                        TestServer.OTHER_TENANT_TOKEN, server.port(), "/events/runs?types=step.retrying")) {
            LocalDate day = LocalDate.of(2020, 6, 5);
            fill(day, 3, "retention/nothing", false);
            String here = positionOfNoEvent(reader);
            String there = positionOfNoEvent(stranger);
            retention(30, 0).run();
            for (String[] back :
                    new String[][] {{TestServer.DEV_TOKEN, here}, {TestServer.OTHER_TENANT_TOKEN, there}}) {
                BareReader.openAs(back[0], server.port(), "/events/runs", "Last-Event-ID", back[1])
                        .close();
            }
        }
    }

    private static String positionOfNoEvent(BareReader reader) {
        String line = reader.line();
        while (line != null && !line.startsWith("id: ")) {
            line = reader.line();
        }
        assertThat(reader.line()).isEmpty();
        return Objects.requireNonNull(line).substring(4);
    }

    @Test
    void what_one_tenant_has_removed_no_other_has_missed() {
        String behind;
        try (BareReader reader = BareReader.openAs(TestServer.OTHER_TENANT_TOKEN, server.port(), "/events/runs")) {
            server.client(TestServer.OTHER_TENANT_TOKEN).run("hello-world", "{}");
            behind = Objects.requireNonNull(reader.event().orElseThrow().id());
        }
        LocalDate day = LocalDate.of(2020, 6, 8);
        fill(day, 3, "retention/own", false);

        retention(30, 0).run();

        assertThat(api.get("/events/runs", "Accept", "text/event-stream", "Last-Event-ID", behind)
                        .status())
                .isEqualTo(410);
        BareReader.openAs(TestServer.OTHER_TENANT_TOKEN, server.port(), "/events/runs", "Last-Event-ID", behind)
                .close();
    }

    @Test
    void who_reads_a_log_that_is_removed_under_him_is_told_so_and_has_seen_no_hole() throws Exception {
        server.job("retention/read-along").config("inline: head -c 12000000 /dev/urandom | base64 -w 200");
        String runId = api.run("retention/read-along", "{}");
        api.awaitEnd(runId);
        try (BareReader reader = BareReader.open(server.port(), "/runs/" + runId + "/events")) {
            assertThat(reader.event().orElseThrow().id()).isEqualTo("1");

            assertThat(api.send("DELETE", "/runs/" + runId, null).status()).isEqualTo(204);

            List<SseEvent> rest = CompletableFuture.supplyAsync(reader::rest).get(60, TimeUnit.SECONDS);
            SseEvent end = rest.removeLast();
            assertThat(end.name()).isEqualTo("stream.end");
            assertThat(end.data().path("reason").asString()).isEqualTo("log_removed");
            assertThat(end.data().path("last_seq").asInt()).isEqualTo(rest.size() + 1);
            assertThat(rest)
                    .extracting(event -> Integer.valueOf(Objects.requireNonNull(event.id())))
                    .isEqualTo(IntStream.rangeClosed(2, rest.size() + 1).boxed().toList());
        }
    }

    /** Of an entry that was just written. */
    private String position() {
        try (BareReader reader = BareReader.open(server.port(), "/events/runs")) {
            api.run("hello-world", "{}");
            return Objects.requireNonNull(reader.event().orElseThrow().id());
        }
    }

    @Test
    void a_run_is_deleted_with_everything_that_is_kept_of_it() throws IOException {
        server.job("retention/leaving").config("""
            inline: |
              seq 1 2000
              head -c 1000 /dev/urandom > "$YM_ARTIFACTS/noise"
              echo same > "$YM_ARTIFACTS/same"
            """);
        String kept = api.run("retention/leaving", "{}");
        String runId = api.post("/runs", """
            {"job_id": "retention/leaving", "external_id": "%s", "labels": {"retention": "deleted"},
             "attributes": {"size": 1}}
            """.formatted(UUID.randomUUID()))
                .json()
                .path("run_id")
                .asString();
        api.awaitEnd(kept);
        api.awaitEnd(runId);
        UUID id = RunId.parse(runId).orElseThrow().value();
        List<Path> bytes = artifacts(runId);
        assertThat(bytes).hasSize(2).allSatisfy(file -> assertThat(file).exists());
        for (Path file : bytes) {
            age(file);
        }

        assertThat(api.send("DELETE", "/runs/" + runId, null).status()).isEqualTo(204);

        assertThat(api.get("/runs/" + runId).status()).isEqualTo(404);
        assertThat(api.send("DELETE", "/runs/" + runId, null).status()).isEqualTo(404);
        assertThat(bytes).filteredOn(Files::exists).hasSize(1);
        assertThat(artifacts(kept)).allSatisfy(file -> assertThat(file).exists());
        for (String table : lines("""
            SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE a.attname = 'run_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND c.relnamespace = current_schema()::regnamespace
            """)) {
            assertThat(lines("SELECT count(*) FROM " + table + " WHERE run_id = '" + id + "'"))
                    .as(table)
                    .containsExactly("0");
        }
        server.job("retention/night").config("""
            composition: steps
            steps:
              - {id: night, type: sleep, for: 8h}
            """);
        String live = api.run("retention/night", "{}");
        Answer refused = api.send("DELETE", "/runs/" + live, null);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("type").asString()).isEqualTo("/problems/run-active");
        api.post("/runs/" + live + "/cancel", "{}");
    }

    // ---- What the tests need

    private Retention retention(int days, int runsPerJob) {
        return new Retention(
                new RetentionProperties(days, runsPerJob, Duration.ofDays(1)),
                partitions,
                server.bean(RunRemoval.class),
                server.bean(LogRemoval.class),
                client,
                transactions,
                server.bean(Nodes.class));
    }

    /** So many successful runs of a day, three events and a step each, one a second or so. */
    private void fill(LocalDate day, int count, String job, boolean withLines) {
        sql("SELECT create_partitions('" + day + "', 1)");
        server.job(job).config("inline: echo past");
        String digest = api.get("/jobs/" + job).json().path("digest").asString();
        String runs = """
            WITH runs AS (
                SELECT i, at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
                               || '7' || substr(md5(i::text), 1, 3) || '8' || substr(md5(i::text), 4, 15))::uuid AS run_id
                FROM (SELECT i, timestamptz '%s 00:00:00Z' + i * interval '10 milliseconds' AS at
                      FROM generate_series(1, %d) i) numbered
            )
            """.formatted(day, count);
        sql(runs + """
            INSERT INTO run (run_id, tenant, job_id, source, job_digest, plan_digest, args, labels, priority, external_id,
                             security_profile, timeouts, submitted_by, created_at, status, started_at, finished_at, last_seq)
            SELECT run_id, 'default', '%s', 'test', '%s', 'sha256:00', '{}',
                   '{"retention": "day"}', 0, NULL, 'permissive', '{}', 'test', at, 'success', at, at, 3 FROM runs
            """.formatted(job, digest));
        sql(runs + "INSERT INTO run_label (run_id, tenant, label) SELECT run_id, 'default', 'retention=day' FROM runs");
        sql(runs + """
            INSERT INTO run_event (run_id, seq, tenant, type, at, data)
            SELECT run_id, seq, 'default', (ARRAY ['run.created', 'run.started', 'run.finished'])[seq], at, '{}'
            FROM runs, generate_series(1, 3) seq
            """);
        sql(runs + """
            INSERT INTO step (run_id, step_id, tenant, status, attempt, started_at, finished_at)
            SELECT run_id, 'main', 'default', 'success', 1, at, at FROM runs
            """);
        if (withLines) {
            sql(runs + """
                INSERT INTO log_chunk (run_id, first_seq, last_seq, tenant, step_id, attempt, stream, first_at, last_at,
                                       end_offset, lines)
                SELECT run_id, 4, 5, 'default', 'main', 1, 'stdout', at, at, 0, decode(repeat(md5(i::text), 300), 'hex')
                FROM runs
                """);
            sql(runs + """
                INSERT INTO run_external_id (tenant, external_id, run_id)
                SELECT 'default', 'ext-' || i, run_id FROM runs
                """);
        }
    }

    private String someRun(LocalDate day) {
        String id = lines("SELECT run_id::text FROM run WHERE run_id BETWEEN '"
                        + Retention.firstOf(day).value() + "' AND '"
                        + Retention.lastOf(day).value() + "' ORDER BY run_id DESC LIMIT 1")
                .getFirst();
        RunId runId = new RunId(UUID.fromString(id));
        sql("UPDATE run SET external_id = 'ext-" + runId + "' WHERE run_id = '" + id + "'");
        sql("DELETE FROM run_external_id WHERE run_id = '" + id + "'");
        sql("INSERT INTO run_external_id (tenant, external_id, run_id) VALUES ('default', 'ext-" + runId + "', '" + id
                + "')");
        return runId.toString();
    }

    private Path artifact(String runId, String content) {
        return artifactOf(RunId.parse(runId).orElseThrow().value(), UUID.randomUUID(), content);
    }

    private String artifactOfAnotherRun(String content) {
        UUID artifact = UUID.randomUUID();
        artifactOf(RunId.parse(api.run("hello-world", "{}")).orElseThrow().value(), artifact, content);
        return new ArtifactId(artifact).toString();
    }

    private Path artifactOf(UUID run, UUID artifact, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        Sha256 sha256 = Sha256.of(bytes);
        Path file = blob(sha256.hex());
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
            age(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sql("INSERT INTO artifact (artifact_id, tenant, run_id, name, path, media_type, size_bytes, sha256, created_at)"
                + " VALUES ('" + artifact + "', 'default', '" + run + "', 'a', 'a', 'text/plain', " + bytes.length
                + ", '"
                + sha256.hex() + "', now())");
        return file;
    }

    /** As if it had been stored long ago, though after the server had begun to use the folder. */
    private void age(Path file) throws IOException {
        Files.setLastModifiedTime(server.dataDirectory().resolve("blobs/store.id"), FileTime.from(Instant.EPOCH));
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(1))));
    }

    private List<Path> artifacts(String runId) {
        return api.get("/artifacts?run_id=" + runId)
                .json()
                .path("artifacts")
                .valueStream()
                .map(artifact -> blob(artifact.path("sha256").asString()))
                .toList();
    }

    private Path blob(String hex) {
        return server.dataDirectory()
                .resolve("blobs")
                .resolve(hex.substring(0, 2))
                .resolve(hex.substring(2));
    }

    private Path file(String table) {
        return server.dataDirectory()
                .resolve("postgres")
                .resolve(lines("SELECT pg_relation_filepath('" + table + "')").getFirst());
    }

    /** PostgreSQL removes the last of a file, which is empty then, at its next checkpoint. */
    private static boolean holdsBytes(Path file) {
        return file.toFile().length() > 0;
    }

    private long bytesOf(String table) {
        return Long.parseLong(lines("""
            SELECT coalesce(sum(pg_total_relation_size(relid)), 0) FROM pg_partition_tree(to_regclass('%s'))
            """.formatted(table)).getFirst());
    }

    private long databaseBytes() {
        return Long.parseLong(
                lines("SELECT pg_database_size(current_database())").getFirst());
    }

    private List<String> columns(String table) {
        return lines(
                "SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attstorage, attgenerated,"
                        + " atthasdef) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid = '" + table
                        + "'::regclass ORDER BY attname");
    }

    private long count(String table, LocalDate day) {
        return Long.parseLong(lines("SELECT count(*) FROM " + table + " WHERE run_id BETWEEN '"
                        + Retention.firstOf(day).value() + "' AND '"
                        + Retention.lastOf(day).value() + "'")
                .getFirst());
    }

    private List<String> lines(String sql) {
        return inTransaction(
                () -> client.sql(sql).query((row, n) -> row.getString(1)).list());
    }

    private void sql(String sql) {
        inTransaction(() -> {
            try (Statement statement = DataSourceUtils.getConnection(dataSource).createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return true;
        });
    }

    private <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(_ -> work.get())));
    }
}
