package io.yardmaster.runs;

import io.yardmaster.database.DataDirectory;
import io.yardmaster.database.Tenancy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** The servers: a host is a data directory, a node is one start of a server on it. */
@Component
public class Nodes {

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final DataDirectory directory;
    private final DatabaseClock clock;
    private final Partitions partitions;
    private final String version;
    private final UUID node = UUID.randomUUID();
    private @Nullable LocalDate tidied;

    Nodes(
            JdbcClient client,
            TransactionTemplate transactions,
            DataDirectory directory,
            DatabaseClock clock,
            Partitions partitions,
            @Value("${yardmaster.version}") String version) {
        this.client = client;
        this.transactions = transactions;
        this.directory = directory;
        this.clock = clock;
        this.partitions = partitions;
        this.version = version;
    }

    /**
     * Makes the node of this start of the server known. Earlier nodes of the same host are dead, because this server holds the
     * host's lock: their runs are free to be claimed, here and at once.
     */
    public void register() {
        Tenancy.allTenants(() -> transactions.execute(transaction -> {
            client.sql("INSERT INTO host (host_id, hostname) VALUES (:host, :name) ON CONFLICT DO NOTHING")
                    .param("host", directory.hostId())
                    .param("name", hostname())
                    .update();
            client.sql("UPDATE node SET state = 'dead' WHERE host_id = :host AND state <> 'dead'")
                    .param("host", directory.hostId())
                    .update();
            client.sql("""
                INSERT INTO node (node_id, host_id, version, state)
                VALUES (:node, :host, :version, 'alive')
                """)
                    .param("node", node)
                    .param("host", directory.hostId())
                    .param("version", version)
                    .update();
            return client.sql("""
                UPDATE run_live SET owner_node = NULL,
                    control_due = CASE WHEN state = 'pending' AND inbox_seq = inbox_done THEN control_due
                                   ELSE now() END
                WHERE owner_node IN (SELECT node_id FROM node
                                     WHERE host_id = :host AND node_id <> :node)
                """)
                    .param("host", directory.hostId())
                    .param("node", node)
                    .update();
        }));
    }

    /** Says that the node lives. */
    public void beat() {
        Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("UPDATE node SET beat = beat + 1, beat_at = now() WHERE node_id = :node")
                        .param("node", node)
                        .update()));
        clock.correct();
    }

    /** Says that the node is about to stop. */
    public void drain() {
        Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql(
                        "UPDATE node SET state = 'draining' WHERE node_id = :node AND state = 'alive'")
                .param("node", node)
                .update()));
    }

    /** The nodes that live, and those that did an hour ago, the newest first. */
    public List<NodeView> list() {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT n.node_id, n.host_id, h.hostname, n.version, n.state, n.started_at,
                   extract(epoch FROM clock_timestamp() - n.beat_at) AS age,
                   (SELECT count(*) FROM run_live l WHERE l.owner_node = n.node_id) AS runs
            FROM node n JOIN host h ON h.host_id = n.host_id
            WHERE n.state <> 'dead' OR n.beat_at > now() - interval '1 hour'
            ORDER BY n.started_at DESC LIMIT 1000
            """)
                .query((row, number) -> new NodeView(
                        row.getObject("node_id", UUID.class),
                        row.getObject("host_id", UUID.class),
                        row.getString("hostname"),
                        row.getString("version"),
                        row.getString("state"),
                        row.getTimestamp("started_at").toInstant(),
                        Duration.ofMillis(Math.max(0, Math.round(row.getDouble("age") * 1000))),
                        row.getLong("runs")))
                .list())));
    }

    /** Says that the node stops, and frees its runs. */
    public void leave() {
        Tenancy.allTenants(() -> transactions.execute(transaction -> {
            client.sql("""
                UPDATE run_live SET owner_node = NULL,
                    control_due = CASE WHEN state = 'pending' AND inbox_seq = inbox_done THEN control_due
                                   ELSE now() END
                WHERE owner_node = :node
                """).param("node", node).update();
            return client.sql("UPDATE node SET state = 'dead' WHERE node_id = :node")
                    .param("node", node)
                    .update();
        }));
    }

    /** Prepares the days to come, once a day. */
    public void tidy() {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        if (!today.equals(tidied)) {
            partitions.create();
            tidied = today;
        }
    }

    /** The node this start of the server is. */
    public UUID self() {
        return node;
    }

    /** The host this server is. */
    public UUID host() {
        return directory.hostId();
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}
