import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A history of runs of all kinds, put straight into the tables: as many on each of the last days, nine of ten in the tenant
 * that the measurements ask as. A run has two labels, two attributes, a step, an attempt, three events and its output.
 */
final class Past {

    static final int DAYS = 30;

    /** Those of the last days that have not ended. */
    static final int LIVE = 3_000;

    private static final int LOADERS = 2;
    private static final List<String> TABLES =
            List.of("run", "run_label", "run_attribute", "step", "step_attempt", "run_event", "log_chunk");

    /** Run number i of a day: all about it follows from i, in ways that have nothing to do with each other. */
    private static final String NUMBERED = """
        WITH numbered AS MATERIALIZED (
            SELECT i, at, ended, tenant, kind, job, team, env, region, size,
                   (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
                    || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid AS run_id
            FROM (SELECT i, at, at + (hashint8extended(i, 2) & 65535) * interval '10 milliseconds' AS ended,
                         CASE WHEN hashint8extended(i, 3) & 1023 < 922 THEN 'default' ELSE 'other' END AS tenant,
                         (hashint8extended(i, 4) & 1023)::int AS kind,
                         'team/job-' || (hashint8extended(i, 5) & 127) AS job,
                         (hashint8extended(i, 6) & 15)::int AS team,
                         (hashint8extended(i, 7) & 3)::int AS env,
                         (hashint8extended(i, 8) & 7)::int AS region,
                         (hashint8extended(i, 9) & 65535)::int AS size,
                         md5(i::text) AS hash
                  FROM (SELECT i, date_trunc('milliseconds', timestamptz '%1$s 00:00:00Z'
                                                             + (i - %2$d) * interval '%4$s') AS at
                        FROM generate_series(%2$d::bigint, %3$d::bigint) i) seconds) kinds
        )
        """;

    private static final List<String> ROWS = List.of("""
        INSERT INTO %s (run_id, tenant, job_id, source, job_digest, plan_digest, args, labels, attributes, priority,
                        external_id, security_profile, timeouts, submitted_by, created_at, status, started_at,
                        finished_at, failure, last_seq)
        SELECT run_id, tenant, job, 'bench', 'sha256:' || md5(job), 'sha256:' || md5(job), '{"day": "2026-01-01"}',
               jsonb_build_object('team', 'team-' || team, 'env', (ARRAY ['prod', 'prod', 'test', 'dev'])[1 + env]),
               jsonb_build_object('size', size, 'region', 'region-' || region), 0,
               CASE WHEN i % 20 = 0 THEN 'ext-' || i END, 'permissive', '{}', 'bench', at,
               CASE WHEN kind < 850 THEN 'success' WHEN kind < 1000 THEN 'failed' ELSE 'cancelled' END, at, ended,
               CASE WHEN kind BETWEEN 850 AND 999 THEN jsonb_build_object('category',
                   (ARRAY ['application', 'timeout', 'resource', 'system'])[1 + kind % 4], 'code', 'step-failed',
                   'message', 'It ended with 1.', 'retryable', false) END, 8
        FROM numbered
        """, """
        INSERT INTO %s (run_id, tenant, label)
        SELECT run_id, tenant, label
        FROM numbered, unnest(ARRAY ['team=team-' || team,
                                     'env=' || (ARRAY ['prod', 'prod', 'test', 'dev'])[1 + env]]) label
        """, """
        INSERT INTO %s (run_id, tenant, key, number, text)
        SELECT run_id, tenant, 'size', size, NULL FROM numbered
        UNION ALL
        SELECT run_id, tenant, 'region', NULL, 'region-' || region FROM numbered
        """, """
        INSERT INTO %s (run_id, step_id, tenant, status, attempt, started_at, finished_at)
        SELECT run_id, 'main', tenant, CASE WHEN kind < 850 THEN 'success' ELSE 'cancelled' END, 1, at, ended
        FROM numbered
        """, """
        INSERT INTO %s (run_id, step_id, attempt, tenant, status, host_id, epoch, started_at, finished_at, exit_code)
        SELECT run_id, 'main', 1, tenant, 'success', run_id, 1, at, ended, 0 FROM numbered
        """, """
        INSERT INTO %s (run_id, seq, tenant, type, at, data)
        SELECT run_id, seq, tenant, (ARRAY ['run.created', 'run.started', 'run.finished'])[seq],
               CASE seq WHEN 3 THEN ended ELSE at END, '{"status": "success", "job_id": "team/job"}'
        FROM numbered, generate_series(1, 3) seq
        """, """
        INSERT INTO %s (run_id, first_seq, last_seq, tenant, step_id, attempt, stream, first_at, last_at, end_offset,
                        lines)
        SELECT run_id, 4, 8, tenant, 'main', 1, 'stdout', at, ended, 200, decode(repeat(md5(i::text), 12), 'hex')
        FROM numbered
        """);

