package io.yardmaster.approvals;

import io.yardmaster.jobs.OnExpiry;
import io.yardmaster.kernel.ApprovalId;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.RunView;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.annotations.TenantId;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A gate in the database. What happens to it is {@link Decisions}' to say. */
@Entity(name = "Approval")
@Table(name = "approval")
@SuppressWarnings({"NullAway.Init", "UnusedVariable"}) // filled and read by Hibernate
class ApprovalEntity {

    @Id
    @Column(name = "approval_id")
    private UUID id;

    @TenantId
    private String tenant;

    @Column(name = "run_id")
    private UUID runId;

    @Column(name = "step_id")
    private String stepId;

    private String title;
    private @Nullable String description;
    private int required;

    @Column(name = "deny_quorum")
    private int denyQuorum;

    @JdbcTypeCode(SqlTypes.ARRAY)
    private String[] groups;

    @JdbcTypeCode(SqlTypes.ARRAY)
    private String[] excluded;

    @Column(name = "allow_self")
    private boolean allowSelf;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode form;

    private String source;

    @Column(name = "job_id")
    private String jobId;

    @Column(name = "job_digest")
    private String jobDigest;

    @Column(name = "plan_digest")
    private String planDigest;

    @JdbcTypeCode(SqlTypes.JSON)
    private JsonNode args;

    @Column(name = "requested_at")
    private Instant requestedAt;

    @Column(name = "expires_at")
    private @Nullable Instant expiresAt;

    @Column(name = "on_expiry")
    private String onExpiry;

    private String status;

    @Column(name = "closed_at")
    private @Nullable Instant closedAt;

    @Column(name = "closed_by")
    private @Nullable String closedBy;

    private int approvals;
    private int denials;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable JsonNode inputs;

    @Version
    private long version;

    static ApprovalEntity of(GateRequest request, RunView run, Set<String> initiators) {
        ApprovalEntity entity = new ApprovalEntity();
        entity.id = request.id().value();
        entity.tenant = request.tenant().name();
        entity.runId = request.runId().value();
        entity.stepId = request.stepId();
        entity.title = request.title();
        entity.description = request.description();
        entity.required = request.terms().required();
        entity.denyQuorum = request.terms().denyQuorum();
        entity.groups = request.terms().groups().toArray(String[]::new);
        entity.excluded = initiators.toArray(String[]::new);
        entity.allowSelf = request.terms().allowSelf();
        entity.form =
                request.terms().form() == null ? null : request.terms().form().schema();
        entity.source = run.source();
        entity.jobId = run.jobId();
        entity.jobDigest = run.jobDigest();
        entity.planDigest = run.planDigest();
        entity.args = run.args();
        entity.requestedAt = request.at();
        entity.expiresAt = request.expiresAt();
        entity.onExpiry = request.terms().onExpiry().label();
        entity.status = ApprovalStatus.PENDING.text();
        return entity;
    }

    ApprovalId id() {
        return new ApprovalId(id);
    }

    Tenant tenant() {
        return new Tenant(tenant);
    }

    RunId runId() {
        return new RunId(runId);
    }

    String stepId() {
        return stepId;
    }

    boolean isOpen() {
        return status.equals(ApprovalStatus.PENDING.text());
    }

    String status() {
        return status;
    }

    boolean isExpired(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }

    OnExpiry onExpiry() {
        return OnExpiry.of(onExpiry).orElseThrow();
    }

    /** Whether this is still what the run is about. */
    boolean isAbout(RunView run) {
        return planDigest.equals(run.planDigest()) && jobDigest.equals(run.jobDigest()) && args.equals(run.args());
    }

    String planDigest() {
        return planDigest;
    }

    boolean allowsSelf() {
        return allowSelf;
    }

    /** Whether members of these groups may decide. */
    boolean isFor(Set<String> some) {
        return groups.length == 0 || Arrays.stream(groups).anyMatch(some::contains);
    }

    List<String> groups() {
        return List.of(groups);
    }

    @Nullable
    ObjectNode form() {
        return (ObjectNode) form;
    }

    @Nullable
    ObjectNode inputs() {
        return (ObjectNode) inputs;
    }

    int required() {
        return required;
    }

    int denyQuorum() {
        return denyQuorum;
    }

    int approvals() {
        return approvals;
    }

    int denials() {
        return denials;
    }

    void approved(@Nullable ObjectNode answers) {
        approvals++;
        inputs = answers;
    }

    void denied() {
        denials++;
    }

    void close(ApprovalStatus end, String by, Instant at) {
        status = end.text();
        closedBy = by;
        closedAt = at;
    }

    Approval approval(List<Approval.Vote> votes) {
        return new Approval(
                id(),
                runId(),
                stepId,
                ApprovalStatus.of(status),
                title,
                description,
                required,
                denyQuorum,
                List.of(groups),
                new TreeSet<>(Arrays.asList(excluded)),
                allowSelf,
                form(),
                new Approval.Approved(source, jobId, jobDigest, planDigest, (ObjectNode) args),
                requestedAt,
                expiresAt,
                onExpiry(),
                closedAt,
                closedBy,
                approvals,
                denials,
                inputs(),
                votes);
    }
}
