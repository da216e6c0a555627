package io.yardmaster.runs;

import io.yardmaster.database.Sampled;
import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.math.BigDecimal;
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
    private static final Duration REST = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final int MOST_KEYS = 100;

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final QueueProperties properties;
    private final LimitsProperties limits;
    private final Sampled<Report> report;

    QueueFigures(
            JdbcClient client, TransactionTemplate transactions, QueueProperties properties, LimitsProperties limits) {
        this.client = client;
        this.transactions = transactions;
        this.properties = properties;
        this.limits = limits;
        this.report = new Sampled<>("queue-figures", REST, PATIENCE, Duration.ZERO, this::readReport);
    }

    /**
     * Everything at one moment, not long ago.
     *
     * @throws ProblemException {@code service-unavailable} where it cannot be read
     */
    public Report report() {
        return report.get()
                .orElseThrow(() -> ProblemException.of(
                        ProblemType.SERVICE_UNAVAILABLE, "The queue cannot be looked at now. Ask again in a moment."));
    }

    /** How many runs of a tenant are started for each of one that has 1. */
    public BigDecimal weight(Tenant tenant) {
        return properties.weights().getOrDefault(tenant.name(), BigDecimal.ONE);
    }

    /** With how many runs under way a tenant starts no more; 0: with any number. */
    public int runsPerTenant() {
        return limits.runsPerTenant();
    }

    /** Of all tenants, on all servers. */
    public Totals totals() {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> readTotals())));
    }

    private Report readReport() {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> {
            Totals totals = readTotals();
            return new Report(totals, readQueues(), readParked());
        })));
    }

    private Totals readTotals() {
        client.sql("SET LOCAL statement_timeout = '3s'").update();
        Map<RunState, Long> runs = new EnumMap<>(RunState.class);
        long[] sums = new long[4];
        double[] oldest = new double[1];
        client.sql("""
            SELECT state, count(*) AS runs, sum(inbox_seq - inbox_done) AS commands,
                   count(*) FILTER (WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL) AS ready,
                   count(*) FILTER (WHERE state = 'pending' AND owner_node IS NULL AND held_back = 'time') AS scheduled,
                   count(*) FILTER (WHERE state = 'pending' AND owner_node IS NULL AND held_back = 'slot') AS parked,
                   extract(epoch FROM now() - min(ready_at) FILTER (
                       WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL)) AS oldest
            FROM run_live GROUP BY state
            """).query(row -> {
            runs.put(RunState.of(row.getString("state")), row.getLong("runs"));
            sums[0] += row.getLong("commands");
            sums[1] += row.getLong("ready");
            sums[2] += row.getLong("scheduled");
            sums[3] += row.getLong("parked");
            oldest[0] = Math.max(oldest[0], row.getDouble("oldest"));
        });
        long nodes = client.sql(
                        "SELECT count(*) FROM node WHERE state = 'alive' AND beat_at > now() - interval '30 seconds'")
                .query(Long.class)
                .single();
        return new Totals(Map.copyOf(runs), sums[1], sums[2], sums[3], seconds(oldest[0]), sums[0], nodes);
    }

    private List<Queue> readQueues() {
        return client.sql("""
            SELECT tenant, priority,
                   count(*) FILTER (WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL) AS ready,
                   count(*) FILTER (WHERE state = 'pending' AND owner_node IS NULL AND held_back = 'time') AS scheduled,
                   count(*) FILTER (WHERE state = 'pending' AND owner_node IS NULL AND held_back = 'slot') AS parked,
                   count(*) FILTER (WHERE owner_node IS NOT NULL AND state <> 'waiting') AS running,
                   count(*) FILTER (WHERE state = 'waiting') AS waiting,
                   extract(epoch FROM now() - min(ready_at) FILTER (
                       WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL)) AS oldest,
                   coalesce(min(ready_at) FILTER (
                       WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL)
                     < (SELECT max(other.ready_at) FROM run_live other WHERE other.started_at IS NOT NULL),
                     false) AS overtaken
            FROM run_live GROUP BY tenant, priority ORDER BY tenant, priority DESC
            """)
                .query((row, n) -> {
                    Duration oldest = seconds(row.getDouble("oldest"));
                    return new Queue(
                            new Tenant(row.getString("tenant")),
                            row.getInt("priority"),
                            row.getLong("ready"),
                            row.getLong("scheduled"),
                            row.getLong("parked"),
                            row.getLong("running"),
                            row.getLong("waiting"),
                            oldest,
                            row.getBoolean("overtaken") && oldest.compareTo(LONG) > 0);
                })
                .list();
    }

    /** Of each tenant, the keys that most of its runs wait for. */
    private List<Parked> readParked() {
        return client.sql("""
            SELECT p.tenant, p.key, p.parked, p.oldest, first.key_limit,
                   (SELECT count(*) FROM run_slot h
                    WHERE h.tenant = p.tenant AND h.key = p.key AND h.state = 'held') AS held
            FROM (SELECT s.tenant, s.key, count(*) AS parked, extract(epoch FROM now() - min(l.ready_at)) AS oldest,
                         row_number() OVER (PARTITION BY s.tenant ORDER BY count(*) DESC, s.key) AS rank
                  FROM run_slot s JOIN run_live l ON l.run_id = s.run_id
                  WHERE s.state = 'parked' GROUP BY s.tenant, s.key) p
                     CROSS JOIN LATERAL (
                SELECT s.key_limit FROM run_slot s
                WHERE s.tenant = p.tenant AND s.key = p.key AND s.state = 'parked'
                ORDER BY s.priority DESC, s.run_id LIMIT 1) first
            WHERE p.rank <= :most ORDER BY p.tenant, p.parked DESC, p.key
            """)
                .param("most", MOST_KEYS)
                .query((row, n) -> new Parked(
                        new Tenant(row.getString("tenant")),
                        row.getString("key"),
                        row.getInt("key_limit"),
                        row.getLong("held"),
                        row.getLong("parked"),
                        seconds(row.getDouble("oldest"))))
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
     * @param scheduled how many of them may start later
     * @param parked how many of them wait for a slot of a concurrency key
     * @param oldestWait how long the first of the ready ones has been waiting; zero where there is none
     * @param commands how many commands to runs were not acted on yet
     * @param nodes how many servers live
     */
    public record Totals(
            Map<RunState, Long> byState,
            long ready,
            long scheduled,
            long parked,
            Duration oldestWait,
            long commands,
            long nodes) {

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
     * @param parked wait for a slot of a concurrency key
     * @param running are driven by a server
     * @param waiting have started and wait for something
     * @param oldestWait how long the first of the ready ones has been waiting; zero where there is none
     * @param starving whether it has waited long, while runs that were ready later have started
     */
    public record Queue(
            Tenant tenant,
            int priority,
            long ready,
            long scheduled,
            long parked,
            long running,
            long waiting,
            Duration oldestWait,
            boolean starving) {}

    /**
     * The runs that wait for a slot of one key.
     *
     * @param limit how many may have one, as the first in line says
     * @param held how many have one
     * @param oldestWait how long the first of them has been ready otherwise
     */
    public record Parked(Tenant tenant, String key, int limit, long held, long parked, Duration oldestWait) {}

    /**
     * Everything.
     *
     * @param queues of each tenant, the highest priority first
     * @param parked of each tenant, what most of its runs wait for first
     */
    public record Report(Totals totals, List<Queue> queues, List<Parked> parked) {

        public Report {
            queues = List.copyOf(queues);
            parked = List.copyOf(parked);
        }

        /** How many tenants have runs that are ready. */
        public long tenants() {
            return queues.stream()
                    .filter(queue -> queue.ready() > 0)
                    .map(Queue::tenant)
                    .distinct()
                    .count();
        }
    }
}