    private final Postgres postgres;
    private final LocalDate today = LocalDate.now(ZoneOffset.UTC);
    private final long perDay;

    Past(Postgres postgres, long runs) {
        this.postgres = postgres;
        this.perDay = runs / DAYS;
    }

    /** The first day that has runs. */
    LocalDate first() {
        return today.minusDays(DAYS);
    }

    /** The tables have to be there, and nobody at them. */
    void load() throws Exception {
        try (ExecutorService loaders = Executors.newFixedThreadPool(LOADERS)) {
            List<Future<?>> days = new ArrayList<>();
            for (int day = 0; day < DAYS; day++) {
                int number = day;
                days.add(loaders.submit(() -> {
                    load(number);
                    return true;
                }));
            }
            long start = System.nanoTime();
            for (int day = 0; day < DAYS; day++) {
                days.get(day).get();
                System.out.printf(
                        Locale.ROOT,
                        "\rfilling: %d of %d days, %.0f s ",
                        day + 1,
                        DAYS,
                        (System.nanoTime() - start) / 1e9);
            }
        }
        live();
        try (Connection connection = owner();
                Statement statement = connection.createStatement()) {
            for (String table : TABLES) {
                statement.execute("ANALYZE " + table);
            }
            statement.execute("VACUUM ANALYZE run_live, run_external_id");
        }
        postgres.execute("CHECKPOINT");
        System.out.println();
    }

    /** As tables of their own, which become parts when they are full: their indexes are made then, which is quicker. */
    private void load(int number) throws SQLException {
        LocalDate day = first().plusDays(number);
        long from = number * perDay + 1;
        String numbered = String.format(
                Locale.ROOT, NUMBERED, day, from, from + perDay - 1, 86_400_000_000L / perDay + " microseconds");
        String suffix = "_" + day.toString().replace("-", "");
        try (Connection connection = owner();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SET LOCAL maintenance_work_mem = '256MB'");
            statement.execute("SET LOCAL work_mem = '256MB'");
            statement.execute("SELECT set_config('yardmaster.tenant', '*', true)");
            for (int i = 0; i < TABLES.size(); i++) {
                String table = TABLES.get(i);
                statement.execute("DROP TABLE IF EXISTS " + table + suffix);
                statement.execute("CREATE TABLE " + table + suffix + " (LIKE " + table
                        + " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)");
                statement.execute(numbered + ROWS.get(i).replace("%s", table + suffix));
            }
            statement.execute(numbered + """
                INSERT INTO run_external_id (tenant, external_id, run_id)
                SELECT tenant, 'ext-' || i, run_id FROM numbered WHERE i % 20 = 0
                """);
            for (String table : TABLES) {
                statement.execute("ALTER TABLE " + table + " ATTACH PARTITION " + table + suffix
                        + " FOR VALUES FROM (uuid_from('" + day + "T00:00:00Z')) TO (uuid_from('" + day.plusDays(1)
                        + "T00:00:00Z'))");
            }
            connection.commit();
            connection.setAutoCommit(true);
            // What the database itself would do sooner or later.
            for (String table : List.of("run", "run_label", "run_attribute")) {
                statement.execute("VACUUM (ANALYZE) " + table + suffix);
            }
        }
    }

    /** Some of the last days have not ended: they wait, or are pending for a time that is far away. */
    private void live() throws SQLException {
        try (Connection connection = owner();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT set_config('yardmaster.tenant', '*', true)");
            statement.execute("""
                CREATE TEMP TABLE unended ON COMMIT DROP AS
                SELECT run_id, tenant, created_at, row_number() OVER (ORDER BY run_id) AS i
                FROM (SELECT * FROM run ORDER BY run_id DESC LIMIT %d) last WHERE uuid_hash(run_id) %% 2 = 0
                """.formatted(2 * LIVE));
            statement.execute("""
                UPDATE run SET status = NULL, finished_at = NULL, last_seq = NULL, failure = NULL, result = NULL
                WHERE run_id IN (SELECT run_id FROM unended)
                """);
            statement.execute("""
                INSERT INTO run_live (run_id, tenant, state, priority, last_seq, ready_at, held_back, started_at,
                                      updated_at, wait)
                SELECT run_id, tenant, CASE WHEN i % 2 = 0 THEN 'waiting' ELSE 'pending' END, 0, 8,
                       created_at + interval '1 year', CASE WHEN i % 2 = 0 THEN NULL ELSE 'time' END,
                       CASE WHEN i % 2 = 0 THEN created_at END, created_at + i % 600 * interval '1 second',
                       CASE WHEN i % 2 = 0 THEN '{"reason": "timer"}'::jsonb END
                FROM unended
                """);
            connection.commit();
        }
    }

    private Connection owner() throws SQLException {
        Connection connection = postgres.connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            statement.execute("SET ROLE " + Postgres.ROLE);
        }
        return connection;
    }
}
