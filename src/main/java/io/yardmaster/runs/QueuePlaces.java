package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.QueuePlace.Reason;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Says where a pending run stands, by the same order in which {@link RunClaim} takes runs. */
@Component
class QueuePlaces {

    /** A position further back is not told apart from this one. */
    private static final int FURTHEST = 1_000;

    private static final int HOLDERS = 10;

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final Turns turns;
    private final LimitsProperties limits;

    QueuePlaces(JdbcClient client, TransactionTemplate transactions, Turns turns, LimitsProperties limits) {
        this.client = client;
        this.transactions = transactions;
        this.turns = turns;
        this.limits = limits;
    }

    /** What the run waits for; empty where it is not pending, or somebody has it already. */
    Optional<QueuePlace> of(RunId runId) {
        return Objects.requireNonNull(Tenancy.allTenants(
                () -> transactions.execute(transaction -> find(runId).map(this::place))));
    }

    /** Has what follows planned along the indexes, as {@link RunClaim} does, however short the queue was before. */
    private Optional<Pending> find(RunId runId) {
        return client.sql("""
            SELECT run_id, tenant, priority, held_back, ready_at,
                   set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                   set_config('enable_sort', 'off', true), set_config('jit', 'off', true)
            FROM run_live
            WHERE run_id = :run AND state = 'pending' AND owner_node IS NULL
            """)
                .param("run", runId.value())
                .query((row, number) -> pending(row))
                .optional();
    }

    private QueuePlace place(Pending run) {
        return switch (run.heldBack()) {
            case TIME ->
                new QueuePlace(
                        Reason.NOT_BEFORE,
                        null,
                        null,
                        null,
                        null,
                        List.of(),
                        run.readyAt().toInstant());
            case SLOT -> byKey(run).orElseGet(() -> inLine(run));
            case null -> inLine(run);
        };
    }

    private Optional<QueuePlace> byKey(Pending run) {
        return client.sql("""
            SELECT mine.key, mine.key_limit,
                   (SELECT count(*) FROM (
                        SELECT 1 FROM run_slot p
                        WHERE p.tenant = mine.tenant AND p.key = mine.key AND p.state = 'parked'
                          AND (p.priority > mine.priority OR (p.priority = mine.priority AND p.run_id < mine.run_id))
                        LIMIT :furthest) AS counted) AS ahead,
                   ARRAY (SELECT h.run_id FROM run_slot h
                          WHERE h.tenant = mine.tenant AND h.key = mine.key AND h.state = 'held'
                          ORDER BY h.run_id LIMIT :holders) AS holders
            FROM run_slot mine WHERE mine.run_id = :run AND mine.state = 'parked'
            """)
                .param("run", run.runId())
                .param("furthest", FURTHEST)
                .param("holders", HOLDERS)
                .query((row, number) -> new QueuePlace(
                        Reason.CONCURRENCY,
                        null,
                        row.getString("key"),
                        row.getInt("key_limit"),
                        row.getInt("ahead"),
                        ids(row.getArray("holders").getArray()),
                        null))
                .optional();
    }

    private static List<RunId> ids(Object array) {
        return List.of((UUID[]) array).stream().map(RunId::new).toList();
    }

    private QueuePlace inLine(Pending run) {
        int position = position(run);
        return isAtItsLimit(run)
                ? new QueuePlace(Reason.TENANT_LIMIT, position, null, limits.runsPerTenant(), null, List.of(), null)
                : new QueuePlace(Reason.QUEUE, position, null, null, null, List.of(), null);
    }

    /**
     * One more than the runs of its tenant that go first, and those of the others whose turn begins before the run's; of
     * two turns that begin at once, the tenants' names decide.
     */
    private int position(Pending run) {
        return client.sql("""
            WITH ahead AS (
                SELECT count(*) AS runs FROM (
                    (SELECT 1 FROM run_live
                     WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL
                       AND tenant = :tenant AND priority > :priority LIMIT :furthest)
                    UNION ALL
                    (SELECT 1 FROM run_live
                     WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL
                       AND tenant = :tenant AND priority = :priority AND run_id < :run LIMIT :furthest)) AS first
            ), standing AS (
                SELECT t.tenant, greatest(own.next_turn, clock.next_turn, 0) AS begins,
                       coalesce(weighted.length, :usual) AS length
                FROM (SELECT tenant FROM ready_tenant WHERE tenant <> :tenant UNION ALL SELECT :tenant) t
                         LEFT JOIN queue_turn own ON own.tenant = t.tenant
                         LEFT JOIN queue_turn clock ON clock.tenant = '*'
                         LEFT JOIN unnest(:tenants::text[], :lengths::bigint[]) AS weighted (tenant, length)
                                   ON weighted.tenant = t.tenant
            ), mine AS (
                SELECT begins + ahead.runs * length AS begins FROM standing CROSS JOIN ahead WHERE tenant = :tenant
            ), earlier AS (
                SELECT other.tenant,
                       (mine.begins - other.begins + other.length
                           - CASE WHEN other.tenant < :tenant THEN 0 ELSE 1 END) / other.length AS turns
                FROM standing other CROSS JOIN mine
                WHERE other.tenant <> :tenant
                  AND (other.begins < mine.begins OR (other.begins = mine.begins AND other.tenant < :tenant))
            )
            SELECT least(:furthest, 1 + ahead.runs + CASE WHEN ahead.runs >= :furthest - 1 THEN 0 ELSE (
                SELECT count(*) FROM (
                    SELECT 1 FROM earlier CROSS JOIN LATERAL (
                        SELECT 1 FROM run_live
                        WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL AND tenant = earlier.tenant
                        LIMIT earlier.turns) AS run
                    LIMIT :furthest) AS others) END)
            FROM ahead
            """)
                .param("usual", Turns.LENGTH)
                .param("tenants", turns.tenants())
                .param("lengths", turns.lengths())
                .param("tenant", run.tenant())
                .param("priority", run.priority())
                .param("run", run.runId())
                .param("furthest", FURTHEST)
                .query(Integer.class)
                .single();
    }

    private boolean isAtItsLimit(Pending run) {
        return limits.runsPerTenant() > 0
                && client.sql("""
                    SELECT count(*) >= :most FROM run_live WHERE owner_node IS NOT NULL AND tenant = :tenant
                    """)
                        .param("most", limits.runsPerTenant())
                        .param("tenant", run.tenant())
                        .query(Boolean.class)
                        .single();
    }

    private static Pending pending(ResultSet row) throws SQLException {
        return new Pending(
                row.getObject("run_id", UUID.class),
                row.getString("tenant"),
                row.getInt("priority"),
                HeldBack.of(row.getString("held_back")),
                row.getTimestamp("ready_at"));
    }

    private record Pending(
            UUID runId,
            String tenant,
            int priority,
            @Nullable HeldBack heldBack,
            Timestamp readyAt) {}
}
