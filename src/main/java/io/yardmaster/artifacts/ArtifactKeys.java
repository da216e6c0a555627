package io.yardmaster.artifacts;

import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Who has which key. Every method runs in a transaction of its caller. */
@Component
class ArtifactKeys {

    private final JdbcClient client;

    ArtifactKeys(JdbcClient client) {
        this.client = client;
    }

    /** A tenant's key. */
    record Name(String tenant, String key) {}

    /**
     * Makes a key that of an artifact which is about to be recorded. Nobody else uses it until the transaction ends. A step
     * that is tried again may use its own once more; what a step took that came to nothing is free when its run is over.
     *
     * @throws ProblemException {@code artifact-key-taken}
     */
    void use(Tenant tenant, String key, KeyMode mode, RunId runId, @Nullable String stepId) {
        int used = client.sql("""
            INSERT INTO artifact_key AS k (tenant, key, mode, run_id, step_id) VALUES (:tenant, :key, :mode, :run, :step)
            ON CONFLICT (tenant, key) DO UPDATE
            SET mode = excluded.mode, run_id = excluded.run_id, step_id = excluded.step_id
            WHERE (k.mode = excluded.mode
                   AND (k.mode = 'mutable' OR (k.run_id = excluded.run_id AND k.step_id = excluded.step_id)))
               OR (k.step_id IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM run_live l WHERE l.run_id = k.run_id)
                   AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.tenant = k.tenant AND a.key = k.key))
            """)
                .param("tenant", tenant.name())
                .param("key", key)
                .param("mode", mode.text())
                .param("run", runId.value())
                .param("step", stepId)
                .update();
        if (used == 0) {
            throw ProblemException.of(
                            ProblemType.ARTIFACT_KEY_TAKEN,
                            "The key " + key + " was used before, and "
                                    + (mode == KeyMode.MUTABLE
                                            ? "not as a mutable one."
                                            : "names something for good, or is a mutable one.")
                                    + " Choose another key.")
                    .with("key", key);
        }
    }

    /** An id by which an artifact comes after all that have had this key before. To be called once the key is used. */
    UUID after(Tenant tenant, String key, UUID wanted) {
        Optional<UUID> newest = client.sql("""
            SELECT artifact_id FROM artifact WHERE tenant = :tenant AND key = :key ORDER BY artifact_id DESC LIMIT 1
            """)
                .param("tenant", tenant.name())
                .param("key", key)
                .query(UUID.class)
                .optional();
        // Another server's clock may be ahead of this one's.
        return newest.filter(other -> other.compareTo(wanted) >= 0)
                .map(other -> new UUID(other.getMostSignificantBits() + (1L << 16), wanted.getLeastSignificantBits()))
                .orElse(wanted);
    }

    /**
     * Gives those of these keys free that name nothing any more. One that a step of a live run has may be about to name
     * something: it goes with its run.
     */
    void release(Collection<Name> keys) {
        String[] tenants = keys.stream().map(Name::tenant).toArray(String[]::new);
        String[] texts = keys.stream().map(Name::key).toArray(String[]::new);
        // First of all the keys themselves: whoever uses one at this moment is waited for, and what it names is
        // only seen by a statement that begins after that.
        client.sql("""
            SELECT 1 FROM artifact_key k JOIN unnest(:tenants::text[], :keys::text[]) AS gone (tenant, key)
                ON k.tenant = gone.tenant AND k.key = gone.key
            ORDER BY k.tenant, k.key FOR UPDATE OF k
            """).param("tenants", tenants).param("keys", texts).query(row -> {});
        client.sql("""
            DELETE FROM artifact_key k USING unnest(:tenants::text[], :keys::text[]) AS gone (tenant, key)
            WHERE k.tenant = gone.tenant AND k.key = gone.key
              AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.tenant = k.tenant AND a.key = k.key)
              AND (k.step_id IS NULL OR NOT EXISTS (SELECT 1 FROM run_live l WHERE l.run_id = k.run_id))
            """).param("tenants", tenants).param("keys", texts).update();
    }

    /** Gives keys free that runs took and then had no use for. */
    void release(RunId first, RunId last) {
        client.sql("""
            DELETE FROM artifact_key k WHERE k.run_id BETWEEN :first AND :last
              AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.tenant = k.tenant AND a.key = k.key)
            """)
                .param("first", first.value())
                .param("last", last.value())
                .update();
    }
}
