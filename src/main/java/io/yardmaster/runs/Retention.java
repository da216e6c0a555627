package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.events.LogRemoval;
import io.yardmaster.kernel.RunId;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Removes runs that are kept for long enough: whole days by their partitions, which gives their disk space back at once;
 * days with a run that has not ended, and runs beyond a number, one by one.
 */
@Component
class Retention {

    private static final Logger log = LoggerFactory.getLogger(Retention.class);
    private static final int AT_ONCE = 200;

    private final RetentionProperties properties;
    private final Partitions partitions;
    private final RunRemoval removal;
    private final LogRemoval logs;
    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final Nodes nodes;

    Retention(
            RetentionProperties properties,
            Partitions partitions,
            RunRemoval removal,
            LogRemoval logs,
            JdbcClient client,
            TransactionTemplate transactions,
            Nodes nodes) {
        this.properties = properties;
        this.partitions = partitions;
        this.removal = removal;
        this.logs = logs;
        this.client = client;
        this.transactions = transactions;
        this.nodes = nodes;
    }

    /**
     * Removes all that is due, unless another server is at it, or goes on with it.
     *
     * @return whether this server did it
     */
    boolean run() {
        UUID self = nodes.self();
        if (!take(self)) {
            return false;
        }
        try {
            removeWhatIsDue(() -> keep(self));
            return true;
        } catch (TurnLostException e) {
            log.warn("This server took so long to remove what is past the retention that another one goes on with it");
            return false;
        } finally {
            giveBack(self);
        }
    }

    private boolean take(UUID self) {
        return update("""
            UPDATE retention_turn SET taken_by = :self, taken_until = now() + interval '15 minutes'
            WHERE taken_until <= now()
            """, self) == 1;
    }

    /** Still at it. */
    private void keep(UUID self) {
        if (update("UPDATE retention_turn SET taken_until = now() + interval '15 minutes' WHERE taken_by = :self", self)
                == 0) {
            throw new TurnLostException();
        }
    }

    private void giveBack(UUID self) {
        update("UPDATE retention_turn SET taken_by = NULL, taken_until = now() WHERE taken_by = :self", self);
    }

    private int update(String sql, UUID self) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql(sql).param("self", self).update())));
    }

    private void removeWhatIsDue(Runnable keepTurn) {
        try {
            partitions.finish();
        } catch (DataAccessException | SQLException e) {
            log.warn("What was begun to be removed cannot be finished now: {}", e.getMessage());
        }
        if (properties.days() > 0) {
            partitions.before(partitions.today().minusDays(properties.days())).forEach(day -> expire(day, keepTurn));
        }
        if (properties.runsPerJob() > 0) {
            keepTheNewestOfEachJob(keepTurn);
        }
    }

    // ---- Days

    /** One day that cannot be removed now keeps no other from it. */
    private void expire(LocalDate day, Runnable keepTurn) {
        keepTurn.run();
        RunId first = firstOf(day);
        RunId last = lastOf(day);
        try {
            if (isHeld(first, last)) {
                removeEnded(first, last, keepTurn);
            } else {
                logs.announce(first, last);
                // First, and the rest last: what breaks off in between is begun again with the day that is still there.
                partitions.dropRuns(day);
                removal.removeKeptWith(first, last);
                partitions.drop(day);
                log.info("Removed the runs of {}", day);
            }
        } catch (DataAccessException | TransactionException | SQLException e) {
            log.warn("The runs of {} cannot be removed now: {}", day, e.getMessage());
        }
    }

    /** Whether a run of these has not ended. */
    private boolean isHeld(RunId first, RunId last) {
        return Boolean.TRUE.equals(Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql(
                        "SELECT EXISTS (SELECT 1 FROM run_live WHERE run_id BETWEEN :first AND :last)")
                .param("first", first.value())
                .param("last", last.value())
                .query(Boolean.class)
                .single())));
    }

    private void removeEnded(RunId first, RunId last, Runnable keepTurn) {
        removeAll(keepTurn, () -> client.sql("""
            SELECT run_id FROM run WHERE run_id BETWEEN :first AND :last AND status IS NOT NULL
            ORDER BY run_id LIMIT :most
            """).param("first", first.value()).param("last", last.value()));
    }

    /** The smallest id of a day: it begins with the time in milliseconds. */
    static RunId firstOf(LocalDate day) {
        return new RunId(new UUID(day.atStartOfDay().toInstant(ZoneOffset.UTC).toEpochMilli() << 16, 0));
    }

    static RunId lastOf(LocalDate day) {
        long next = firstOf(day.plusDays(1)).value().getMostSignificantBits();
        return new RunId(new UUID(next - 1, -1));
    }

    // ---- Numbers

    private void keepTheNewestOfEachJob(Runnable keepTurn) {
        Optional<Job> job = after(new Job("", ""));
        while (job.isPresent()) {
            Job of = job.get();
            try {
                newestToRemove(of).ifPresent(newest -> removeUpTo(newest, of, keepTurn));
            } catch (DataAccessException | TransactionException e) {
                log.warn("The older runs of {} cannot be removed now: {}", of.jobId(), e.getMessage());
            }
            job = after(of);
        }
    }

    private void removeUpTo(UUID newest, Job of, Runnable keepTurn) {
        removeAll(
                keepTurn,
                () -> client.sql("""
                    SELECT run_id FROM run
                    WHERE tenant = :tenant AND job_id = :job AND run_id <= :newest AND status IS NOT NULL
                    ORDER BY run_id LIMIT :most
                    """)
                        .param("tenant", of.tenant())
                        .param("job", of.jobId())
                        .param("newest", newest));
    }

    /** The next job, in the order of tenants and jobs, that has had a run. */
    private Optional<Job> after(Job job) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT tenant, job_id FROM run WHERE (tenant, job_id) > (:tenant, :job)
            ORDER BY tenant, job_id LIMIT 1
            """)
                .param("tenant", job.tenant())
                .param("job", job.jobId())
                .query((row, n) -> new Job(row.getString("tenant"), row.getString("job_id")))
                .optional())));
    }

    private Optional<UUID> newestToRemove(Job job) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            SELECT run_id FROM run WHERE tenant = :tenant AND job_id = :job
            ORDER BY run_id DESC OFFSET :keep LIMIT 1
            """)
                .param("tenant", job.tenant())
                .param("job", job.jobId())
                .param("keep", properties.runsPerJob())
                .query(UUID.class)
                .optional())));
    }

    private void removeAll(Runnable keepTurn, Supplier<JdbcClient.StatementSpec> some) {
        List<RunId> runs;
        do {
            keepTurn.run();
            runs = Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> some.get()
                    .param("most", AT_ONCE)
                    .query((row, n) -> new RunId(row.getObject("run_id", UUID.class)))
                    .list())));
            runs.forEach(logs::announce);
            removal.remove(runs);
        } while (runs.size() == AT_ONCE);
    }

    /** When the oldest run there is was submitted; empty where there is none. */
    Optional<Instant> oldest() {
        return Objects.requireNonNull(Tenancy.allTenants(() ->
                        transactions.execute(transaction -> client.sql("SELECT run_id FROM run ORDER BY run_id LIMIT 1")
                                .query(UUID.class)
                                .optional())))
                .map(id -> new RunId(id).time());
    }

    private record Job(String tenant, String jobId) {}

    /** Another server has taken the turn, because this one was silent for longer than its own. */
    private static final class TurnLostException extends RuntimeException {

        private static final long serialVersionUID = 1L;
    }
}
