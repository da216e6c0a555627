package io.yardmaster.events;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
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
        removeAll("""
            DELETE FROM run_event WHERE run_id = :run
                AND seq IN (SELECT seq FROM run_event WHERE run_id = :run ORDER BY seq LIMIT :most)
            """, runId);
        removeAll("""
            DELETE FROM log_chunk WHERE run_id = :run
                AND last_seq IN (SELECT last_seq FROM log_chunk WHERE run_id = :run ORDER BY last_seq LIMIT :most)
            """, runId);
    }

    /**
     * Says that a run's log is about to be removed because of its age. Who reads the stream of all runs and has not come as
     * far as it goes is told so when he comes back.
     */
    public void announce(RunId runId) {
        raiseHorizon("SELECT tx FROM run_event WHERE run_id = :first ORDER BY seq DESC LIMIT 1", runId, runId);
    }

    /** The same of all runs from one id to another, both included, of which none is at work any more. */
    public void announce(RunId first, RunId last) {
        raiseHorizon("SELECT max(tx) AS tx FROM run_event WHERE run_id BETWEEN :first AND :last", first, last);
    }

    /** The last entry of every log is an event, so the lines need not be looked at. */
    private void raiseHorizon(String latest, RunId first, RunId last) {
        Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            INSERT INTO event_horizon (tx) SELECT tx FROM (%s) latest WHERE tx IS NOT NULL
            ON CONFLICT (only_one) DO UPDATE SET tx = greatest(event_horizon.tx, excluded.tx)
            """.formatted(latest))
                .param("first", first.value())
                .param("last", last.value())
                .update()));
    }

    private void removeAll(String delete, RunId runId) {
        Integer removed;
        do {
            removed = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql(delete)
                    .param("run", runId.value())
                    .param("most", AT_ONCE)
                    .update()));
        } while (removed != null && removed == AT_ONCE);
    }
}
