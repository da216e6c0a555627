package io.yardmaster.approvals;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.KeptWithRuns;
import java.util.Objects;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Removes the approvals of runs that go, with their votes. */
@Component
class ApprovalRemoval implements KeptWithRuns {

    private static final int AT_ONCE = 500;

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    ApprovalRemoval(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    @Override
    public void remove(RunId first, RunId last) {
        while (removeSome(first, last) == AT_ONCE) {
            // The rest.
        }
    }

    private int removeSome(RunId first, RunId last) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            DELETE FROM approval WHERE approval_id IN (
                SELECT approval_id FROM approval WHERE run_id BETWEEN :first AND :last ORDER BY run_id LIMIT :most)
            """)
                .param("first", first.value())
                .param("last", last.value())
                .param("most", AT_ONCE)
                .update())));
    }
}
