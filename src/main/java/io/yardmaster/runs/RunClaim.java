package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Gives runs to the servers that drive them: what wants attention first, then what waits for a place, in turns of the
 * tenants. What a claim costs depends on how many tenants have runs that are ready, not on how many runs those are.
 */
@Component
class RunClaim {

    /** More are claimed by the next claim, which follows at once. */
    private static final int AT_ONCE = 64;

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final SlotGiver slots;
    private final Newcomers newcomers;
    private final Turns turns;
    private final LimitsProperties limits;

    RunClaim(
            JdbcClient client,
            TransactionTemplate transactions,
            SlotGiver slots,
            Newcomers newcomers,
            Turns turns,
            LimitsProperties limits) {
        this.client = client;
        this.transactions = transactions;
        this.slots = slots;
        this.newcomers = newcomers;
        this.turns = turns;
        this.limits = limits;
    }

    /**
     * Claims runs for a node: first those that want attention (a command, a deadline, a server that stopped), which need
     * no free place; then those whose wait is over, then pending ones by the tenants' turns. The claims are durable when
     * this returns.
     *
     * @param places how many runs may be claimed that need one
     */
    List<RunLease> claim(UUID node, UUID host, int places) {
        Work[] found = new Work[1];
        List<RunLease> claimed =
                new ArrayList<>(Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> {
                    prepare();
                    Work work = look(places);
                    found[0] = work;
                    return claim(node, host, places, work);
                }))));
        if (found[0].newcomers()) {
            newcomers.letIn();
        }
        return claimed;
    }

    private List<RunLease> claim(UUID node, UUID host, int places, Work work) {
        if (work.isOfTheQueue()) {
            // Before anything is locked that somebody who has the queue could wait for.
            lockQueue();
        }
        if (work.due()) {
            slots.endWaitsForTime();
        }
        if (work.due() || work.notes()) {
            slots.giveOut();
        }
        List<RunLease> claimed = new ArrayList<>();
        int taken = wanting(node, host, places, claimed);
        if (work.isOfTheQueue() && places > taken) {
            claimed.addAll(ready(node, host, Math.min(AT_ONCE, places - taken)));
        }
        return claimed;
    }

    /** Whether there is anything to do that only one server may do at a time. */
    private Work look(int places) {
        return client.sql("""
            SELECT EXISTS (SELECT 1 FROM run_live
                           WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL) AS ready,
                   EXISTS (SELECT 1 FROM run_live
                           WHERE state = 'pending' AND owner_node IS NULL AND held_back = 'time'
                             AND ready_at <= now()) AS due,
                   EXISTS (SELECT 1 FROM slot_note) AS notes,
                   EXISTS (SELECT 1 FROM slot_note WHERE run_id IS NOT NULL) AS newcomers
            """)
                .query((row, number) -> new Work(
                        row.getBoolean("ready") && places > 0,
                        row.getBoolean("due"),
                        row.getBoolean("notes"),
                        row.getBoolean("newcomers")))
                .single();
    }

    /**
     * The tables of a queue grow and shrink faster than their statistics: everything is planned for a long queue, along
     * the indexes and never as a scan or a sort of it. A server that freezes in the middle of a claim keeps the others
     * from claiming only until the database ends its session.
     */
    private void prepare() {
        client.sql("""
            SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                   set_config('enable_sort', 'off', true), set_config('jit', 'off', true),
                   set_config('idle_in_transaction_session_timeout', '5s', true),
                   set_config('lock_timeout', '10s', true)
            """).query((row, number) -> true).list();
    }

    /** Until the transaction ends. */
    private void lockQueue() {
        client.sql("SELECT pg_advisory_xact_lock(hashtextextended('yardmaster.queue', 0))")
                .query((row, number) -> true)
                .list();
    }

    /** Returns how many of them take a place. */
    private int wanting(UUID node, UUID host, int places, List<RunLease> claimed) {
        int[] taken = new int[1];
        claimed.addAll(client.sql("""
            WITH attention AS (
                SELECT run_id FROM run_live
                WHERE owner_node IS NULL AND control_due <= now() AND (host_id IS NULL OR host_id = :host)
                  AND (state <> 'waiting' OR inbox_seq > inbox_done)
                ORDER BY control_due LIMIT 64 FOR UPDATE SKIP LOCKED
            ), woken AS (
                SELECT run_id FROM run_live
                WHERE owner_node IS NULL AND control_due <= now() AND (host_id IS NULL OR host_id = :host)
                  AND state = 'waiting' AND inbox_seq = inbox_done
                ORDER BY control_due LIMIT :places FOR UPDATE SKIP LOCKED
            )
            UPDATE run_live SET owner_node = :node, epoch = epoch + 1
            WHERE run_id = ANY (ARRAY (SELECT run_id FROM attention UNION ALL SELECT run_id FROM woken))
            RETURNING run_id, tenant, epoch, state = 'waiting' AND inbox_seq = inbox_done AS is_woken
            """)
                .param("host", host)
                .param("node", node)
                .param("places", places)
                .query((row, number) -> {
                    taken[0] += row.getBoolean("is_woken") ? 1 : 0;
                    return lease(row, node);
                })
                .list());
        return taken[0];
    }

    /**
     * Each tenant stands where its next turn begins. The places go to the turns that begin first, and each of those to the
     * first run of its tenant; then the tenants move on by the turns they had, and the clock to where the last of these
     * began. A tenant that had nothing to run stands no further back than the clock: what it left is not saved up.
     */
    private List<RunLease> ready(UUID node, UUID host, int places) {
        return client.sql("""
            WITH busy AS (
                SELECT tenant, count(*) AS runs FROM run_live WHERE owner_node IS NOT NULL AND :most > 0 GROUP BY tenant
            ), standing AS (
                SELECT t.tenant, greatest(own.next_turn, clock.next_turn, 0) AS begins,
                       coalesce(weighted.length, :usual) AS length,
                       CASE WHEN :most > 0 THEN least(:places, :most - coalesce(busy.runs, 0)) ELSE :places END AS room
                FROM ready_tenant t
                         LEFT JOIN busy ON busy.tenant = t.tenant
                         LEFT JOIN queue_turn own ON own.tenant = t.tenant
                         LEFT JOIN queue_turn clock ON clock.tenant = '*'
                         LEFT JOIN unnest(:tenants::text[], :lengths::bigint[]) AS weighted (tenant, length)
                                   ON weighted.tenant = t.tenant
            ), next AS (
                SELECT * FROM standing WHERE room > 0 ORDER BY begins, tenant LIMIT :places
            ), share AS (
                SELECT tenant, begins, length, count(*) AS turns
                FROM (SELECT next.* FROM next CROSS JOIN LATERAL generate_series(0, room - 1) AS turn
                      ORDER BY begins + turn * length, tenant LIMIT :places) AS given
                GROUP BY tenant, begins, length
            ), first AS (
                SELECT l.run_id
                FROM share CROSS JOIN LATERAL (
                    SELECT run_id FROM run_live
                    WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL AND tenant = share.tenant
                    ORDER BY priority DESC, run_id LIMIT share.turns FOR UPDATE SKIP LOCKED) l
            ), claimed AS (
                UPDATE run_live SET owner_node = :node, epoch = epoch + 1
                WHERE run_id = ANY (ARRAY (SELECT run_id FROM first))
                RETURNING run_id, tenant, epoch
            ), had AS (
                SELECT share.tenant, share.begins, share.length, count(*) AS turns
                FROM claimed JOIN share ON share.tenant = claimed.tenant
                GROUP BY share.tenant, share.begins, share.length
            ), moved AS (
                INSERT INTO queue_turn (tenant, next_turn)
                SELECT tenant, begins + turns * length FROM had
                UNION ALL
                SELECT '*', max(begins + (turns - 1) * length) FROM had HAVING count(*) > 0
                ON CONFLICT (tenant) DO UPDATE SET next_turn = excluded.next_turn
            )
            SELECT run_id, tenant, epoch FROM claimed
            """)
                .param("usual", Turns.LENGTH)
                .param("most", (long) limits.runsPerTenant())
                .param("tenants", turns.tenants())
                .param("lengths", turns.lengths())
                .param("places", (long) places)
                .param("node", node)
                .param("host", host)
                .query((row, number) -> lease(row, node))
                .list();
    }

    /**
     * When the next run without owner wants attention or becomes ready on this host; empty where none is foreseen. What
     * is due already and waits for a place is not counted.
     */
    Optional<Instant> nextDue(UUID host) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT least(
                (SELECT min(control_due) FROM run_live
                 WHERE owner_node IS NULL AND control_due > now() AND (host_id IS NULL OR host_id = :host)),
                (SELECT min(ready_at) FROM run_live
                 WHERE state = 'pending' AND owner_node IS NULL AND held_back = 'time' AND ready_at > now()))
            """)
                .param("host", host)
                .query(Timestamp.class)
                .optional()
                .map(Timestamp::toInstant)));
    }

    private static RunLease lease(ResultSet row, UUID node) throws SQLException {
        return new RunLease(
                new RunId(row.getObject("run_id", UUID.class)),
                new Tenant(row.getString("tenant")),
                node,
                row.getLong("epoch"));
    }

    /**
     * What there is to do.
     *
     * @param ready runs wait for a place, and there is one
     * @param due runs have waited for a time that has come
     * @param notes something has changed about concurrency keys
     * @param newcomers older runs have to give way to newer ones
     */
    private record Work(boolean ready, boolean due, boolean notes, boolean newcomers) {

        boolean isOfTheQueue() {
            return ready || due || notes;
        }
    }
}
