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
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
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
    private final ArtifactKeys keys;

    ArtifactRemoval(JdbcClient client, TransactionTemplate transactions, UnusedBlobs unused, ArtifactKeys keys) {
        this.client = client;
        this.transactions = transactions;
        this.unused = unused;
        this.keys = keys;
    }

    /** Removes one, in the current transaction. */
    void delete(Artifact artifact) {
        client.sql("DELETE FROM artifact WHERE artifact_id = :id")
                .param("id", artifact.id().value())
                .update();
        if (artifact.key() != null) {
            keys.release(List.of(new ArtifactKeys.Name(artifact.tenant().name(), artifact.key())));
        }
    }

    void forget(Artifact artifact) {
        unused.setAside(List.of(artifact.sha256()));
    }

    @Override
    public void remove(RunId first, RunId last) {
        removeAll(() -> client.sql("""
            DELETE FROM artifact WHERE artifact_id IN (
                SELECT artifact_id FROM artifact WHERE run_id BETWEEN :first AND :last ORDER BY run_id LIMIT :most)
            RETURNING tenant, key, sha256
            """).param("first", first.value()).param("last", last.value()));
        Tenancy.allTenants(() -> transactions.execute(_ -> {
            keys.release(first, last);
            return true;
        }));
    }

    /** Removes what a statement finds, some at a time, in small transactions; how many those were. */
    int removeAll(Supplier<JdbcClient.StatementSpec> some) {
        int all = 0;
        List<Gone> gone;
        do {
            gone = Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(_ -> removeSome(some.get()))));
            unused.setAside(gone.stream().map(Gone::bytes).distinct().toList());
            all += gone.size();
        } while (gone.size() == AT_ONCE);
        return all;
    }

    private List<Gone> removeSome(JdbcClient.StatementSpec some) {
        List<Gone> gone = some.param("most", AT_ONCE)
                .query((row, _) ->
                        new Gone(row.getString("tenant"), row.getString("key"), new Sha256(row.getString("sha256"))))
                .list();
        List<ArtifactKeys.Name> named =
                gone.stream().flatMap(one -> one.name().stream()).distinct().toList();
        if (!named.isEmpty()) {
            keys.release(named);
        }
        return gone;
    }

    private record Gone(String tenant, @Nullable String key, Sha256 bytes) {

        Optional<ArtifactKeys.Name> name() {
            return key == null ? Optional.empty() : Optional.of(new ArtifactKeys.Name(tenant, key));
        }
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
