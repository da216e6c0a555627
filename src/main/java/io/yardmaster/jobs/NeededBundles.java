package io.yardmaster.jobs;

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

/** The archives of job versions, which stay for ever. */
@Component
class NeededBundles implements BlobReferences {

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    NeededBundles(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    @Override
    public Set<Sha256> needed(Collection<Sha256> blobs) {
        return new HashSet<>(Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("SELECT DISTINCT bundle FROM job_version WHERE bundle = ANY (:blobs)")
                        .param("blobs", blobs.stream().map(Sha256::toString).toArray(String[]::new))
                        .query((row, n) -> Sha256.parse(row.getString("bundle")))
                        .list()))));
    }
}
