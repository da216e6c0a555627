package io.yardmaster.artifacts;

import io.yardmaster.blobs.BlobReferences;
import io.yardmaster.blobs.UnusedBlobs;
import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.runs.KeptWithRuns;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Removes the artifacts of runs that go, and their bytes where nothing else has the same. */
@Component
class ArtifactRemoval implements KeptWithRuns, BlobReferences {

    private static final int AT_ONCE = 500;

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final UnusedBlobs unused;

    ArtifactRemoval(JdbcClient client, TransactionTemplate transactions, UnusedBlobs unused) {
        this.client = client;
        this.transactions = transactions;
        this.unused = unused;
    }

    @Override
    public void remove(RunId first, RunId last) {
        int removed;
        do {
            List<String> bytes = removeSome(first, last);
            removed = bytes.size();
            unused.setAside(bytes.stream().distinct().map(Sha256::new).toList());
        } while (removed == AT_ONCE);
    }

    private List<String> removeSome(RunId first, RunId last) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
            DELETE FROM artifact WHERE artifact_id IN (
                SELECT artifact_id FROM artifact WHERE run_id BETWEEN :first AND :last ORDER BY run_id LIMIT :most)
            RETURNING sha256
            """)
                .param("first", first.value())
                .param("last", last.value())
                .param("most", AT_ONCE)
                .query(String.class)
                .list())));
    }

    @Override
    public Set<Sha256> needed(Collection<Sha256> blobs) {
        return new HashSet<>(Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("SELECT DISTINCT sha256 FROM artifact WHERE sha256 = ANY (:blobs)")
                        .param("blobs", blobs.stream().map(Sha256::hex).toArray(String[]::new))
                        .query((row, n) -> new Sha256(row.getString("sha256")))
                        .list()))));
    }
}
