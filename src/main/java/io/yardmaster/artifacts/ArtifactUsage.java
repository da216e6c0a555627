package io.yardmaster.artifacts;

import io.yardmaster.kernel.ArtifactId;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * How many bytes each tenant's artifacts have, and may have. The database counts itself, whoever adds or removes one. Every
 * method runs in a transaction of its caller.
 */
@Component
class ArtifactUsage {

    private final JdbcClient client;
    private final ArtifactProperties properties;

    ArtifactUsage(JdbcClient client, ArtifactProperties properties) {
        this.client = client;
        this.properties = properties;
    }

    /** How many bytes more a tenant may keep at this moment. */
    long room(Tenant tenant) {
        long quota = properties.quota(tenant);
        return quota == 0 ? Long.MAX_VALUE : Math.max(0, quota - used(tenant) - taken(tenant));
    }

    /**
     * Takes room for an artifact that is recorded in the current transaction. Who takes some of the same tenant waits for
     * this transaction's end, so that two never take the same; nobody else waits, and nobody at all where there is no quota.
     *
     * @throws ProblemException {@code artifact-quota-used-up}
     */
    void take(Tenant tenant, long bytes) {
        if (properties.quota(tenant) != 0 && !isRoom(tenant, bytes)) {
            throw usedUp(tenant);
        }
    }

    /**
     * Takes room for a file of a step, until it is recorded or given up. What was taken for the same file before, by a
     * server that is gone, is given back.
     *
     * @return false where there is none
     */
    boolean take(Tenant tenant, RunId runId, String stepId, String path, ArtifactId id, long bytes) {
        if (properties.quota(tenant) == 0) {
            return true;
        }
        client.sql("DELETE FROM artifact_room WHERE run_id = :run AND step_id = :step AND path = :path")
                .param("run", runId.value())
                .param("step", stepId)
                .param("path", path)
                .update();
        if (!isRoom(tenant, bytes)) {
            return false;
        }
        client.sql("""
            INSERT INTO artifact_room (run_id, step_id, path, artifact_id, tenant, bytes)
            VALUES (:run, :step, :path, :id, :tenant, :bytes)
            """)
                .param("run", runId.value())
                .param("step", stepId)
                .param("path", path)
                .param("id", id.value())
                .param("tenant", tenant.name())
                .param("bytes", bytes)
                .update();
        return true;
    }

    /** What was taken for an artifact is free: it counts as one now, or never will. */
    void giveBack(Tenant tenant, List<ArtifactId> ids) {
        if (properties.quota(tenant) != 0) {
            client.sql("DELETE FROM artifact_room WHERE artifact_id = ANY (:ids)")
                    .param("ids", ids.stream().map(ArtifactId::value).toArray(UUID[]::new))
                    .update();
        }
    }

    private boolean isRoom(Tenant tenant, long bytes) {
        client.sql("SELECT pg_advisory_xact_lock(hashtext('yardmaster.artifacts'), hashtext(:tenant))")
                .param("tenant", tenant.name())
                .query(row -> {});
        return bytes <= room(tenant);
    }

    /** The problem of an artifact that there is no room for. */
    ProblemException usedUp(Tenant tenant) {
        long quota = properties.quota(tenant);
        long used = used(tenant);
        return ProblemException.of(
                        ProblemType.ARTIFACT_QUOTA_USED_UP,
                        "Your tenant's artifacts have " + used + " of the " + quota + " bytes that they may have, and"
                                + " this one does not fit in. Delete artifacts that are not needed any more.")
                .with("quota_bytes", quota)
                .with("used_bytes", used)
                .withHeader("Connection", "close");
    }

    private long used(Tenant tenant) {
        return client.sql("SELECT COALESCE(sum(bytes), 0)::bigint FROM artifact_usage WHERE tenant = :tenant")
                .param("tenant", tenant.name())
                .query(Long.class)
                .single();
    }

    /** Servers that are gone have given nothing back: after a while it does not count any more. */
    private long taken(Tenant tenant) {
        return client.sql("""
            SELECT COALESCE(sum(bytes), 0)::bigint FROM artifact_room
            WHERE tenant = :tenant AND taken_at > now() - interval '1 hour'
            """).param("tenant", tenant.name()).query(Long.class).single();
    }

    /** Draws the rows of many sessions together into one for each tenant. One server does so at a time. */
    void drawTogether() {
        boolean isAlone = client.sql("SELECT pg_try_advisory_xact_lock(hashtext('yardmaster.artifact_usage'))")
                .query(Boolean.class)
                .single();
        if (isAlone) {
            client.sql("DELETE FROM artifact_room WHERE taken_at < now() - interval '1 hour'")
                    .update();
            client.sql("""
                WITH drawn AS (
                    SELECT tenant, session FROM artifact_usage WHERE session <> 0 LIMIT 10000 FOR UPDATE SKIP LOCKED),
                gone AS (
                    DELETE FROM artifact_usage u USING drawn
                    WHERE u.tenant = drawn.tenant AND u.session = drawn.session RETURNING u.tenant, u.bytes)
                INSERT INTO artifact_usage AS u (tenant, session, bytes)
                SELECT tenant, 0, sum(bytes) FROM gone GROUP BY tenant
                ON CONFLICT (tenant, session) DO UPDATE SET bytes = u.bytes + excluded.bytes
                """).update();
        }
    }
}
