package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.TestServer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** A history of runs of all kinds in two tenants, put straight into the tables. */
final class ManyRuns {

    /** Everything about run number i follows from i, in ways that have nothing to do with each other. */
    private static final String KINDS = """
        WITH numbered AS (
            SELECT i, :first::timestamptz + (i / 3) * :step::interval AS created,
                   ('x' || substr(md5(i || 'a'), 1, 7))::bit(28)::int % 1000 AS a,
                   ('x' || substr(md5(i || 'b'), 1, 7))::bit(28)::int % 1000 AS b,
                   ('x' || substr(md5(i || 'c'), 1, 7))::bit(28)::int % 1000 AS c,
                   ('x' || substr(md5(i || 'd'), 1, 7))::bit(28)::int % 1000 AS d
            FROM generate_series(:from, :to) i
        ), kinds AS (
            SELECT i, a, b, c, d, date_trunc('milliseconds', created) AS created,
                   (lpad(to_hex((extract(epoch FROM date_trunc('milliseconds', created)) * 1000)::bigint), 12, '0')
                    || '7' || substr(md5(i::text), 1, 3) || '8' || substr(md5(i::text), 4, 15))::uuid AS run_id,
                   CASE WHEN a % 10 < 7 THEN 'default' ELSE 'other' END AS tenant,
                   CASE WHEN b < 700 THEN 'success' WHEN b < 900 THEN 'failed' WHEN b < 970 THEN 'cancelled' END
                       AS status,
                   CASE WHEN b < 970 THEN date_trunc('seconds', created) + (c % 600) * interval '1 second' END AS ended
            FROM numbered
        )
        """;

    private final JdbcClient client;
    private final JdbcTemplate jdbc;
    private final TransactionTemplate transactions;

    ManyRuns(TestServer server) {
        client = server.bean(JdbcClient.class);
        jdbc = server.bean(JdbcTemplate.class);
        transactions = server.bean(TransactionTemplate.class);
    }

    /** So many runs over the last days, the last of them an hour ago. */
    void fill(int count) {
        Instant first = Instant.now().truncatedTo(ChronoUnit.DAYS).minus(Duration.ofDays(3));
        Duration step = Duration.between(first, Instant.now().minus(Duration.ofHours(1)))
                .dividedBy(count / 3 + 1);
        allTenants(() -> client.sql("SELECT create_partitions(:day::date, 4)")
                .param("day", first.toString())
                .query(Integer.class)
                .single());
        int batch = 20_000;
        for (int from = 1; from <= count; from += batch) {
            insert(from, Math.min(count, from + batch - 1), first, step);
        }
        for (String table : List.of("run", "run_live", "run_label", "run_attribute", "run_external_id")) {
            allTenants(() -> client.sql("ANALYZE " + table).update());
        }
    }

    /** One more run of each kind in turn, created now. */
    void add(int number) {
        insert(number, number, Instant.now().minusMillis(1), Duration.ZERO);
    }

    /** The ids that a condition on {@code run_overview} gives, in an order. */
    List<String> ids(String tenant, String where, String order) {
        return allTenants(() -> client.sql("SELECT run_id FROM run_overview WHERE tenant = '" + tenant + "' AND "
                        + where + " ORDER BY " + order)
                .query((row, _) -> new io.yardmaster.kernel.RunId(row.getObject(1, java.util.UUID.class)).toString())
                .list());
    }

    /** What a question to the database answers, one line to a row. */
    List<String> lines(String sql) {
        return allTenants(
                () -> client.sql(sql).query((row, _) -> row.getString(1)).list());
    }

    /** How PostgreSQL carries a statement out for a tenant. */
    List<String> plan(String tenant, Sql statement) {
        return Tenancy.call(
                new Tenant(tenant),
                () -> Objects.requireNonNull(transactions.execute(
                        _ -> jdbc.query(new Sql().add("EXPLAIN ").add(statement), (row, _) -> row.getString(1)))));
    }

    /** Reads as lists are read: planned for what is asked for. */
    <T> T inTransaction(String tenant, Supplier<T> work) {
        TransactionTemplate reading =
                new TransactionTemplate(Objects.requireNonNull(transactions.getTransactionManager()));
        reading.setReadOnly(true);
        return Tenancy.call(new Tenant(tenant), () -> Objects.requireNonNull(reading.execute(_ -> work.get())));
    }

    private <T> T allTenants(Supplier<T> work) {
        return Tenancy.allTenants(() -> Objects.requireNonNull(transactions.execute(_ -> work.get())));
    }

