package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import java.util.Objects;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Removes rows that are kept for runs, of all tenants: some at a time, each time in a transaction of its own. */
@Component
public class RowsOfRuns {

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    RowsOfRuns(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    /**
     * Removes all those of the runs from one id to another, both included.
     *
     * @param statement deletes {@code :most} rows at most, of the runs from {@code :first} to {@code :last}
     */
    public void remove(String statement, RunId first, RunId last, int atOnce) {
        while (removeSome(statement, first, last, atOnce) == atOnce) {
            // The rest.
        }
    }

    private int removeSome(String statement, RunId first, RunId last, int atOnce) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(_ -> client.sql(statement)
                .param("first", first.value())
                .param("last", last.value())
                .param("most", atOnce)
                .update())));
    }
}
