package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import java.util.Objects;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Removes the logs of runs that go. */
@Component
public class LogRemoval {

    private static final int AT_ONCE = 5_000;

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    LogRemoval(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    /** Removes what is stored of a run's log, in transactions of its own, so many rows in each. */
    public void remove(RunId runId) {
        while (removeFront(runId, AT_ONCE) == AT_ONCE) {
            // The rest.
        }
    }

    /**
     * Removes the oldest entries, be they events or lines: what is left is whole from some entry on, so that who reads the
     * log meanwhile sees where it begins and no hole in the middle.
     *
     * @return how many were removed
     */
    int removeFront(RunId runId, int most) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            WITH front AS MATERIALIZED (
                SELECT max(seq) AS seq FROM (
                    SELECT seq FROM (
                        (SELECT seq FROM run_event WHERE run_id = :run ORDER BY seq LIMIT :most)
                        UNION ALL
                        (SELECT last_seq FROM log_chunk WHERE run_id = :run ORDER BY last_seq LIMIT :most)) entries
                    ORDER BY seq LIMIT :most) oldest),
            events AS (
                DELETE FROM run_event WHERE run_id = :run AND seq <= (SELECT seq FROM front) RETURNING 1),
            chunks AS (
                DELETE FROM log_chunk WHERE run_id = :run AND last_seq <= (SELECT seq FROM front) RETURNING 1)
            SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM chunks)
            """)
                .param("run", runId.value())
                .param("most", most)
                .query(Integer.class)
                .single())));
    }

    /**
     * Says that a run's log is about to be removed because of its age. Who reads the stream of all runs and has not come as
     * far as it goes is told so.
     */
    public void announce(RunId runId) {
        raiseHorizon("SELECT tenant, tx FROM run_event WHERE run_id = :first ORDER BY seq DESC LIMIT 1", runId, runId);
    }

    /** The same of all runs from one id to another, both included, of which none is at work any more. */
    public void announce(RunId first, RunId last) {
        // The last transaction of all tenants is found at once, and that of each one is hardly before it.
        raiseHorizon("""
            SELECT DISTINCT tenant, (SELECT max(tx) FROM run_event WHERE run_id BETWEEN :first AND :last) AS tx
            FROM run WHERE run_id BETWEEN :first AND :last
            """, first, last);
    }

    /** The last entry of every log is an event, so the lines need not be looked at. */
    private void raiseHorizon(String latest, RunId first, RunId last) {
        Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            INSERT INTO tenant_horizon (tenant, tx) SELECT tenant, tx FROM (%s) latest WHERE tx IS NOT NULL
            ON CONFLICT (tenant) DO UPDATE SET tx = greatest(tenant_horizon.tx, excluded.tx)
            """.formatted(latest))
                .param("first", first.value())
                .param("last", last.value())
                .update()));
    }
}