    private void insert(int from, int to, Instant first, Duration step) {
        allTenants(() -> {
            statement(from, to, first, step, """
                INSERT INTO run (run_id, tenant, job_id, source, job_digest, plan_digest, args, labels, attributes, priority,
                                 external_id, security_profile, timeouts, submitted_by, created_at, deadline_at, status,
                                 started_at, finished_at, failure, last_seq, parent_run_id)
                SELECT run_id, tenant, 'team/job-' || (c % 20), 'test', 'sha256:00', 'sha256:00', '{}',
                       jsonb_strip_nulls(jsonb_build_object(
                           'team', CASE WHEN d < 500 THEN 'core' WHEN d < 800 THEN 'platform' WHEN d < 990 THEN 'research'
                                        WHEN d < 995 THEN 'a=b&c' END,
                           'env', CASE WHEN c < 600 THEN 'prod' WHEN c < 900 THEN 'test' END)),
                       jsonb_strip_nulls(jsonb_build_object(
                           'rows', CASE WHEN d < 900 THEN to_jsonb(c * 3 - 300) END,
                           'ratio', to_jsonb(d::numeric / 8),
                           'region', CASE WHEN a < 300 THEN 'eu-west' WHEN a < 600 THEN 'us-east' WHEN a < 700 THEN 'Ähre' END,
                           'big', to_jsonb(d % 7 = 0),
                           'due', to_char(created + (a - 500) * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                           'mixed', CASE c % 4 WHEN 0 THEN to_jsonb(d % 3) WHEN 1 THEN to_jsonb('w' || (d % 3))
                                               WHEN 2 THEN to_jsonb(d % 2 = 0) END)),
                       0, CASE WHEN i % 5 = 0 THEN 'ext-' || i END, 'permissive', '{}', 'test', created,
                       CASE WHEN b % 10 = 0 THEN date_trunc('minutes', created) + interval '2 hours' END, status,
                       created, ended,
                       CASE WHEN status = 'failed' THEN jsonb_build_object('category',
                           (ARRAY ['application', 'timeout', 'resource', 'system'])[1 + c % 4], 'code', 'x', 'message', 'y',
                           'retryable', false) END,
                       CASE WHEN status IS NOT NULL THEN 7 END,
                       CASE WHEN i % 50 = 0 THEN uuid_from('2026-01-01 00:00:00Z') END
                FROM kinds
                """);
            statement(from, to, first, step, """
                INSERT INTO run_live (run_id, tenant, state, priority, last_seq, ready_at, held_back, started_at, updated_at,
                                      wait)
                SELECT run_id, tenant, state, 0, 3, created + interval '9 years',
                       CASE WHEN state = 'pending' THEN 'time' END,
                       CASE WHEN state <> 'pending' THEN created END,
                       date_trunc('seconds', created) + (c % 900) * interval '1 second',
                       CASE WHEN state = 'waiting' THEN '{"reason": "timer"}'::jsonb END
                FROM (SELECT *, (ARRAY ['pending', 'running', 'waiting', 'paused', 'cancelling'])[1 + c % 5] AS state
                      FROM kinds WHERE status IS NULL) live
                """);
            statement(from, to, first, step, """
                INSERT INTO run_label (run_id, tenant, label)
                SELECT run_id, tenant, pair.key || '=' || pair.value
                FROM kinds,
                     LATERAL (SELECT labels FROM run WHERE run.run_id = kinds.run_id OFFSET 0) the_run,
                     jsonb_each_text(labels) pair
                """);
            statement(from, to, first, step, """
                INSERT INTO run_attribute (run_id, tenant, key, number, text, truth, time)
                SELECT run_id, tenant, pair.key,
                       CASE WHEN jsonb_typeof(pair.value) = 'number' THEN (pair.value #>> '{}')::double precision END,
                       CASE WHEN jsonb_typeof(pair.value) = 'string' AND pair.key <> 'due' THEN pair.value #>> '{}' END,
                       CASE WHEN jsonb_typeof(pair.value) = 'boolean' THEN (pair.value #>> '{}')::boolean END,
                       CASE WHEN pair.key = 'due' THEN (pair.value #>> '{}')::timestamptz END
                FROM kinds,
                     LATERAL (SELECT attributes FROM run WHERE run.run_id = kinds.run_id OFFSET 0) the_run,
                     jsonb_each(attributes) pair
                """);
            statement(from, to, first, step, """
                INSERT INTO run_external_id (tenant, external_id, run_id)
                SELECT tenant, 'ext-' || i, run_id FROM kinds WHERE i % 5 = 0
                """);
            return true;
        });
    }

    private void statement(int from, int to, Instant first, Duration step, String insert) {
        client.sql(KINDS + insert)
                .param("from", from)
                .param("to", to)
                .param("first", first.toString())
                .param("step", step.toString())
                .update();
    }
}
