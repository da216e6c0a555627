package io.yardmaster.runs;

import io.yardmaster.blobs.BlobReferences;
import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Sha256;
import java.util.Collection;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Knows the archives of workspaces that waiting runs will want back. */
@Component
class WorkspaceReferences implements BlobReferences {

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    WorkspaceReferences(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    @Override
    public Set<Sha256> needed(Collection<Sha256> blobs) {
        return new HashSet<>(Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("SELECT DISTINCT workspace FROM run_live WHERE workspace = ANY (:blobs)")
                        .param("blobs", blobs.stream().map(Sha256::hex).toArray(String[]::new))
                        .query((row, n) -> new Sha256(row.getString("workspace")))
                        .list()))));
    }
}
