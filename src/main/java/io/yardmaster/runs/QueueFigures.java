package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** How many runs are where, and how long they have been waiting. */
@Component
public class QueueFigures {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    QueueFigures(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    /** Of all tenants, on all servers. */
    public Totals totals() {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> readTotals())));
    }

    /** The runs of one tenant that have not ended, highest priority first. */
    public List<Queue> queues(Tenant tenant) {
        return Objects.requireNonNull(
                Tenancy.allTenants(() -> transactions.execute(transaction -> readQueues(tenant))));
    }

    private Totals readTotals() {
        client.sql("SET LOCAL statement_timeout = '3s'").update();
        Map<RunState, Long> runs = new EnumMap<>(RunState.class);
        long[] sums = new long[2];
        double[] oldest = new double[1];
        client.sql("""
            SELECT state, count(*) AS runs, sum(inbox_seq - inbox_done) AS commands,
                   count(*) FILTER (WHERE state = 'pending' AND owner_node IS NULL AND ready_at <= now()) AS ready,
                   extract(epoch FROM now() - min(ready_at) FILTER (
                       WHERE state = 'pending' AND owner_node IS NULL AND ready_at <= now())) AS oldest
            FROM run_live GROUP BY state
            """).query(row -> {
            runs.put(RunState.of(row.getString("state")), row.getLong("runs"));
            sums[0] += row.getLong("commands");
            sums[1] += row.getLong("ready");
            oldest[0] = Math.max(oldest[0], row.getDouble("oldest"));
        });
        long nodes = client.sql(
                        "SELECT count(*) FROM node WHERE state = 'alive' AND beat_at > now() - interval '30 seconds'")
                .query(Long.class)
                .single();
        return new Totals(Map.copyOf(runs), sums[1], seconds(oldest[0]), sums[0], nodes);
    }

    private List<Queue> readQueues(Tenant tenant) {
        return client.sql("""
            SELECT priority,
                   count(*) FILTER (WHERE state = 'pending' AND owner_node IS NULL AND ready_at <= now()) AS ready,
                   count(*) FILTER (WHERE state = 'pending' AND owner_node IS NULL AND ready_at > now()) AS scheduled,
                   count(*) FILTER (WHERE owner_node IS NOT NULL AND state <> 'waiting') AS running,
                   count(*) FILTER (WHERE state = 'waiting') AS waiting,
                   extract(epoch FROM now() - min(ready_at) FILTER (
                       WHERE state = 'pending' AND owner_node IS NULL AND ready_at <= now())) AS oldest,
                   coalesce(min(ready_at) FILTER (
                       WHERE state = 'pending' AND owner_node IS NULL AND ready_at <= now())
                     < (SELECT max(other.ready_at) FROM run_live other WHERE other.started_at IS NOT NULL),
                     false) AS overtaken
            FROM run_live WHERE tenant = :tenant GROUP BY priority ORDER BY priority DESC
            """)
                .param("tenant", tenant.name())
                .query((row, n) -> {
                    Duration oldest = seconds(row.getDouble("oldest"));
                    return new Queue(
                            row.getInt("priority"),
                            row.getLong("ready"),
                            row.getLong("scheduled"),
                            row.getLong("running"),
                            row.getLong("waiting"),
                            oldest,
                            row.getBoolean("overtaken") && oldest.compareTo(LONG) > 0);
                })
                .list();
    }

    private static Duration seconds(double value) {
        return Duration.ofMillis(Math.round(Math.max(0, value) * 1000));
    }

    /**
     * What is under way on all servers.
     *
     * @param byState how many runs have not ended, by where they stand
     * @param ready how many of them may start and wait for a place
     * @param oldestWait how long the first of those has been waiting; zero where there is none
     * @param commands how many commands to runs were not acted on yet
     * @param nodes how many servers live
     */
    public record Totals(Map<RunState, Long> byState, long ready, Duration oldestWait, long commands, long nodes) {

        /** How many runs stand there. */
        public long runs(RunState state) {
            return byState.getOrDefault(state, 0L);
        }
    }

    /**
     * A tenant's runs of one priority that have not ended.
     *
     * @param ready may start and wait for a place
     * @param scheduled may start later
     * @param running are driven by a server
     * @param waiting have started and wait for something
     * @param oldestWait how long the first of the ready ones has been waiting; zero where there is none
     * @param starving whether it has waited long, while runs that were ready later have started
     */
    public record Queue(
            int priority,
            long ready,
            long scheduled,
            long running,
            long waiting,
            Duration oldestWait,
            boolean starving) {}
}
