package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Removes the updates of runs that go. */
@Component
class UpdateRemoval implements KeptWithRuns {

    private static final int AT_ONCE = 1_000;

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    UpdateRemoval(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    @Override
    public void remove(RunId first, RunId last) {
        Integer removed;
        do {
            removed = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
                DELETE FROM run_update WHERE update_id IN (
                    SELECT update_id FROM run_update WHERE run_id BETWEEN :first AND :last ORDER BY run_id LIMIT :most)
                """)
                    .param("first", first.value())
                    .param("last", last.value())
                    .param("most", AT_ONCE)
                    .update()));
        } while (removed != null && removed == AT_ONCE);
    }
}
