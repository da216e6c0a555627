package io.yardmaster.jobs;

import io.yardmaster.kernel.PlanId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.kernel.Tenant;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The plans in the database. Every method runs in a transaction of its caller. */
@Repository
class PlanStore {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final TypeReference<List<PolicyDecision.Finding>> FINDINGS = new TypeReference<>() {};

    private final JdbcClient jdbc;

    PlanStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * A plan as it is kept.
     *
     * @param sealedSecrets in Base64; null where there are none
     */
    record Kept(
            PlanId id,
            String source,
            JobId jobId,
            Sha256 jobDigest,
            ObjectNode args,
            @Nullable String sealedSecrets,
            Timeouts timeouts,
            @Nullable SecurityProfile requested,
            PolicyDecision policy,
            List<CalledJob> calledJobs,
            Sha256 digest,
            String createdBy,
            Instant createdAt,
            Instant expiresAt) {}

    void insert(Kept plan, Tenant tenant) {
        ArrayNode called = CalledJob.json(plan.calledJobs());
        jdbc.sql("""
            INSERT INTO plan (plan_id, tenant, source, job_id, job_digest, args, secrets, timeouts, requested, policy,
                              policy_digest, called_jobs, digest, created_by, created_at, expires_at)
            VALUES (:plan_id, :tenant, :source, :job_id, :job_digest, :args::jsonb, :secrets, :timeouts::jsonb,
                    :requested, :policy::jsonb, :policy_digest, :called_jobs::jsonb, :digest, :created_by, :created_at, :expires_at)
            """)
                .param("plan_id", plan.id().value())
                .param("tenant", tenant.name())
                .param("source", plan.source())
                .param("job_id", plan.jobId().value())
                .param("job_digest", plan.jobDigest().toString())
                .param("args", plan.args().toString())
                .param(
                        "secrets",
                        plan.sealedSecrets() == null
                                ? null
                                : Base64.getDecoder().decode(plan.sealedSecrets()),
                        Types.BINARY)
                .param("timeouts", TimeoutsJson.write(plan.timeouts()).toString())
                .param(
                        "requested",
                        plan.requested() == null ? null : plan.requested().label())
                .param("policy", policy(plan.policy()).toString())
                .param("policy_digest", plan.policy().digest().toString())
                .param("called_jobs", called == null ? null : called.toString(), Types.VARCHAR)
                .param("digest", plan.digest().toString())
                .param("created_by", plan.createdBy())
                .param("created_at", Timestamp.from(plan.createdAt()))
                .param("expires_at", Timestamp.from(plan.expiresAt()))
                .update();
    }

    /** The plan, where it has not expired. */
    Optional<Kept> find(PlanId id, Instant now) {
        return jdbc.sql("SELECT * FROM plan WHERE plan_id = :id AND expires_at > :now")
                .param("id", id.value())
                .param("now", Timestamp.from(now))
                .query((row, _) -> kept(row))
                .optional();
    }

    /** Removes some plans that have expired; answers how many. */
    int removeExpired(Instant now) {
        return jdbc.sql("""
            DELETE FROM plan WHERE plan_id IN (SELECT plan_id FROM plan WHERE expires_at <= :now LIMIT 1000)
            """).param("now", Timestamp.from(now)).update();
    }

    private static ObjectNode policy(PolicyDecision policy) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("profile", policy.profile().label());
        json.put("denied", policy.denied());
        json.set("findings", JSON.valueToTree(policy.findings()));
        return json;
    }

    private static Kept kept(ResultSet row) throws SQLException {
        JsonNode timeouts = JSON.readTree(row.getString("timeouts"));
        JsonNode policy = JSON.readTree(row.getString("policy"));
        String requested = row.getString("requested");
        String called = row.getString("called_jobs");
        byte[] sealed = row.getBytes("secrets");
        return new Kept(
                new PlanId(row.getObject("plan_id", UUID.class)),
                row.getString("source"),
                new JobId(row.getString("job_id")),
                Sha256.parse(row.getString("job_digest")),
                (ObjectNode) JSON.readTree(row.getString("args")),
                sealed == null ? null : Base64.getEncoder().encodeToString(sealed),
                TimeoutsJson.read(timeouts),
                requested == null ? null : SecurityProfile.of(requested).orElseThrow(),
                new PolicyDecision(
                        SecurityProfile.of(policy.path("profile").asString()).orElseThrow(),
                        JSON.convertValue(policy.path("findings"), FINDINGS),
                        policy.path("denied").booleanValue()),
                CalledJob.read(called == null ? null : JSON.readTree(called)),
                Sha256.parse(row.getString("digest")),
                row.getString("created_by"),
                row.getTimestamp("created_at").toInstant(),
                row.getTimestamp("expires_at").toInstant());
    }
}
