package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** The callers' own names for runs: free again when the runs go. */
@Component
class ExternalIds implements KeptWithRuns {

    private static final int AT_ONCE = 5_000;

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    ExternalIds(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    @Override
    public void remove(RunId first, RunId last) {
        Integer removed;
        do {
            removed = Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
                DELETE FROM run_external_id WHERE (tenant, external_id) IN (
                    SELECT tenant, external_id FROM run_external_id WHERE run_id BETWEEN :first AND :last
                    ORDER BY run_id LIMIT :most)
                """)
                    .param("first", first.value())
                    .param("last", last.value())
                    .param("most", AT_ONCE)
                    .update()));
        } while (removed != null && removed == AT_ONCE);
    }
}
