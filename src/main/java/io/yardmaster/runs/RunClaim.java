package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Gives runs to the servers that drive them: what wants attention first, then what waits for a place. */
@Component
class RunClaim {

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    RunClaim(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    /**
     * Claims runs for a node: first those that want attention (a command, a deadline, a server that stopped), which need
     * no free place; then those whose wait is over, then pending ones in their order. The claims are durable when this
     * returns.
     *
     * @param places how many runs may be claimed that need one
     */
    List<RunLease> claim(UUID node, UUID host, int places) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
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
            ), queued AS (
                SELECT run_id FROM run_live
                WHERE state = 'pending' AND owner_node IS NULL AND ready_at <= now()
                  AND (host_id IS NULL OR host_id = :host)
                ORDER BY priority DESC, run_id LIMIT greatest(:places - (SELECT count(*) FROM woken), 0)
                FOR UPDATE SKIP LOCKED
            )
            UPDATE run_live SET owner_node = :node, epoch = epoch + 1
            WHERE run_id IN (SELECT run_id FROM attention UNION ALL SELECT run_id FROM woken
                             UNION ALL SELECT run_id FROM queued)
            RETURNING run_id, tenant, epoch
            """)
                .param("host", host)
                .param("node", node)
                .param("places", places)
                .query((row, number) -> new RunLease(
                        new RunId(row.getObject("run_id", UUID.class)),
                        new Tenant(row.getString("tenant")),
                        node,
                        row.getLong("epoch")))
                .list()));
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
                 WHERE state = 'pending' AND owner_node IS NULL AND ready_at > now()
                   AND (host_id IS NULL OR host_id = :host)))
            """)
                .param("host", host)
                .query(Timestamp.class)
                .optional()
                .map(Timestamp::toInstant)));
    }
}
