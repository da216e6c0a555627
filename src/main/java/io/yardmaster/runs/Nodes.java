package io.yardmaster.runs;

import io.yardmaster.database.DataDirectory;
import io.yardmaster.database.Tenancy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.Types;
import java.time.Duration;
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
    private final String version;
    private final Takeover takeover;
    private final BeatConnection beats;
    private volatile UUID node = UUID.randomUUID();
    private volatile @Nullable NodeWatch watch;
    private volatile Duration lease = Duration.ZERO;

    Nodes(
            JdbcClient client,
            TransactionTemplate transactions,
            DataDirectory directory,
            DatabaseClock clock,
            Takeover takeover,
            BeatConnection beats,
            @Value("${yardmaster.version}") String version) {
        this.client = client;
        this.transactions = transactions;
        this.directory = directory;
        this.clock = clock;
        this.takeover = takeover;
        this.beats = beats;
        this.version = version;
    }

    /**
     * Makes a new node of this server known: at its start, and again where it was declared dead while it was not. Earlier
     * nodes of the same host are dead, because this server holds the host's lock: their runs are free to be claimed, here
     * and at once.
     *
     * @param lease how long the node may be silent before others declare it dead
     * @param orphanGrace how long the host may be without a living node before others go on with its runs; null: for ever
     */
    public void register(Duration lease, @Nullable Duration orphanGrace) {
        UUID fresh = UUID.randomUUID();
        Tenancy.allTenants(() -> transactions.execute(transaction -> {
            // First of all, because whoever declares the host gone does so in this row.
            client.sql("""
                INSERT INTO host (host_id, hostname, orphan_grace_ms) VALUES (:host, :name, :grace)
                ON CONFLICT (host_id) DO UPDATE SET hostname = excluded.hostname,
                    orphan_grace_ms = excluded.orphan_grace_ms, gone = false
                """)
                    .param("host", directory.hostId())
                    .param("name", hostname())
                    .param("grace", orphanGrace == null ? null : orphanGrace.toMillis(), Types.BIGINT)
                    .update();
            client.sql("UPDATE node SET state = 'dead' WHERE host_id = :host AND state <> 'dead'")
                    .param("host", directory.hostId())
                    .update();
            client.sql("""
                INSERT INTO node (node_id, host_id, version, state, lease_ms)
                VALUES (:node, :host, :version, 'alive', :lease)
                """)
                    .param("node", fresh)
                    .param("host", directory.hostId())
                    .param("version", version)
                    .param("lease", lease.toMillis())
                    .update();
            return client.sql("""
                UPDATE run_live SET owner_node = NULL,
                    control_due = CASE WHEN state = 'pending' AND inbox_seq = inbox_done THEN control_due
                                   ELSE now() END
                WHERE owner_node IN (SELECT node_id FROM node
                                     WHERE host_id = :host AND node_id <> :node)
                """)
                    .param("host", directory.hostId())
                    .param("node", fresh)
                    .update();
        }));
        node = fresh;
        this.lease = lease;
        watch = new NodeWatch(System::nanoTime, lease.dividedBy(4));
    }

    /**
     * Says that the node lives.
     *
     * @return false where it was declared dead, and with it all that it holds is lost
     */
    public boolean beat() {
        // Where a connection died in silence, there has to be time for another one.
        return beats.beat(node, lease.dividedBy(3));
    }

    /**
     * Looks whether the other servers live, and frees the runs of those that do not.
     *
     * @return how many runs may be claimed now that could not be before
     */
    public int lookAtOthers() {
        return takeover.look(Objects.requireNonNull(watch), directory.hostId());
    }

    /** Compares the clocks of this server and the database. */
    public void correctClock() {
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

    /** The node that this server is now. */
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
