package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.events.LogRemoval;
import io.yardmaster.kernel.RunId;
import java.util.Collection;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Removes runs that have ended, with all that is kept of them. The run's own row is the last: what was begun and not
 * finished can be begun again.
 */
@Component
class RunRemoval {

    private final List<KeptWithRuns> keptWithRuns;
    private final LogRemoval logs;
    private final JdbcClient client;
    private final TransactionTemplate transactions;

    RunRemoval(List<KeptWithRuns> keptWithRuns, LogRemoval logs, JdbcClient client, TransactionTemplate transactions) {
        this.keptWithRuns = keptWithRuns;
        this.logs = logs;
        this.client = client;
        this.transactions = transactions;
    }

    /** Removes ended runs, in many small transactions. */
    void remove(Collection<RunId> runs) {
        for (RunId run : runs) {
            empty(run);
            Tenancy.allTenants(() -> transactions.execute(transaction -> removeEmptied(run)));
        }
    }

    /** Removes what an ended run may have much of, in many small transactions. */
    void empty(RunId run) {
        removeKeptWith(run, run);
        logs.remove(run);
    }

    /** Removes the run itself, in the current transaction. Whether it was there. */
    boolean removeEmptied(RunId run) {
        int removed = 0;
        for (String table : List.of("step_attempt", "step", "run_label", "run_attribute", "run")) {
            removed = client.sql("DELETE FROM " + table + " WHERE run_id = :run")
                    .param("run", run.value())
                    .update();
        }
        return removed == 1;
    }

    /** Removes what is kept for runs outside of their history. */
    void removeKeptWith(RunId first, RunId last) {
        keptWithRuns.forEach(kept -> kept.remove(first, last));
    }
}
