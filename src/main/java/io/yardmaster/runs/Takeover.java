package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Frees the runs of servers that are dead. Nothing here waits for a row that somebody else holds, which may be a server
 * that froze in the middle of a commit: what is held is left to the next look.
 */
@Component
class Takeover {

    private static final Logger log = LoggerFactory.getLogger(Takeover.class);

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    Takeover(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    /**
     * Looks at all other hosts, and frees what is to be freed.
     *
     * @return how many runs may be claimed now that could not be before
     */
    int look(NodeWatch watch, UUID ownHost) {
        NodeWatch.Silent silent = watch.look(sightings(ownHost));
        silent.nodes().forEach(this::bury);
        int freed = freeRunsOfTheDead();
        for (UUID host : silent.hosts()) {
            freed += untie(host);
        }
        return freed;
    }

    private List<NodeWatch.Sighting> sightings(UUID ownHost) {
        return Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT h.host_id, h.orphan_grace_ms, n.node_id, n.beat, n.lease_ms
            FROM host h LEFT JOIN node n ON n.host_id = h.host_id AND n.state <> 'dead'
            WHERE NOT h.gone AND h.host_id <> :own
            """)
                .param("own", ownHost)
                .query((row, number) -> new NodeWatch.Sighting(
                        row.getObject("host_id", UUID.class), millis(row, "orphan_grace_ms"), node(row)))
                .list()));
    }

    /** A node that has beaten meanwhile is not dead. */
    private void bury(NodeWatch.Sighting.Node node) {
        int buried = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            UPDATE node SET state = 'dead'
            WHERE node_id IN (SELECT node_id FROM node
                              WHERE node_id = :node AND beat = :beat AND state <> 'dead'
                              FOR UPDATE SKIP LOCKED)
            """)
                .param("node", node.id())
                .param("beat", node.beat())
                .update()));
        if (buried == 1) {
            log.warn("Server {} has been silent for longer than {}; its runs are free", node.id(), node.lease());
        }
    }

    /** Also those that a server claimed after its death, before it noticed. */
    private int freeRunsOfTheDead() {
        return Tenancy.allTenants(
                () -> transactions.execute(transaction -> client.sql("""
                    UPDATE run_live SET owner_node = NULL,
                        control_due = CASE WHEN state = 'pending' AND inbox_seq = inbox_done THEN control_due ELSE now() END
                    WHERE run_id IN (SELECT l.run_id FROM run_live l JOIN node n ON n.node_id = l.owner_node
                                     WHERE l.owner_node IS NOT NULL AND n.state = 'dead'
                                     FOR UPDATE OF l SKIP LOCKED)
                    """).update()));
    }

    /** A host that comes back says so in the same row, before or after. */
    private int untie(UUID host) {
        Integer untied = Tenancy.allTenants(() -> transactions.execute(transaction -> {
            boolean held = client.sql("SELECT 1 FROM host WHERE host_id = :host AND NOT gone FOR UPDATE SKIP LOCKED")
                    .param("host", host)
                    .query(Integer.class)
                    .optional()
                    .isEmpty();
            if (held) {
                return 0;
            }
            int gone = client.sql("""
                UPDATE host SET gone = true
                WHERE host_id = :host AND NOT EXISTS (SELECT 1 FROM node WHERE host_id = :host AND state <> 'dead')
                """).param("host", host).update();
            if (gone == 0) {
                return 0;
            }
            return client.sql("""
                UPDATE run_live SET host_id = NULL,
                    control_due = CASE WHEN state = 'waiting' AND inbox_seq = inbox_done THEN control_due
                                  ELSE now() END
                WHERE host_id = :host
                """).param("host", host).update();
        }));
        if (untied > 0) {
            log.warn("Host {} is gone, and with it the workspaces and processes of {} runs", host, untied);
        }
        return untied;
    }

    private static NodeWatch.Sighting.@Nullable Node node(ResultSet row) throws SQLException {
        UUID id = row.getObject("node_id", UUID.class);
        return id == null
                ? null
                : new NodeWatch.Sighting.Node(id, row.getLong("beat"), Duration.ofMillis(row.getLong("lease_ms")));
    }

    private static @Nullable Duration millis(ResultSet row, String column) throws SQLException {
        Long value = row.getObject(column, Long.class);
        return value == null ? null : Duration.ofMillis(value);
    }
}
